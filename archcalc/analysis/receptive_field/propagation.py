"""What one output position of every node sees of the network's input.

Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks, Distill 2019.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from archcalc.analysis.receptive_field.of_inputs import (
    are_several_followed,
    as_ids,
    inputs_read,
    of_several,
    shapes_of_inputs,
)
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined, moves
from archcalc.analysis.receptive_field.single_figure import single_figure
from archcalc.analysis.receptive_field.together import all_seen, positions_along, undefined
from archcalc.graph import Graph, Node
from archcalc.ops.window import POINT, Moved, PointAndWhole, Reach, Resampling, Window
from archcalc.shape import Shape, Signal, Tokens


def receptive_fields(graph: Graph) -> dict[str, Seen]:
    """What every node sees of the network's input, which itself sees one position.

    Of several inputs, what it sees of the one that it is computed of, if it is of one alone.
    """
    is_signal, shapes = _reads_signals(graph), shapes_of_inputs(graph)
    if len(graph.inputs) == 1:
        (name,) = graph.inputs
        return _of_input(name, shapes[name], graph.nodes, is_signal=is_signal)[1]
    every = tuple(graph.inputs)
    read = inputs_read(graph)
    are_followed = are_several_followed(graph, read)
    nodes: dict[str, list[Node]] = {name: [] for name in every}
    for node in graph.nodes:
        of = read[node.name] or every
        for name in of if len(of) == 1 or are_followed else ():
            nodes[name].append(node)
    of_input = {i: _of_input(i, shapes[i], nodes[i], is_signal=is_signal) for i in every}
    nothing, _ = of_input[every[0]]
    not_followed = {
        count: Undefined(f"is computed of {count} inputs, which are not followed so far")
        for count in {*map(len, read.values())}
    }
    table: dict[str, Seen] = {}
    for name, of in read.items():
        if len(of) < 2 or are_followed:
            found = {i: of_input[i][1].get(name, nothing) for i in of or every}
            table[name] = of_several(found) if len(found) > 1 else next(iter(found.values()))
        else:
            table[name] = not_followed[len(of)]
    return table


def _of_input(
    input: str, shape: Shape, nodes: Iterable[Node], *, is_signal: bool
) -> tuple[Seen, dict[str, Seen]]:
    """What sees nothing of an input, and what it and some nodes see of it; others see nothing.

    Of each node two things are kept: what it sees along paths side by side, which those behind it
    go on from, and that as one figure.
    """
    sizes = positions_along(_as_signal(shape) if is_signal else shape)
    nothing = ReceptiveField((SEES_NOTHING,) * len(sizes), sizes)
    itself = ReceptiveField((ONE,) * len(sizes), sizes)
    unseen: tuple[Seen, Seen] = nothing, nothing
    table: dict[str, tuple[Seen, Seen]] = {input: (itself, itself)}
    budget = FieldBudget()
    alike: dict[tuple[int, int, int], tuple[Seen, Seen]] = {}
    """What nodes see that one op of the same shapes makes of what is seen; most are not alike."""
    for name, op, inputs, xs, y, _ in nodes:
        before, is_single = unseen, len(inputs) == 1
        if is_single:
            before = table.get(inputs[0], unseen)
            key = (id(op), id(xs), id(before))
            if key in alike:
                table[name] = alike[key]
                continue
        if is_signal:
            xs, y = tuple(map(_as_signal, xs)), _as_signal(y)
        if op.takes_indices:
            xs = tuple(map(as_ids, xs))
        window = op.window(*xs)
        if is_single and window == POINT:  # a kernel of 1x1 too
            found = before
        elif seen := [table.get(i, unseen)[0] for i in inputs[: op.value_inputs]]:
            paths = through(window, seen, xs[: op.value_inputs], y, budget)
            found = before
            if not is_single or paths != seen[0] or y != xs[0]:
                found = paths, single_figure(paths, y, budget)
        else:
            found = unseen
        table[name] = found
        if is_single:
            alike[key] = found
    return nothing, {name: shown for name, (_, shown) in table.items()}


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
