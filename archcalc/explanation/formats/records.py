"""Explanations for programs: a record of every part, its children inside it, or one row each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc.explanation.design import all_have, naive_module, savings, total
from archcalc.explanation.part_sums import of_sum
from archcalc.explanation.tree import Explanation
from archcalc.explanation.working import Working
from archcalc.quantities.quantity import Sum
from archcalc.traced import Traced, formula, substituted


def tree_record(explanation: Explanation) -> dict[str, Any]:
    """The part with all its children, and what its design buys."""
    return {**_part(explanation), "design": list(_design(explanation))}


def _part(explanation: Explanation) -> dict[str, Any]:
    part = explanation.part
    return {
        **_place(explanation),
        "input_shapes": [shape.sizes for shape in part.inputs],
        "output_shape": part.output.sizes,
        "output_shapes": [node.shape.sizes for node in part.ends],
        "quantities": [_quantity(working) for working in explanation.workings],
        "children": [_part(child) for child in explanation.children],
    }


def _place(explanation: Explanation) -> dict[str, Any]:
    part = explanation.part
    return {
        "model": part.network.name,
        "layer": explanation.layer,
        "op": part.node.op.name if part.node else None,
        "block": part.block.block if part.block else None,
    }


def _quantity(working: Working) -> dict[str, Any]:
    if working.value is None:
        nothing = dict.fromkeys(("formula", "substituted", "value"))
        return {"name": working.name, **nothing, "reason": working.reason}
    said = {"reason": working.reason, "note": working.note}
    fields = {"name": working.name, **_working(working.number)}
    return fields | {key: text for key, text in said.items() if text}


def _working(number: Traced) -> dict[str, Any]:
    return {
        "formula": formula(number),
        "substituted": substituted(number),
        "value": number.value,
    }


def quantity_rows(explanation: Explanation) -> Iterator[dict[str, Any]]:
    """A row a quantity, of the part and of everything in it, in execution order."""
    stack = [explanation]
    while stack:
        current = stack.pop()
        for working in current.workings:
            yield {
                **_place(current),
                **_quantity(working),
                "reason": working.reason or None,
                "note": working.note or None,
            }
        stack += current.children[::-1]


def _design(explanation: Explanation) -> Iterator[dict[str, Any]]:
    """Every comparison with something plainer, in what is asked for of MACs and parameters."""
    part = explanation.part
    sums = [each for name, each in explanation.sums.items() if name in ("parameters", "macs")]
    for saving in savings(part.network, part.nodes) if sums else ():
        yield {
            "rule": saving.rule,
            "layers": [node.name for node in saving.nodes],
            "quantities": [
                _compared(each, total(saving.chosen, each), total(saving.reference, each))
                for each in sums
                if saving.counts(each)
            ],
        }
    if sums and part is not part.network and (naive := naive_module(part.network, part.nodes)):
        yield {
            "rule": "naive module",
            "layers": [naive.join.name],
            "quantities": [
                _compared(each, of_sum(part, each).number, total(naive.readings, each))
                for each in sums
                if all_have(naive.readings, each)
            ],
            "channels": dict(naive.channels),
        }


def _compared(quantity: Sum, chosen: Traced, reference: Traced) -> dict[str, Any]:
    return {
        "name": quantity.name,
        "chosen": _working(chosen),
        "reference": _working(reference),
        "ratio": reference.value / chosen.value,
    }
