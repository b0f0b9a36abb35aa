"""The faults that mutation testing puts into a file, one at a time."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Mutant(NamedTuple):
    """One fault: the text between two offsets of a file, and what stands there instead."""

    file: Path
    lines: range
    """Those of the statement that has it, of an `if` or a loop those of its condition."""
    is_late: bool
    """Whether it runs in a call, and not when its module is loaded."""
    start: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}:{self.lines[0]}: {self.before!r} -> {self.after!r}"


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
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    tree = ast.parse(text)
    around = dict(statements(tree))
    for node in formulas(tree):
        for fault in faults(node):
            # Of an `if`, the condition alone changes.
            old, new = (node.test, fault.test) if isinstance(node, ast.If) else (node, fault)
            start = starts[old.lineno - 1] + old.col_offset
            end = starts[old.end_lineno - 1] + old.end_col_offset
            after = ast.unparse(new)
            after = f"({after})" if isinstance(new, ast.expr) else after
            before = data[start:end].decode()
            lines, is_late = around[node]
            yield Mutant(file, lines, is_late, start, end, before, after)


def statements(
    node: ast.AST, lines: range = range(1), is_late: bool = False
) -> Iterator[tuple[ast.AST, tuple[range, bool]]]:
    """Every node with the lines of its statement, and whether that is in a function."""
    if isinstance(node, ast.stmt | ast.match_case):
        first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        lines = range(first, _first_line(body[0]) if body else node.end_lineno + 1)
        lines = lines or range(first, first + 1)
    yield node, (lines, is_late)
    late = ("body",) if isinstance(node, ast.FunctionDef | ast.Lambda) else ()
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from statements(child, lines, is_late or name in late)


def _first_line(node: ast.AST) -> int:
    return node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
