"""What becomes of a changed spec: whether the outlines notice it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from archcalc.errors import ArchcalcError
from archcalc.graph import INPUT, Graph
from archcalc.language.expand import expand
from archcalc.language.model import Spec
from archcalc.language.read import read
from tests.mutations import Change, changed
from tests.outline import Structure, of_graph, of_outline, outline

Outcome = Literal["refused", "idle", "noticed", "not noticed"]


def graphs(spec: Spec) -> Iterator[tuple[str, bool, Graph]]:
    """Every network of a spec in both modes, the ones with few layers first."""
    sizes = true_sizes(spec.file)
    for name in sorted(spec.presets, key=lambda name: sizes.get(name, 0)):
        for train in (False, True):
            yield name, train, expand(spec, spec.presets[name], arguments={}, train=train)


@cache
def true_sizes(file: str) -> dict[str, int]:
    """The number of layers of every network of a file."""
    spec = read(file)
    return {name: len(expand(spec, p, arguments={}).nodes) for name, p in spec.presets.items()}


@cache
def true_graphs(file: Path) -> dict[tuple[str, bool], Any]:
    """The graphs of a file as it is."""
    return {(name, train): in_order(graph) for name, train, graph in graphs(read(file))}


def in_order(graph: Graph) -> Any:
    """A graph without its names: its layers in order, each with the places of those it reads."""
    places = {INPUT: -1} | {node.name: i for i, node in enumerate(graph.nodes)}
    layers = []
    for node in graph.nodes:
        op, shares = node.op, getattr(node.op, "weights", "")
        if shares:
            op = op.replaced(weights="")
        layers.append((op, [places[name] for name in node.inputs], places.get(shares)))
    auxiliary = {places[name]: weight for name, weight in graph.auxiliary.items()}
    return graph.input, layers, [places[name] for name in graph.outputs], auxiliary


@cache
def stated(name: str, train: bool) -> Structure:
    """What the outline of a network says."""
    return of_outline(outline(name), train=train)


def judge(file: Path, tree: Any, change: Change) -> Outcome:
    """What becomes of one change."""
    spec = changed(file, tree, change)
    if spec is None:
        return "refused"
    outcome: Outcome = "idle"
    try:
        for name, train, graph in graphs(spec):
            if in_order(graph) != true_graphs(file)[name, train]:
                outcome = "not noticed"
                if of_graph(graph).key != stated(name, train).key:
                    return "noticed"
    except ArchcalcError:
        return "refused"
    return outcome
