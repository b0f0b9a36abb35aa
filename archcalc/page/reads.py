"""What the expressions of a spec read, and the shapes of its layers at another input: what none
of them reads changes none of its layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from archcalc.expressions.expression import Expression
from archcalc.graph import Graph
from archcalc.language.model import Argument, BlockUse, Item, OpUse, Spec
from archcalc.language.repeats import expressions, items_within
from archcalc.ops.op import Op, OpError
from archcalc.shape import Shape


class UsedItems:
    """The items of a network from one on, with those of the blocks that they use."""

    def __init__(self, spec: Spec, start: int = 0):
        self.items: list[Item] = []
        self.arguments: list[Argument] = []
        """Those of the blocks."""
        used: set[str] = set()
        lists = [spec.items[start:]]
        for items in lists:
            for item in items_within(items):
                self.items.append(item)
                for name in _blocks_of(item, spec):
                    if name not in used:
                        used.add(name)
                        lists.append(spec.blocks[name].items)
                        self.arguments += spec.blocks[name].arguments.values()

    @property
    def depends_on_layers(self) -> bool:
        """Whether some padding is a word, which comes to what its map needs, or some layer takes
        the parameters or indices of another, whose sizes must agree."""
        return any(map(_depends_on_a_layer, self.items))

    @property
    def expressions(self) -> Iterator[Expression]:
        """All that they consist of."""
        yield from chain.from_iterable(map(expressions, self.items))
        yield from _expressions(chain.from_iterable(map(_values, self.arguments)))

    @property
    def axes(self) -> frozenset[str]:
        """The axes of layers' outputs whose size some expression reads."""
        found = list(self.expressions)
        sizes = {size.axis for expression in found for size in expression.sizes}
        has_channels = any("in_channels" in expression.names for expression in found)
        return frozenset(sizes | ({"channels"} if has_channels else set()))


def fields_that_are(spec: Spec, name: str) -> dict[str, str] | None:
    """The fields of ops that are an argument, by the places of their items; None where anything
    else reads it."""
    reads = UsedItems(spec)
    found = [
        (item.place, field)
        for item in reads.items
        if isinstance(item.body, OpUse)
        for field, value in item.body.values.items()
        if isinstance(value, Expression) and value.text == name
    ]
    readers = sum(name in each.names for each in (*reads.expressions, *_settings(spec)))
    return dict(found) if readers == len(dict(found)) else None


def first_item(spec: Spec, places: Iterable[str]) -> int:
    """The number of the first item of a network that is, or has inside it, one of some places."""
    wanted = set(places)
    return next(
        (
            number
            for number, item in enumerate(spec.items)
            if any(each.place in wanted for each in items_within([item]))
        ),
        0,
    )


def _blocks_of(item: Item, spec: Spec) -> Iterable[str]:
    """The blocks that an item can use: an argument can hold any."""
    if not isinstance(item.body, BlockUse):
        return ()
    return [item.body.block] if item.body.block in spec.blocks else spec.blocks


def _depends_on_a_layer(item: Item) -> bool:
    match item.body:
        case OpUse(values=given, layers=layers, words=words):
            paddings = (given.get("padding"), item.first.get("padding"))
            return bool(layers) or any(padding in words for padding in paddings)
        case BlockUse(weights=weights):
            return bool(weights)
    return False


def _settings(spec: Spec) -> Iterator[Expression]:
    """The values of a network's arguments, and sizes of its input, that are expressions."""
    values = [*chain.from_iterable(map(_values, spec.arguments.values()))]
    for preset in spec.presets.values():
        values += preset.settings.values()
        inputs = preset.input.values() if isinstance(preset.input, Mapping) else [preset.input]
        values += chain.from_iterable(inputs)
    return _expressions(values)


def _expressions(values: Iterable[object]) -> Iterator[Expression]:
    return (value for value in values if isinstance(value, Expression))


def _values(argument: Argument) -> list[object]:
    return [argument.default, *argument.values]


def shapes_with(
    graph: Graph, input: Shape, changed: Mapping[str, Op] | None = None
) -> Sequence[Shape] | None:
    """The shape of a graph's input and those of its nodes, at another input or with some ops set
    otherwise; None where one does not fit."""
    changed = changed or {}
    (name,) = graph.inputs
    shapes = {name: input}
    known: dict[tuple[int, ...], Shape] = {}
    """By the identities of ops and of their inputs' shapes, which copies of a block share."""
    different: dict[tuple[type[Shape], Shape], Shape] = {}
    is_as_it_was = input == graph.input
    for name, op, inputs, _, y, _ in graph.nodes:
        is_as_it_was = is_as_it_was and name not in changed
        if is_as_it_was:
            shapes[name] = y
            continue
        op = changed.get(name, op)
        xs = [shapes[source] for source in inputs]
        key = (id(op), *map(id, xs))
        found = known.get(key)
        if found is None:
            try:
                op.check(*xs)
            except OpError:
                return None
            y = op.output(*xs)
            found = known[key] = different.setdefault((type(y), y), y)
        shapes[name] = found
    return list(shapes.values())
