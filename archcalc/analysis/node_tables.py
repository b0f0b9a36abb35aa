"""What is computed of each node of a graph, by the names of the nodes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from archcalc.analysis import backward, count, memory, stochastic_depth
from archcalc.analysis.backward import SavedTensor
from archcalc.analysis.count import Reading
from archcalc.analysis.output_strides import OutputStride, output_strides
from archcalc.analysis.receptive_field.of_inputs import inputs_read
from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.analysis.receptive_field.seen import Seen, Undefined
from archcalc.analysis.stochastic_depth import DroppedPath
from archcalc.graph import Graph, Node


class NodeTables:
    """The tables by node that the quantities of a network are computed from, each made once."""

    graph: Graph
    batch: int
    bytes_per_number: int

    @cached_property
    def readings_by_name(self) -> dict[str, Reading]:
        """Every node as it is counted."""
        return count.readings(self.graph, self.batch, self.bytes_per_number)

    def explained(self, node: Node) -> Reading:
        """A node, or one like it, read in numbers that show their working: once of nodes that do
        the same with the same shapes, and call what they join alike."""
        counted = self.readings_by_name[node.name]
        batch, called = counted.batch, counted.as_called
        shapes = (*node.input_shapes, node.shape)
        names = () if node.op.arity == 1 else tuple(count.labels(node))
        key = (node.op, shapes, tuple(map(type, shapes)), batch, called, names)
        if key not in self._explained:
            found = count.explained(node, batch, self.bytes_per_number, called)
            self._explained[key] = found
        return self._explained[key]

    @cached_property
    def _explained(self) -> dict[tuple[object, ...], Reading]:
        return {}

    @cached_property
    def depths(self) -> dict[str, int]:
        """Weighted layers on the longest path to each node."""
        return count.depths(self.graph)

    @cached_property
    def inputs_read(self) -> dict[str, tuple[str, ...]]:
        """The inputs whose values each node is computed of."""
        return inputs_read(self.graph)

    @cached_property
    def receptive_fields(self) -> Mapping[str, Seen]:
        """What each node sees of the input, in input pixels."""
        return receptive_fields(self.graph)

    @cached_property
    def undefined_from(self) -> dict[str, str]:
        """Of each node whose receptive field is undefined the node before it at which that begins,
        or itself."""
        found: dict[str, str] = {}
        for node in self.graph.nodes:
            if isinstance(self.receptive_fields[node.name], Undefined):
                before = [name for name in node.read if name in found]
                found[node.name] = found[before[0]] if before else node.name
        return found

    @cached_property
    def output_strides(self) -> dict[str, OutputStride]:
        """How much coarser than the input the map is that each node makes, along a side."""
        return output_strides(self.graph, self.receptive_fields)

    @cached_property
    def storages(self) -> list[int]:
        """Whose memory each input and the output of each node is in, by the graph's numbers."""
        return memory.storages(self.graph)

    @cached_property
    def output_bytes(self) -> dict[str, int]:
        """Bytes of the output of each node, and of the input."""
        return dict(zip(self.graph.names, self._sizes, strict=True))

    @cached_property
    def _sizes(self) -> list[int]:
        return memory.output_bytes(self.graph, self.storages, self.batch, self.bytes_per_number)

    @cached_property
    def alive(self) -> memory.Alive:
        """The inputs and outputs that are alive while each node runs."""
        return memory.Alive(self.graph, self.storages, self._sizes)

    @cached_property
    def live_bytes(self) -> dict[str, int]:
        """Bytes of outputs that are alive while each node runs."""
        live = memory.live_bytes(self.graph, self.storages, self._sizes)
        return {node.name: alive for node, alive in zip(self.graph.nodes, live, strict=True)}

    @cached_property
    def saved_bytes(self) -> dict[str, int]:
        """Bytes that each node keeps of a forward pass for the backward pass."""
        return backward.saved_bytes(self.graph, self.storages, self.batch, self.bytes_per_number)

    @cached_property
    def saved_tensors(self) -> dict[str, tuple[SavedTensor, ...]]:
        """The tensors that each node keeps of a forward pass for the backward pass."""
        return backward.saved_tensors(self.graph, self.storages)

    @cached_property
    def dropped_paths(self) -> stochastic_depth.Paths:
        """The paths that training drops at random, each at a fixed chance, by the nodes that drop
        them; none where `why_no_average` says why."""
        return {} if self.why_no_average else stochastic_depth.dropped_paths(self.graph)

    @cached_property
    def why_no_average(self) -> str:
        """Why what survives a training step has no average that is known; else nothing."""
        return stochastic_depth.why_no_average(self.graph)

    @cached_property
    def paths_by_node(self) -> dict[str, tuple[DroppedPath, ...]]:
        """The dropped paths that nodes are on, those inside them first."""
        return stochastic_depth.paths_by_node(self.dropped_paths)
