"""What one output position of every node sees of the network's input.

Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks, Distill 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_

from archcalc.analysis.receptive_field.advance import advance
from archcalc.analysis.receptive_field.axis import (
    ONE,
    SEES_NOTHING,
    Along,
    BeyondUse,
    FieldBudget,
    join_axes,
    reach,
    staying,
)
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined, moves
from archcalc.analysis.receptive_field.single_figure import single_figure
from archcalc.analysis.receptive_field.together import all_seen, positions_along, undefined
from archcalc.graph import Graph
from archcalc.ops.window import POINT, Moved, PointAndWhole, Reach, Resampling, Window
from archcalc.shape import Shape, Signal, Tokens


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
    shape = shape_of_input(graph, input)
    sizes = positions_along(_as_signal(shape) if is_signal else shape)
    nothing = ReceptiveField((SEES_NOTHING,) * len(sizes), sizes)
    paths: dict[str, Seen] = dict.fromkeys(graph.inputs, nothing)
    paths[input] = ReceptiveField((ONE,) * len(sizes), sizes)
    table = dict(paths)
    budget = FieldBudget()
    known = _as_signal if is_signal else None
    alike: dict[tuple[int, int, int], tuple[Seen, Seen]] = {}
    """What nodes see that one op of the same shapes makes of what is seen; most are not alike."""
    for name, op, inputs, xs, y, _ in graph.nodes:
        key = (id(op), id(xs), id(paths[inputs[0]]) if len(inputs) == 1 else 0)
        like = alike.get(key)
        if like is not None:
            paths[name], table[name] = like
            continue
        if known is not None:
            xs, y = tuple(map(known, xs)), known(y)
        if op.takes_indices:
            xs = tuple(map(_as_ids, xs))
        window = op.window(*xs)
        if window is POINT and len(inputs) == 1:
            paths[name], table[name] = alike[key] = paths[inputs[0]], table[inputs[0]]
            continue
        seen = [paths[i] for i in inputs[: op.value_inputs]]
        if not seen:
            paths[name] = table[name] = nothing
            continue
        found = through(window, seen, xs[: op.value_inputs], y, budget)
        if len(inputs) == 1 and found == seen[0] and y == xs[0]:
            found, shown = seen[0], table[inputs[0]]
        else:
            shown = single_figure(found, y, budget)
        paths[name], table[name] = found, shown
        if len(inputs) == 1:
            alike[key] = found, shown
    return table


def through(
    window: Reach, inputs: Sequence[Seen], xs: Sequence[Shape], y: Shape, budget: FieldBudget
) -> Seen:
    """What an op sees, from its window, and from what its inputs see and how large they are."""
    if window is None:
        return all_seen(inputs, xs, budget)
    if isinstance(window, PointAndWhole):
        gated = [*inputs, all_seen(inputs, xs, budget)]
        return through(POINT, gated, [*xs, *xs], y, budget)
    fields = []
    for seen, x in zip(inputs, xs, strict=True):
        if isinstance(seen, Undefined):
            if any(isinstance(other, ReceptiveField) and other.is_whole for other in inputs):
                return all_seen(inputs, xs, budget)
            return undefined(seen.reason, inputs, xs, budget)
        fields.append(_fitted(seen, x, y) if 1 in x[1:] != y[1:] else seen)
    first = fields[0]
    if isinstance(window, Moved):
        return undefined(window.reason, inputs, xs, budget) if moves(first) else first
    try:
        axes = first.axes if len(fields) == 1 else _joined(fields, budget)
        if window is not POINT:
            axes = _advanced(axes, window, budget)
    except BeyondUse as beyond:
        return undefined(str(beyond), inputs, xs, budget)
    if SEES_NOTHING in axes:
        axes = (SEES_NOTHING,) * len(axes)
    return ReceptiveField(axes, first.input)


def _reads_signals(graph: Graph) -> bool:
    """Whether sequences of which nothing else is known have their channels first, as what slides
    along one takes it."""
    return any(
        bool(node.input_shapes)
        and len(node.input_shapes[0]) == 2
        and node.op.takes_signals
        and not isinstance(node.input_shapes[0], Tokens | Signal)
        for node in graph.nodes
    )


def shape_of_input(graph: Graph, input: str) -> Shape:
    """The shape of an input, that of a list of numbers of tokens as a sequence of one feature."""
    shape = graph.inputs[input]
    return _as_ids(shape) if len(shape) == 1 and _is_looked_up(graph, input) else shape


def _is_looked_up(graph: Graph, input: str) -> bool:
    """Whether an input is a sequence of numbers of tokens: all that reads it looks them up."""
    readers = [node.op for node in graph.nodes if input in node.inputs[: node.op.value_inputs]]
    return bool(readers) and all(op.takes_indices for op in readers)


def _as_ids(shape: Shape) -> Shape:
    """Numbers of tokens as a sequence of one feature."""
    return Tokens(*shape, 1) if len(shape) == 1 else shape


def _as_signal(shape: Shape) -> Shape:
    is_read_as_such = len(shape) != 2 or isinstance(shape, Tokens | Signal)
    return shape if is_read_as_such else Signal(*shape)


def _fitted(seen: ReceptiveField, x: Shape, y: Shape) -> ReceptiveField:
    """What an input sees where its only row or column serves all those of the output."""
    before, after = positions_along(x), positions_along(y)
    if not moves(seen) or not len(seen.axes) == len(before) == len(after):
        return seen
    axes = tuple(
        staying(reach(axis, 1), size) if a == 1 != b else axis
        for axis, size, a, b in zip(seen.axes, seen.input, before, after, strict=True)
    )
    return ReceptiveField(axes, seen.input)


def _joined(fields: Sequence[ReceptiveField], budget: FieldBudget) -> tuple[Along, ...]:
    different = list({id(seen.axes): seen.axes for seen in fields}.values())
    if len(different) == 1:
        return different[0]
    first, *others = zip(*different, strict=True)
    joined = join_axes(first, budget)
    # Square windows on square fields keep one axis for both; most networks are so.
    return joined, *[
        joined if all(map(is_, first, along)) else join_axes(along, budget) for along in others
    ]


def _advanced(
    axes: tuple[Along, ...], window: Window | Resampling, budget: FieldBudget
) -> tuple[Along, ...]:
    if len(axes) != len(window[0]):
        return axes  # of a map that was made of what sees the whole input
    first = advance(axes[0], window, 0, budget)
    return first, *[_beside(first, axes, window, i, budget) for i in range(1, len(axes))]


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
