"""Modules of a user's own by their spelling: `my_net.py:build`, `package.module:Net[width=64]`.

Code runs by these spellings alone: a colon behind a Python file or behind a dotted name that can be
imported. It runs as it would in Python; no weights are fetched, but it is in no sandbox.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.errors import ArchcalcError, did_you_mean, parameter, quote
from archcalc.extras import require
from archcalc.importer.given_inputs import inputs_asked, of_batch
from archcalc.importer.own_code import own_code, said_of
from archcalc.names.in_code import makers_in
from archcalc.names.spelling import MOST_MAKERS, Spelling, spelling
from archcalc.names.variants import Variant, read_variant
from archcalc.untrusted import untrusted_file

if TYPE_CHECKING:
    from archcalc.parts.conditions import Mode
    from archcalc.parts.part import Network

EXAMPLE_INPUTS = "example_inputs"
"""The function of a user's file that gives what a forward takes."""


class OwnArgument(NamedTuple):
    """An argument of what makes a module of a user's own."""

    name: str
    default: Any
    """As it can be set, or by its name; None where there is none, so that it has to be given."""
    takes: str
    """Its annotation."""


class OwnArguments(NamedTuple):
    """All arguments of what makes a module of a user's own."""

    named: tuple[OwnArgument, ...]
    takes_any: bool
    """Whether it takes others too."""


def load_code(
    model: Variant,
    *,
    name: str = "",
    input: Any,
    batch: int,
    mode: Mode,
    bytes_per_number: int,
    real: bool = False,
) -> Network:
    """The network of a module that is spelled as code.

    Args:
        model: `my_net.py:build` or `package.module:Net`: a module, a class of one, or a function
            that gives a module, or a module and its inputs; with the arguments that it is given.
        name: what the network is called; else as it is spelled.
        input: sizes without the batch, or a text such as `16:int64` or `image=3x224x224,ids=77`;
            None for the inputs that come with the module, or of `example_inputs()` in its file.
        batch: samples, in front of the sizes.
        mode: as `from_torch`.
        bytes_per_number: likewise.
        real: likewise; numbers that nobody gives are drawn, the same ones each time.

    Raises:
        ArchcalcError: there is no such file, attribute or argument, or it cannot be built.
    """
    code = model.model
    where = spelling(code)
    assert where is not None
    _check_file(where)
    require(quote(code, ""), "torch", "torch")
    from archcalc.importer.from_torch import from_torch
    from archcalc.importer.making import made_module

    with _without_downloads(code):
        source = _imported(where)
        module, given = made_module(_attribute(where, source), model, real)
        named: dict[str, Any] = {}
        if input is not None:
            given, named = inputs_asked(input, batch, real)
        else:
            if given is None:
                given = _example_inputs(source, where, code)
            given, named = of_batch(given, batch, real)
        return from_torch(
            module,
            *given,
            mode=mode,
            name=name or str(model),
            bytes_per_number=bytes_per_number,
            real=real,
            **named,
        )


def module_of(model: str) -> Any:
    """The module that is spelled as code, with numbers, the same ones each time.

    Raises:
        ArchcalcError: as `load_code`.
    """
    variant = read_variant(model)
    where = spelling(variant.model)
    assert where is not None
    from archcalc.importer.making import made_module

    with _without_downloads(variant.model):
        return made_module(_attribute(where, _imported(where)), variant, True)[0]


def own_arguments(model: Variant) -> OwnArguments:
    """The arguments of what makes a module that is spelled as code, which is not made.

    Raises:
        ArchcalcError: there is no such file or attribute, or a setting is of none of them.
    """
    where = spelling(model.model)
    assert where is not None
    _check_file(where)
    said = quote(model.model, "")
    require(said, "torch", "torch")
    from archcalc.importer.making import check_maker, taken_by

    with _without_downloads(model.model):
        maker = _attribute(where, _imported(where))
    check_maker(maker, said)
    taken = taken_by(maker)
    taken.check_names(model)
    return OwnArguments(tuple(map(_own_argument, taken.named.values())), taken.takes_any)


def _own_argument(found: inspect.Parameter) -> OwnArgument:
    takes = "" if found.annotation is found.empty else inspect.formatannotation(found.annotation)
    default = None if found.default is found.empty else _said(found.default)
    return OwnArgument(found.name, default, takes.strip("'"))


def _said(value: Any) -> Any:
    """A default as it can be set, or by its name."""
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list | tuple):
        return [*map(_said, value)]
    return getattr(value, "__qualname__", None) or repr(value)


# --- finding --------------------------------------------------------------------------------------


def _check_file(where: Spelling) -> None:
    if where.is_file:
        with untrusted_file(where.source):
            pass


def _imported(where: Spelling) -> Any:
    """The Python module that a spelling names."""
    said = quote(where.source, "")
    try:
        if not where.is_file:
            with _on_path(os.getcwd()), own_code():
                return importlib.import_module(where.source)
        _check_file(where)
        path = Path(where.source)
        with _on_path(str(path.resolve().parent)):
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None
            assert spec.loader is not None
            source = importlib.util.module_from_spec(spec)
            sys.modules[path.stem] = source
            with own_code():
                spec.loader.exec_module(source)
            return source
    except ArchcalcError:
        raise
    except Exception as error:
        raise ArchcalcError(f"{said}: {said_of(error)}") from error


@contextmanager
def _on_path(folder: str) -> Iterator[None]:
    """Finds modules beside a file, as Python does of a script; nothing is written beside it."""
    wrote = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.dont_write_bytecode = wrote
        if folder in sys.path:
            sys.path.remove(folder)


def _attribute(where: Spelling, source: Any) -> Any:
    found = source
    for word in where.attribute.split("."):
        if not hasattr(found, word):
            hint = _elsewhere(where) or did_you_mean(
                word, [name for name in vars(found) if not name.startswith("_")]
            )
            if not hint and where.is_file and (makers := makers_in(where.source)):
                hint = f"it has {' and '.join(map(quote, makers[:MOST_MAKERS]))}"
            text = f"{quote(where.source, '')}: has no {quote(word)}"
            raise ArchcalcError(f"{text}; {hint}" if hint else text)
        found = getattr(found, word)
    return found


def _elsewhere(where: Spelling) -> str:
    """The package inside the one that is named that has what it lacks: `torchvision.models`."""
    inside = [
        name
        for name, module in sys.modules.items()
        if name.startswith(f"{where.source}.")
        and where.attribute in getattr(module, "__dict__", ())
    ]
    if not inside:
        return ""
    nearest = min(inside, key=lambda name: (name.count("."), name))
    return f"did you mean {quote(f'{nearest}:{where.attribute}')}?"


@contextmanager
def _without_downloads(model: str) -> Iterator[None]:
    """No weights are fetched while code runs: a count needs none."""
    import torch.hub

    def refuse(url: str, *_: Any, **__: Any) -> None:
        said = f"asks for weights from {quote(url)}; a count needs none"
        raise ArchcalcError(f"{quote(model, '')}: {said}: weights=None, or pretrained=False")

    names = ("load_state_dict_from_url", "download_url_to_file")
    before = {name: getattr(torch.hub, name) for name in names}
    offline = os.environ.get("HF_HUB_OFFLINE")
    for name in names:
        setattr(torch.hub, name, refuse)
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        yield
    finally:
        for name in names:
            setattr(torch.hub, name, before[name])
        if offline is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = offline


def _example_inputs(source: Any, where: Spelling, model: str) -> Any:
    maker = getattr(source, EXAMPLE_INPUTS, None)
    if maker is None:
        input = parameter("input", "3x224x224")
        wanted = f"{input}, say, or a function example_inputs() in the file"
        raise ArchcalcError(f"{quote(model, '')}: what does it take? {wanted}")
    try:
        with own_code():
            return maker()
    except Exception as error:
        said = f"{quote(where.source, '')}: {EXAMPLE_INPUTS}"
        raise ArchcalcError(f"{said}: {said_of(error)}") from error
