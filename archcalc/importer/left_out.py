"""What a spec file leaves out of a network: what nothing reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from archcalc.graph import Node
from archcalc.importer.called import Unread
from archcalc.parts.part import Network


def that_runs(net: Network) -> Network:
    """A network without the parameters that its mode does not read, and without layers whose result
    nobody reads, where those have neither weights nor MACs."""
    unread = [node for node in net.nodes if isinstance(node.op, Unread)]
    idle = _idle(net)
    if not unread and not idle:
        return net
    nodes = tuple(n for n in net.nodes if n.name not in idle and not isinstance(n.op, Unread))
    notes = [net.preset.note] if net.preset.note else []
    if unread:
        notes.append(f"without {_of_unread(unread, net)}")
    if idle:
        names = ", ".join(sorted(idle)[:_MOST_NAMED]) + ", ..." * (len(idle) > _MOST_NAMED)
        notes.append(f"without {names}, whose result nobody reads")
    preset = net.preset._replace(note="; ".join(notes))
    return dataclasses.replace(net, graph=net.graph.with_nodes(nodes), preset=preset)


def left_out(net: Network) -> str:
    """The parameters of a network that a spec file cannot have, since nothing reads them, and whose
    they are; nothing where there are none."""
    unread = [node for node in net.nodes if isinstance(node.op, Unread)]
    return _of_unread(unread, net) if unread else ""


def _of_unread(unread: Sequence[Node], net: Network) -> str:
    count = sum(int(node.op.parameters()) for node in unread)
    names = ", ".join(node.name for node in unread[:_MOST_NAMED])
    names += ", ..." * (len(unread) > _MOST_NAMED)
    return f"{count:,} parameters that nothing reads in {net.mode} mode: {names}"


_MOST_NAMED = 10
"""The most layers that a note names."""


def _idle(net: Network) -> set[str]:
    """The layers without weights and MACs whose result nobody reads but such layers."""
    read = {*net.graph.outputs, *net.graph.auxiliary}
    found = set()
    for node in reversed(net.nodes):
        part = net.readings_by_name[node.name]
        is_free = not (part.parameters or part.buffers or part.macs)
        if node.name not in read and is_free and not isinstance(node.op, Unread):
            found.add(node.name)
        else:
            read.update(node.inputs)
    return found
