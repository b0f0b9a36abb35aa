"""What the expressions and references of items come to, where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import pinned, plain
from archcalc.errors import quote
from archcalc.expressions.expression import Expression, ExpressionError, Scope, SizeOf
from archcalc.language.budget import INPUTS_AN_ITEM, Budget, OverBudget
from archcalc.language.fragment import Flow, Fragment, Held, Meaning, Meanings, join_flows
from archcalc.language.model import Back, Block, Inputs, Item, ItemError, LayerName, Value
from archcalc.ops.fields import written
from archcalc.shape import axes_of

PARTS_AN_ITEM = 8
"""How many parts of a dotted path take as long as an item."""


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
        meaning = self.names.find(size.item)
        if meaning is None or not meaning.flow.at:
            raise ExpressionError(f"{size}: no earlier item {quote(size.item)} here")
        flow = meaning.flow
        if len(flow.at) != 1:
            raise ExpressionError(f"{size}: {quote(size.item)} is {len(flow.at)} outputs")
        (shape,) = flow.shapes
        axes = axes_of(shape)
        if size.axis == "channels":
            axes = ("channels",)  # the first size, whatever it is called
        if size.axis not in axes:
            raise ExpressionError(f"{size}: {quote(size.item)} is {shape}, without {size.axis}")
        found: int = shape[axes.index(size.axis)]
        return found


class Resolver:
    """What the expressions and references in one block, or in the network, come to."""

    def __init__(self, fragment: Fragment, scope: ItemScope, budget: Budget):
        self.fragment, self.scope, self.budget = fragment, scope, budget

    def condition(self, item: Item, when: Value) -> bool:
        """Whether an item is there.

        Raises:
            ItemError: its condition comes to no number.
        """
        value = self.budget.evaluate(when, self.scope)
        if not isinstance(plain(value), int | Fraction):
            raise ItemError(item, f'when "{when}" is {shown(value)}; it needs a number')
        return bool(value != 0)

    def values(self, given: Mapping[str, Value]) -> dict[str, Any]:
        """What fields or arguments come to here.

        Raises:
            ExpressionError: one cannot be calculated, or names no layer.
        """
        values: dict[str, Any] = dict(given)
        for key, value in given.items():
            try:
                if type(value) is Expression:
                    values[key] = self.budget.evaluate(value, self.scope)
                elif type(value) is LayerName:
                    values[key] = self.hold(value.path)
            except OverBudget:
                raise
            except ExpressionError as error:
                raise ExpressionError(f"{key}: {error.problem}", error.hint) from None
        return values

    def hold(self, path: str) -> Held:
        """A layer for a block, which can use its parameters.

        Raises:
            ExpressionError: the path means none, or several.
        """
        found = self.scope.names.find(path)
        if found is None or len(found.flow.at) != 1 or found.flow.at[0] < 0:
            raise ExpressionError(f"{quote(path)} is not one layer here")
        (at,) = found.flow.at
        return Held(path, at, self.fragment.layer(at))

    def take(self, item: Item, inputs: Inputs | None, names: Meanings, history: list[Flow]) -> Flow:
        """The item's input; `in_channels` is then its channels, and sizes are of these names."""
        self.scope.names = names
        if inputs is None:
            flow = history[-1]
        else:
            flows, count = [], 0
            for reference in inputs:
                flows.append(self.referred(item, reference, names, history))
                count += len(flows[-1].at)
                self.budget.expect(count // INPUTS_AN_ITEM)
            flow = join_flows(flows)
        if len(flow.at) > 1:
            self.budget.charge_join(len(flow.at))
        self.scope["in_channels"] = flow.shapes[0].channels
        return flow

    def referred(
        self, item: Item, reference: str | Back, names: Meanings, history: list[Flow]
    ) -> Flow:
        """The outputs that one of an item's inputs means.

        Raises:
            ItemError: there is no earlier item of that name, or not as many steps back.
        """
        if isinstance(reference, str):
            return self.named(item, reference, names).flow
        steps = self.budget.evaluate(reference.steps, self.scope)
        steps = pinned(steps, "which earlier result is read")
        if not isinstance(steps, int) or steps >= 0:
            raise ItemError(item, f"inputs {shown(steps)} is no step back; -1 is the last result")
        if steps < -len(history):
            raise ItemError(item, f"inputs {steps} goes back beyond the input of its list")
        return history[steps]

    def named(self, item: Item, path: str, names: Meanings) -> Meaning:
        """The earlier item that a name or a path means.

        Raises:
            ItemError: there is none.
        """
        self.budget.charge(path.count(".") // PARTS_AN_ITEM)
        found = names.find(path)
        if found is None or not found.flow.at:
            raise ItemError(item, f"no earlier item {quote(path)} here")
        return found

    def layer(self, item: Item, path: str, names: Meanings) -> int:
        """The layer whose parameters are used: an earlier one, or one that an argument holds."""
        held = self.scope.get(path)
        if isinstance(held, Held) and names.find(path) is None:
            return held.at
        return self.one(item, path, names)

    def one(self, item: Item, path: str, names: Meanings) -> int:
        """The one layer that a path means.

        Raises:
            ItemError: it means none, or several.
        """
        found = self.named(item, path, names).flow.at
        if len(found) != 1 or found[0] < 0:
            raise ItemError(item, f"{quote(path)} is not one layer here")
        return found[0]


def shown(value: Any) -> str:
    """A value in a message, also where it is a block or an op."""
    return quote(value.name) if isinstance(value, Block) else written(value)
