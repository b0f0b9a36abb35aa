"""How much coarser than the input the map is that a layer makes: a division that all networks have.

The output stride of Chen et al. (DeepLab, 2017): input positions for each output position, along a
side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import prod

from archcalc.analysis.input_axes import FEATURE_AXES, axes_of_input
from archcalc.analysis.receptive_field.axis import SEES_NOTHING
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen
from archcalc.arithmetic import whole
from archcalc.graph import Graph

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
    of_input = max((_positions(graph, name) for name in graph.inputs), key=prod)
    # Nodes are many, their shapes, numbers of positions and fields few.
    positions: dict[tuple[type, int], int] = {}
    keys: dict[str, tuple[int, int]] = {}
    known: dict[tuple[int, int], OutputStride | None] = {}
    for name, op, _, _, y, _ in graph.nodes:
        seen, shape = fields[name], (type(op), id(y))
        if shape not in positions:
            positions[shape] = prod([y[axis] for axis in op.position_axes(y)])
        key = keys[name] = id(seen), positions[shape]
        if key not in known:
            known[key] = _of_field(seen, positions[shape])
    strides = sorted({stride for stride in known.values() if isinstance(stride, int | Fraction)})
    nearest = cache(
        lambda count: _nearest(Fraction(prod(of_input), count), len(of_input) or 1, strides)
    )
    found = {key: nearest(key[1]) if stride is None else stride for key, stride in known.items()}
    return {name: found[key] for name, key in keys.items()}


def _of_field(seen: Seen, positions: int) -> OutputStride | None:
    if isinstance(seen, ReceptiveField) and seen.trunk is not None:
        seen = seen.trunk  # gates by global pooling aside
    if isinstance(seen, ReceptiveField) and SEES_NOTHING in seen.axes:
        return NO_INPUT
    if positions == 1:
        return VECTOR
    if not isinstance(seen, ReceptiveField) or seen.is_whole:
        return None
    stride: int | Fraction = max([axis.stride for axis in seen.known])
    return stride or None  # of 0 where all positions see the same part of the input


def _positions(graph: Graph, input: str) -> list[int]:
    """The sizes of an input along its positions."""
    axes = zip(axes_of_input(graph, input), graph.inputs[input], strict=True)
    return [size for axis, size in axes if axis not in FEATURE_AXES]


def _nearest(ratio: Fraction, axes: int, strides: Sequence[int | Fraction]) -> int | Fraction:
    """Of some strides and all powers of two, the one nearest to what a ratio of positions comes to
    along each of so many axes, as a ratio.

    >>> _nearest(Fraction(224 * 224, 197), 2, []), _nearest(Fraction(224 * 224, 257), 2, [14])
    (16, 14)
    """
    power = Fraction(1)
    while ratio**2 >= (2 * power**2) ** axes:
        power *= 2
    while ratio**2 * 2**axes < power ** (2 * axes):
        power /= 2

    def distance(stride: int | Fraction) -> Fraction:
        return max(ratio / stride**axes, stride**axes / ratio)

    nearest: int | Fraction = min([whole(power), *strides], key=distance)
    return nearest


def order_of_strides(stride: OutputStride) -> tuple[int, int | Fraction]:
    """A key that sorts strides from fine to coarse, what has none at the end."""
    if isinstance(stride, str):
        return 1, (VECTOR, NO_INPUT).index(stride)
    return 0, stride
