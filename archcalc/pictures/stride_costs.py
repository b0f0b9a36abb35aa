"""What the layers of each output stride of a network cost, and what maps they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

from archcalc.analysis.output_strides import OutputStride
from archcalc.network import Network

_MOST_NAMED = 2
"""The most sizes of maps that are all named."""


@dataclass
class StrideCost:
    """Parameters, MACs, and by how many positions they have the sizes of the maps."""

    parameters: int = 0
    macs: int = 0
    sizes: dict[int, Sequence[int]] = field(default_factory=dict)

    @property
    def maps(self) -> str:
        """The sizes of the maps; of many the largest and the smallest: `392x392 to 280x280`.

        >>> StrideCost(sizes={197: (197,), 196: (14, 14)}).maps
        '197 tokens, 14x14'
        """
        words = [_said(self.sizes[count]) for count in sorted(self.sizes, reverse=True)]
        if len(words) > _MOST_NAMED:
            return f"{words[0]} to {words[-1]}"
        return ", ".join(words)


def by_output_stride(net: Network) -> dict[OutputStride, StrideCost]:
    """The costs of a network by the output stride of the layer that has them."""
    strides, readings = net.output_strides, net.readings_by_name
    layers = Counter((strides[node.name], readings[node.name]) for node in net)
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
    return found


def _said(size: Sequence[int]) -> str:
    return "x".join(map(str, size)) if len(size) > 1 else f"{size[0]} tokens"
