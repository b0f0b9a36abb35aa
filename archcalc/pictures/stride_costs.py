"""What the layers of each output stride of a network cost, and what maps they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

from archcalc.analysis.input_axes import axes_of_input
from archcalc.analysis.output_strides import OutputStride
from archcalc.network import Network
from archcalc.shape import Signal

_MOST_NAMED = 2
"""The most sizes of maps that are all named."""


@dataclass
class StrideCost:
    """Parameters, MACs, and by how many positions they have the sizes of the maps."""

    parameters: int = 0
    macs: int = 0
    sizes: dict[int, Sequence[int]] = field(default_factory=dict)
    signals: set[int] = field(default_factory=set)
    """The lengths among them that are those of signals, not of tokens."""

    @property
    def maps(self) -> str:
        """The sizes of the maps; of many the largest and the smallest: `392x392 to 280x280`.

        >>> StrideCost(sizes={197: (197,), 196: (14, 14)}).maps
        '197 tokens, 14x14'
        >>> StrideCost(sizes={8: (8,), 50: (50,), 99: (99,)}, signals={8, 50, 99}).maps
        'length 99 to length 8'
        """
        words = [self._said(self.sizes[count]) for count in sorted(self.sizes, reverse=True)]
        if len(words) > _MOST_NAMED:
            return f"{words[0]} to {words[-1]}"
        return ", ".join(words)

    def _said(self, size: Sequence[int]) -> str:
        if len(size) > 1:
            return "x".join(map(str, size))
        return f"length {size[0]}" if size[0] in self.signals else f"{size[0]} tokens"


def by_output_stride(net: Network) -> dict[OutputStride, StrideCost]:
    """The costs of a network by the output stride of the layer that has them."""
    strides, readings = net.output_strides, net.readings_by_name
    layers = Counter((strides[node.name], readings[node.name]) for node in net)
    of_signals = _is_of_signals(net)
    found: dict[OutputStride, StrideCost] = {}
    for (stride, layer), copies in layers.items():
        if not layer.parameters and not layer.macs:
            continue
        cost = found.setdefault(stride, StrideCost())
        cost.parameters += copies * layer.parameters
        cost.macs += copies * layer.macs
        if not isinstance(stride, str):
            size = layer.positions
            known = cost.sizes.setdefault(prod(size), size)
            # Windows of a map have as many positions as the map, by which they are said.
            cost.sizes[prod(size)] = min(known, size, key=max)
            if of_signals or isinstance(layer.y, Signal):
                cost.signals.add(prod(size))
    return found


def _is_of_signals(net: Network) -> bool:
    """Whether all that it takes are signals, which are read along their length."""
    return all("length" in axes_of_input(net.graph, name) for name in net.graph.inputs)
