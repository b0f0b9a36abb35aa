"""An op with its shapes, and what it costs: over the ops' own formulas, in their number system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from archcalc.arithmetic import Number
from archcalc.graph import INPUT, Graph, Node
from archcalc.ops.in_torch import AsCalled
from archcalc.ops.op import Op
from archcalc.ops.registry import traced
from archcalc.shape import Shape
from archcalc.traced import Traced


@dataclass(frozen=True, eq=False)
class Reading:
    """An op with its shapes: in ints it counts, in Traced numbers the same formulas explain.

    Parameters and buffers are there once, all else is counted for the whole batch.
    """

    op: Op
    y: Shape
    xs: Sequence[Shape]
    batch: Number = 1
    bytes_per_number: Number = 4
    as_called: AsCalled | None = None
    """How it was called, where it is no module of torch.nn by itself."""

    @cached_property
    def parameters(self) -> Number:
        """Learnable scalars, biases included."""
        return self.op.parameters(*self.xs)

    @property
    def parameters_read(self) -> Number:
        """Its parameters, or those of the layer whose parameters it uses."""
        return self.op.parameters_read(*self.xs)

    @cached_property
    def macs(self) -> Number:
        """Multiply-adds."""
        return self.batch * self.op.macs(self.y, *self.xs)

    @cached_property
    def operations(self) -> Mapping[str, Number]:
        """Elementary operations other than multiply-adds, by kind."""
        operations = self.op.operations(self.y, *self.xs)
        return {kind: self.batch * count for kind, count in operations.items()}

    @property
    def buffers(self) -> Number:
        """Numbers that are stored but not learned."""
        return self.op.buffers(*self.xs)

    @property
    def positions(self) -> tuple[Number, ...]:
        """The sizes of its output along positions: of a map HxW, of a sequence L."""
        return tuple(self.y[axis] for axis in self.op.position_axes(self.y))

    @property
    def output(self) -> Shape:
        """The shape of its output, with how it is computed."""
        return self.op.output(*self.xs)


def explained(
    node: Node, batch: int, bytes_per_number: int, as_called: AsCalled | None = None
) -> Reading:
    """A node, or one like it, read in Traced numbers. Its output's shape is not computed anew but
    given: at the boundary of a node a computed size is a plain one."""
    *before, after = node.op.axis_names(*node.input_shapes)
    xs = [_named(*named) for named in zip(node.input_shapes, before, labels(node), strict=True)]
    samples = Traced(batch, "batch", default=batch == 1)
    size = Traced(bytes_per_number, "bytes")
    return Reading(traced(node.op), _named(node.shape, after), xs, samples, size, as_called)


def _named(shape: Shape, names: Sequence[str], source: str = "") -> Shape:
    sizes = (Traced(size, name or source) for size, name in zip(shape, names, strict=True))
    return type(shape)(*sizes)


def labels(node: Node) -> list[str]:
    """Short names for what a node joins: in its own group the branch or layer, else `input`."""
    group = node.name.rpartition(".")[0]
    prefix = f"{group}." if group else ""
    outside = {name for name in node.inputs if not name.startswith(prefix)}
    full = {
        name: name[len(prefix) :] if name not in outside else INPUT if len(outside) == 1 else name
        for name in node.inputs
    }
    short = {
        name: label if name in outside else label.partition(".")[0] for name, label in full.items()
    }
    chosen = short if len(set(short.values())) == len(short) else full
    return [chosen[name] for name in node.inputs]


def readings(graph: Graph, batch: int = 1, bytes_per_number: int = 4) -> dict[str, Reading]:
    """Every node of a graph, read in ints."""
    # The copies of a block share their ops and shapes: each is read, and counted, once.
    known: dict[tuple[object, ...], Reading] = {}
    table = {}
    samples, as_called = graph.samples, graph.as_called
    is_imported = bool(samples or as_called)
    for name, op, _, xs, y, _ in graph.nodes:
        called, times = None, batch
        key: tuple[object, ...] = (id(op), id(xs))
        if is_imported:
            called, times = as_called.get(name), samples.get(name, batch)
            key += (id(called), times)
        found = known.get(key)
        if found is None:
            found = known[key] = Reading(op, y, xs, times, bytes_per_number, called)
        table[name] = found
    return table


def depths(graph: Graph) -> dict[str, int]:
    """Weighted layers on the longest path to each node, itself included."""
    table = dict.fromkeys(graph.inputs, 0)
    for name, op, inputs, _, _, _ in graph.nodes:
        if len(inputs) == 1 and op.value_inputs != 0:
            before = table[inputs[0]]
        else:
            before = max([table[read] for read in inputs[: op.value_inputs]], default=0)
        table[name] = before + op.weighted_layers
    return table
