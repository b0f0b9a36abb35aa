"""The graph of what was heard of a pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from archcalc.errors import Problem
from archcalc.frozen import Frozen
from archcalc.graph import INPUT, Graph, GroupInfo, NamedInputs, Node
from archcalc.importer.calls import as_called
from archcalc.importer.drafts import Draft
from archcalc.importer.heard import Call, Listening
from archcalc.importer.naming import names_of
from archcalc.importer.raising import Raising
from archcalc.importer.refusal import ImportRefused
from archcalc.importer.sites import without
from archcalc.importer.torchs_own import problems_of_parts
from archcalc.importer.whole_calls import CallNumber
from archcalc.shape import Shape


class Imported(NamedTuple):
    """A graph, and what it was made of."""

    graph: Graph
    batch: int
    """Samples of its input."""
    record: Listening
    apart: frozenset[CallNumber]
    """The calls that were taken apart though there is a rule for their operator."""


def graph_of(listen: Callable[[frozenset[CallNumber]], Listening], called: str) -> Imported:
    """The graph of what is heard. A call that no op expresses as it is used is taken apart in
    another pass, if torch has parts of it.

    Args:
        listen: makes a pass, in which these calls are taken apart.
        called: the network's name.

    Raises:
        ImportRefused: something in it is not known.
    """
    apart: frozenset[CallNumber] = frozenset()
    wholes: dict[CallNumber, Call] = {}
    while True:
        record = listen(apart)
        first = record.inputs[0]
        batch = first.shape[0] if len(first.shape) > 1 else 1
        raising = Raising(record, batch)
        raising.run()
        if raising.known.unsaid <= apart:
            break
        apart |= raising.known.unsaid
        wholes |= {call.number: call for call in record.calls if call.number in apart}
    raising.problems += problems_of_parts(record, wholes)
    return Imported(_graph(record, raising, batch, called), batch, record, apart)


def _graph(record: Listening, raising: Raising, batch: int, called: str) -> Graph:
    problems = [
        *raising.problems,
        *(Problem(t.path or "forward", t.reason) for t in record.troubles),
    ]
    if problems:
        raise ImportRefused(called, problems)
    ends = raising.ends()
    outputs = {name: end for name, end in ends.items() if isinstance(end, Draft)}
    if not outputs:
        raise ImportRefused(called, [Problem("forward", "gives no tensor that it computes")])
    kept = raising.kept(ends)
    drafts = [*kept, *raising.ownership.unread()]
    inputs = _inputs(record)
    names = dict(zip(map(id, drafts), names_of(drafts, inputs), strict=True))
    names |= zip(map(id, record.inputs), inputs, strict=True)
    nodes = tuple(_node(draft, names) for draft in drafts)
    ends_named = {name: names[id(end)] for name, end in outputs.items()}
    left_out = {id(draft): draft for draft in raising.drafts}
    for draft in kept:
        del left_out[id(draft)]
    calls = as_called(drafts, left_out.values(), outputs.values(), record)
    return Graph(
        inputs[INPUT] if [*inputs] == [INPUT] else NamedInputs(inputs),
        nodes,
        tuple(dict.fromkeys(ends_named.values())),
        groups=_groups(nodes, record.classes),
        output_names={name: node for name, node in ends_named.items() if name},
        samples=Frozen({names[id(d)]: d.times for d in drafts if d.times != batch}),
        as_called=Frozen({names[i]: call for i, call in calls.items()}),
    )


def _inputs(record: Listening) -> dict[str, Shape]:
    """The inputs by the names that forward gives them, for one sample; an only one is `input`."""
    shapes = [without(heard.shape, heard.axis) for heard in record.inputs]
    if len(shapes) == 1:
        return {INPUT: shapes[0]}
    return dict(zip(record.input_names, shapes, strict=True))


def _node(draft: Draft, names: Mapping[int, str]) -> Node:
    op = draft.op
    if draft.weights is not None:
        op = op.replaced(weights=names[id(draft.weights)])
    inputs = tuple(names[id(source)] for source in draft.inputs)
    return Node(names[id(draft)], op, inputs, draft.input_shapes, draft.shape, draft.path)


def _groups(nodes: Sequence[Node], classes: Mapping[str, str]) -> Mapping[str, GroupInfo]:
    """The levels of names that are modules, each with its class."""
    found = {}
    for node in nodes:
        path = node.name.rpartition(".")[0]
        while path and path not in found:
            name = classes.get(path)
            if name and name not in ("Sequential", "ModuleList"):
                found[path] = GroupInfo(name, Frozen())
            path = path.rpartition(".")[0]
    return Frozen(found)
