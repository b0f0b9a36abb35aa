"""Lists of items expanded: expressions get their values, ops their inputs and shapes.

A scope holds ops, blocks and arguments by name, and `in_channels` and `index`.

Each use of a block with the same arguments and input shapes is expanded once, and copied wherever
else it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.errors import did_you_mean, quote
from archcalc.expression import Expression, ExpressionError, Scope, length
from archcalc.graph import INPUT, GroupInfo
from archcalc.language.fragment import Flow, Fragment, ItemError, Layer, Ref
from archcalc.language.model import (
    Back,
    Block,
    BlockUse,
    Branches,
    Group,
    Inputs,
    Item,
    OpUse,
    Value,
)
from archcalc.language.op_use import held_op, op_of
from archcalc.ops.fields import written
from archcalc.ops.op import MANY, Op, OpError
from archcalc.ops.pool import MaxPool2d
from archcalc.ops.registry import create
from archcalc.shape import Shape

MOST_ITEMS = 250_000
"""In a whole network, absent items and every repetition included."""
VALUES_AN_ITEM = 8
"""Values in the lists that a block is given, which it keeps, count as an item."""
LARGEST_SIZE = 10**30
"""Of a tensor along one axis: layers that enlarge their map multiply."""
DEEPEST = 64
"""Lists within lists, through blocks too."""


def value_of(value: Value, scope: Scope) -> Any:
    """A constant, or what an expression comes to."""
    return value.evaluate(scope) if type(value) is Expression else value


class Expansion:
    """One network being expanded: its arguments, every fragment made so far, and the bounds."""

    def __init__(self, scope: Scope, train: bool):
        self.scope, self.train = scope, train
        self.kept: dict[Any, Fragment] = {}
        self.items = 0
        self.depth = 0

    def network(self, items: tuple[Item, ...], input: Shape) -> Fragment:
        """The expansion of a network's own items."""
        fragment = Fragment((input,), {INPUT: (-1,)})
        fragment.flow = _Listing(self, fragment, dict(self.scope)).items(items, (-1,), "")
        if not fragment.names:
            raise ExpressionError("the network has no layers")
        return fragment

    def block(self, block: Block, arguments: dict[str, Any], shapes: tuple[Shape, ...]) -> Fragment:
        """The expansion of a block, made once for the same arguments and input shapes."""
        key = (block.name, tuple(arguments.items()), shapes)
        fragment = self.kept.get(key)
        if fragment is None:
            flows: dict[str, Flow] = {name: (-1 - i,) for i, name in enumerate(block.inputs)}
            fragment = Fragment(shapes, flows)
            before = self.items
            listing = _Listing(self, fragment, {**self.scope, **arguments})
            fragment.flow = listing.items(block.items, (-1,), "")
            fragment.items = self.items - before
            self.kept[key] = fragment
        else:
            self.items += fragment.items
        return fragment

    def charge(self, item: Item, more: int = 1) -> None:
        """Count items against the bound."""
        self.expect(item, more)
        self.items += more

    def expect(self, item: Item, more: int) -> None:
        """Refuse what would be over the bound before it is made."""
        if self.items + more > MOST_ITEMS:
            raise ItemError(item, f"the network has more than {MOST_ITEMS:,} items")


class _Used(NamedTuple):
    """A use of a block: its expansion, what the block was given, and how many items that took."""

    part: Fragment
    given: dict[str, Any]
    items: int


class _Listing:
    """The expansion of the items of one block, or of the network, into its fragment."""

    def __init__(self, expansion: Expansion, fragment: Fragment, scope: Scope):
        self.expansion, self.fragment, self.scope = expansion, fragment, scope
        self.used: dict[Any, _Used] = {}
        """The uses of blocks so far: by item, whether it is a copy 0, and its inputs' shapes."""

    def items(self, items: tuple[Item, ...], flow: Flow, prefix: str) -> Flow:
        """The flow after a list of items; `prefix` is the dotted path of the list."""
        expansion, history = self.expansion, [flow]
        expansion.depth += 1
        for item in items:
            expansion.charge(item)
            if item.auxiliary is not None and not expansion.train:
                continue
            try:
                if expansion.depth > DEEPEST:
                    raise ItemError(item, f"lists and blocks are more than {DEEPEST} deep")
                self.item(item, prefix, history)
            except ExpressionError as error:
                raise ItemError(item, error.problem, error.hint, item.path(prefix)) from None
            except ItemError as error:
                if not error.node:
                    error.node = item.path(prefix)
                raise
        expansion.depth -= 1
        return history[-1]

    def item(self, item: Item, prefix: str, history: list[Flow]) -> None:
        """Append to the history what the item makes of the flow; once for each repetition."""
        inputs = item.first_inputs or item.inputs
        if item.when is not None or item.repeat is not None:
            result = self.take(item, inputs, prefix, history)
        if item.when is not None and not self.condition(item, item.when):
            pass  # absent: its name means its input
        elif item.repeat is not None:
            result = self.repeat(item, prefix, history) or result
        else:
            result = self.copy(item, item.node, prefix, history, {}, inputs)
            if item.auxiliary is None:
                history.append(result)
            else:
                self.fragment.auxiliary += [(ref, item.auxiliary) for ref in result]
        if item.known_as:
            self.fragment.flows[prefix + item.known_as] = result

    def repeat(self, item: Item, prefix: str, history: list[Flow]) -> Flow:
        """The flow after all copies; none where there are no copies."""
        copies = value_of(item.repeat, self.scope)
        if not isinstance(copies, int) or copies < 0:
            least = " of at least 0" if isinstance(copies, int) else ""
            problem = f'repeat "{item.repeat}" is {_shown(copies)}; it needs a whole number{least}'
            raise ItemError(item, problem)
        self.expansion.expect(item, copies * self.least(item.inside))
        self.expansion.charge(item, copies)
        outer_index = self.scope.get("index")
        result: Flow = ()
        for index in range(copies):
            self.scope["index"] = index
            is_first = index == 0
            inputs = item.first_inputs if is_first and item.first_inputs else item.inputs
            node = f"{item.name}.{index}"
            result = self.copy(item, node, prefix, history, item.first if is_first else {}, inputs)
            self.fragment.flows[prefix + node] = result
            history.append(result)
        self.scope["index"] = outer_index
        return result

    def copy(
        self,
        item: Item,
        node: str,
        prefix: str,
        history: list[Flow],
        first: Mapping[str, Value],
        inputs: Inputs | None,
    ) -> Flow:
        flow = self.take(item, inputs, prefix, history)
        inner = f"{prefix}{node}." if item.name else prefix
        match item.body:
            case OpUse() as use:
                return self.op_use(item, use, prefix, node, flow, first)
            case BlockUse() as use:
                return self.block_use(item, use, prefix + node, inner, flow, first)
            case Branches() as body:
                return self.branches(item, body, node, inner, flow)
            case Group(items):
                return self.items(items, flow, inner)

    def least(self, items: Iterable[Item]) -> int:
        """How many items a list comes to at least; to refuse repeats in repeats at once."""
        return sum(1 + self._least_inside(item) for item in items)

    def _least_inside(self, item: Item) -> int:
        if item.when is not None or item.auxiliary is not None:
            return 0  # it may be absent
        if item.repeat is None:
            return self.least(item.inside)
        copies = item.repeat
        if isinstance(copies, Expression):
            is_known = not copies.names & {"in_channels", "index"}
            copies = value_of(copies, self.scope) if is_known else 0
        return copies * (1 + self.least(item.inside)) if isinstance(copies, int) else 0

    def condition(self, item: Item, when: Value) -> bool:
        value = value_of(when, self.scope)
        if not isinstance(value, int | Fraction):
            raise ItemError(item, f'when "{when}" is {_shown(value)}; it needs a number')
        return value != 0

    def values(self, given: Mapping[str, Value]) -> dict[str, Any]:
        """What fields or arguments come to here."""
        values = {}
        for key, value in given.items():
            try:
                values[key] = value_of(value, self.scope)
            except ExpressionError as error:
                raise ExpressionError(f"{key}: {error.problem}", error.hint) from None
        return values

    # --- what an item takes -----------------------------------------------------------------------

    def take(self, item: Item, inputs: Inputs | None, prefix: str, history: list[Flow]) -> Flow:
        """The item's input; `in_channels` is then its channels."""
        if inputs is None:
            flow = history[-1]
        else:
            refs: list[Ref] = []
            for reference in inputs:
                refs += self.referred(item, reference, prefix, history)
                self.expansion.charge(item, len(refs) - 1)
            flow = tuple(refs)
        self.scope["in_channels"] = self.fragment.shape(flow[0]).channels
        return flow

    def referred(self, item: Item, reference: str | Back, prefix: str, history: list[Flow]) -> Flow:
        if isinstance(reference, str):
            return self.named(item, reference, prefix)
        steps = value_of(reference.steps, self.scope)
        if not isinstance(steps, int) or steps >= 0:
            raise ItemError(item, f"inputs {_shown(steps)} is no step back; -1 is the last result")
        if steps < -len(history):
            raise ItemError(item, f"inputs {steps} goes back beyond the input of its list")
        return history[steps]

    def named(self, item: Item, reference: str, prefix: str) -> Flow:
        """What a name means here."""
        found = self.fragment.named(reference, prefix)
        if found is None:
            raise ItemError(item, f"no earlier item {quote(reference)} here")
        return found

    # --- bodies -----------------------------------------------------------------------------------

    def op_use(
        self,
        item: Item,
        use: OpUse,
        prefix: str,
        node: str,
        flow: Flow,
        first: Mapping[str, Value],
    ) -> Flow:
        if use.ready is not None and not first:
            return self.node(item, use.ready, prefix + node, flow)
        values = self.values({**use.values, **first})
        weights = None
        for name, reference in use.layers.items():
            layer = self.layer(item, reference, prefix)
            if name == "weights":
                weights, values[name] = layer, reference
            else:
                pooling = self.fragment.layers[layer].op
                if not isinstance(pooling, MaxPool2d):
                    what = f"is a {pooling.name}, no max_pool2d"
                    raise ItemError(item, f"{name} {quote(reference)} {what}")
                values[name] = pooling
                flow += self.fragment.inputs[layer]
        return self.node(item, op_of(item, use.op, values), prefix + node, flow, weights)

    def layer(self, item: Item, reference: str, prefix: str) -> Ref:
        """The one node that a name means."""
        flow = self.named(item, reference, prefix)
        if len(flow) != 1 or flow[0] < 0:
            raise ItemError(item, f"{quote(reference)} is not one layer here")
        return flow[0]

    def node(self, item: Item, op: Op, name: str, flow: Flow, weights: Ref | None = None) -> Flow:
        fragment = self.fragment
        if op.arity not in (MANY, len(flow)):
            raise ItemError(item, f"{op.name} {_takes_one(len(flow))}", node=name)
        shapes = tuple(map(fragment.shape, flow))
        try:
            op.check(*shapes)
        except OpError as error:
            problem = fragment.with_names(error.problem, flow)
            raise ItemError(item, problem, error.hint, node=name) from None
        shape = op.output(*shapes)
        if max(shape.sizes) > LARGEST_SIZE:
            raise ItemError(item, "its output has a size of more than 10^30", node=name)
        return (fragment.add(name, Layer(op, shapes, shape, item), flow, weights),)

    def block_use(
        self,
        item: Item,
        use: BlockUse,
        name: str,
        inner: str,
        flow: Flow,
        first: Mapping[str, Value],
    ) -> Flow:
        block = self.scope[use.block]
        given = {**use.arguments, **first}
        if not isinstance(block, Block):
            op = held_op(item, use.block, block, self.values(given))
            return self.node(item, op, name, flow)
        shapes = tuple(map(self.fragment.shape, flow))
        key = (id(item), bool(first), shapes)
        used = self.used.get(key)
        if used is None:
            used = self.use(item, block, inner, shapes, self.values(given))
            # The copies of a repetition are alike, unless they read their number.
            if not any("index" in v.names for v in given.values() if isinstance(v, Expression)):
                self.used[key] = used
        else:
            self.expansion.charge(item, used.items)
        info = GroupInfo(block.name, used.given) if item.name else None
        return self.fragment.paste(used.part, inner, flow, info)

    def use(
        self,
        item: Item,
        block: Block,
        inner: str,
        shapes: tuple[Shape, ...],
        given: dict[str, Any],
    ) -> _Used:
        """A block expanded with what it is given."""
        if len(shapes) != len(block.inputs):
            takes = _takes_one(len(shapes))
            if len(block.inputs) > 1:
                takes = f"takes {len(block.inputs)} inputs, got {len(shapes)}"
            raise ItemError(item, f"block {quote(block.name)} {takes}")
        arguments = self.arguments(item, block, given)
        lists = sum(length(value) for value in arguments.values() if type(value) is tuple)
        self.expansion.charge(item, 1 + lists // VALUES_AN_ITEM)
        try:
            part = self.expansion.block(block, arguments, shapes)
        except ItemError as error:
            error.node = inner + error.node if error.node else inner[:-1]
            raise
        return _Used(part, given, 1 + lists // VALUES_AN_ITEM + part.items)

    def arguments(self, item: Item, block: Block, given: Mapping[str, Any]) -> dict[str, Any]:
        """The block's arguments: as given, else their defaults inside the block."""
        for key in given:
            if key not in block.arguments:
                hint = did_you_mean(key, block.arguments)
                raise ItemError(
                    item, f"block {quote(block.name)} has no argument {quote(key)}", hint
                )
        arguments: dict[str, Any] = {}
        scope = {**self.expansion.scope, "in_channels": self.scope["in_channels"]}
        for key, default in block.arguments.items():
            if key in given:
                arguments[key] = given[key]
            elif default is None:
                raise ItemError(
                    item, f"argument {quote(key)} of block {quote(block.name)} is missing"
                )
            else:
                arguments[key] = value_of(default, scope)
            scope[key] = arguments[key]
        return arguments

    def branches(self, item: Item, body: Branches, node: str, inner: str, flow: Flow) -> Flow:
        ends: list[Ref] = []
        for key, items in body.branches.items():
            end = self.items(items, flow, f"{inner}{key}.")
            self.fragment.flows[inner + key] = end
            ends += end
        if body.join is None:
            return tuple(ends)
        name = inner + (body.join.name if item.name else node)
        joined = self.node(item, create(body.join, {}), name, tuple(ends))
        self.fragment.flows[name] = joined
        return joined


def _takes_one(got: int) -> str:
    return f"takes one input, got {got} (branches without a join?)"


def _shown(value: Any) -> str:
    """A value in a message, also where it is a block or an op."""
    return quote(value.name) if isinstance(value, Block) else written(value)
