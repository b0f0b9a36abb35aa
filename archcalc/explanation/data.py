"""Explanations for programs: a record of every part, its children inside it, or one row each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc.explanation.design import comparisons, naive_module
from archcalc.explanation.design_lines import counts, total
from archcalc.explanation.tree import Explanation, Working
from archcalc.quantity import Sum
from archcalc.traced import Traced, formula, substituted


def record(part: Explanation) -> dict[str, Any]:
    """The part with all its children, and what its design buys."""
    return {**_part(part), "design": list(_design(part))}


def _part(part: Explanation) -> dict[str, Any]:
    net = part.network
    node = part.node
    return {
        "model": net.name,
        "layer": part.layer,
        "op": node.op.name if node else None,
        "block": _block(part),
        "input_shapes": [shape.sizes for shape in part.inputs],
        "output_shape": part.output.sizes,
        "quantities": [_quantity(quantity) for quantity in part.quantities],
        "children": [_part(child) for child in part.children],
    }


def _block(part: Explanation) -> str | None:
    block = part.part.block
    return block.block if block else None


def _quantity(quantity: Working) -> dict[str, Any]:
    if quantity.value is None:
        nothing = dict.fromkeys(("formula", "substituted", "value"))
        return {"name": quantity.name, **nothing, "reason": quantity.reason}
    said = {"reason": quantity.reason, "note": quantity.note}
    fields = {"name": quantity.name, **_working(quantity.number)}
    return fields | {key: text for key, text in said.items() if text}


def _working(number: Traced) -> dict[str, Any]:
    return {
        "formula": formula(number),
        "substituted": substituted(number),
        "value": number.value,
    }


def rows(part: Explanation) -> Iterator[dict[str, Any]]:
    """A row a quantity, of the part and of everything in it, in execution order."""
    stack = [part]
    while stack:
        current = stack.pop()
        for quantity in current.quantities:
            yield {
                "model": current.network.name,
                "layer": current.layer,
                "op": current.node.op.name if current.node else None,
                "block": _block(current),
                **_quantity(quantity),
                "reason": quantity.reason or None,
                "note": quantity.note or None,
            }
        stack += current.children[::-1]


def _design(part: Explanation) -> Iterator[dict[str, Any]]:
    """Every comparison with something plainer, in what is asked for of MACs and parameters."""
    kinds = [kind for name, kind in part.sums.items() if name in ("parameters", "macs")]
    if not kinds:
        return
    for comparison in comparisons(part.network, part.nodes):
        yield {
            "rule": comparison.rule,
            "layers": [node.name for node in comparison.nodes],
            "quantities": [
                _compared(kind, total(comparison.chosen, kind), total(comparison.reference, kind))
                for kind in kinds
                if counts((*comparison.chosen, *comparison.reference), kind)
            ],
        }
    naive = naive_module(part.network, part.nodes) if part.layer else None
    if naive is not None:
        yield {
            "rule": "naive module",
            "layers": [naive.join.name],
            "quantities": [
                _compared(kind, next(part.workings(kind)).number, total(naive.readings, kind))
                for kind in kinds
                if counts(naive.readings, kind)
            ],
            "channels": dict(naive.channels),
        }


def _compared(kind: Sum, chosen: Traced, reference: Traced) -> dict[str, Any]:
    return {
        "name": kind.name,
        "chosen": _working(chosen),
        "reference": _working(reference),
        "ratio": reference.value / chosen.value,
    }
