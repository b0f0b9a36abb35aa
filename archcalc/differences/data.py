"""Networks side by side for programs: exact integers, None where nothing applies."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from archcalc import field_figures
from archcalc.differences.pair import LayerChange, NetworkPair, PairSide
from archcalc.differences.side_by_side import SideBySide
from archcalc.graph import Node
from archcalc.network import Network
from archcalc.ops.fields import written
from archcalc.quantities.quantity import FIELD, Quantity


def records(found: SideBySide) -> list[dict[str, Any]]:
    """A record a quantity of the whole, and of each section of two, with a column a network."""
    rows = [
        {"part": "total", "quantity": kind.name, **dict(zip(found.names, values, strict=True))}
        for kind, values in _numbers(found)
    ]
    for pair in found.pairs if len(found.pairs) == 1 else ():
        for section in pair.sections:
            for quantity in ("parameters", "macs"):
                sides = [getattr(side, quantity) for side in section[1:]]
                values = dict(zip(found.names, sides, strict=True))
                rows.append({"part": section.name, "quantity": quantity, **values})
    return rows


def everything(found: SideBySide) -> dict[str, Any]:
    """Models, quantities, and what differs in each pair."""
    models = [
        {
            "name": name,
            "model": net.name,
            "title": net.title,
            "input": net.input.sizes,
            "batch": net.batch,
            "mode": net.mode,
            "settings": {key: written(value) for key, value in net.settings.items()},
        }
        for name, net in zip(found.names, found.networks, strict=True)
    ]
    quantities = [
        {"name": kind.name, "values": values, "ratio": _ratio(values[0], values[1])}
        for kind, values in _numbers(found)
    ]
    names = found.names[1:]
    return {
        "models": models,
        "quantities": quantities,
        "pairs": [_pair(pair, name) for pair, name in zip(found.pairs, names, strict=True)],
        "differences": [
            layer
            for pair, name in zip(found.pairs, names, strict=True)
            for layer in _layers(pair, name)
        ],
        "closed_forms": [
            {
                name: {"text": form.text, "python": form.python, "latex": form.latex}
                for name, form in formula.quantities.items()
            }
            for formula in (found.formulas if found.open else ())
        ],
    }


def _numbers(found: SideBySide) -> Iterator[tuple[Quantity, list[Any]]]:
    for kind in found.quantities:
        values = found.values(kind.name)
        yield kind, list(map(field_figures.field_size, values)) if kind.unit is FIELD else values


def _ratio(reference: Any, value: Any) -> Fraction | None:
    """The second figure for each of the reference's, if both are numbers."""
    if isinstance(value, int | Fraction) and isinstance(reference, int | Fraction) and reference:
        return Fraction(value) / reference
    return None


def _pair(pair: NetworkPair, name: str) -> dict[str, Any]:
    counts = {change.replace(" ", "_"): count for change, count in pair.counts.items()}
    return {
        "name": name,
        "arguments": [
            {"name": argument, "values": [written(a), written(b)]}
            for argument, a, b in pair.arguments
        ],
        "alignment": {"aligned": pair.aligned, **counts},
        "by": pair.by,
        "sections": [
            {"name": section.name, "values": [_side(side) for side in section[1:]]}
            for section in pair.sections
        ],
    }


def _side(side: PairSide) -> dict[str, Any] | None:
    if side.output is None:
        return None
    return {
        "name": side.name,
        "output": side.output.sizes,
        "layers": side.layers,
        "parameters": side.parameters,
        "macs": side.macs,
    }


def _layers(pair: NetworkPair, name: str) -> Iterator[dict[str, Any]]:
    for layer in pair.layers:
        if layer.change != "same":
            parameters, macs = deltas(pair, layer)
            yield {
                "name": name,
                "change": layer.change,
                "layers": [None if n is None else n.name for n in layer],
                "ops": [None if n is None else n.op.summary(*n.input_shapes) for n in layer],
                "outputs": [None if n is None else n.shape.sizes for n in layer],
                "parameters": parameters,
                "macs": macs,
            }


def aligned_layers(found: SideBySide) -> list[dict[str, Any]]:
    """A record a layer of the reference or of another network, or of both where it is the same."""
    return [
        {
            "network": name,
            "change": layer.change,
            **_layer("reference", pair.reference, layer.reference),
            **_layer("other", pair.other, layer.other),
        }
        for pair, name in zip(found.pairs, found.names[1:], strict=True)
        for layer in pair.layers
    ]


def _layer(side: str, net: Network, node: Node | None) -> dict[str, Any]:
    """What a layer is in one network, None where that is without it."""
    reading = None if node is None else net.readings_by_name[node.name]
    said = {
        "layer": node and node.name,
        "op": node and node.op.name,
        "output_shape": node and node.shape.sizes,
        "parameters": reading and reading.parameters,
        "macs": reading and reading.macs,
    }
    return {f"{side}_{key}": value for key, value in said.items()}


def deltas(pair: NetworkPair, layer: LayerChange) -> tuple[int, int]:
    """How many more parameters and MACs the other network's layer has."""
    costs = []
    for net, node in ((pair.reference, layer.reference), (pair.other, layer.other)):
        reading = None if node is None else net.readings_by_name[node.name]
        costs.append((0, 0) if reading is None else (reading.parameters, reading.macs))
    (a_parameters, a_macs), (b_parameters, b_macs) = costs
    return b_parameters - a_parameters, b_macs - a_macs
