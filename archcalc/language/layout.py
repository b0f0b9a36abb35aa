"""The items of a block, or of a network, laid out: fields get values, ops inputs and shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from archcalc.errors import did_you_mean, quote
from archcalc.expression import Expression, ExpressionError, Scope, SizeOf, length
from archcalc.graph import GroupInfo
from archcalc.language.budget import Budget
from archcalc.language.fragment import Flow, Fragment, Layer, Meaning, Names, join
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
from archcalc.language.op_use import held_op, op_of
from archcalc.ops.fields import written
from archcalc.ops.op import MANY, Op, OpError
from archcalc.ops.pool import MaxPool2d
from archcalc.ops.registry import create
from archcalc.shape import Shape

LARGEST_SIZE = 10**30
"""The largest size of a tensor along one axis: layers that enlarge their map multiply."""
STEPS_AN_ITEM = 8
"""How many steps of expressions take as long as an item."""
LIST_STEPS = 16
"""How many steps one takes where it calculates with a list."""
ITEMS_A_LAYER = 4
"""How many items a layer takes as long as that is not like an earlier one."""
VALUES_AN_ITEM = 8
"""How many values, in lists that are kept, take as long as an item."""
LETTERS_AN_ITEM = 64
"""How many characters of names of nodes take as long as an item."""
PARTS_AN_ITEM = 8
"""How many parts of a dotted path take as long as an item."""

ExpandBlock = Callable[[Item, Block, dict[str, Any], tuple[Shape, ...]], Fragment]
"""What gives the expansion of a block for an item with some arguments and shapes of inputs."""


class ItemScope(Scope):
    """What the expressions of an item see: the block's own names, the network's, sizes."""

    def __init__(self, own: Mapping[str, Any], network: Scope):
        super().__init__(own)
        self.network = network
        self.names: Names | None = None
        """What sizes are asked of."""

    def __missing__(self, name: Any) -> Any:
        if isinstance(name, SizeOf):
            return self._size(name)
        return self.network[name]

    def _size(self, size: SizeOf) -> int:
        flow = self.names and self.names.find(size.item)
        if not flow:
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
        train: bool,
    ):
        self.fragment, self.scope, self.budget = fragment, scope, budget
        self.expand_block, self.train = expand_block, train
        self.layers: dict[Any, Layer] = {}
        """The layers so far: by item, the values of its fields and the shapes of its inputs."""

    # --- lists ------------------------------------------------------------------------------------

    def items(self, items: tuple[Item, ...], flow: Flow, prefix: str, names: Names) -> Flow:
        """The flow after a list of items, which gives these names; `prefix` is its dotted path."""
        budget, history = self.budget, [flow]
        budget.depth += 1
        for item in items:
            try:
                budget.charge(item)
                budget.check_depth(item)
                if item.auxiliary is None or self.train:
                    self.item(item, prefix, names, history)
            except ExpressionError as error:
                raise ItemError(item, error.problem, error.hint, item.path(prefix)) from None
            except ItemError as error:
                if not error.node:
                    error.node = item.path(prefix)
                raise
        budget.depth -= 1
        return history[-1]

    def item(self, item: Item, prefix: str, names: Names, history: list[Flow]) -> None:
        """Append to the history what the item makes of the flow; once for each repetition."""
        if item.when is not None or item.repeat is not None:
            absent = Meaning(self.take(item, item.first_inputs or item.inputs, names, history))
        if item.when is not None and not self.condition(item, item.when):
            meaning = absent  # its name means its input
        elif item.repeat is not None:
            copies = self.repeat(item, prefix, names, history)
            meaning = Meaning(copies[-1].flow, copies=copies) if copies else absent
        else:
            meaning = self.copy(item, item.node, prefix, names, history)
            if item.auxiliary is None:
                history.append(meaning.flow)
            else:
                self.fragment.auxiliary += [(at, item.auxiliary) for at in meaning.flow.at]
        if item.known_as:
            names.here[item.known_as] = meaning

    def repeat(self, item: Item, prefix: str, names: Names, history: list[Flow]) -> list[Meaning]:
        """What all copies are."""
        count = self.value(item, item.repeat)
        if not isinstance(count, int) or count < 0:
            least = " of at least 0" if isinstance(count, int) else ""
            problem = f'repeat "{item.repeat}" is {_shown(count)}; it needs a whole number{least}'
            raise ItemError(item, problem)
        if count:
            self.budget.expect(item, count * (1 + self.least(item.inside)))
        self.budget.charge(item, count)
        outer_index = self.scope.get("index")
        copies = []
        for index in range(count):
            self.scope["index"] = index
            node = f"{item.name}.{index}"
            copies.append(self.copy(item, node, prefix, names, history, is_first=index == 0))
            history.append(copies[-1].flow)
        self.scope["index"] = outer_index
        return copies

    def copy(
        self,
        item: Item,
        node: str,
        prefix: str,
        names: Names,
        history: list[Flow],
        *,
        is_first: bool = False,
    ) -> Meaning:
        """An item once, or one repetition of it."""
        changed = is_first and item.first_inputs is not None
        flow = self.take(item, item.first_inputs if changed else item.inputs, names, history)
        first = item.first if is_first else {}
        match item.body:
            case OpUse() as use:
                return self.op_use(item, use, prefix + node, flow, names, first)
            case BlockUse() as use:
                return self.block_use(item, use, prefix + node, flow, first)
            case Branches() as body:
                return self.branches(item, body, prefix, node, flow, names)
            case Group(items):
                inside = Names(names) if item.name else names
                inner = f"{prefix}{node}." if item.name else prefix
                return Meaning(self.items(items, flow, inner, inside), inside)

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
            is_known = not (copies.names & {"in_channels", "index"} or copies.sizes)
            copies = copies.evaluate(self.scope) if is_known else 0
        return copies * (1 + self.least(item.inside)) if isinstance(copies, int) else 0

    # --- values -----------------------------------------------------------------------------------

    def value(self, item: Item, value: Value, scope: ItemScope | None = None) -> Any:
        """A constant, or what an expression comes to, unless in another scope in the item's."""
        if type(value) is not Expression:
            return value
        scope = self.scope if scope is None else scope
        steps = value.steps
        if steps > 1:
            if any(type(scope[name]) is tuple for name in value.names):
                steps *= LIST_STEPS
            self.budget.charge(item, steps // STEPS_AN_ITEM)
        return value.evaluate(scope)

    def condition(self, item: Item, when: Value) -> bool:
        value = self.value(item, when)
        if not isinstance(value, int | Fraction):
            raise ItemError(item, f'when "{when}" is {_shown(value)}; it needs a number')
        return value != 0

    def values(self, item: Item, given: Mapping[str, Value]) -> dict[str, Any]:
        """What fields or arguments come to here."""
        values = {}
        for key, value in given.items():
            try:
                values[key] = self.value(item, value)
            except ExpressionError as error:
                raise ExpressionError(f"{key}: {error.problem}", error.hint) from None
        return values

    # --- what an item takes -----------------------------------------------------------------------

    def take(self, item: Item, inputs: Inputs | None, names: Names, history: list[Flow]) -> Flow:
        """The item's input; `in_channels` is then its channels, and sizes are of these names."""
        self.scope.names = names
        if inputs is None:
            flow = history[-1]
        else:
            flows, count = [], 0
            for reference in inputs:
                flows.append(self.referred(item, reference, names, history))
                count += len(flows[-1].at)
                self.budget.expect(item, count)
            flow = join(flows)
        if len(flow.at) > 1:
            self.budget.charge(item, len(flow.at) - 1)
        self.scope["in_channels"] = flow.shapes[0].channels
        return flow

    def referred(
        self, item: Item, reference: str | Back, names: Names, history: list[Flow]
    ) -> Flow:
        if isinstance(reference, str):
            return self.named(item, reference, names)
        steps = self.value(item, reference.steps)
        if not isinstance(steps, int) or steps >= 0:
            raise ItemError(item, f"inputs {_shown(steps)} is no step back; -1 is the last result")
        if steps < -len(history):
            raise ItemError(item, f"inputs {steps} goes back beyond the input of its list")
        return history[steps]

    def named(self, item: Item, path: str, names: Names) -> Flow:
        """What a name or a path means here."""
        self.budget.charge(item, path.count(".") // PARTS_AN_ITEM)
        found = names.find(path)
        if found is None or not found.at:
            raise ItemError(item, f"no earlier item {quote(path)} here")
        return found

    # --- bodies -----------------------------------------------------------------------------------

    def op_use(
        self,
        item: Item,
        use: OpUse,
        name: str,
        flow: Flow,
        names: Names,
        first: Mapping[str, Value],
    ) -> Meaning:
        if use.ready is not None and not first:
            ready = use.ready
            return self.node(item, lambda: ready, (), name, flow)
        values = self.values(item, {**use.values, **first} if first else use.values)
        weights = None
        for field, reference in use.layers.items():
            at = self.one_layer(item, reference, names)
            if field == "weights":
                weights, values[field] = at, reference
            else:
                values[field] = self.pooling(item, field, reference, at)
                flow = join([flow, self.fragment.inputs_of(at)])
        key = (bool(first), *values.values())
        return self.node(item, lambda: op_of(item, use.op, values), key, name, flow, weights)

    def one_layer(self, item: Item, path: str, names: Names) -> int:
        """The one layer that a path means."""
        found = self.named(item, path, names).at
        if len(found) != 1 or found[0] < 0:
            raise ItemError(item, f"{quote(path)} is not one layer here")
        return found[0]

    def pooling(self, item: Item, field: str, path: str, at: int) -> Op:
        """The pooling that a path means."""
        op = self.fragment.layer(at).op
        if not isinstance(op, MaxPool2d):
            raise ItemError(item, f"{field} {quote(path)} is a {op.name}, no max_pool2d")
        return op

    def node(
        self,
        item: Item,
        make: Callable[[], Op],
        key: tuple[Any, ...],
        name: str,
        flow: Flow,
        weights: int | None = None,
    ) -> Meaning:
        """Append a node; its op is made unless there was a like one, with the same key."""
        kind = (item, key, flow.shapes)
        layer = self.layers.get(kind)
        if layer is None:
            layer = self.layers[kind] = self.new_layer(item, make(), name, flow)
            lists = sum([length(value) for value in key if type(value) is tuple])
            self.budget.charge(item, ITEMS_A_LAYER + lists // VALUES_AN_ITEM)
        if weights is not None:
            self.check_shared(layer, weights)
        if len(name) >= LETTERS_AN_ITEM:
            self.budget.charge(item, len(name) // LETTERS_AN_ITEM)
        return Meaning(self.fragment.add(name, layer, flow, weights))

    def new_layer(self, item: Item, op: Op, name: str, flow: Flow) -> Layer:
        """An op that takes a flow."""
        shapes = flow.shapes
        if op.arity not in (MANY, len(shapes)):
            raise ItemError(item, f"{op.name} {_takes_one(len(shapes))}", node=name)
        try:
            op.check(*shapes)
        except OpError as error:
            problem = self.fragment.with_names(error.problem, flow)
            raise ItemError(item, problem, error.hint, node=name) from None
        shape = op.output(*shapes)
        if max(shape.sizes) > LARGEST_SIZE:
            raise ItemError(item, "its output has a size of more than 10^30", node=name)
        return Layer(op, shapes, (shape,), item)

    def check_shared(self, layer: Layer, weights: int) -> None:
        """Refuse parameters of another layer that are not like a layer's own."""
        name, other = quote(self.fragment.name(weights)), self.fragment.layer(weights)
        theirs = other.op.parameter_shapes(*other.input_shapes)
        for key, shape in layer.op.parameter_shapes(*layer.input_shapes).items():
            if key not in theirs:
                raise ItemError(layer.item, f"weights: {name} has no {key} to share")
            if theirs[key] != shape:
                has, needs = ("x".join(map(str, sizes)) for sizes in (theirs[key], shape))
                what = f"the {key} of {name} is {has}, this one's {needs}"
                raise ItemError(layer.item, f"weights: {what}")

    def block_use(
        self, item: Item, use: BlockUse, name: str, flow: Flow, first: Mapping[str, Value]
    ) -> Meaning:
        block = self.scope[use.block]
        given = self.values(item, {**use.arguments, **first} if first else use.arguments)
        if not isinstance(block, Block):
            key = (block, *given.items())
            return self.node(item, lambda: held_op(item, use.block, block, given), key, name, flow)
        if len(flow.at) != len(block.inputs):
            takes = _takes_one(len(flow.at))
            if len(block.inputs) > 1:
                takes = f"takes {len(block.inputs)} inputs, got {len(flow.at)}"
            raise ItemError(item, f"block {quote(block.name)} {takes}")
        arguments = self.arguments(item, block, given)
        prefix = f"{name}." if item.name else name[: len(name) - len(item.node)]
        part = self.part(item, block, arguments, flow.shapes, prefix)
        self.budget.charge(item, part.size * len(prefix) // LETTERS_AN_ITEM)
        info = GroupInfo(block.name, given) if item.name else None
        used = self.fragment.use(part, prefix, flow, info)
        return Meaning(used.outer(part.flow), use=used)

    def part(
        self,
        item: Item,
        block: Block,
        arguments: dict[str, Any],
        shapes: tuple[Shape, ...],
        prefix: str,
    ) -> Fragment:
        """The expansion of a block for the arguments and shapes of one use."""
        lists = sum([length(value) for value in arguments.values() if type(value) is tuple])
        self.budget.charge(item, 1 + len(arguments) // 2 + lists // VALUES_AN_ITEM)
        try:
            return self.expand_block(item, block, arguments, shapes)
        except ItemError as error:
            error.node = prefix + error.node if error.node else prefix[:-1]
            raise

    def arguments(self, item: Item, block: Block, given: Mapping[str, Any]) -> dict[str, Any]:
        """The block's arguments: as given, else their defaults inside the block."""
        for key in given:
            if key not in block.arguments:
                hint = did_you_mean(key, block.arguments)
                problem = f"block {quote(block.name)} has no argument {quote(key)}"
                raise ItemError(item, problem, hint)
        if len(given) == len(block.arguments):
            return {key: given[key] for key in block.arguments}
        arguments: dict[str, Any] = {}
        scope = ItemScope({"in_channels": self.scope["in_channels"]}, self.scope.network)
        for key, default in block.arguments.items():
            if key in given:
                arguments[key] = given[key]
            elif default is None:
                problem = f"argument {quote(key)} of block {quote(block.name)} is missing"
                raise ItemError(item, problem)
            else:
                arguments[key] = self.value(item, default, scope)
            scope[key] = arguments[key]
        return arguments

    def branches(
        self, item: Item, body: Branches, prefix: str, node: str, flow: Flow, names: Names
    ) -> Meaning:
        """The ends of all branches, or their join."""
        inside = Names(names) if item.name else names
        inner = f"{prefix}{node}." if item.name else prefix
        ends: list[Flow] = []
        for key, items in body.branches.items():
            branch = Names(inside)
            end = self.items(items, flow, f"{inner}{key}.", branch)
            inside.here[key] = Meaning(end, branch)
            self.budget.charge(item, len(end.at) - 1)
            ends.append(end)
        if body.join is None:
            return Meaning(join(ends), inside)
        op = body.join
        name = op.name if item.name else node
        joined = self.node(item, lambda: create(op, {}), (), inner + name, join(ends))
        inside.here[name] = joined
        return Meaning(joined.flow, inside)


def _takes_one(got: int) -> str:
    return f"takes one input, got {got} (branches without a join?)"


def _shown(value: Any) -> str:
    """A value in a message, also where it is a block or an op."""
    return quote(value.name) if isinstance(value, Block) else written(value)
