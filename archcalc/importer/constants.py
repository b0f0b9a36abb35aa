"""The numbers of what a forward makes of constants alone, computed where they are asked for.

`if mask.all()` of a mask that a forward makes of sizes is no question about its input: the numbers
are the same for every one.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

from archcalc.importer.heard import DATA, Heard
from archcalc.importer.operators import signature_of
from archcalc.importer.whole_calls import MOST_KNOWN


def known_numbers(heard: Heard) -> Any:
    """A tensor with its numbers; None of what is computed of inputs or parameters, is drawn at
    random, or has many."""
    if heard.numbers is None and heard.kind < DATA and prod(heard.shape) <= MOST_KNOWN:
        heard.numbers = _made(heard)
    return heard.numbers


def _made(heard: Heard) -> Any:
    call = heard.call
    if call is None or call.is_implied or call.word.startswith(("empty", "new_empty")):
        return None
    if torch.Tag.nondeterministic_seeded in call.function.tags:
        return None
    known = {id(read): known_numbers(read) for read in call.reads}
    if any(numbers is None for numbers in known.values()):
        return None
    given = dict(call.given)
    if "device" in given:
        given["device"] = torch.device("cpu")
    is_written = bool(signature_of(call.function).written)

    def numbers(value: Heard) -> Any:
        found = known[id(value)]
        return found.clone() if is_written else found

    out = computed(call.function, (), given, numbers)
    return out[call.makes.index(heard)] if isinstance(out, list | tuple) else out


def computed(function: Any, args: Any, kwargs: Any, numbers: Callable[[Any], Any]) -> Any:
    """What an operator gives of tensors with numbers.

    Args:
        function: the operator.
        args: its arguments.
        kwargs: those by name.
        numbers: the tensor for what stands for one in the arguments.
    """

    def known(value: Any) -> Any:
        if isinstance(value, Heard | torch.Tensor):
            return numbers(value)
        return [known(inner) for inner in value] if isinstance(value, list | tuple) else value

    with _disable_current_modes():
        by_name = {name: known(value) for name, value in kwargs.items()}
        return function(*map(known, args), **by_name)
