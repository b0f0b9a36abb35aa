"""Which of a network's inputs each node is computed of, and what is said of a node of several."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.analysis.receptive_field.axis import SEES_NOTHING
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined
from archcalc.graph import Graph
from archcalc.shape import Shape, Tokens

MOST_FOLLOWED = 60_000
"""How many inputs nodes of several of the network's inputs may have, each once for every one of
these: where they have more, what such nodes see is not followed."""

InputsRead = dict[str, tuple[str, ...]]


def inputs_read(graph: Graph) -> InputsRead:
    """The inputs whose values each node is computed of."""
    bits = {name: 1 << i for i, name in enumerate(graph.inputs)}
    for name, op, inputs, _, _, _ in graph.nodes:
        of = 0
        if len(inputs) == 1 and op.value_inputs != 0:
            of = bits[inputs[0]]
        else:
            for source in inputs[: op.value_inputs]:
                of |= bits[source]
        bits[name] = of
    names = list(graph.inputs)
    known = {of: tuple(n for i, n in enumerate(names) if of >> i & 1) for of in {*bits.values()}}
    return {name: known[of] for name, of in bits.items()}


def shapes_of_inputs(graph: Graph) -> dict[str, Shape]:
    """The shapes of the inputs; that of a list of numbers of tokens, which all that reads it looks
    up, as a sequence of one feature."""
    shapes = dict(graph.inputs)
    if all(len(shape) != 1 for shape in shapes.values()):
        return shapes
    read: dict[str, bool] = {}
    for _, op, inputs, _, _, _ in graph.nodes:
        for name in inputs[: op.value_inputs]:
            if name in shapes:
                read[name] = read.get(name, True) and op.takes_indices
    return shapes | {
        name: as_ids(shapes[name]) for name, is_looked_up in read.items() if is_looked_up
    }


def as_ids(shape: Shape) -> Shape:
    """Numbers of tokens as a sequence of one feature."""
    return Tokens(*shape, 1) if len(shape) == 1 else shape


def are_several_followed(graph: Graph, read: InputsRead) -> bool:
    """Whether what nodes of several inputs see is worked out for each of these."""
    work = 0
    for node in graph.nodes:
        of = len(read[node.name]) or len(graph.inputs)
        if of > 1:
            work += of * len(node.inputs)
    return work <= MOST_FOLLOWED


def of_several(seen: Mapping[str, Seen]) -> Seen:
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
