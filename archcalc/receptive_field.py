"""The receptive field of every node: what one output position sees of the network's input.

Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks, Distill 2019.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from math import prod
from typing import NamedTuple

from archcalc.advance import advance
from archcalc.arithmetic import Number
from archcalc.axis import (
    ONE,
    SEES_NOTHING,
    Along,
    Axis,
    BeyondUse,
    FieldBudget,
    Places,
    Strands,
    around,
    join_axes,
    reach,
    staying,
)
from archcalc.graph import Graph
from archcalc.ops.window import POINT, Moved, PointAndWhole, Reach, Resampling, Window
from archcalc.shape import Shape, Signal, Tokens

Interval = tuple[int, int] | None

WHOLE_INPUT = "the whole input"


class ReceptiveField(NamedTuple):
    """What output positions see, along each axis of the network's input: height and width."""

    axes: tuple[Along, ...]
    input: tuple[int, ...]
    """The size of the network's input along each axis."""
    trunk: Seen | None = None
    """Where gates by global pooling let every position see all of the map: what the rest of its
    paths sees."""

    @property
    def size(self) -> list[int]:
        """`[height, width]` of the largest that an output position sees, in input pixels."""
        return [axis.size for axis in self.known]

    @property
    def smallest(self) -> list[int]:
        """`[height, width]` of the smallest: behind layers that make a map larger, some output
        positions see less than others."""
        return [axis.smallest for axis in self.known]

    @property
    def stride(self) -> list[Number]:
        """The effective stride: input pixels from one output position to the next, on average."""
        return [axis.stride for axis in self.known]

    @property
    def padding(self) -> list[int | None]:
        """The effective padding: how far before the input's first pixel that begins which output
        position 0 sees. None where it sees nothing."""
        return [axis.padding for axis in self.known]

    @property
    def is_whole(self) -> bool:
        """Whether every position sees the whole input, as after global pooling."""
        return all(
            size == 1 or (not isinstance(axis, Strands) and _stays(axis) and axis.smallest == size)
            for axis, size in zip(self.axes, self.input, strict=True)
        )

    @property
    def height(self) -> Axis | Places:
        """What is seen along the height."""
        return self.known[0]

    @property
    def width(self) -> Axis | Places:
        """What is seen along the width."""
        return self.known[1]

    @property
    def known(self) -> list[Axis | Places]:
        """Its axes."""
        return [axis for axis in self.axes if not isinstance(axis, Strands)]


class Undefined(NamedTuple):
    """A receptive field that has no single size, with the reason."""

    reason: str
    reach: tuple[Interval, ...] = ()
    """What all its positions together see, along each axis of the network's input."""
    input: tuple[int, ...] = ()


Seen = ReceptiveField | Undefined


def receptive_fields(graph: Graph) -> dict[str, Seen]:
    """What every node sees of the network's input, which itself sees one position.

    Of several inputs, what it sees of the one that it is computed of, if it is of one alone.
    """
    tables = {name: _of_input(graph, name) for name in graph.inputs}
    if len(tables) == 1:
        return next(iter(tables.values()))
    read = inputs_read(graph)
    return {name: _of_several({i: tables[i][name] for i in read[name] or tables}) for name in read}


def inputs_read(graph: Graph) -> dict[str, tuple[str, ...]]:
    """The inputs whose values each node is computed of."""
    read: dict[str, tuple[str, ...]] = {name: (name,) for name in graph.inputs}
    for node in graph.nodes:
        of = [name for source in node.inputs[: node.op.value_inputs] for name in read[source]]
        read[node.name] = tuple(dict.fromkeys(of))
    return read


def _of_several(seen: Mapping[str, Seen]) -> Seen:
    """What is said of a node that sees some inputs."""
    first, *others = seen.values()
    if not others or all(isinstance(s, ReceptiveField) and s.is_whole for s in seen.values()):
        return first
    if all(isinstance(s, ReceptiveField) and SEES_NOTHING in s.axes for s in seen.values()):
        return first
    return Undefined(f"sees {' and '.join(_of_one(name, s) for name, s in seen.items())}")


def _of_one(name: str, seen: Seen) -> str:
    """What is seen of one input among several."""
    if isinstance(seen, Undefined):
        return f"what has no size of {name} ({seen.reason})"
    size = "all" if seen.is_whole else "x".join(map(str, seen.size))
    return f"{size} of {name}"


def _of_input(graph: Graph, input: str) -> dict[str, Seen]:
    """What every node sees of one input, of which the others see nothing."""
    is_signal = _reads_signals(graph)
    shape = graph.inputs[input]
    if len(shape) == 1 and _is_looked_up(graph, input):
        shape = _as_ids(shape)
    sizes = _positions(_as_signal(shape) if is_signal else shape)
    nothing = ReceptiveField((SEES_NOTHING,) * len(sizes), sizes)
    paths: dict[str, Seen] = dict.fromkeys(graph.inputs, nothing)
    paths[input] = ReceptiveField((ONE,) * len(sizes), sizes)
    table = dict(paths)
    budget = FieldBudget()
    known = _as_signal if is_signal else None
    for name, op, inputs, xs, y, _ in graph.nodes:
        if known is not None:
            xs, y = tuple(map(known, xs)), known(y)
        if op.takes_indices:
            xs = tuple(map(_as_ids, xs))
        window = op.window(*xs)
        if window is POINT and len(inputs) == 1:
            paths[name], table[name] = paths[inputs[0]], table[inputs[0]]
            continue
        seen = [paths[i] for i in inputs[: op.value_inputs]]
        if not seen:
            paths[name] = table[name] = nothing
            continue
        paths[name] = through(window, seen, xs[: op.value_inputs], y, budget)
        table[name] = _single(paths[name], y, budget)
    return table


def through(
    window: Reach, inputs: Sequence[Seen], xs: Sequence[Shape], y: Shape, budget: FieldBudget
) -> Seen:
    """What an op sees, from its window, and from what its inputs see and how large they are."""
    if window is None:
        return _whole(inputs, xs, budget)
    if isinstance(window, PointAndWhole):
        gated = [*inputs, _whole(inputs, xs, budget)]
        return through(POINT, gated, [*xs, *xs], y, budget)
    fields = []
    for seen, x in zip(inputs, xs, strict=True):
        if isinstance(seen, Undefined):
            if any(isinstance(other, ReceptiveField) and other.is_whole for other in inputs):
                return _whole(inputs, xs, budget)
            return _undefined(seen.reason, inputs, xs, budget)
        fields.append(_fitted(seen, x, y) if 1 in x[1:] != y[1:] else seen)
    first = fields[0]
    if isinstance(window, Moved):
        return _undefined(window.reason, inputs, xs, budget) if moves(first) else first
    try:
        axes = first.axes if len(fields) == 1 else _joined(fields, budget)
        if window is not POINT:
            axes = _advanced(axes, window, budget)
    except BeyondUse as beyond:
        return _undefined(str(beyond), inputs, xs, budget)
    if SEES_NOTHING in axes:
        axes = (SEES_NOTHING,) * len(axes)
    return ReceptiveField(axes, first.input)


def _whole(inputs: Sequence[Seen], xs: Sequence[Shape], budget: FieldBudget) -> ReceptiveField:
    """What reads all of its inputs sees all that any position of them sees."""
    sizes = inputs[0].input
    axes = map(staying, _reaches(inputs, xs, budget), sizes)
    return ReceptiveField(tuple(axes), sizes)


def _undefined(
    reason: str, inputs: Sequence[Seen], xs: Sequence[Shape], budget: FieldBudget
) -> Undefined:
    return Undefined(reason, _reaches(inputs, xs, budget), inputs[0].input)


def _reaches(
    inputs: Sequence[Seen], xs: Sequence[Shape], budget: FieldBudget
) -> tuple[Interval, ...]:
    """What all positions of some maps together see; the whole input, where that is too much to work
    out."""
    found = []
    for seen, x in zip(inputs, xs, strict=True):
        if isinstance(seen, Undefined):
            found.append(seen.reach)
            continue
        try:
            budget.spend(sum(len(axis.lows) for axis in seen.axes if isinstance(axis, Places)))
        except BeyondUse:
            return tuple((0, size - 1) for size in seen.input)
        found.append(tuple(map(reach, seen.axes, _positions_of(seen, x))))
    return tuple(map(around, zip(*found, strict=True)))


def _positions_of(seen: ReceptiveField, x: Shape) -> Iterable[int]:
    """The positions of a tensor along each axis of the input; one where its axes are others, as
    those of a vector are, all of whose values see the same."""
    sizes = _positions(x)
    return sizes if len(sizes) == len(seen.axes) else repeat(1)


def _positions(shape: Shape) -> tuple[int, ...]:
    """The axes that positions are along: those of a map CxHxW but the first, of a sequence LxC and
    of a vector but the last."""
    return shape[1:] if len(shape) > 2 or isinstance(shape, Signal) else shape[:-1]


def _reads_signals(graph: Graph) -> bool:
    """Whether sequences of which nothing else is known have their channels first, as what slides
    along one takes it."""
    return any(
        bool(node.input_shapes)
        and len(node.input_shapes[0]) == 2
        and node.op.takes_signals
        and type(node.input_shapes[0]) is Shape
        for node in graph.nodes
    )


def _is_looked_up(graph: Graph, input: str) -> bool:
    """Whether an input is a sequence of numbers of tokens: all that reads it looks them up."""
    readers = [node.op for node in graph.nodes if input in node.inputs[: node.op.value_inputs]]
    return bool(readers) and all(op.takes_indices for op in readers)


def _as_ids(shape: Shape) -> Shape:
    """Numbers of tokens as a sequence of one feature."""
    return Tokens(*shape, 1) if len(shape) == 1 else shape


def _as_signal(shape: Shape) -> Shape:
    return Signal(*shape) if len(shape) == 2 and type(shape) is Shape else shape


def _fitted(seen: ReceptiveField, x: Shape, y: Shape) -> ReceptiveField:
    """What an input sees where its only row or column serves all those of the output."""
    if not moves(seen):
        return seen
    axes = tuple(
        staying(reach(axis, 1), size) if a == 1 != b else axis
        for axis, size, a, b in zip(
            seen.axes, seen.input, _positions(x), _positions(y), strict=True
        )
    )
    return ReceptiveField(axes, seen.input)


def _joined(fields: Sequence[ReceptiveField], budget: FieldBudget) -> tuple[Along, ...]:
    first = fields[0].axes
    if all(seen.axes is first for seen in fields):
        return first
    # Square windows on square fields keep one axis for both; most networks are so.
    if all(axis is seen.axes[0] for seen in fields for axis in seen.axes):
        return (join_axes([seen.axes[0] for seen in fields], budget),) * len(first)
    return tuple(join_axes(along, budget) for along in zip(*(s.axes for s in fields), strict=True))


def _advanced(
    axes: tuple[Along, ...], window: Window | Resampling, budget: FieldBudget
) -> tuple[Along, ...]:
    if len(axes) != len(window[0]):
        return axes  # of a map that was made of what sees the whole input
    first = advance(axes[0], window, 0, budget)
    return (first, *(_beside(first, axes, window, i, budget) for i in range(1, len(axes))))


def _beside(
    first: Along,
    axes: tuple[Along, ...],
    window: Window | Resampling,
    axis: int,
    budget: FieldBudget,
) -> Along:
    """What is seen along another axis than the first: the same, where all of it is square."""
    if axes[axis] is not axes[0]:
        return advance(axes[axis], window, axis, budget)
    for pair in window:
        if pair[0] != pair[axis]:
            return advance(axes[axis], window, axis, budget)
    return first


# --- one figure where paths differ ----------------------------------------------------------------


def moves(seen: Seen) -> bool:
    """Whether positions of a map see different parts of the input."""
    return isinstance(seen, Undefined) or not all(map(_stays, seen.axes))


def _stays(along: Along) -> bool:
    return isinstance(along, Places) and not along.shift


def _single(seen: Seen, shape: Shape, budget: FieldBudget) -> Seen:
    """One figure for what is seen along paths of different strides, where a gate sees it all."""
    if isinstance(seen, Undefined) or Strands not in map(type, seen.axes):
        return seen
    shown: list[Along] = []
    trunk: list[Along] = []
    for axis, size, positions in zip(seen.axes, seen.input, _positions(shape), strict=True):
        shown.append(_gate(axis, size, positions) or axis)
        trunk.append(moving(axis))
    found = _defined(shown, seen, shape, budget)
    if isinstance(found, Undefined):
        return found
    return found._replace(trunk=_defined(trunk, seen, shape, budget))


def _gate(along: Along, size: int, positions: int) -> Places | None:
    """The path on which every position sees the same, where that is all that any other sees."""
    if not isinstance(along, Strands):
        return None
    gate = along.each[0]
    if not isinstance(gate, Places) or gate.shift:
        return None
    if gate.lows == (0,) and gate.highs == (size - 1,):
        return gate
    (first,), (last,), _ = staying(reach(along, positions), size)
    is_all = all(low == first for low in gate.lows) and all(high == last for high in gate.highs)
    return gate if is_all else None


def moving(along: Along) -> Along:
    """The paths on which positions see different parts of the input."""
    if not isinstance(along, Strands):
        return along
    found = tuple(strand for strand in along.each if not _stays(strand))
    return found[0] if len(found) == 1 else Strands(found)


def _defined(
    axes: Sequence[Along], seen: ReceptiveField, shape: Shape, budget: FieldBudget
) -> Seen:
    for axis in axes:
        if isinstance(axis, Strands):
            return _undefined(_why_several(axis), [seen], [shape], budget)
    return ReceptiveField(tuple(axes), seen.input)


def _why_several(strands: Strands) -> str:
    if _stays(strands.each[0]):
        return "joins a map and a gate that sees only a part of what the map sees"
    return f"joins strides {' and '.join(str(strand.stride) for strand in strands.each)}"


# --- what a network is said to see ----------------------------------------------------------------


def last_maps(graph: Graph, table: Mapping[str, Seen]) -> dict[str, str]:
    """For each output the last map before global pooling or the first linear layer that ends the
    network; the output itself where it is a map, or where no layer before it has a window."""
    needed = set(graph.outputs)
    latest = dict.fromkeys(graph.inputs, -1)
    behind = []
    for i in range(len(graph.nodes) - 1, -1, -1):
        node = graph.nodes[i]
        if node.name in needed:
            if _is_map(table[node.name], node.shape):
                latest[node.name] = i
            else:
                behind.append(node)
                needed.update(node.inputs[: node.op.value_inputs])
    for node in reversed(behind):
        read = node.inputs[: node.op.value_inputs]
        latest[node.name] = max((latest[name] for name in read), default=-1)
    maps = {output: graph.nodes[latest[output]].name for output in graph.outputs}
    return {
        o: name if latest[o] >= 0 and all(table[name] is not table[i] for i in graph.inputs) else o
        for o, name in maps.items()
    }


def _is_map(seen: Seen, shape: Shape) -> bool:
    """Whether it has positions that are one by one seen, or that all see the whole, as those of
    attention do."""
    if not isinstance(seen, ReceptiveField) or moves(seen) or seen.trunk is not None:
        return True
    return seen.is_whole and prod(_positions(shape)) > 1


def by_output(graph: Graph, table: Mapping[str, Seen]) -> dict[str, Seen]:
    """What each output of a network is said to see: its last map."""
    return {output: table[name] for output, name in last_maps(graph, table).items()}


def network_receptive_field(graph: Graph, table: Mapping[str, Seen]) -> Seen:
    """That of the last map before global pooling or the first linear layer that ends the network;
    of several outputs the largest."""
    return largest_field(by_output(graph, table).values())


def largest_field(fields: Iterable[Seen]) -> Seen:
    """That of several outputs which sees the most; an undefined one where there is one."""
    found: ReceptiveField | None = None
    for seen in fields:
        if isinstance(seen, Undefined):
            return seen
        if found is None or prod(seen.size) > prod(found.size):
            found = seen
    assert found is not None
    return found
