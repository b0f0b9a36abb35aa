"""Each op as a network of its own, from a file, as commands print it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from archcalc.explanation import explain
from archcalc.network import Network, load
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS
from tests.arithmetic import evaluate
from tests.explaining import spec_file

OF_ANOTHER = {"max_unpool2d"}
"""Ops that need another layer before them."""


def alone(folder: Path, op: str, *inputs: tuple[int, ...], **fields: Any) -> Network:
    """A network of one layer, `it`, whose inputs are the network's."""
    layer = {"name": "it", "op": op, **fields}
    if len(inputs) == 1:
        return load(spec_file(folder, layer, input=inputs[0]))
    named = {f"x{i}": list(sizes) for i, sizes in enumerate(inputs)}
    return load(spec_file(folder, {**layer, "inputs": [*named]}, input=named))


def in_a_file(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [in_a_file(part) for part in value]
    return str(value) if isinstance(value, Fraction) else value


@pytest.mark.parametrize("op", [op for name, op in OPS.items() if name not in OF_ANOTHER])
def test_every_example_can_be_written_and_is_explained(op: type[Op], tmp_path: Path) -> None:
    for example in op.examples:
        fields = {name: in_a_file(value) for name, value in example.fields.items()}
        net = alone(tmp_path, op.name, *example.inputs, **fields)
        assert net["it"].output == example.output
        assert (net.parameters, net.macs) == (example.parameters, example.macs)
        assert str(explain(net)).startswith(f"{net.name}")
        assert op.name in str(explain(net, "it")).partition(",")[0]


@pytest.mark.parametrize("op", [op for name, op in OPS.items() if name not in OF_ANOTHER])
def test_what_every_example_saves_is_worked_out(op: type[Op], tmp_path: Path) -> None:
    """Behind layers with weights, so that gradients flow through it, in two samples."""
    for example in op.examples:
        fields = {name: in_a_file(value) for name, value in example.fields.items()}
        named = {f"x{i}": list(sizes) for i, sizes in enumerate(example.inputs)}
        layers = [{"name": f"p{i}", "op": "prelu", "inputs": f"x{i}"} for i in range(len(named))]
        read = [*named] if op.takes_indices else [layer["name"] for layer in layers]
        layers = [] if op.takes_indices else layers
        it = {"name": "it", "op": op.name, **fields, "inputs": read}
        net = load(spec_file(tmp_path, *layers, it, input=named), batch=2, mode="train")
        (working,) = explain(net, "it", "memory_saved").workings
        assert working.value == net["it"].memory_saved
        assert working.reason or evaluate(working.substituted) == working.value


def test_axes_are_named_one_by_one_or_several(tmp_path: Path) -> None:
    for axes, left in ((["height", "width"], (3,)), (["channels", -1], (2,)), ("width", (3, 2))):
        assert alone(tmp_path, "reduce", (3, 2, 4), axes=axes).nodes[0].shape == left


def test_a_layer_of_several_weighted_ones_has_their_depth(tmp_path: Path) -> None:
    """Two recurrent layers are two, and so are attention's projections, with nothing beside it."""
    for net in (
        alone(tmp_path, "lstm", (5, 3), hidden_size=4, num_layers=2),
        alone(tmp_path, "multihead_attention", (5, 8), num_heads=2),
    ):
        assert "depth        2 weighted layers on the longest path" in str(explain(net)).split("\n")
