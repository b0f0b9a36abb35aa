"""Repeats whose copies are alike: which are, and whether their number can stay open.

A block is a pure function of its arguments and of its inputs' shapes. Once a copy gives what it
takes, all later copies are like it, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from archcalc.arithmetic import Number, alike, plain
from archcalc.expressions.expression import Expression, Scope
from archcalc.language.fragment import Flow
from archcalc.language.model import Back, Block, BlockUse, Item, LayerName, OpUse


def items_within(items: Iterable[Item]) -> Iterator[Item]:
    """Items, and those written inside them."""
    for item in items:
        yield item
        yield from items_within(item.inside)


def expressions(item: Item) -> Iterator[Expression]:
    """The expressions of an item's own keys."""
    values: list[object] = [item.when, item.repeat, *item.first.values()]
    match item.body:
        case OpUse(values=given) | BlockUse(arguments=given):
            values += given.values()
    values += (
        i.steps for i in (*(item.inputs or ()), *(item.first_inputs or ())) if type(i) is Back
    )
    return (value for value in values if isinstance(value, Expression))


def copies_read(
    items: Iterable[Item], blocks: Iterable[Block], outputs: Iterable[str]
) -> frozenset[str]:
    """The items of which something reads a single copy, or all copies: `unit.2`, `unit.*`."""
    paths = list(outputs)
    for listed in (items, *(block.items for block in blocks)):
        for item in items_within(listed):
            paths += _paths(item)
    return frozenset(
        name
        for path in paths
        for name, copy in pairwise(path.split("."))
        if copy == "*" or copy.isdecimal()
    )


def _paths(item: Item) -> Iterator[str]:
    """The names of earlier items that an item reads."""
    for reference in (*(item.inputs or ()), *(item.first_inputs or ())):
        if isinstance(reference, str):
            yield reference
    match item.body:
        case OpUse(layers=layers):
            yield from layers.values()
        case BlockUse(arguments=given, weights=weights):
            yield weights
            yield from (value.path for value in given.values() if isinstance(value, LayerName))
    for expression in expressions(item):
        yield from (size.item for size in expression.sizes)


def why_closed(item: Item) -> str:
    """Why the copies of an item are not alike whatever they take; nothing if they are."""
    for inner in items_within([item]):
        if any("index" in expression.names for expression in expressions(inner)):
            return "each of which reads its number"
    references = item.inputs or ()
    steps = [reference.steps for reference in references if isinstance(reference, Back)]
    if any(isinstance(step, Expression) for step in steps):
        return "which read earlier results by an expression"
    if references and not steps:
        return "which stand side by side"
    return ""


def are_alike_once_two_are(item: Item) -> bool:
    """Whether all copies of an item are like two that are: an op or a block, whose fields or
    arguments do not read the copy's number, of the last result or of inputs that all share."""
    match item.body:
        case OpUse(layers=layers):
            if layers.keys() - {"weights"}:
                return False
        case BlockUse(arguments=given):
            if any(isinstance(value, LayerName) for value in given.values()):
                return False
        case _:
            return False
    if any("index" in expression.names for expression in expressions(item)):
        return False
    return not any(isinstance(reference, Back) for reference in item.inputs or ())


def results_read(item: Item) -> int:
    """How many of the last results a copy takes."""
    steps = [-i.steps for i in item.inputs or () if isinstance(i, Back)]
    return max(steps, default=1)


def are_alike(a: list[Flow], b: list[Flow]) -> bool:
    """Whether flows have the same shapes, whatever is open in them."""
    shapes = [[shape for flow in flows for shape in flow.shapes] for flows in (a, b)]
    return list(map(len, shapes[0])) == list(map(len, shapes[1])) and all(
        alike(x, y)
        for one, other in zip(*shapes, strict=True)
        for x, y in zip(one, other, strict=True)
    )


def size_steps(first: Flow, second: Flow) -> tuple[Number, ...] | None:
    """By how much each size of a copy's result is larger than that of the copy before, whose result
    it takes; None where that is not one tensor of as many axes."""
    shapes = first.shapes + second.shapes
    if len(first.at) != 1 or len(second.at) != 1 or len({(type(s), len(s)) for s in shapes}) > 1:
        return None
    return tuple([larger - size for size, larger in zip(*shapes, strict=True)])


def flow_after(flow: Flow, by: tuple[Number, ...], copies: Number) -> Flow:
    """The result of a copy so many copies later, of which each is larger by so much."""
    (shape,) = flow.shapes
    sizes = [size + step * copies for size, step in zip(shape, by, strict=True)]
    return Flow(flow.at, (type(shape)(*sizes),))


def least_items(items: Iterable[Item], scope: Scope, kept: dict[Item, int]) -> int:
    """How many items a list comes to at least; to refuse repeats in repeats at once.

    What each item comes to is `kept`, since each repeat around it asks.
    """
    return sum(1 + _least_copies(item, scope, kept) for item in items)


def _least_copies(item: Item, scope: Scope, kept: dict[Item, int]) -> int:
    found = kept.get(item)
    if found is None:
        copies = _copies_at_least(item, scope)
        if copies:
            a_copy = least_items(item.inside, scope, kept)
            copies *= a_copy if item.repeat is None else 1 + a_copy
        found = kept[item] = copies
    return found


def _copies_at_least(item: Item, scope: Scope) -> int:
    """How many copies of an item there are as far as that is known; one that does not repeat has
    one, unless it may be absent."""
    copies = 1 if item.repeat is None else item.repeat
    if item.when is not None or item.auxiliary is not None:
        return 0
    if isinstance(copies, Expression):
        is_known = not (copies.names & {"in_channels", "index"} or copies.sizes)
        copies = plain(copies.evaluate(scope)) if is_known else 0
    return copies if isinstance(copies, int) else 0
