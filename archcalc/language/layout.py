"""The items of a block, or of a network, laid out: expressions get values, items their inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from archcalc.arithmetic import alike, for_each_copy, is_whole, pinned, plain
from archcalc.expressions.expression import ExpressionError
from archcalc.language.budget import Budget
from archcalc.language.fragment import Flow, Fragment, Mark, Meaning, Meanings, join_flows
from archcalc.language.item_uses import ExpandBlock, Uses
from archcalc.language.model import BlockUse, Branches, Group, Item, ItemError, OpUse
from archcalc.language.nodes import Nodes
from archcalc.language.repeats import (
    are_alike,
    are_alike_once_two_are,
    flow_after,
    least_items,
    results_read,
    size_steps,
    why_closed,
)
from archcalc.language.resolver import ItemScope, Resolver, shown
from archcalc.ops.registry import create

ITEMS_A_LIST = 2
"""How many items a copy of a list takes as long as, beside those in it."""
_DEEPEST = 64
"""The most lists within lists, through blocks too."""


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
        self.train, self.copies_read = train, copies_read
        self.depth = self.deepest = depth
        """How many lists the items are in, and the most that any were."""
        self.least: dict[Item, int] = {}
        """How many items each of the items comes to at least, as far as anyone has asked."""
        self.nodes = Nodes(fragment, budget)
        self.resolver = Resolver(fragment, scope, budget)
        self.uses = Uses(self.nodes, self.resolver, expand_block)

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
        a_copy = ITEMS_A_LIST if isinstance(item.body, Group | Branches) else 1
        if count:
            inside = least_items(item.inside, self.scope, self.least)
            self.budget.expect(count * (a_copy + inside))
        self.budget.charge(count * a_copy)
        return list(self._copies(item, count, prefix, names, history))

    def _copies(
        self, item: Item, count: int, prefix: str, names: Meanings, history: list[Flow]
    ) -> Iterator[Meaning]:
        """The copies of an item, one by one; the reader may stop before the last."""
        outer_index, entries = self.scope.get("index"), self.fragment.entries
        can_be_like = count > 2 and are_alike_once_two_are(item)
        try:
            for index in range(count):
                self.scope["index"], before = index, self.budget.items
                node = f"{item.name}.{index}"
                copy = self._copy(item, node, prefix, names, history, is_first=not index)
                history.append(copy.flow)
                yield copy
                if can_be_like and index and entries[-1][1] is entries[-2][1]:
                    others, charge = range(index + 1, count), self.budget.items - before
                    yield from self._like_the_last(item, others, prefix, history, charge)
                    break
        finally:
            self.scope["index"] = outer_index

    def _like_the_last(
        self, item: Item, numbers: range, prefix: str, history: list[Flow], charge: int
    ) -> Iterator[Meaning]:
        """Further copies of an item that are the layer, or the use of a block, that the last is."""
        last = self.fragment.entries[-1]
        taken = None if item.inputs is None else self.fragment.taken_by(last)
        start = f"{prefix}{item.name}."
        for index in numbers:
            self.budget.charge(charge)
            copy = self.fragment.add_like(last, f"{start}{index}", taken or history[-1])
            history.append(copy.flow)
            yield copy

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
        entries, marks = self.fragment.entries, [self.fragment.mark()]
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
            marks.append(self.fragment.mark())
            if not why and like_it is None and len(laid_out) == min(2, plain(count)):
                growing = self._growing(item, count, marks, prefix, names, history)
                if growing:
                    return growing
        if not why:
            is_short = len(laid_out) < read + 2
            why = "too few of which are there to tell" if is_short else "each of another shape"
        pinned(count, f"the number of copies of {item.label}, {why}")
        return laid_out

    def _growing(
        self,
        item: Item,
        count: Any,
        marks: list[Mark],
        prefix: str,
        names: Meanings,
        history: list[Flow],
    ) -> list[Meaning]:
        """In place of the copies behind some of the marks, one that stands for each, where each
        gives a tensor that is larger than what it takes by as much as the others; else none."""
        flows = history[-len(marks) :]
        steps = [size_steps(taken, given) for taken, given in pairwise(flows)]
        has_other_first = bool(item.first) or item.first_inputs is not None
        by = steps[-1]
        if by is None or item.inputs is not None:
            return []
        is_first_like = steps[0] is not None and all(map(alike, steps[0], by))
        number = 1 if has_other_first or not is_first_like else 0
        each = for_each_copy(count - number) if number < len(steps) else None
        if each is None:
            return []
        taken, (index, copies) = flows[number], each
        first = [Meaning(flow) for flow in flows[1 : 1 + number]]
        self.fragment.cut(marks[number])
        start = len(self.fragment.entries)
        history[number - len(steps) :] = [flow_after(taken, by, index)]
        copy = self._copy(item, f"{item.name}.{number}", prefix, names, history)
        if not are_alike([copy.flow], [flow_after(taken, by, index + 1)]):
            pinned(index, "by how much each copy is larger")
        if count >= number:
            self.fragment.repeat(range(start, len(self.fragment.entries)), copies)
        history[-1] = flow_after(taken._replace(at=copy.flow.at), by, count - number)
        return [*first, Meaning(history[-1])]

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
                return Meaning(self.uses.op(item, use, prefix + node, flow, names, first))
            case BlockUse() as use:
                meaning = self.uses.block(item, use, prefix, node, flow, names, first, self.depth)
                if meaning.use is not None:
                    depth = self.depth + meaning.use.part.height
                    self._check_depth(item, depth)
                    self.deepest = max(self.deepest, depth)
                return meaning
            case Branches() as body:
                return self._branches(item, body, prefix, node, flow, names)
            case Group(items):
                inside = Meanings(names) if item.name else names
                inner = f"{prefix}{node}." if item.name else prefix
                return Meaning(self.items(items, flow, inner, inside), inside)

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
        flow = join_flows(ends)
        self.budget.charge_join(len(flow.at))
        joined = self.nodes.add(item, lambda: create(op, {}), (), inner + name, flow)
        inside.here[name] = Meaning(joined)
        return Meaning(joined, inside)
