"""A module from what a spelling names: one that is there, a class of one, or a function that gives
one."""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.importer.own_code import own_code, said_of
from archcalc.importer.whole_calls import MOST_KNOWN
from archcalc.names.variants import Variant


def made_module(made: Any, model: Variant, real: bool) -> tuple[Any, Any]:
    """A module, and its inputs where those come with it.

    Args:
        made: what a spelling names: a module, a class of one, or a function that gives one.
        model: how it is spelled, with the arguments that it is given.
        real: whether its numbers matter: they are the same ones each time.

    Raises:
        ArchcalcError: it is no such, takes other arguments, or raises anything.
    """
    said = quote(model.model, "")
    if isinstance(made, torch.nn.Module):
        for name in model.settings:
            raise ArchcalcError(f"{said} is a module already, without an argument {quote(name)}")
    else:
        check_maker(made, said)
        made = _called(made, model, real)
    inputs = None
    if isinstance(made, tuple) and len(made) == 2:
        made, inputs = made
    if not isinstance(made, torch.nn.Module):
        raise ArchcalcError(f"{said}: gives {type(made).__name__}, not a torch module")
    return made, inputs


def check_maker(made: Any, said: str) -> None:
    """Refuse what is neither a module nor makes one."""
    if not callable(made):  # a module is
        kinds = "a module, a class of one, or a function that gives one"
        raise ArchcalcError(f"{said}: is {type(made).__name__}, not {kinds}")


def _called(maker: Any, model: Variant, real: bool) -> Any:
    """What a class or a function makes: without weights where it can be, else as it is; with
    numbers that are the same ones each time where they matter."""
    _check_arguments(maker, model)
    given = {name: _python_value(value) for name, value in model.settings.items()}
    if real:
        torch.manual_seed(0)
    ways = [nullcontext()] if real else [_WeightsOnMeta(), torch.device("meta"), nullcontext()]
    for way in ways:
        try:
            with way, own_code():
                return maker(**given)
        except ArchcalcError:
            raise
        except Exception as error:
            failed = error
    raise ArchcalcError(f"{quote(model.model, '')}: {said_of(failed)}") from failed


_FILLED = {torch.empty, torch.full, torch.ones, torch.rand, torch.randn, torch.zeros}
"""What makes the tensors that weights are."""


class _WeightsOnMeta(TorchFunctionMode):  # type: ignore[misc]
    """Makes floats that are filled or drawn without memory. Others, such as positions and sizes,
    have the numbers that a forward may ask for."""

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if function in _FILLED and kwargs.get("device") is None:
            made = function(*args, **{**kwargs, "device": "meta"})
            if made.is_floating_point() or made.numel() > MOST_KNOWN:
                return made
        return function(*args, **kwargs)


class Taken(NamedTuple):
    """What a class or a function is given."""

    named: Mapping[str, inspect.Parameter]
    """Its arguments, by name."""
    takes_any: bool
    """Whether it takes others too, as `**kwargs` does."""

    def check_names(self, model: Variant) -> None:
        """Refuse settings of arguments that it does not have."""
        for name in model.settings:
            if name not in self.named and not self.takes_any:
                hint = did_you_mean(name, self.named) or f"it has {', '.join(self.named) or 'none'}"
                said = quote(model.model, "")
                raise ArchcalcError(f"{said} has no argument {quote(name)}; {hint}")


def taken_by(maker: Any) -> Taken:
    """What a class or a function is given: of one that is not written in Python, anything; of a
    module that is there already, nothing."""
    if isinstance(maker, torch.nn.Module):
        return Taken({}, False)
    try:
        takes = inspect.signature(maker).parameters.values()
    except (TypeError, ValueError):
        return Taken({}, True)
    others = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return Taken(
        {one.name: one for one in takes if one.kind not in others},
        any(one.kind is one.VAR_KEYWORD for one in takes),
    )


def _check_arguments(maker: Any, model: Variant) -> None:
    """Refuse an argument that a class or a function has not, and what it needs and is not given."""
    taken, given = taken_by(maker), model.settings
    taken.check_names(model)
    needed = [
        key for key, one in taken.named.items() if one.default is one.empty and key not in given
    ]
    if needed:
        said = quote(model.model, "")
        example = Variant(said, {**given, **dict.fromkeys(needed, "VALUE")})
        how = f"{example}, or name a function of your own that builds it"
        raise ArchcalcError(f"{said} needs {', '.join(needed)}: {how}")


def _python_value(value: Any) -> Any:
    """What a setting is in Python: a text is a literal of it, `true` or `false`, or the text.

    >>> [_python_value(text) for text in ("64", "[3, 4]", "0.5", "true", "None", "resnet18")]
    [64, [3, 4], 0.5, True, None, 'resnet18']
    """
    if not isinstance(value, str):
        return value
    if value in ("true", "false"):
        return value == "true"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python says of `1or`, which is a text
            return ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return value
