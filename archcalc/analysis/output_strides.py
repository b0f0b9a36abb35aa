"""How much coarser than the input the map is that a layer makes: a division that all networks have.

The output stride of Chen et al. (DeepLab, 2017): input positions for each output position, along a
side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod

from archcalc.analysis.receptive_field.axis import SEES_NOTHING
from archcalc.analysis.receptive_field.propagation import shape_of_input
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen
from archcalc.arithmetic import whole
from archcalc.graph import Graph, Node

OutputStride = int | Fraction | str
"""A stride, or one of the two words for layers that have none."""
VECTOR = "vector"
"""Layers whose output has one position: what is behind global pooling or a whole map's weights."""
NO_INPUT = "no input"
"""Layers that see nothing of the input: parameters, and what is computed of them alone."""


def output_strides(graph: Graph, fields: Mapping[str, Seen]) -> dict[str, OutputStride]:
    """The output stride of every node.

    That of its receptive field; where that has none, as behind attention, the ratio of sides, a
    side being the root of the number of positions, rounded to the nearest stride that a field of
    the network has, or power of two: a class token makes 197 positions of 196.
    """
    found = _Strides(max(prod(shape_of_input(graph, name).positions) for name in graph.inputs))
    known = [(node.name, *found.of_field(node, fields[node.name])) for node in graph.nodes]
    strides = sorted({stride for _, stride, _ in known if isinstance(stride, int | Fraction)})
    return {
        name: found.of_sizes(positions, strides) if stride is None else stride
        for name, stride, positions in known
    }


class _Strides:
    """The strides of some nodes, whose fields and shapes most have in common, each found once."""

    def __init__(self, positions_of_input: int):
        self._positions_of_input = positions_of_input
        self._by_sizes: dict[int, OutputStride] = {}
        self._by_field: dict[tuple[int, int, int], tuple[OutputStride | None, int]] = {}

    def of_field(self, node: Node, seen: Seen) -> tuple[OutputStride | None, int]:
        """What a node's receptive field says, None where that is nothing; and the positions."""
        key = id(node.op), id(node.shape), id(seen)
        if key not in self._by_field:
            positions = prod(node.shape[axis] for axis in node.op.position_axes(node.shape))
            self._by_field[key] = _of_field(seen, positions), positions
        return self._by_field[key]

    def of_sizes(self, positions: int, strides: Sequence[int | Fraction]) -> OutputStride:
        """What the numbers of positions say, of the input and of an output."""
        if positions not in self._by_sizes:
            square = Fraction(self._positions_of_input, positions)
            self._by_sizes[positions] = _nearest(square, strides)
        return self._by_sizes[positions]


def _of_field(seen: Seen, positions: int) -> OutputStride | None:
    if isinstance(seen, ReceptiveField) and seen.trunk is not None:
        seen = seen.trunk  # gates by global pooling aside
    if isinstance(seen, ReceptiveField) and SEES_NOTHING in seen.axes:
        return NO_INPUT
    if positions == 1:
        return VECTOR
    if not isinstance(seen, ReceptiveField) or seen.is_whole:
        return None
    stride: int | Fraction = max(seen.stride)
    return stride


def _nearest(square: Fraction, strides: Sequence[int | Fraction]) -> int | Fraction:
    """Of some strides and all powers of two, the one nearest to the root of a number, as a ratio.

    >>> _nearest(Fraction(224 * 224, 197), []), _nearest(Fraction(224 * 224, 257), [14])
    (16, 14)
    """
    power = Fraction(1)
    while square >= 2 * power**2:
        power *= 2
    while square * 2 < power**2:
        power /= 2

    def distance(stride: int | Fraction) -> Fraction:
        return max(square / stride**2, stride**2 / square)

    nearest: int | Fraction = min([whole(power), *strides], key=distance)
    return nearest


def order_of_strides(stride: OutputStride) -> tuple[int, int | Fraction]:
    """A key that sorts strides from fine to coarse, what has none at the end."""
    if isinstance(stride, str):
        return 1, (VECTOR, NO_INPUT).index(stride)
    return 0, stride
