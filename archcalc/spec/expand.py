"""From a checked Spec and a preset to a Graph: the second phase of reading.

Items are taken in order; expressions get their values, ops their inputs and shapes. A block is a
pure function of its arguments and its inputs' shapes, so each such expansion is done once, as a
Fragment, and copied wherever it is used again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.errors import ArchcalcError, Problem, SpecError, did_you_mean, quote
from archcalc.expression import Expression, ExpressionError, bounded
from archcalc.graph import INPUT, Graph, GroupInfo, Node
from archcalc.ops.base import MANY, OPS, Op, OpError, create, field_infos, required_fields
from archcalc.ops.fields import FieldError, written
from archcalc.shape import Shape
from archcalc.spec.model import (
    Back,
    Block,
    BlockUse,
    Branches,
    Group,
    Item,
    OpUse,
    Preset,
    Spec,
    Value,
)

MOST_ITEMS = 250_000
DEEPEST_USE = 64

Ref = int
"""A node by its index in a fragment; the fragment's own inputs are -1, -2, ..."""
Flow = tuple[Ref, ...]
"""What one item hands to the next: one tensor, or several open ends."""


class _Draft(NamedTuple):
    """A node of a fragment, before it has its full name."""

    name: str
    op: Op
    inputs: Flow
    shape: Shape
    place: str


@dataclass(slots=True)
class _Fragment:
    """The expansion of a block, or of the network: nodes, and what its names mean."""

    inputs: tuple[Shape, ...]
    nodes: list[_Draft] = field(default_factory=list)
    groups: list[tuple[str, GroupInfo]] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=dict)
    uses: dict[str, tuple[_Fragment, int, Flow]] = field(default_factory=dict)
    """Where blocks were copied to: for paths that reach into them."""
    auxiliary: list[tuple[Ref, Any]] = field(default_factory=list)
    flow: Flow = ()
    items: int = 0

    def shape(self, ref: Ref) -> Shape:
        return self.nodes[ref].shape if ref >= 0 else self.inputs[-1 - ref]

    def find(self, path: str) -> Flow | None:
        """The flow that a dotted path names, also inside a copied block."""
        flow = self.flows.get(path)
        if flow is not None:
            return flow
        head = path
        while "." in head:
            head = head.rpartition(".")[0]
            if head in self.uses:
                inner, start, inputs = self.uses[head]
                found = inner.find(path[len(head) + 1 :])
                return None if found is None else _moved(found, start, inputs)
        return None


def _moved(refs: Flow, start: int, inputs: Flow) -> Flow:
    """References of a fragment, where it was copied to."""
    return tuple(start + ref if ref >= 0 else inputs[-1 - ref] for ref in refs)


class _ItemError(Exception):
    """What is wrong at one item, on its way out to the file's name."""

    def __init__(self, item: Item, problem: str, hint: str = "", node: str = ""):
        self.item, self.problem, self.hint, self.node = item, problem, hint, node


def expand(
    spec: Spec,
    preset: Preset,
    *,
    arguments: Mapping[str, Value] | None = None,
    input: tuple[int, ...] | None = None,
    train: bool = False,
) -> Graph:
    """The network that a preset describes, with some arguments or the input set otherwise.

    Raises:
        SpecError: a value, a shape or a reference does not fit.
    """
    settings = {**preset.settings, **(arguments or {})}
    given = ", ".join(f"{name}={written(value)}" for name, value in settings.items())
    try:
        values = _network_arguments(spec, settings)
        shape = _input_shape(preset, input, values)
        expansion = _Expansion(spec, values, train)
        fragment = expansion.network(shape)
        return _graph(fragment, shape)
    except _ItemError as error:
        place = f"{error.item.place} {error.item.label}"
        if error.node and error.node != error.item.name:
            place += f", as {error.node}"
        problem = error.problem + (f", with {given}" if given else "")
        raise SpecError(spec.file, [Problem(place, problem, error.hint)]) from None
    except ExpressionError as error:
        raise SpecError(spec.file, [Problem("", error.problem, error.hint)]) from None


def _network_arguments(spec: Spec, settings: Mapping[str, Value]) -> dict[str, Any]:
    for name in settings:
        if name not in spec.arguments:
            raise ExpressionError(f"no argument {quote(name)}", did_you_mean(name, spec.arguments))
    scope: dict[str, Any] = dict(OPS) | dict(spec.blocks)
    for name, default in spec.arguments.items():
        try:
            scope[name] = _value(settings.get(name, default), scope)
        except ExpressionError as error:
            raise ExpressionError(f"argument {quote(name)}: {error.problem}", error.hint) from None
    return scope


def _input_shape(preset: Preset, input: tuple[int, ...] | None, scope: Mapping[str, Any]) -> Shape:
    sizes = [_value(size, scope) for size in (input or preset.input)]
    for size in sizes:
        if not isinstance(size, int) or size < 1:
            raise ExpressionError(f"input is {written(sizes)}; it needs whole sizes of at least 1")
    return Shape(*sizes)


def _value(value: Value, scope: Mapping[str, Any]) -> Any:
    if type(value) is Expression:
        return value.evaluate(scope)
    return bounded(value)


class _Expansion:
    """One network being expanded: its arguments, and every fragment made so far."""

    def __init__(self, spec: Spec, scope: dict[str, Any], train: bool):
        self.spec, self.scope, self.train = spec, scope, train
        self.kept: dict[Any, _Fragment] = {}
        self.items = 0
        self.depth = 0

    def network(self, input: Shape) -> _Fragment:
        fragment = _Fragment((input,), flows={INPUT: (-1,)})
        listing = _Listing(self, fragment, dict(self.scope))
        fragment.flow = listing.items(self.spec.items, (-1,), "")
        return fragment

    def block(
        self, block: Block, arguments: dict[str, Any], shapes: tuple[Shape, ...]
    ) -> _Fragment:
        key = (block.name, tuple(arguments.items()), shapes)
        fragment = self.kept.get(key)
        if fragment is None:
            flows = {name: (-1 - i,) for i, name in enumerate(block.inputs)}
            fragment = _Fragment(shapes, flows={INPUT: (-1,), **flows})
            before = self.items
            self.depth += 1
            listing = _Listing(self, fragment, {**self.scope, **arguments})
            fragment.flow = listing.items(block.items, (-1,), "")
            self.depth -= 1
            fragment.items = self.items - before
            self.kept[key] = fragment
        else:
            self.items += fragment.items
        return fragment


class _Listing:
    """The expansion of the items of one block (or of the network) into its fragment."""

    def __init__(self, expansion: _Expansion, fragment: _Fragment, scope: dict[str, Any]):
        self.expansion, self.fragment, self.scope = expansion, fragment, scope

    def items(self, items: tuple[Item, ...], flow: Flow, prefix: str) -> Flow:
        """The flow after a list of items; `prefix` is the dotted path of the list."""
        history = [flow]
        for item in items:
            self.charge(item)
            if item.auxiliary is not None and not self.expansion.train:
                continue
            try:
                self.item(item, prefix, history)
            except ExpressionError as error:
                raise _ItemError(item, error.problem, error.hint, prefix + item.node) from None
            except _ItemError as error:
                if error.item is item and not error.node:
                    error.node = prefix + item.node
                raise
        return history[-1]

    def charge(self, item: Item) -> None:
        self.expansion.items += 1
        if self.expansion.items > MOST_ITEMS:
            raise _ItemError(item, f"the network has more than {MOST_ITEMS:,} items")

    def item(self, item: Item, prefix: str, history: list[Flow]) -> None:
        """Append to the history what the item makes of the flow; once for each repetition."""
        if item.when is not None:
            inputs = self.inputs(item, item.inputs, prefix, history)
            self.scope["in_channels"] = self.fragment.shape(inputs[0]).channels
            if not _value(item.when, self.scope):
                if item.name:
                    self.fragment.flows[prefix + item.name] = inputs
                return
        if item.repeat is None:
            result = self.copy(item, item.node, prefix, history, {}, item.inputs)
            if item.auxiliary is not None:
                self.fragment.auxiliary += [(ref, item.auxiliary) for ref in result]
            else:
                history.append(result)
        else:
            self.repeat(item, prefix, history)
        if item.name:
            self.fragment.flows[prefix + item.name] = (
                history[-1] if item.auxiliary is None else result
            )

    def repeat(self, item: Item, prefix: str, history: list[Flow]) -> None:
        self.scope["in_channels"] = self.fragment.shape(history[-1][0]).channels
        copies = _value(item.repeat, self.scope)
        if not isinstance(copies, int) or copies < 0:
            raise _ItemError(
                item, f'repeat "{item.repeat}" is {written(copies)}; it needs a whole number'
            )
        outer_index = self.scope.get("index")
        for index in range(copies):
            self.charge(item)
            self.scope["index"] = index
            first = index == 0
            inputs = item.first_inputs if first and item.first_inputs else item.inputs
            node = f"{item.name}.{index}"
            result = self.copy(item, node, prefix, history, item.first if first else {}, inputs)
            self.fragment.flows[prefix + node] = result
            history.append(result)
        self.scope["index"] = outer_index

    def copy(
        self,
        item: Item,
        node: str,
        prefix: str,
        history: list[Flow],
        first: Mapping[str, Value],
        inputs: tuple[str | Back, ...] | None,
    ) -> Flow:
        flow = self.inputs(item, inputs, prefix, history)
        self.scope["in_channels"] = self.fragment.shape(flow[0]).channels
        inner = f"{prefix}{node}." if item.name else prefix
        match item.body:
            case OpUse() as use:
                return self.op_use(item, use, prefix + node, flow, first)
            case BlockUse() as use:
                return self.block_use(item, use, prefix + node, inner, flow, first)
            case Branches() as body:
                return self.branches(item, body, node, inner, flow)
            case Group(items):
                return self.items(items, flow, inner)

    def inputs(
        self,
        item: Item,
        references: tuple[str | Back, ...] | None,
        prefix: str,
        history: list[Flow],
    ) -> Flow:
        if references is None:
            return history[-1]
        flow: Flow = ()
        for reference in references:
            if isinstance(reference, Back):
                steps = _value(reference.steps, self.scope)
                if not isinstance(steps, int) or not -len(history) <= steps < 0:
                    raise _ItemError(
                        item, f"inputs {written(steps)}: there are {len(history)} results before it"
                    )
                flow += history[steps]
            else:
                flow += self.named(item, reference, prefix)
        return flow

    def named(self, item: Item, reference: str, prefix: str) -> Flow:
        """What a name means here: in this list, else in the lists around it."""
        path = reference.removesuffix(".*")
        around = prefix
        while True:
            if reference.endswith(".*"):
                found = self.repetitions(around + path)
            else:
                found = self.fragment.find(around + path)
            if found is not None:
                return found
            if not around:
                raise _ItemError(item, f"no earlier item {quote(reference)} to take as input")
            around = around[:-1].rpartition(".")[0]
            around += "." if around else ""

    def repetitions(self, path: str) -> Flow | None:
        flow: Flow = ()
        copy = self.fragment.find(f"{path}.0")
        index = 0
        while copy is not None:
            flow += copy
            index += 1
            copy = self.fragment.find(f"{path}.{index}")
        return flow or None

    # --- bodies -----------------------------------------------------------------------------------

    def op_use(
        self, item: Item, use: OpUse, name: str, flow: Flow, first: Mapping[str, Value]
    ) -> Flow:
        op = use.ready
        if op is None or first:
            op = self.op(item, use.op, {**use.values, **first})
        return self.node(item, op, name, flow)

    def op(self, item: Item, op: type[Op], values: Mapping[str, Value]) -> Op:
        try:
            return create(op, {name: _value(value, self.scope) for name, value in values.items()})
        except FieldError as error:
            raise _ItemError(item, str(error)) from None

    def node(self, item: Item, op: Op, name: str, flow: Flow) -> Flow:
        if op.arity != MANY and len(flow) != op.arity:
            raise _ItemError(
                item,
                f"{op.name} takes one input, got {len(flow)} (branches without a join?)",
                node=name,
            )
        fragment = self.fragment
        shapes = [fragment.shape(ref) for ref in flow]
        try:
            op.check(*shapes)
        except OpError as error:
            raise _ItemError(item, error.problem, error.hint, node=name) from None
        fragment.nodes.append(_Draft(name, op, flow, op.output(*shapes), item.place))
        return (len(fragment.nodes) - 1,)

    def block_use(
        self,
        item: Item,
        use: BlockUse,
        name: str,
        inner: str,
        flow: Flow,
        first: Mapping[str, Value],
    ) -> Flow:
        block = self.expansion.spec.blocks.get(use.block) or self.scope[use.block]
        given = {key: _value(v, self.scope) for key, v in {**use.arguments, **first}.items()}
        if not isinstance(block, Block):
            return self.held_op(item, use, block, name, flow, given)
        if len(flow) != len(block.inputs):
            raise _ItemError(
                item, f"block {quote(block.name)} takes {len(block.inputs)} inputs, got {len(flow)}"
            )
        if self.expansion.depth >= DEEPEST_USE:
            raise _ItemError(item, f"blocks use blocks more than {DEEPEST_USE} levels deep")
        arguments = self.arguments(item, block, given)
        shapes = tuple(self.fragment.shape(ref) for ref in flow)
        try:
            part = self.expansion.block(block, arguments, shapes)
        except _ItemError as error:
            error.node = inner + error.node
            raise
        self.charge(item)
        return self.paste(part, inner, flow, GroupInfo(block.name, given))

    def held_op(
        self, item: Item, use: BlockUse, op: Any, name: str, flow: Flow, given: dict[str, Any]
    ) -> Flow:
        """An op that an argument holds."""
        if not (isinstance(op, type) and issubclass(op, Op)):
            raise _ItemError(
                item, f"argument {quote(use.block)} holds {written(op)}, no block or op"
            )
        infos = field_infos(op)
        for key in given:
            if key not in infos:
                raise _ItemError(
                    item, f"unknown field {quote(key)} of {op.name}", did_you_mean(key, infos)
                )
        for key in required_fields(op):
            if key not in given:
                raise _ItemError(item, f"field {quote(key)} of {op.name} is missing")
        return self.node(item, self.op(item, op, given), name, flow)

    def arguments(self, item: Item, block: Block, given: Mapping[str, Any]) -> dict[str, Any]:
        for key in given:
            if key not in block.arguments:
                hint = did_you_mean(key, block.arguments)
                raise _ItemError(
                    item, f"block {quote(block.name)} has no argument {quote(key)}", hint
                )
        arguments: dict[str, Any] = {}
        scope = {**self.expansion.scope, "in_channels": self.scope["in_channels"]}
        for key, default in block.arguments.items():
            if key in given:
                arguments[key] = given[key]
            elif default is None:
                raise _ItemError(
                    item, f"argument {quote(key)} of block {quote(block.name)} is missing"
                )
            else:
                arguments[key] = _value(default, scope)
            scope[key] = arguments[key]
        return arguments

    def paste(self, part: _Fragment, inner: str, inputs: Flow, info: GroupInfo) -> Flow:
        """Copy a block's fragment to here, under its prefix."""
        fragment = self.fragment
        nodes = fragment.nodes
        start = len(nodes)
        for name, op, refs, shape, place in part.nodes:
            nodes.append(_Draft(inner + name, op, _moved(refs, start, inputs), shape, place))
        if inner:
            path = inner[:-1]
            fragment.groups.append((path, info))
            fragment.uses[path] = (part, start, inputs)
        fragment.groups += [(inner + path, group) for path, group in part.groups]
        fragment.auxiliary += [
            (start + ref if ref >= 0 else inputs[-1 - ref], weight)
            for ref, weight in part.auxiliary
        ]
        return _moved(part.flow, start, inputs)

    def branches(self, item: Item, body: Branches, node: str, inner: str, flow: Flow) -> Flow:
        ends: Flow = ()
        for key, items in body.branches.items():
            end = self.items(items, flow, f"{inner}{key}.")
            self.fragment.flows[inner + key] = end
            ends += end
        if body.join is None:
            return ends
        name = inner + (body.join.name if item.name else node)
        return self.node(item, create(body.join, {}), name, ends)


# --- the finished graph ---------------------------------------------------------------------------


def _graph(fragment: _Fragment, input: Shape) -> Graph:
    names = [draft.name for draft in fragment.nodes]

    def name(ref: Ref) -> str:
        return names[ref] if ref >= 0 else INPUT

    nodes = tuple(
        Node(draft.name, draft.op, tuple(map(name, draft.inputs)), draft.shape, draft.place)
        for draft in fragment.nodes
    )
    outputs = tuple(map(name, fragment.flow))
    auxiliary = {name(ref): weight for ref, weight in fragment.auxiliary}
    for problem in _graph_problems(nodes, {*outputs, *auxiliary}):
        raise problem
    return Graph(input, nodes, outputs, auxiliary, dict(fragment.groups))


def _graph_problems(nodes: tuple[Node, ...], ends: set[str]) -> Iterator[Exception]:
    if not nodes:
        yield ExpressionError("the network has no layers")
    taken: set[str] = set()
    used = set(ends)
    for node in nodes:
        if node.name in taken:
            yield _at(node, f"two nodes are named {quote(node.name)}", "give one a name")
        taken.add(node.name)
        used.update(node.inputs)
    groups: set[str] = set()
    for node in nodes:
        group = node.name.rpartition(".")[0]
        while group and group not in groups:
            groups.add(group)
            group = group.rpartition(".")[0]
    for node in nodes:
        if node.name in groups:
            yield _at(node, f"a group is named {quote(node.name)} too", "give one another name")
        if node.name not in used:
            yield _at(node, "its result is never used")


def _at(node: Node, problem: str, hint: str = "") -> _ItemError:
    label = f"({node.op.name})"
    item = Item(node.place, label, "", "", Group(()))
    return _ItemError(item, problem, hint, node=node.name)


__all__ = ["ArchcalcError", "Fraction", "expand"]
