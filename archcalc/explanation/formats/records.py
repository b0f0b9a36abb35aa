"""Explanations for programs: a record of every part, its children inside it, or one row each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc.analysis.count import Reading
from archcalc.explanation.design import all_have, naive_module, savings, total
from archcalc.explanation.part_sums import of_sum
from archcalc.explanation.tree import Explanation
from archcalc.explanation.working import Working
from archcalc.explanation.workings import workings
from archcalc.parts.part import Part
from archcalc.quantities.quantity import Quantity, Sum
from archcalc.traced import Traced, formula, substituted

_Record = dict[str, Any]
_Known = dict[tuple[Reading, str], list[_Record]]
"""The records of sums and shapes, which layers that are alike share."""


def tree_record(explanation: Explanation) -> _Record:
    """The part with all its children, and what its design buys."""
    return {**_part(explanation, {}), "design": list(_design(explanation))}


def _part(explanation: Explanation, known: _Known) -> _Record:
    part = explanation.part
    return {
        **_place(explanation),
        "input_shapes": [shape.sizes for shape in part.inputs],
        "output_shape": part.output.sizes,
        "output_shapes": [node.shape.sizes for node in part.ends],
        "quantities": [
            record
            for quantity in explanation.quantities
            for record in _quantities(part, quantity, known)
        ],
        "children": [_part(child, known) for child in explanation.children],
    }


def _quantities(part: Part, quantity: Quantity, known: _Known) -> list[_Record]:
    if part.node is None or not (isinstance(quantity, Sum) or quantity.name == "shape"):
        return [_quantity(working) for working in workings(part, quantity)]
    key = part.traced, quantity.name
    if key not in known:
        known[key] = [_quantity(working) for working in workings(part, quantity)]
    return known[key]


def _place(explanation: Explanation) -> _Record:
    part = explanation.part
    return {
        "model": part.network.name,
        "layer": explanation.layer,
        "op": part.node.op.name if part.node else None,
        "block": part.block.block if part.block else None,
    }


def _quantity(working: Working) -> _Record:
    if working.value is None:
        nothing = dict.fromkeys(("formula", "substituted", "value"))
        return {"name": working.name, **nothing, "reason": working.reason}
    said = {"reason": working.reason, "note": working.note}
    fields = {"name": working.name, **_working(working.number)}
    return fields | {key: text for key, text in said.items() if text}


def _working(number: Traced) -> _Record:
    return {
        "formula": formula(number),
        "substituted": substituted(number),
        "value": number.value,
    }


def quantity_rows(explanation: Explanation) -> Iterator[_Record]:
    """A row a quantity, of the part and of everything in it, in execution order."""
    known: _Known = {}
    stack = [explanation]
    while stack:
        current = stack.pop()
        for quantity in current.quantities:
            for record in _quantities(current.part, quantity, known):
                said = {key: record.get(key) or None for key in ("reason", "note")}
                yield {**_place(current), **record, **said}
        stack += current.children[::-1]


def _design(explanation: Explanation) -> Iterator[_Record]:
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


def _compared(quantity: Sum, chosen: Traced, reference: Traced) -> _Record:
    return {
        "name": quantity.name,
        "chosen": _working(chosen),
        "reference": _working(reference),
        "ratio": reference.value / chosen.value,
    }
