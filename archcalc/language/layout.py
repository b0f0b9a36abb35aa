"""The items of a block, or of a network, laid out: expressions get values, items their inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import alike, is_whole, pinned, plain
from archcalc.errors import did_you_mean, quote
from archcalc.expression import Expression, ExpressionError, Scope, SizeOf
from archcalc.graph import GroupInfo
from archcalc.language.budget import Budget, OverBudget
from archcalc.language.fragment import Flow, Fragment, Meaning, Meanings, join_flows
from archcalc.language.model import (
    Back,
    Block,
    BlockUse,
    Branches,
    Group,
    Inputs,
    Item,
    ItemError,
    OpUse,
    Value,
)
from archcalc.language.nodes import (
    LETTERS_AN_ITEM,
    VALUES_AN_ITEM,
    Nodes,
    held_op,
    op_of,
    takes_one,
    values_in,
)
from archcalc.language.repeats import results_read, why_closed
from archcalc.ops.fields import written
from archcalc.ops.registry import create
from archcalc.shape import Shape

_DEEPEST = 64
"""The most lists within lists, through blocks too."""
PARTS_AN_ITEM = 8
"""How many parts of a dotted path take as long as an item."""

ExpandBlock = Callable[[Block, dict[str, Any], tuple[Shape, ...], int], Fragment]
"""What gives the expansion of a block for some arguments and shapes of inputs, at a depth."""


class ItemScope(Scope):
    """What the expressions of an item see: its block's own names, the network's, and sizes."""

    def __init__(self, own: Mapping[str, Any], network: Scope):
        super().__init__(own)
        self.network = network
        self.names = Meanings()
        """What sizes can be asked of."""

    def __missing__(self, name: Any) -> Any:
        return self._size(name) if isinstance(name, SizeOf) else self.network[name]

    def _size(self, size: SizeOf) -> int:
        flow = self.names.find(size.item)
        if flow is None or not flow.at:
            raise ExpressionError(f"no earlier item {quote(size.item)} here")
        if len(flow.at) != 1:
            raise ExpressionError(f"{size}: {quote(size.item)} is {len(flow.at)} outputs")
        found: int | None = getattr(flow.shapes[0], size.axis)
        if found is None:
            raise ExpressionError(f"{size}: {quote(size.item)} is a vector")
        return found


class Layout:
    """The expansion of the items of one block, or of the network, into its fragment."""

    def __init__(
        self,
        fragment: Fragment,
        scope: ItemScope,
        budget: Budget,
        expand_block: ExpandBlock,
        *,
        depth: int,
        train: bool,
        copies_read: Callable[[], frozenset[str]],
    ):
        self.fragment, self.scope, self.budget = fragment, scope, budget
        self.expand_block, self.train, self.copies_read = expand_block, train, copies_read
        self.depth = self.deepest = depth
        """How many lists the items are in, and the most that any were."""
        self.nodes = Nodes(fragment, budget)

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
            absent = Meaning(self._take(item, item.first_inputs or item.inputs, names, history))
        if item.when is not None and not self._condition(item, item.when):
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
        count = self.budget.evaluate(item.repeat, self.scope)
        if not isinstance(count, int) and is_whole(count):
            return self._open_repeat(item, count, prefix, names, history)
        if not isinstance(count, int) or count < 0:
            least = " of at least 0" if isinstance(count, int) else ""
            problem = f'repeat "{item.repeat}" is {_shown(count)}; it needs a whole number{least}'
            raise ItemError(item, problem)
        if count:
            self.budget.expect(count * (1 + self._least(item.inside)))
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
            if not why and like_it is None and len(laid_out) > 1 and _are_alike(before, last):
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
        flow = self._take(item, inputs, names, history)
        first = item.first if is_first else {}
        match item.body:
            case OpUse() as use:
                return Meaning(self._op_use(item, use, prefix + node, flow, names, first))
            case BlockUse() as use:
                return self._block_use(item, use, prefix, node, flow, first)
            case Branches() as body:
                return self._branches(item, body, prefix, node, flow, names)
            case Group(items):
                inside = Meanings(names) if item.name else names
                inner = f"{prefix}{node}." if item.name else prefix
                return Meaning(self.items(items, flow, inner, inside), inside)

    def _least(self, items: Iterable[Item]) -> int:
        """How many items a list comes to at least; to refuse repeats in repeats at once."""
        return sum(1 + self._least_inside(item) for item in items)

    def _least_inside(self, item: Item) -> int:
        if item.when is not None or item.auxiliary is not None:
            return 0  # it may be absent
        if item.repeat is None:
            return self._least(item.inside)
        copies = item.repeat
        if isinstance(copies, Expression):
            is_known = not (copies.names & {"in_channels", "index"} or copies.sizes)
            copies = plain(copies.evaluate(self.scope)) if is_known else 0
        return copies * (1 + self._least(item.inside)) if isinstance(copies, int) else 0

    # --- values and inputs ------------------------------------------------------------------------

    def _condition(self, item: Item, when: Value) -> bool:
        value = self.budget.evaluate(when, self.scope)
        if not isinstance(plain(value), int | Fraction):
            raise ItemError(item, f'when "{when}" is {_shown(value)}; it needs a number')
        return bool(value != 0)

    def _values(self, given: Mapping[str, Value]) -> dict[str, Any]:
        """What fields or arguments come to here."""
        values = {}
        for key, value in given.items():
            try:
                values[key] = self.budget.evaluate(value, self.scope)
            except OverBudget:
                raise
            except ExpressionError as error:
                raise ExpressionError(f"{key}: {error.problem}", error.hint) from None
        return values

    def _take(
        self, item: Item, inputs: Inputs | None, names: Meanings, history: list[Flow]
    ) -> Flow:
        """The item's input; `in_channels` is then its channels, and sizes are of these names."""
        self.scope.names = names
        if inputs is None:
            flow = history[-1]
        else:
            flows, count = [], 0
            for reference in inputs:
                flows.append(self._referred(item, reference, names, history))
                count += len(flows[-1].at)
                self.budget.expect(count)
            flow = join_flows(flows)
        if len(flow.at) > 1:
            self.budget.charge(len(flow.at) - 1)
        self.scope["in_channels"] = flow.shapes[0].channels
        return flow

    def _referred(
        self, item: Item, reference: str | Back, names: Meanings, history: list[Flow]
    ) -> Flow:
        if isinstance(reference, str):
            return self._named(item, reference, names)
        steps = self.budget.evaluate(reference.steps, self.scope)
        steps = pinned(steps, "which earlier result is read")
        if not isinstance(steps, int) or steps >= 0:
            raise ItemError(item, f"inputs {_shown(steps)} is no step back; -1 is the last result")
        if steps < -len(history):
            raise ItemError(item, f"inputs {steps} goes back beyond the input of its list")
        return history[steps]

    def _named(self, item: Item, path: str, names: Meanings) -> Flow:
        """What a name or a path means here."""
        self.budget.charge(path.count(".") // PARTS_AN_ITEM)
        found = names.find(path)
        if found is None or not found.at:
            raise ItemError(item, f"no earlier item {quote(path)} here")
        return found

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
        values = self._values({**use.values, **first} if first else use.values)
        weights = None
        for field, path in use.layers.items():
            found = self._named(item, path, names).at
            if len(found) != 1 or found[0] < 0:
                raise ItemError(item, f"{quote(path)} is not one layer here")
            if field == "weights":
                weights, values[field] = found[0], path
            else:
                values[field] = self.nodes.pooling(item, field, path, found[0])
                flow = join_flows([flow, self.fragment.inputs_of(found[0])])
        key = (bool(first), *values.values())
        return self.nodes.add(item, lambda: op_of(item, use.op, values), key, name, flow, weights)

    def _block_use(
        self,
        item: Item,
        use: BlockUse,
        prefix: str,
        node: str,
        flow: Flow,
        first: Mapping[str, Value],
    ) -> Meaning:
        block = self.scope[use.block]
        given = self._values({**use.arguments, **first} if first else use.arguments)
        if not isinstance(block, Block):
            key, name = (block, *given.items()), prefix + node
            made = self.nodes.add(
                item, lambda: held_op(item, use.block, block, given), key, name, flow
            )
            return Meaning(made)
        if len(flow.at) != len(block.inputs):
            takes = takes_one(len(flow.at))
            if len(block.inputs) > 1:
                takes = f"takes {len(block.inputs)} inputs, got {len(flow.at)}"
            raise ItemError(item, f"block {quote(block.name)} {takes}")
        inner = f"{prefix}{node}." if item.name else prefix
        part = self._part(block, self._arguments(item, block, given), flow.shapes, inner)
        self._check_depth(item, self.depth + part.height)
        self.deepest = max(self.deepest, self.depth + part.height)
        letters = part.letters + part.size * len(inner)
        self.budget.charge(max(0, letters // LETTERS_AN_ITEM - part.size))
        info = GroupInfo(block.name, given) if item.name else None
        used = self.fragment.use(part, inner, flow, info)
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

    def _arguments(self, item: Item, block: Block, given: Mapping[str, Any]) -> dict[str, Any]:
        """The block's arguments: as given, else their defaults inside the block."""
        for key in given:
            if key not in block.arguments:
                hint = did_you_mean(key, block.arguments)
                problem = f"block {quote(block.name)} has no argument {quote(key)}"
                raise ItemError(item, problem, hint)
        arguments: dict[str, Any] = {}
        scope = ItemScope({"in_channels": self.scope["in_channels"]}, self.scope.network)
        for key, default in block.arguments.items():
            if key in given:
                arguments[key] = given[key]
            elif default is None:
                problem = f"argument {quote(key)} of block {quote(block.name)} is missing"
                raise ItemError(item, problem)
            else:
                arguments[key] = self.budget.evaluate(default, scope)
            scope[key] = arguments[key]
        return arguments

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


def _are_alike(a: list[Flow], b: list[Flow]) -> bool:
    """Whether flows have the same shapes, whatever is open in them."""
    shapes = [[shape for flow in flows for shape in flow.shapes] for flows in (a, b)]
    return list(map(len, shapes[0])) == list(map(len, shapes[1])) and all(
        alike(x, y)
        for one, other in zip(*shapes, strict=True)
        for x, y in zip(one, other, strict=True)
    )


def _shown(value: Any) -> str:
    """A value in a message, also where it is a block or an op."""
    return quote(value.name) if isinstance(value, Block) else written(value)
