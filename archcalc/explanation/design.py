"""What a design buys: layers that stand for something plainer, beside that plainer thing.

By general rules, found in the graph: a 1x1 convolution before a larger kernel on the same path,
against that kernel applied directly; a connection table against all pairs; groups against none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from archcalc.analysis.count import Reading, labels
from archcalc.graph import Node
from archcalc.network import Network
from archcalc.ops.concat import Concat
from archcalc.ops.conv import Conv2d
from archcalc.ops.pool import AvgPool2d, MaxPool2d
from archcalc.quantities.quantity import Sum
from archcalc.traced import Traced, summed

Rule = Literal["1x1 reduction", "connection table", "groups"]


@dataclass(frozen=True)
class Saving:
    """Layers as they are, and those that would do the same without the design."""

    rule: Rule
    nodes: tuple[Node, ...]
    kernels: tuple[Node, ...]
    """The convolutions among the nodes, which the rule is about."""
    chosen: tuple[Reading, ...]
    reference: tuple[Reading, ...]

    def counts(self, quantity: Sum) -> bool:
        """Whether all layers of both have something of a quantity."""
        return all_have((*self.chosen, *self.reference), quantity)


@dataclass(frozen=True)
class NaiveModule:
    """Joined branches, as they would be without their 1x1 reductions and projections."""

    join: Node
    branches: Mapping[str, tuple[Reading, ...]]
    """The layers that would be left."""
    channels: Mapping[str, int]
    """What each branch would hand to the join."""

    @property
    def readings(self) -> list[Reading]:
        """The layers that would be left, of all branches."""
        return [reading for branch in self.branches.values() for reading in branch]


def savings(net: Network, nodes: Sequence[Node]) -> list[Saving]:
    """What the design of some layers of a network can be compared with, in their order."""
    paths = _Paths(net, nodes)
    found: list[Saving] = []
    for node in nodes:
        if isinstance(node.op, Conv2d):
            found += _plainer_convolutions(net, node, node.op)
            found += _reductions(paths, node)
    return found


def naive_module(net: Network, nodes: Sequence[Node]) -> NaiveModule | None:
    """The module that some layers make, without its 1x1 convolutions, where it has such."""
    paths = _Paths(net, nodes)
    reductions = {
        node.name: saving
        for saving in savings(net, nodes)
        if saving.rule == "1x1 reduction"
        for node in saving.nodes
    }
    join = next((node for node in reversed(nodes) if not node.op.is_elementwise), None)
    if join is None or not isinstance(join.op, Concat) or not reductions:
        return None
    branches: dict[str, tuple[Reading, ...]] = {}
    channels: dict[str, int] = {}
    covered: set[str] = set()
    left_out = 0
    for label, end in zip(labels(join), join.inputs, strict=True):
        branch = paths.up_to(end)
        covered.update(node.name for node in branch)
        channels[label] = net.graph.shapes[end].channels
        readings: dict[str, tuple[Reading, ...]] = {}
        for node in branch:
            reduction = reductions.get(node.name)
            if reduction is not None:
                readings[reduction.nodes[0].name] = reduction.reference
            elif node.op.is_weighted and _is_projection(paths, node, branch):
                channels[label] = node.input_shapes[0].channels
                left_out += 1
            elif node.op.is_weighted:
                readings[node.name] = (net.explained(node),)
        branches[label] = tuple(reading for several in readings.values() for reading in several)
    is_whole = all(node.name in covered for node in nodes if node.op.is_weighted)
    is_more = left_out or len({id(reduction) for reduction in reductions.values()}) > 1
    return NaiveModule(join, branches, channels) if is_whole and is_more else None


@dataclass(frozen=True)
class _Paths:
    """Who takes whose output, among some nodes of a network."""

    network: Network
    nodes: Sequence[Node]

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def takers(self) -> Mapping[str, list[Node]]:
        """All nodes of the network that take the output of each of the nodes."""
        table: dict[str, list[Node]] = {node.name: [] for node in self.nodes}
        for node in self.network.layers:
            for name in dict.fromkeys(node.inputs):
                if name in table:
                    table[name].append(node)
        return table

    def before(self, node: Node) -> Node | None:
        """The layer that a node reads, past element-wise ones."""
        while len(node.inputs) == 1 and node.inputs[0] in self.by_name:
            node = self.by_name[node.inputs[0]]
            if not node.op.is_elementwise:
                return node
        return None

    def behind(self, node: Node) -> list[Node]:
        """The layers that read a node, past element-wise ones."""
        takers = self.takers[node.name]
        while len(takers) == 1 and takers[0].op.is_elementwise and takers[0].name in self.by_name:
            takers = self.takers[takers[0].name]
        return takers

    def up_to(self, end: str) -> list[Node]:
        """The nodes of a path of its own that ends there."""
        path: list[Node] = []
        while end in self.by_name and len(self.takers[end]) == 1:
            path.append(self.by_name[end])
            if len(path[-1].inputs) > 1:
                return []
            end = path[-1].inputs[0]
        return path[::-1]


def _plainer_convolutions(net: Network, node: Node, conv: Conv2d) -> Iterator[Saving]:
    rules: dict[Rule, Conv2d] = {}
    if conv.connections is not None:
        rules["connection table"] = conv.replaced(connections=None)
    if conv.groups > 1:
        rules["groups"] = conv.replaced(groups=1)
    for rule, plainer in rules.items():
        reference = net.explained(node._replace(op=plainer))
        yield Saving(rule, (node,), (node,), (net.explained(node),), (reference,))


def _reductions(paths: _Paths, reduce: Node) -> Iterator[Saving]:
    """A 1x1 convolution to fewer channels, right before larger kernels, and a 1x1 convolution that
    widens again behind it: against those kernels, from all channels that come in to all that go
    out."""
    net = paths.network
    x = reduce.input_shapes[0]
    pointwise = _pointwise(reduce)
    if pointwise is None or reduce.shape.channels >= x.channels:
        return
    kernels = paths.behind(reduce)
    convs = [k.op for k in kernels if isinstance(k.op, Conv2d) and k.name in paths.by_name]
    if len(convs) < len(kernels) or any(conv.groups > 1 for conv in convs):
        return  # a grouped kernel has its own rule
    if all(conv.kernel_size == (1, 1) for conv in convs):
        return
    nodes, reference = [reduce], []
    for kernel, conv in zip(kernels, convs, strict=True):
        expand = _expansion(paths, kernel) if len(kernels) == 1 else None
        nodes += [kernel] if expand is None else [kernel, expand]
        direct = _direct(conv, pointwise, nodes[-1])
        if direct.output(x) != nodes[-1].shape:
            return
        reference.append(net.explained(reduce._replace(op=direct, shape=nodes[-1].shape)))
    chosen = tuple(net.explained(node) for node in nodes)
    yield Saving("1x1 reduction", tuple(nodes), tuple(kernels), chosen, tuple(reference))


def _direct(kernel: Conv2d, reduce: Conv2d, last: Node) -> Conv2d:
    """The kernel, taking what the reduction takes and giving what the last layer gives."""
    height, width = (a * b for a, b in zip(kernel.stride, reduce.stride, strict=True))
    return kernel.replaced(
        out_channels=last.shape.channels, stride=(height, width), connections=None
    )


def _expansion(paths: _Paths, kernel: Node) -> Node | None:
    behind = paths.behind(kernel)
    if len(behind) != 1 or behind[0].name not in paths.by_name:
        return None
    expand = _pointwise(behind[0])
    if expand is None or expand.stride != (1, 1) or expand.out_channels <= kernel.shape.channels:
        return None
    return behind[0]


def _pointwise(node: Node) -> Conv2d | None:
    """The op of a plain 1x1 convolution."""
    conv = node.op
    if not isinstance(conv, Conv2d) or conv.kernel_size != (1, 1) or conv.padding != (0, 0):
        return None
    return conv if conv.groups == 1 and conv.connections is None else None


def _is_projection(paths: _Paths, node: Node, branch: Sequence[Node]) -> bool:
    """A 1x1 convolution behind a pool, that ends its branch."""
    pool = paths.before(node)
    behind = branch[branch.index(node) + 1 :]
    return (
        _pointwise(node) is not None
        and pool is not None
        and isinstance(pool.op, MaxPool2d | AvgPool2d)
        and all(later.op.is_elementwise for later in behind)
    )


def all_have(readings: Sequence[Reading], quantity: Sum) -> bool:
    """Whether all layers have something of a quantity; one that uses another's parameters has
    none of its own to compare."""
    return all(isinstance(quantity.of_layer(reading), Traced) for reading in readings)


def total(readings: Sequence[Reading], quantity: Sum) -> Traced:
    """What several layers come to together."""
    return summed(quantity.of_layer(reading) for reading in readings)
