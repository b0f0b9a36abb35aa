"""What the networks of one file may come to: a bound on the work, known before it is done."""

from __future__ import annotations

from archcalc.language.model import Item, ItemError

MOST_ITEMS = 250_000
"""The most items in all networks of a file, absent items and every repetition included."""
DEEPEST = 64
"""The most lists within lists, through blocks too."""


class Budget:
    """The items that the networks of a file have come to so far.

    Work that takes as long as several items counts as so many.
    """

    def __init__(self) -> None:
        self.items = 0
        self.depth = 0

    def charge(self, item: Item, more: int = 1) -> None:
        """Count items against the bound."""
        self.items += more
        if self.items > MOST_ITEMS:
            self.items -= more
            self.refuse(item)

    def expect(self, item: Item, more: int) -> None:
        """Refuse what would be over the bound before it is made."""
        if self.items + more > MOST_ITEMS:
            self.refuse(item)

    def check_depth(self, item: Item) -> None:
        """Refuse lists and blocks that are too deep within each other."""
        if self.depth > DEEPEST:
            raise ItemError(item, f"lists and blocks are more than {DEEPEST} deep")

    def refuse(self, item: Item) -> None:
        """Say that the bound is reached."""
        raise ItemError(item, f"the file comes to more than {MOST_ITEMS:,} items")
