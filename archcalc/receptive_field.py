"""The receptive field of every node: what one output position sees of the network's input.

Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks, Distill 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.arithmetic import Number, extent
from archcalc.graph import INPUT, Graph
from archcalc.ops.base import Window


class Axis(NamedTuple):
    """Along one axis: output position 0 sees `size` input positions from `low` on, and each
    further output position sees those `stride` further."""

    low: Number
    size: Number
    stride: Number

    @property
    def high(self) -> Number:
        """The last input position that output position 0 sees."""
        return self.low + self.size - 1


class ReceptiveField(NamedTuple):
    """The receptive field along both axes."""

    height: Axis
    width: Axis

    @property
    def size(self) -> list[Number]:
        """`[height, width]`, in input pixels."""
        return [self.height.size, self.width.size]


class Undefined(NamedTuple):
    """A receptive field that has no single size, with the reason."""

    reason: str


WHOLE_INPUT = "the whole input"

Seen = ReceptiveField | Undefined | str
"""A receptive field, or WHOLE_INPUT after global pooling or a linear layer, or Undefined."""

ONE_POSITION = ReceptiveField(Axis(0, 1, 1), Axis(0, 1, 1))


def receptive_fields(graph: Graph) -> dict[str, Seen]:
    """What every node sees of the network's input, which itself is a single position."""
    table: dict[str, Seen] = {INPUT: ONE_POSITION}
    for node in graph.nodes:
        table[node.name] = _through(node.op.window(), [table[name] for name in node.inputs])
    return table


def network_receptive_field(graph: Graph, table: dict[str, Seen]) -> Seen:
    """That of the last map before global pooling or the first linear layer."""
    ancestors = set(graph.outputs)
    last: Seen | None = None
    for node in reversed(graph.nodes):
        if node.name in ancestors:
            ancestors.update(node.inputs)
            if table[node.name] == WHOLE_INPUT and last is None:
                seen = hull([table[name] for name in node.inputs])
                last = None if seen == WHOLE_INPUT else seen
    return hull([table[name] for name in graph.outputs]) if last is None else last


def _through(window: Window | None, inputs: Sequence[Seen]) -> Seen:
    seen = inputs[0] if len(inputs) == 1 else hull(inputs)
    if window is None:
        return seen if isinstance(seen, Undefined) else WHOLE_INPUT
    if not isinstance(seen, ReceptiveField) or window.kernel_size == (1, 1) == window.stride:
        return _padded(seen, window)
    return ReceptiveField(advance(seen.height, window, 0), advance(seen.width, window, 1))


def _padded(seen: Seen, window: Window) -> Seen:
    if window.padding == (0, 0) or not isinstance(seen, ReceptiveField):
        return seen
    return ReceptiveField(advance(seen.height, window, 0), advance(seen.width, window, 1))


def advance(seen: Axis, window: Window, axis: int) -> Axis:
    """The receptive field after one more window: `size + (kernel - 1)·stride so far`."""
    kernel = extent(window.kernel_size[axis], window.dilation[axis])
    return Axis(
        seen.low - window.padding[axis] * seen.stride,
        seen.size + (kernel - 1) * seen.stride,
        seen.stride * window.stride[axis],
    )


def hull(inputs: Sequence[Seen]) -> Seen:
    """What a join sees: the smallest interval around what its inputs see."""
    for seen in inputs:
        if isinstance(seen, Undefined):
            return seen
    if WHOLE_INPUT in inputs:
        return WHOLE_INPUT
    fields = [seen for seen in inputs if isinstance(seen, ReceptiveField)]
    axes = []
    for along in zip(*fields, strict=True):
        strides = {axis.stride for axis in along}
        if len(strides) > 1:
            listed = " and ".join(map(str, sorted(strides)))
            return Undefined(f"joins strides {listed}")
        low = min(axis.low for axis in along)
        high = max(axis.high for axis in along)
        axes.append(Axis(low, high - low + 1, along[0].stride))
    return ReceptiveField(*axes)
