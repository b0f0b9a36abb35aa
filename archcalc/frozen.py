"""Tables that are handed out, and cannot be changed there."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

Key = TypeVar("Key")
Entry = TypeVar("Entry")


class Frozen(dict[Key, Entry]):
    """A dict that cannot be changed: what changed it would change every later answer.

    >>> Frozen(depth=20)["depth"]
    20
    """

    def _refuse(self, *values: Any, **entries: Any) -> NoReturn:
        raise TypeError("this table cannot be changed; dict(...) is a copy that can")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)
