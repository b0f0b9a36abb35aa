"""How a model that no spec describes is spelled: `my_net.py:build`, `package.module:Net` of a torch
module, `my.onnx` of an ONNX file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from archcalc.errors import ArchcalcError, quote

_CODE = re.compile(
    r"(?P<file>.+\.py):(?P<built>[\w.]+)|(?P<module>[A-Za-z_][\w.]*):(?P<name>[\w.]+)"
)
_CALL = re.compile(r"(?P<maker>[^():]+:[\w.]+)\((?P<arguments>.+)\)")
ONNX = ".onnx"
MOST_MAKERS = 3
"""The most names of a file that are suggested."""
_PICKLES = (".pt", ".pth", ".ckpt", ".pkl", ".safetensors", ".bin")


class Spelling(NamedTuple):
    """Where a module of a user's own is."""

    source: str
    """A file's path, or a dotted name."""
    attribute: str
    is_file: bool

    @property
    def is_onnx(self) -> bool:
        """Whether it is an ONNX file, which has no code."""
        return not self.attribute


def _names_nothing(file: str) -> ArchcalcError:
    """What to write where a name in a Python file is wanted."""
    if not Path(file).is_file():
        return ArchcalcError(f"no file {quote(file)}")
    from archcalc.names.in_code import makers_in  # loaded only when something is wrong

    said = quote(file, "")
    found = [f"{said}:{name}" for name in makers_in(file)[:MOST_MAKERS]]
    if found:
        return ArchcalcError(f"{said}: say what in it makes the network: {' or '.join(found)}")
    wanted = (
        f"no class or function seems to make a module without arguments; name one: {said}:build"
    )
    return ArchcalcError(f"{said}: {wanted}")


def spelling(model: Any) -> Spelling | None:
    """What a model's name says where it names code or an ONNX file; None of any other name.

    >>> spelling("my_net.py:build")
    Spelling(source='my_net.py', attribute='build', is_file=True)
    >>> spelling("my.json:small"), spelling("resnet50")
    (None, None)

    Raises:
        ArchcalcError: it names a file of weights, a Python file without anything in it, or a call.
    """
    if isinstance(model, Path) and model.suffix.lower() == ONNX:
        model = str(model)
    if not isinstance(model, str):
        return None
    suffix = Path(model).suffix.lower()
    if suffix == ONNX:
        return Spelling(model, "", True)
    if suffix in _PICKLES:
        text = "a pickle runs code and has no forward to count" if suffix != ".safetensors" else ""
        text = text or "weights have no forward to count"
        wanted = "give the file that defines the network: my_net.py:build"
        raise ArchcalcError(f"{quote(model, '')}: {text}; {wanted}")
    call = _CALL.fullmatch(model)
    if call is not None and ".json:" not in model:
        wanted = f"arguments stand in brackets, by name: {quote(call['maker'], '')}[NAME=VALUE]"
        raise ArchcalcError(f"{quote(model, '')}: {wanted}")
    found = _CODE.fullmatch(model)
    file, is_python, _ = model.rpartition(".py:")
    if suffix == ".py" or (is_python and found is None):
        raise _names_nothing(f"{file}.py" if is_python else model)
    if found is None or ".json:" in model:
        return None
    if found["file"]:
        return Spelling(found["file"], found["built"], True)
    return Spelling(found["module"], found["name"], False)
