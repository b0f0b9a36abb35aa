"""What the networks of one file may come to: a bound on the work, known before it is done."""

from __future__ import annotations

from operator import is_
from typing import Any

from archcalc.expressions.expression import Expression, ExpressionError, Scope
from archcalc.language.fragment import Fragment, Layer

MOST_ITEMS = 125_000
"""The most items in all networks of a file, absent items and every repetition included."""
INPUTS_AN_ITEM = 5
"""How many inputs of a join take as long as an item."""
STEPS_AN_ITEM = 8
"""How many steps of expressions take as long as an item."""
VALUES_AN_ITEM = 8
"""How many values, in lists that are kept or compared, take as long as an item."""
LIST_STEPS = 16
"""How many steps one takes where it calculates with a list."""


class OverBudget(ExpressionError):
    """The networks of a file come to more than the bound."""

    def __init__(self) -> None:
        super().__init__(f"the file comes to more than {MOST_ITEMS:,} items")


class Budget:
    """The items that the networks of a file have come to so far.

    Work that takes as long as several items counts as so many. `most` is how many there may be,
    where that is less than in a file.
    """

    def __init__(self, most: int = MOST_ITEMS) -> None:
        self.items = MOST_ITEMS - most
        self.is_spent = False
        """Whether anything was over the bound."""
        self.layers: dict[Any, Layer] = {}
        """The layers that were made, by item, the values of its fields and the shapes of its
        inputs; each is paid for once."""
        self.fragments: dict[Any, dict[Any, Fragment]] = {}
        """The expansions of blocks that were made, by what blocks see of their network."""
        self._last: dict[int, tuple[Expression, list[object], object]] = {}
        """What expressions came to last, and of what: copies often ask for the same again."""

    def afresh(self) -> Budget:
        """As many items again, for another network of the same file."""
        budget = Budget()
        budget.layers, budget.fragments, budget._last = self.layers, self.fragments, self._last
        return budget

    def forget(self) -> None:
        """Make again what was made so far: of another network's open numbers, whose conditions are
        noted as layers are made."""
        self.layers, self.fragments, self._last = {}, {}, {}

    def charge(self, items: int = 1) -> None:
        """Count items against the bound.

        Raises:
            OverBudget: they are too many; they are not counted then.
        """
        if self.items + items > MOST_ITEMS:
            self.expect(items)
        self.items += items

    def expect(self, items: int) -> None:
        """Refuse what would be over the bound before it is made.

        Raises:
            OverBudget: it would be.
        """
        if self.items + items > MOST_ITEMS:
            self.is_spent = True
            raise OverBudget

    def charge_join(self, inputs: int) -> None:
        """Count what it takes to join so many results: as long as an item, and each a part of one.

        Raises:
            OverBudget: that is too much.
        """
        self.charge(1 + inputs // INPUTS_AN_ITEM)

    def evaluate(self, value: object, scope: Scope) -> object:
        """A constant, or what an expression comes to.

        Raises:
            ExpressionError: it comes to nothing; OverBudget.
        """
        if type(value) is not Expression:
            return value
        steps = value.steps
        if steps == 1 and value.names:
            return value.evaluate(scope)  # a name alone
        given = [scope[name] for name in value.names]
        if tuple in [type(one) for one in given]:
            steps *= LIST_STEPS
        self.charge(steps // STEPS_AN_ITEM)
        if value.sizes:
            return value.evaluate(scope)
        last = self._last.get(id(value))
        if last is not None and all(map(is_, last[1], given)):
            return last[2]
        found = value.evaluate(scope)
        self._last[id(value)] = value, given, found
        return found
