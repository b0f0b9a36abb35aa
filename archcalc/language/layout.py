"""The items of a block, or of a network, laid out: expressions get values, items their inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from archcalc.arithmetic import is_whole, pinned, plain
from archcalc.errors import quote
from archcalc.expressions.expression import ExpressionError
from archcalc.frozen import Frozen
from archcalc.graph import GroupInfo
from archcalc.language.block_arguments import block_arguments, held_inside
from archcalc.language.budget import Budget
from archcalc.language.fragment import (
    Flow,
    Fragment,
    Layer,
    Meaning,
    Meanings,
    Use,
    join_flows,
)
from archcalc.language.model import (
    Block,
    BlockUse,
    Branches,
    Group,
    Item,
    ItemError,
    OpUse,
    Value,
)
from archcalc.language.nodes import (
    VALUES_AN_ITEM,
    Nodes,
    held_op,
    op_of,
    takes_one,
    values_in,
)
from archcalc.language.repeats import are_alike, least_items, results_read, why_closed
from archcalc.language.resolver import ItemScope, Resolver, shown
from archcalc.language.same_padding import settled
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape

_DEEPEST = 64
"""The most lists within lists, through blocks too."""

ExpandBlock = Callable[[Block, dict[str, Any], tuple[Shape, ...], int], Fragment]
"""What gives the expansion of a block for some arguments and shapes of inputs, at a depth."""


class Layout:
    """The expansion of the items of one block, or of the network, into its fragment."""

    def __init__(
        self,
        fragment: Fragment,
        scope: ItemScope,
        budget: Budget,
        expand_block: ExpandBlock,
        layers: dict[Any, Layer],
        *,
        depth: int,
        train: bool,
        copies_read: Callable[[], frozenset[str]],
    ):
        self.fragment, self.scope, self.budget = fragment, scope, budget
        self.expand_block, self.train, self.copies_read = expand_block, train, copies_read
        self.depth = self.deepest = depth
        """How many lists the items are in, and the most that any were."""
        self.nodes = Nodes(fragment, budget, layers)
        self.resolver = Resolver(fragment, scope, budget)

    # --- lists ------------------------------------------------------------------------------------

    def items(self, items: tuple[Item, ...], flow: Flow, prefix: str, names: Meanings) -> Flow:
        """The flow after a list of items, which gives these names; `prefix` is its dotted path."""
        history = [flow]
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        for item in items:
            try:
                self.budget.charge()
                self._check_depth(item, self.depth)
                if item.auxiliary is None or self.train:
                    self._item(item, prefix, names, history)
            except ExpressionError as error:
                raise ItemError(item, error.problem, error.hint, item.path(prefix)) from None
            except ItemError as error:
                if not error.node:
                    error.node = item.path(prefix)
                raise
        self.depth -= 1
        return history[-1]

    def _check_depth(self, item: Item, depth: int) -> None:
        if depth > _DEEPEST:
            raise ItemError(item, f"lists and blocks are more than {_DEEPEST} deep")

    def _item(self, item: Item, prefix: str, names: Meanings, history: list[Flow]) -> None:
        """Append to the history what the item makes of the flow; once for each repetition."""
        if item.when is not None or item.repeat is not None:
            absent = Meaning(
                self.resolver.take(item, item.first_inputs or item.inputs, names, history)
            )
        if item.when is not None and not self.resolver.condition(item, item.when):
            meaning = absent  # its name means its input
        elif item.repeat is not None:
            copies = self._repeat(item, prefix, names, history)
            meaning = Meaning(copies[-1].flow, copies=copies) if copies else absent
        else:
            meaning = self._copy(item, item.node, prefix, names, history)
            if item.auxiliary is None:
                history.append(meaning.flow)
            else:
                self.fragment.auxiliary += [(at, item.auxiliary) for at in meaning.flow.at]
        if item.known_as:
            names.here[item.known_as] = meaning

    def _repeat(
        self, item: Item, prefix: str, names: Meanings, history: list[Flow]
    ) -> list[Meaning]:
        """What each of the copies is."""
        count: Any = self.budget.evaluate(item.repeat, self.scope)
        is_number = isinstance(count, int) or is_whole(count)
        if not is_number or count < 0:
            least = " of at least 0" if is_number else ""
            problem = f'repeat "{item.repeat}" is {shown(count)}; it needs a whole number{least}'
            raise ItemError(item, problem)
        if not isinstance(count, int):
            return self._open_repeat(item, count, prefix, names, history)
        if count:
            self.budget.expect(count * (1 + least_items(item.inside, self.scope)))
        self.budget.charge(count)
        return list(self._copies(item, count, prefix, names, history))

    def _copies(
        self, item: Item, count: int, prefix: str, names: Meanings, history: list[Flow]
    ) -> Iterator[Meaning]:
        """The copies of an item, one by one."""
        outer_index = self.scope.get("index")
        for index in range(count):
            self.scope["index"] = index
            node = f"{item.name}.{index}"
            copy = self._copy(item, node, prefix, names, history, is_first=not index)
            history.append(copy.flow)
            yield copy
        self.scope["index"] = outer_index

    def _open_repeat(
        self, item: Item, count: Any, prefix: str, names: Meanings, history: list[Flow]
    ) -> list[Meaning]:
        """The first copies of an open number of them, up to those that all later ones are like.

        Where there are no such, the number is what it is.
        """
        why = why_closed(item)
        if not why and item.name in self.copies_read():
            why = "which are read one by one"
        read = results_read(item)
        laid_out: list[Meaning] = []
        like_it: range | None = None
        entries = self.fragment.entries
        last, start = history[-read:], len(entries)
        for copy in self._copies(item, plain(count), prefix, names, history):
            laid_out.append(copy)
            before, last = last, history[-read:]
            if not why and like_it is None and len(laid_out) > 1 and are_alike(before, last):
                like_it, behind = range(start, len(entries)), len(laid_out) + read - 1
            if like_it is not None and len(laid_out) == behind:
                others = len(laid_out) - 1
                if count >= others:
                    self.fragment.repeat(like_it, count - others)
                return laid_out
            start = len(entries)
        if not why:
            is_short = len(laid_out) < read + 2
            why = "too few of which are there to tell" if is_short else "each of another shape"
        pinned(count, f"the number of copies of {item.label}, {why}")
        return laid_out

    def _copy(
        self,
        item: Item,
        node: str,
        prefix: str,
        names: Meanings,
        history: list[Flow],
        *,
        is_first: bool = False,
    ) -> Meaning:
        """An item once, or one repetition of it."""
        inputs = item.inputs if not is_first or item.first_inputs is None else item.first_inputs
        flow = self.resolver.take(item, inputs, names, history)
        first = item.first if is_first else {}
        match item.body:
            case OpUse() as use:
                return Meaning(self._op_use(item, use, prefix + node, flow, names, first))
            case BlockUse() as use:
                return self._block_use(item, use, prefix, node, flow, names, first)
            case Branches() as body:
                return self._branches(item, body, prefix, node, flow, names)
            case Group(items):
                inside = Meanings(names) if item.name else names
                inner = f"{prefix}{node}." if item.name else prefix
                return Meaning(self.items(items, flow, inner, inside), inside)

    # --- bodies -----------------------------------------------------------------------------------

    def _op_use(
        self,
        item: Item,
        use: OpUse,
        name: str,
        flow: Flow,
        names: Meanings,
        first: Mapping[str, Value],
    ) -> Flow:
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
        padding = settled(item, use.op, values, flow.shapes[0])
        if padding.ends:
            pad, ends = OPS["pad"], padding.ends
            key = ("pad", *ends.values())
            flow = self.nodes.add(item, lambda: create(pad, ends), key, f"{name}_pad", flow)
        return flow, padding.values, tuple(padding.values.values())

    def _block_use(
        self,
        item: Item,
        use: BlockUse,
        prefix: str,
        node: str,
        flow: Flow,
        names: Meanings,
        first: Mapping[str, Value],
    ) -> Meaning:
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
        part = self._part(block, arguments, flow.shapes, inner)
        self._check_depth(item, self.depth + part.height)
        self.deepest = max(self.deepest, self.depth + part.height)
        self.budget.charge(part.long_names(inner) - part.long_names())
        info = GroupInfo(block.name, Frozen(given)) if item.name else None
        weights_of = None
        if use.weights:
            earlier = self.resolver.named(item, use.weights, names).use
            weights_of = self.nodes.first_shared(item, part, earlier, use.weights)
        used = Use(inner, part, self.fragment.size, inputs, info, weights_of)
        self.fragment.use(used)
        return Meaning(used.outer(part.flow), use=used)

    def _part(
        self, block: Block, arguments: dict[str, Any], shapes: tuple[Shape, ...], inner: str
    ) -> Fragment:
        """The expansion of a block for the arguments and shapes of one use."""
        values = tuple(arguments.values())
        self.budget.charge(1 + len(values) // 2 + values_in(values) // VALUES_AN_ITEM)
        try:
            return self.expand_block(block, arguments, shapes, self.depth)
        except ItemError as error:
            error.node = inner + error.node if error.node else inner[:-1]
            raise

    def _branches(
        self, item: Item, body: Branches, prefix: str, node: str, flow: Flow, names: Meanings
    ) -> Meaning:
        """The ends of all branches, or their join."""
        inside = Meanings(names) if item.name else names
        inner = f"{prefix}{node}." if item.name else prefix
        ends = []
        for key, items in body.branches.items():
            branch = Meanings(inside)
            ends.append(self.items(items, flow, f"{inner}{key}.", branch))
            inside.here[key] = Meaning(ends[-1], branch)
            self.budget.charge(len(ends[-1].at) - 1)
        if body.join is None:
            return Meaning(join_flows(ends), inside)
        op = body.join
        name = op.name if item.name else node
        joined = self.nodes.add(item, lambda: create(op, {}), (), inner + name, join_flows(ends))
        inside.here[name] = Meaning(joined)
        return Meaning(joined, inside)
