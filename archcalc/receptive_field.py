"""The receptive field of every node: what one output position sees of the network's input.

Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks, Distill 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from archcalc.arithmetic import Number, exact_div, extent, maximum, plain, whole
from archcalc.graph import INPUT, Graph
from archcalc.ops.op import POINT, SAME_GRID, Window


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

LARGEST = 10**30
"""Of the figures of a receptive field: the strides of a small file multiply without end."""

_ONE = Axis(0, 1, 1)
ONE_POSITION = ReceptiveField(_ONE, _ONE)


def receptive_fields(graph: Graph) -> dict[str, Seen]:
    """What every node sees of the network's input, which itself is a single position."""
    table: dict[str, Seen] = {INPUT: ONE_POSITION}
    for node in graph.nodes:
        values = slice(node.op.value_inputs)
        seen = through(node.op.window(), [table[name] for name in node.inputs[values]])
        sizes = {shape[1:] for shape in node.input_shapes[values]}
        if len(sizes) > 1 and isinstance(seen, ReceptiveField):
            seen = Undefined("joins a map and one of 1x1")
        table[node.name] = seen
    return table


def network_receptive_field(graph: Graph, table: dict[str, Seen]) -> Seen:
    """That of the last map before global pooling or the first linear layer."""
    return hull([table[name] for name in last_maps(graph, table)])


def last_maps(graph: Graph, table: dict[str, Seen]) -> tuple[str, ...]:
    """What global pooling or the first linear layer takes; the outputs where there is neither."""
    needed = set(graph.outputs)
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.inputs)
            sees_whole = table[node.name] == WHOLE_INPUT
            if sees_whole and hull([table[name] for name in node.inputs]) != WHOLE_INPUT:
                return node.inputs
    return graph.outputs


def through(window: Window | None, inputs: Sequence[Seen]) -> Seen:
    """What an op sees, from its window and from what its inputs see."""
    seen = hull(inputs)
    if window is None:
        return WHOLE_INPUT
    if window is POINT or not isinstance(seen, ReceptiveField):
        return seen
    height = advance(seen.height, window, 0)
    # Square windows on square fields keep one axis for both; most networks are so.
    same = seen.width is seen.height and all(size[0] == size[1] for size in window)
    width = height if same else advance(seen.width, window, 1)
    if _is_beyond(height) or (width is not height and _is_beyond(width)):
        return Undefined("multiplies strides to more than 10^30")
    return ReceptiveField(height, width)


def _is_beyond(axis: Axis) -> bool:
    """Whether its figures have more digits than anybody would read."""
    size, stride = plain(axis.size), plain(axis.stride)
    if type(size) is type(stride) is int:
        return size > LARGEST or stride > LARGEST
    return any(n.numerator > LARGEST or n.denominator > LARGEST for n in (size, stride))


def advance(seen: Axis, window: Window, axis: int) -> Axis:
    """The receptive field after one more window: `size + (kernel - 1)·stride so far`.

    A layer that makes its map larger steps over a finer grid, and ends in exact fractions.
    """
    so_far = seen.stride
    if window.finer is not SAME_GRID:
        so_far = exact_div(so_far, window.finer[axis])
    kernel = extent(window.kernel_size[axis], window.dilation[axis])
    after = Axis(
        seen.low - window.padding[axis] * so_far,
        seen.size + (kernel - 1) * so_far,
        so_far * window.stride[axis],
    )
    return after if type(after.size) is type(after.stride) is int else Axis(*map(whole, after))


def hull(inputs: Sequence[Seen]) -> Seen:
    """What a join sees: the smallest interval around what its inputs see."""
    for seen in inputs:
        if isinstance(seen, Undefined):
            return seen
    if WHOLE_INPUT in inputs:
        return WHOLE_INPUT
    fields = [seen for seen in inputs if isinstance(seen, ReceptiveField)]
    if all(field == fields[0] for field in fields):
        return fields[0]
    height = _hull([field.height for field in fields])
    if all(field.width is field.height for field in fields):
        width = height
    else:
        width = _hull([field.width for field in fields])
    if isinstance(height, Undefined):
        return height
    return width if isinstance(width, Undefined) else ReceptiveField(height, width)


def _hull(along: Sequence[Axis]) -> Axis | Undefined:
    strides = {plain(axis.stride) for axis in along}
    if len(strides) > 1:
        return Undefined(f"joins strides {' and '.join(map(str, sorted(strides)))}")
    first = min(along, key=lambda axis: plain(axis.low))
    last = max(along, key=lambda axis: plain(axis.high))
    if any(plain(a.low) == plain(first.low) and plain(a.high) == plain(last.high) for a in along):
        size = reduce(maximum, (axis.size for axis in along))
    else:
        size = last.high - first.low + 1
    return Axis(first.low, size, first.stride)
