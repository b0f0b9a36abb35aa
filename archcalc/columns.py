"""The quantities that tables of layers and of networks have in common: how each is computed of some
nodes of a network, and the column that it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from archcalc import figures
from archcalc.arithmetic import exact_div
from archcalc.formats import Column
from archcalc.graph import Node
from archcalc.network import Network

Quantity = Callable[[Network, Sequence[Node]], Any]


def _summed(of_node: Callable[[Network, str], Any]) -> Quantity:
    return lambda net, nodes: sum(of_node(net, node.name) for node in nodes)


def _operations(net: Network, nodes: Sequence[Node]) -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for node in nodes:
        kinds.update(net.operations[node.name])
    return {kind: count for kind, count in kinds.items() if count}


def _intensity(net: Network, nodes: Sequence[Node]) -> Any:
    macs = sum(net.costs[node.name].macs for node in nodes)
    return exact_div(macs, sum(net.moved_bytes[node.name] for node in nodes))


QUANTITIES: dict[str, Quantity] = {
    "parameters": _summed(lambda net, name: net.costs[name].parameters),
    "macs": _summed(lambda net, name: net.costs[name].macs),
    "flops": _summed(lambda net, name: net.costs[name].flops),
    "activations": _summed(lambda net, name: net.costs[name].activations),
    "connections": _summed(lambda net, name: net.connections[name]),
    "buffers": _summed(lambda net, name: net.costs[name].buffers),
    "operations": _operations,
    "memory_parameters": _summed(
        lambda net, name: net.bytes_per_number * net.costs[name].parameters
    ),
    "memory_outputs": _summed(lambda net, name: net.output_bytes[name]),
    "memory_peak": lambda net, nodes: max(net.live_bytes[node.name] for node in nodes),
    "moved_bytes": _summed(lambda net, name: net.moved_bytes[name]),
    "arithmetic_intensity": _intensity,
}
"""Each quantity of a layer, of several together, or of all layers of a network."""

SHARED = {
    column.key: column
    for column in (
        Column("parameters", "parameters", figures.count,
               note="parameters: learnable scalars, with biases and norm scale/shift."),
        Column("macs", "MACs", figures.count,
               note="MACs: multiply-adds of conv, linear and matrix products."),
        Column("flops", "FLOPs", figures.count, heading="FLOPs (2 x MACs)",
               note="FLOPs = 2 x MACs."),
        Column("activations", "activations", figures.count,
               note="activations: outputs of conv and linear layers."),
        Column("connections", "connections", figures.count,
               note="connections: MACs, bias additions and the links of subsampling and rbf."),
        Column("buffers", "buffers", figures.count,
               note="buffers: stored but not learned, such as running statistics."),
        Column("operations", "operations", figures.by_kind, align="left", least=30, wraps=True,
               note="operations: those that are no multiply-adds, by kind."),
        Column("receptive_field_note", "RF note", align="left", for_people=False),
        Column("memory_parameters", "param bytes", figures.memory,
               note="param bytes: {bytes} a parameter."),
        Column("memory_outputs", "output bytes", figures.memory,
               note="output bytes: of all outputs, without the network's input."),
        Column("memory_peak", "peak bytes", figures.memory,
               note="peak bytes: the most alive at once of the input and all outputs, in file "
                    "order, each freed after its last use."),
        Column("moved_bytes", "bytes moved", figures.memory,
               note="bytes moved: parameters read, inputs and outputs, of every node."),
        Column("arithmetic_intensity", "MACs/byte", figures.significant,
               note="MACs/byte: for each byte of parameters read, inputs and outputs."),
    )
}  # fmt: skip
"""Their columns, every count to the unit."""


def notes(columns: Iterable[Column], networks: Sequence[Network]) -> list[str]:
    """What is said of columns under a table of networks, or of the layers of one."""
    numbers = sorted({net.bytes_per_number for net in networks})
    bytes_used = " or ".join(map(str, numbers))
    return [column.note.format(bytes=bytes_used) for column in columns if column.note]
