"""Where an item stands: the arguments that its expressions see, the names it can refer to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import chain


class KnownNames:
    """What `inputs` can refer to at one point of a list, and in the lists around it."""

    def __init__(self, inputs: Iterable[str] = (), around: KnownNames | None = None):
        self.here: dict[str, KnownNames | None] = dict.fromkeys(inputs)
        """None where the names inside are known only when it is expanded: blocks, repetitions."""
        self.later: set[str] = set()
        """Names of the items that come after the one that is being read."""
        self.around = around

    def lists(self) -> Iterator[KnownNames]:
        """This list and those around it, from the inside out."""
        level: KnownNames | None = self
        while level is not None:
            yield level
            level = level.around

    def knows(self, path: str) -> bool:
        """Whether a dotted path names something earlier, here or around."""
        parts = path.split(".")
        names: KnownNames | None = self
        while names is not None:
            if parts[0] in names.here and names._has(parts):
                return True
            names = names.around
        return False

    def _has(self, parts: list[str]) -> bool:
        names: KnownNames | None = self
        for part in parts:
            if names is None:
                return True
            if part not in names.here:
                return False
            names = names.here[part]
        return True

    def comes_later(self, path: str) -> bool:
        """Whether a dotted path names something that is still to come."""
        return any(path.partition(".")[0] in names.later for names in self.lists())

    def all(self) -> Iterator[str]:
        """Every name that can be referred to from here, the nearest first."""
        return (name for names in self.lists() for name in names.here)


class Context:
    """What the expressions and references of a list can name."""

    def __init__(self, *arguments: Collection[str], names: KnownNames | None = None):
        self.arguments = arguments
        """The names of arguments, in one or more collections, which may still grow."""
        self.names = names or KnownNames()

    def sees(self, name: str) -> bool:
        """Whether it is the name of an argument here."""
        return any(name in some for some in self.arguments)

    def seen(self) -> Iterator[str]:
        """The names of all arguments here, the nearest first."""
        return chain.from_iterable(reversed(self.arguments))

    @cached_property
    def with_channels(self) -> Context:
        """What expressions see once the item's input is known."""
        return Context(*self.arguments, ("in_channels",), names=self.names)

    def repeated(self) -> Context:
        """The context of an item that repeats: its expressions see the copy's number."""
        return Context(*self.arguments, ("index",), names=self.names)

    def inside(self) -> Context:
        """The context of a list within an item."""
        return Context(*self.arguments, names=KnownNames(around=self.names))
