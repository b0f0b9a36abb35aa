"""The ops and blocks that items use, where they stand: the nodes that they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archcalc.errors import quote
from archcalc.frozen import Frozen
from archcalc.graph import GroupInfo
from archcalc.language.block_arguments import block_arguments, held_inside
from archcalc.language.budget import VALUES_AN_ITEM
from archcalc.language.fragment import Flow, Fragment, Meaning, Meanings, Use, join_flows
from archcalc.language.model import Block, BlockUse, Item, ItemError, OpUse, Value
from archcalc.language.nodes import Nodes, held_op, op_of, takes_one, values_in
from archcalc.language.resolver import Resolver
from archcalc.language.same_padding import settled
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape

ITEMS_A_PADDING = 3
"""How many items it takes as long as to settle a padding, and to add the `pad` that may come of it.
"""
ExpandBlock = Callable[[Block, dict[str, Any], tuple[Shape, ...], int], Fragment]
"""What gives the expansion of a block for some arguments and shapes of inputs, at a depth."""


class Uses:
    """The ops and blocks that the items of one block, or of the network, use."""

    def __init__(self, nodes: Nodes, resolver: Resolver, expand_block: ExpandBlock):
        self.nodes, self.resolver, self.expand_block = nodes, resolver, expand_block
        self.fragment, self.scope, self.budget = nodes.fragment, resolver.scope, nodes.budget

    def op(
        self,
        item: Item,
        use: OpUse,
        name: str,
        flow: Flow,
        names: Meanings,
        first: Mapping[str, Value],
    ) -> Flow:
        """An op; `first` is what its first copy has otherwise."""
        if use.ready is not None and not first:
            ready = use.ready
            return self.nodes.add(item, lambda: ready, (), name, flow)
        values = self.resolver.values({**use.values, **first} if first else use.values)
        weights = None
        for field, path in use.layers.items():
            if field == "weights":
                weights, values[field] = self.resolver.layer(item, path, names), path
            else:
                at = self.resolver.one(item, path, names)
                values[field] = self.nodes.pooling(item, field, path, at)
                flow = join_flows([flow, self.fragment.inputs_of(at)])
        key: tuple[Any, ...] = (bool(first), *values.values())
        if values.get("padding") in use.words:
            flow, values, key = self._padded(item, use, values, name, flow)
        return self.nodes.add(item, lambda: op_of(item, use.op, values), key, name, flow, weights)

    def _padded(
        self, item: Item, use: OpUse, values: dict[str, Any], name: str, flow: Flow
    ) -> tuple[Flow, dict[str, Any], tuple[Any, ...]]:
        """What an op whose padding is a word takes, its fields, and the key of its node."""
        self.budget.charge(ITEMS_A_PADDING)
        padding = settled(item, use.op, values, flow.shapes[0])
        if padding.ends:
            pad, ends = OPS["pad"], padding.ends
            key = ("pad", *ends.values())
            flow = self.nodes.add(item, lambda: create(pad, ends), key, f"{name}_pad", flow)
        return flow, padding.values, tuple(padding.values.values())

    def block(
        self,
        item: Item,
        use: BlockUse,
        prefix: str,
        node: str,
        flow: Flow,
        names: Meanings,
        first: Mapping[str, Value],
        depth: int,
    ) -> Meaning:
        """A block, or an op that an argument holds, in so many lists."""
        block = self.scope[use.block]
        given = self.resolver.values({**use.arguments, **first} if first else use.arguments)
        if not isinstance(block, Block):
            key, name = (block, *given.items()), prefix + node
            weights = self.resolver.layer(item, use.weights, names) if use.weights else None
            make = lambda: held_op(item, use.block, block, given)  # noqa: E731
            return Meaning(self.nodes.add(item, make, key, name, flow, weights))
        if len(flow.at) != len(block.inputs):
            takes = takes_one(len(flow.at))
            if len(block.inputs) > 1:
                takes = f"takes {len(block.inputs)} inputs, got {len(flow.at)}"
            raise ItemError(item, f"block {quote(block.name)} {takes}")
        inner = f"{prefix}{node}." if item.name else prefix
        inputs, inside = held_inside(flow, given)
        arguments = block_arguments(item, block, inside, self.scope, self.budget)
        part = self._part(block, arguments, flow.shapes, inner, depth)
        self.budget.charge(part.long_names(inner) - part.long_names())
        info = GroupInfo(block.name, Frozen(given)) if item.name else None
        weights_of = None
        if use.weights:
            earlier = self.resolver.named(item, use.weights, names).use
            weights_of = self.nodes.first_shared(item, part, earlier, use.weights)
        return self.fragment.use(Use(inner, part, self.fragment.size, inputs, info, weights_of))

    def _part(
        self,
        block: Block,
        arguments: dict[str, Any],
        shapes: tuple[Shape, ...],
        inner: str,
        depth: int,
    ) -> Fragment:
        """The expansion of a block for the arguments and shapes of one use."""
        values = tuple(arguments.values())
        self.budget.charge(1 + len(values) + values_in(values) // VALUES_AN_ITEM)
        try:
            return self.expand_block(block, arguments, shapes, depth)
        except ItemError as error:
            error.node = inner + error.node if error.node else inner[:-1]
            raise
