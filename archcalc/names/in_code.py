"""What in a Python file may make a network, found without running it."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

LONGEST_CODE = 1 << 20
"""The largest file that is looked at."""

_OF_TORCH = {"Module", "Sequential"}


def makers_in(file: str) -> list[str]:
    """The classes of modules and the functions that make one, in the order of the file, of those
    that need no arguments.

    Args:
        file: its path; one that cannot be read has none.
    """
    try:
        path = Path(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python says them when the code runs
            tree = ast.parse(path.read_bytes() if path.stat().st_size <= LONGEST_CODE else b"")
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    modules, makers = set(_OF_TORCH), []
    for item in tree.body:
        if isinstance(item, ast.ClassDef) and any(_last_name(b) in modules for b in item.bases):
            modules.add(item.name)
            if _is_made_of_nothing(item):
                makers.append(item.name)
        elif isinstance(item, ast.FunctionDef) and _makes_one(item, modules):
            makers.append(item.name)
    return makers


def _last_name(expression: ast.expr) -> str:
    """`Module` of `torch.nn.Module`."""
    return ast.unparse(expression).rpartition(".")[2]


def _is_made_of_nothing(cls: ast.ClassDef) -> bool:
    """Whether a class can be called without arguments."""
    functions = [item for item in cls.body if isinstance(item, ast.FunctionDef)]
    return all(_needs_nothing(item, 1) for item in functions if item.name == "__init__")


def _needs_nothing(function: ast.FunctionDef, given: int) -> bool:
    """Whether a function can be called with so many arguments."""
    arguments = function.args
    needed = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return needed <= given and None not in arguments.kw_defaults


def _makes_one(function: ast.FunctionDef, modules: set[str]) -> bool:
    """Whether it needs no arguments, and says that it gives a module or returns a call of one."""
    if not _needs_nothing(function, 0):
        return False
    if function.returns is not None and _last_name(function.returns) in modules:
        return True
    return any(
        isinstance(call, ast.Call) and _last_name(call.func) in modules
        for part in ast.walk(function)
        if isinstance(part, ast.Return)
        for call in ast.walk(part)
    )
