"""Mutation testing: small faults put into the formulas and the reader, one by one, in a copy.

A mutant that every test passes is a missing test, or changes nothing. The package is copied to a
temporary folder and changed there; this checkout is never touched.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("archcalc", "specs", "tests", "docs", "README.md", "pyproject.toml")

SUBJECTS = {
    "ops": (
        ["archcalc/ops"],
        ("test_op_limits", "test_op_rows", "test_op_values", "test_fields", "test_ops",
         "test_upsampling", "test_count"),
        ("test_item_errors", "test_expand", "test_networks", "test_receptive_field",
         "test_receptive_field_of_network", "test_receptive_field_random", "test_studies",
         "test_twin", "test_layers", "test_explain", "test_random_specs"),
    ),
    "inference": (
        ["archcalc/analysis/count.py", "archcalc/analysis/memory.py",
         "archcalc/analysis/receptive_field", "archcalc/arithmetic.py", "archcalc/shape.py"],
        ("test_count", "test_memory", "test_arithmetic", "test_traced", "test_upsampling",
         "test_op_limits"),
        ("test_receptive_field", "test_receptive_field_of_network",
         "test_receptive_field_published", "test_receptive_field_random", "test_networks",
         "test_studies", "test_ops", "test_layers", "test_explain"),
    ),
    "reader": (
        ["archcalc/language", "archcalc/expressions"],
        ("test_expand", "test_expand_blocks", "test_spec_errors", "test_item_errors",
         "test_reader_limits"),
        ("test_same_padding", "test_outputs", "test_inputs", "test_declarations", "test_functions",
         "test_schema", "test_sharing", "test_short_specs", "test_spec_bounds", "test_spec_format",
         "test_closed_conditions"),
        ("test_closed", "test_networks", "test_studies", "test_cli"),
    ),
}  # fmt: skip
"""What is mutated, and the tests that should notice, in stages: first the quick ones."""

SECONDS = 120
"""A mutant that runs for longer has been noticed."""


class Mutant(NamedTuple):
    """One fault: the text between two offsets of a file, and what stands there instead."""

    file: Path
    line: int
    start: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before!r} -> {self.after!r}"


# --- which faults there are -----------------------------------------------------------------------

ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.FloorDiv,
}  # fmt: skip
COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
AXES = {"height": "width", "width": "height"}


def faults(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in a node's place."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            yield left
            yield right
            if type(op) in ARITHMETIC:
                yield changed(node, op=ARITHMETIC[type(op)]())
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            yield changed(node, ops=[COMPARISONS[type(op)]()])
        case ast.BoolOp(op=op, values=values):
            yield changed(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            yield values[0]
            yield values[-1]
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=value) if type(value) is int:
            yield ast.Constant(1 - value if value in (0, 1) else value + 1)
            if value == 1:
                yield ast.Constant(2)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Attribute(attr=attr) if attr in AXES:
            yield changed(node, attr=AXES[attr])
        case ast.If(test=test):
            yield changed(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.Raise() | ast.Expr(value=ast.Call()) | ast.Continue() | ast.AugAssign():
            yield ast.Pass()


def changed(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node with some of its parts replaced."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def formulas(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that compute: no annotation, example, decorator, text or list of names."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not is_said(child):
                yield from formulas(child)


def is_said(node: ast.AST) -> bool:
    """Whether it is an example, a list of names, a name for a type, a formatted text, an import for
    types, or the `strict` of a zip, which is an assertion."""
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    checked = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    strict = isinstance(node, ast.keyword) and node.arg == "strict"
    type_name = any(re.fullmatch("_?[A-Z]+[a-z]+[A-Za-z]*", name) for name in names)
    unseen = checked or strict or type_name or isinstance(node, ast.JoinedStr)
    return bool(names & {"examples", "__all__"}) or unseen


def mutants(file: Path) -> Iterator[Mutant]:
    """Every mutant of one file; `file` is relative to the checkout."""
    text = (ROOT / file).read_text("utf-8")
    data = text.encode()
    lines = [0]
    for line in data.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    for node in formulas(ast.parse(text)):
        for fault in faults(node):
            # Of an `if`, the condition alone changes.
            old, new = (node.test, fault.test) if isinstance(node, ast.If) else (node, fault)
            start = lines[old.lineno - 1] + old.col_offset
            end = lines[old.end_lineno - 1] + old.end_col_offset
            after = ast.unparse(new)
            after = f"({after})" if isinstance(new, ast.expr) else after
            before = data[start:end].decode()
            yield Mutant(file, old.lineno, start, end, before, after)


# --- running the tests on them --------------------------------------------------------------------


def run(folder: Path, file: Path | None, tests: tuple[str, ...]) -> int:
    """pytest's exit status in a process of its own, which has what is slow to load already."""
    child = os.fork()
    if not child:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        os.environ["PYTHONPATH"] = str(folder)
        sys.dont_write_bytecode = file is not None
        import pytest

        paths = [f"tests/{test}.py" for test in tests if (folder / f"tests/{test}.py").exists()]
        paths = [str(file), *paths] if file is not None else paths
        os._exit(pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", *paths]))
    deadline = time.monotonic() + 3 * SECONDS
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def survives(folder: Path, mutant: Mutant, *tests: tuple[str, ...]) -> bool:
    """Whether no test notices a mutant."""
    path = folder / mutant.file
    data, stat = path.read_bytes(), path.stat()
    path.write_bytes(data[: mutant.start] + mutant.after.encode() + data[mutant.end :])
    try:
        return all(run(folder, mutant.file, some) == 0 for some in tests)
    finally:
        path.write_bytes(data)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def files_of(paths: list[str]) -> list[Path]:
    """The modules at some paths, each a file or a folder."""
    found = [p for path in paths for p in ([path] if path.endswith(".py") else _inside(path))]
    return [Path(path) for path in found]


def _inside(folder: str) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / folder).glob("*.py"))]


def main() -> None:
    """Mutate what the command line says, and print each survivor and the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", help=f"of {', '.join(SUBJECTS)}; all by default")
    parser.add_argument("--sample", type=int, help="so many mutants of each subject, not all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--stages", type=int, help="of the tests so many stages, the quick ones")
    parser.add_argument("--file", default="", help="only of files whose path has this in it")
    options = parser.parse_args()
    import fvcore.nn  # noqa: F401  loaded once, for every process that is forked
    import hypothesis  # noqa: F401
    import pandas  # noqa: F401
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in NEEDED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)
        for subject in options.subjects or SUBJECTS:
            paths, *tests = SUBJECTS[subject]
            tests = tests[: options.stages]
            if any(run(folder, None, some) for some in tests):
                sys.exit(f"{subject}: the tests fail without a fault")
            print(f"{subject}: the tests pass without a fault", flush=True)
            files = [file for file in files_of(paths) if options.file in str(file)]
            found = [mutant for file in files for mutant in mutants(file)]
            chosen = found
            if options.sample is not None and options.sample < len(found):
                chosen = random.Random(options.seed).sample(found, options.sample)
            score(folder, subject, chosen, len(found), tests)


def score(
    folder: Path, subject: str, chosen: list[Mutant], found: int, tests: list[tuple[str, ...]]
) -> None:
    """Print the mutants that survive, and how many do not."""
    alive: Counter[str] = Counter()
    for mutant in chosen:
        if survives(folder, mutant, *tests):
            alive[str(mutant.file)] += 1
            print(mutant, flush=True)
    killed = len(chosen) - alive.total()
    print(f"{subject}: {killed} of {len(chosen)} mutants die ({killed / len(chosen):.1%}); "
          f"{found} there are", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
