"""One network expanded: each use of a block with the same arguments and input shapes once, of all
networks of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from archcalc.expressions.expression import ExpressionError, Scope
from archcalc.language.budget import Budget
from archcalc.language.fragment import Flow, Fragment, Held, Meaning, Meanings
from archcalc.language.layout import Layout
from archcalc.language.model import Block, Item
from archcalc.language.repeats import copies_read
from archcalc.language.resolver import ItemScope
from archcalc.shape import Shape

ITEMS_A_BLOCK = 3
"""How many items it takes as long as to begin with a block for other arguments and shapes."""


class Expansion:
    """A network being expanded: the values of its arguments; the blocks made so far.

    `seen_in_blocks` are the arguments that blocks use beside their own.
    """

    def __init__(self, scope: Scope, seen_in_blocks: Iterable[str], budget: Budget, *, train: bool):
        self.scope, self.budget, self.train = scope, budget, train
        seen = (train, *[scope[name] for name in seen_in_blocks])
        self.kept = budget.fragments.setdefault(seen, {})
        self.items: tuple[Item, ...] = ()
        self.outputs: Iterable[str] = ()

    def network(
        self, items: tuple[Item, ...], inputs: Mapping[str, Shape], outputs: Iterable[str] = ()
    ) -> Fragment:
        """The expansion of a network's own items; `outputs` are the items that are outputs."""
        self.items, self.outputs = items, outputs
        fragment = self._laid_out(items, inputs, {}, depth=0)
        if not fragment.size:
            raise ExpressionError("the network has no layers")
        return fragment

    def block(
        self, block: Block, arguments: dict[str, Any], shapes: tuple[Shape, ...], depth: int
    ) -> Fragment:
        """The expansion of a block, made once for the same arguments and input shapes."""
        key = (block, tuple(arguments.values()), shapes, *map(type, shapes))
        fragment = self.kept.get(key)
        if fragment is None:
            self.budget.charge(ITEMS_A_BLOCK)
            inputs = dict(zip(block.inputs, shapes, strict=True))
            fragment = self.kept[key] = self._laid_out(block.items, inputs, arguments, depth)
        else:
            self.budget.charge(fragment.work + fragment.long_names())
        return fragment

    @cached_property
    def copies_read(self) -> frozenset[str]:
        """The items of which single copies are read."""
        blocks = (block for block in self.scope.values() if isinstance(block, Block))
        return copies_read(self.items, blocks, self.outputs)

    def _laid_out(
        self,
        items: tuple[Item, ...],
        inputs: Mapping[str, Shape],
        arguments: dict[str, Any],
        depth: int,
    ) -> Fragment:
        names = Meanings()
        for i, (name, shape) in enumerate(inputs.items()):
            names.here[name] = Meaning(Flow((-1 - i,), (shape,)))
        held = {value.at: value for value in arguments.values() if isinstance(value, Held)}
        fragment = Fragment(names, tuple(inputs), held)
        scope = ItemScope(arguments, self.scope)
        layout = Layout(
            fragment,
            scope,
            self.budget,
            self.block,
            depth=depth,
            train=self.train,
            copies_read=lambda: self.copies_read,
        )
        first = next(iter(names.here.values())).flow
        fragment.flow = layout.items(items, first, "", names)
        fragment.height = layout.deepest - depth
        return fragment
