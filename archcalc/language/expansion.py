"""One network expanded: each use of a block with the same arguments and input shapes once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from archcalc.expression import ExpressionError, Scope
from archcalc.graph import INPUT
from archcalc.language.budget import Budget
from archcalc.language.fragment import Flow, Fragment, Meaning, Meanings
from archcalc.language.layout import ItemScope, Layout
from archcalc.language.model import Block, Item
from archcalc.language.repeats import copies_read
from archcalc.shape import Shape


class Expansion:
    """A network being expanded: the values of its arguments, and the blocks expanded so far."""

    def __init__(self, scope: Scope, budget: Budget, *, train: bool):
        self.scope, self.budget, self.train = scope, budget, train
        self.kept: dict[Any, Fragment] = {}
        self.items: tuple[Item, ...] = ()

    def network(self, items: tuple[Item, ...], input: Shape) -> Fragment:
        """The expansion of a network's own items."""
        self.items = items
        fragment = self._laid_out(items, {INPUT: input}, {}, depth=0)
        if not fragment.size:
            raise ExpressionError("the network has no layers")
        return fragment

    def block(
        self, block: Block, arguments: dict[str, Any], shapes: tuple[Shape, ...], depth: int
    ) -> Fragment:
        """The expansion of a block, made once for the same arguments and input shapes."""
        key = (block, tuple(arguments.values()), shapes)
        fragment = self.kept.get(key)
        if fragment is None:
            inputs = dict(zip(block.inputs, shapes, strict=True))
            fragment = self.kept[key] = self._laid_out(block.items, inputs, arguments, depth)
        else:
            self.budget.charge(fragment.work)
        return fragment

    @cached_property
    def copies_read(self) -> frozenset[str]:
        """The items of which single copies are read."""
        blocks = (block for block in self.scope.values() if isinstance(block, Block))
        return copies_read(self.items, blocks)

    def _laid_out(
        self,
        items: tuple[Item, ...],
        inputs: dict[str, Shape],
        arguments: dict[str, Any],
        depth: int,
    ) -> Fragment:
        flow = Flow(tuple(range(-1, -1 - len(inputs), -1)), tuple(inputs.values()))
        names = Meanings()
        for name, at, shape in zip(inputs, *flow, strict=True):
            names.here[name] = Meaning(Flow((at,), (shape,)))
        fragment = Fragment(flow, names)
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
        first = Flow(flow.at[:1], flow.shapes[:1])
        fragment.flow = layout.items(items, first, "", names)
        fragment.height = layout.deepest - depth
        return fragment
