"""What a network is said to see: of each output its last map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined, moves
from archcalc.analysis.receptive_field.together import positions_along
from archcalc.graph import Graph
from archcalc.shape import Shape


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
                needed.update(node.read)
    for node in reversed(behind):
        read = node.read
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
    return prod(positions_along(shape)) > 1 and seen.is_whole


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
