"""How a forward spells its calls: by which of torch's names it reaches an operator.

Tools that count by calls put functions of their own in the place of torch's `F.relu` or
`Tensor.matmul`, and so hear what is looked up by that name while a forward runs: not a function
that was imported or kept before. The same is done here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

import torch

from archcalc.importer.heard import SpelledCall
from archcalc.importer.listening import Listener
from archcalc.importer.whole_calls import tensors_of
from archcalc.ops.in_torch import OF_SIZES

_PLACES = {"F": torch.nn.functional, "torch": torch, "Tensor": torch.Tensor}
_SYMBOLS = {
    "+": ("__add__", "__radd__"),
    "-": ("__sub__", "__rsub__"),
    "*": ("__mul__", "__rmul__"),
    "/": ("__truediv__", "__rtruediv__"),
    "@": ("__matmul__",),
}
"""The methods that operators of Python call."""


@contextmanager
def spelling_heard(names: Collection[str], listener: Listener) -> Iterator[list[SpelledCall]]:
    """Hears calls by some names while a forward runs: gives the list of all, as it grows.

    Products of sizes that tensors are asked for are among them, as OF_SIZES.

    Args:
        names: such as `F.relu`, `torch.add`, `Tensor.matmul`, `@`; others are never heard.
        listener: what hears the operators; while one runs, its parts are called by nobody.
    """
    hearing = _Hearing(listener)
    with ExitStack() as changed:
        for owner, attribute, new in hearing.changes(names) if names else ():
            changed.enter_context(patch.object(owner, attribute, new))
        yield hearing.heard


class _Hearing:
    """What is put in the place of torch's functions, and what it has heard."""

    def __init__(self, listener: Listener):
        self.listener = listener
        self.heard: list[SpelledCall] = []
        self._thread = threading.get_ident()
        self._shape_of = torch.Tensor.shape.__get__

    def changes(self, names: Collection[str]) -> list[tuple[Any, str, Any]]:
        """An object, its attribute, and what is in its place while a forward runs."""
        return [
            *(
                (owner, attribute, self._hears(name, getattr(owner, attribute)))
                for name in names
                for owner, attribute in _places(name)
            ),
            (torch.Tensor, "shape", property(self._gives_sizes(self._shape_of))),
            (torch.Tensor, "size", self._gives_sizes(torch.Tensor.size)),
        ]

    def _is_of_a_forward(self) -> bool:
        """Whether it is the forward that calls, and not torch or another thread."""
        return not self.listener.is_busy and threading.get_ident() == self._thread

    def _hears(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not self._is_of_a_forward():
                return function(*args, **kwargs)
            sizes = [tuple(self._shape_of(x)) for x in tensors_of(args, kwargs)]
            spelled = SpelledCall(name, sizes, is_plain=not kwargs.keys() & {"alpha", "beta"})
            self.heard.append(spelled)
            self.listener.spelled.append(spelled)
            try:
                made = function(*args, **kwargs)
            finally:
                self.listener.spelled.pop()
            if isinstance(made, torch.Tensor):
                spelled.made = tuple(self._shape_of(made))
            return made

        return call

    def _gives_sizes(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that gives sizes which hear that they are multiplied."""
        hearing = self

        class Size(int):
            """A size of a tensor, which hears that it is multiplied."""

            def __mul__(self, other: Any) -> Any:
                made = int.__mul__(self, other)
                if made is NotImplemented or not hearing._is_of_a_forward():
                    return made
                hearing.heard.append(SpelledCall(OF_SIZES, (), is_plain=True))
                return Size(made)

            __rmul__ = __mul__

        def call(*args: Any, **kwargs: Any) -> Any:
            sizes = function(*args, **kwargs)
            if not self._is_of_a_forward():
                return sizes
            return Size(sizes) if isinstance(sizes, int) else torch.Size(map(Size, sizes))

        return call


def _places(name: str) -> Iterator[tuple[Any, str]]:
    """Where a function is found that is called by a name: an object and its attribute."""
    for method in _SYMBOLS.get(name, ()):
        yield torch.Tensor, method
    place, _, attribute = name.partition(".")
    if place in _PLACES and hasattr(_PLACES[place], attribute):
        yield _PLACES[place], attribute
