"""Evaluates printed arithmetic by itself, without any of the code that printed it."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: Fraction,
}


def evaluate(text: str) -> Any:
    """`(5·5·1 + 1)·6` as 156: whole numbers, `+ - · // /`, parentheses, and min and max of such."""
    plain = re.sub(r"(?<=\d),(?=\d)", "", text).replace("·", "*")
    return _value(ast.parse(plain, mode="eval").body)


def _value(node: ast.expr) -> Any:
    spine = []
    while isinstance(node, ast.BinOp):
        spine.append(node)
        node = node.left
    value = _leaf(node)
    for parent in reversed(spine):
        value = OPERATORS[type(parent.op)](value, _value(parent.right))
    return value


def _leaf(node: ast.expr) -> Any:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return {"min": min, "max": max}[node.func.id](*map(_value, node.args))
    assert isinstance(node, ast.Constant), ast.dump(node)
    assert isinstance(node.value, int), node.value
    return node.value
