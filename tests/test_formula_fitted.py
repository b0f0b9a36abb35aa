"""Where closed forms hold that are fitted in what decides structure: where no spec refuses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archcalc.errors import SpecError
from archcalc.formulas import Formula, formula
from archcalc.formulas.openable import Openable
from archcalc.network import load
from tests.formulas import evaluated
from tests.spec_files import spec


def output_bytes(tmp_path: Path, op: str, kernel_size: str) -> Formula:
    """Of `n` layers without padding, the i-th of 1 + i channels where its kernel does not grow."""
    channels = 1 if "index" in kernel_size else "1 + index"
    layer = {"op": op, "out_channels": channels, "kernel_size": kernel_size}
    copies = {"name": "c", "repeat": "n", "layers": [layer]}
    positions = ["size"] * (2 if op == "conv2d" else 1)
    file = tmp_path / "copies.json"
    tree = spec(copies, input=[3, *positions], arguments={"n": 3, "size": 999})
    file.write_text(json.dumps(tree))
    return formula(load(file), ["n", "size"], quantities=["memory_outputs"])


def test_the_least_size_may_be_a_line_of_the_number_of_layers(tmp_path: Path) -> None:
    """Each 3x3 without padding takes two rows, so that 20 of them need 41."""
    found = output_bytes(tmp_path, "conv2d", "3")
    assert found.held == ["n from 1", "size from 3", "given size >= 2·n + 1"]
    assert found.evaluate(n=2, size=5)["memory_outputs"] == 4 * (1 * 3 * 3 + 2 * 1 * 1)
    values = {"n": 20, "size": 41}
    assert found.evaluate(**values) == evaluated(found, values)
    with pytest.raises(SpecError):
        Openable.of(found.network).read({"n": 20, "size": 40})


def test_where_the_least_size_is_no_line_more_layers_than_were_tried_are_left_out(
    tmp_path: Path,
) -> None:
    """Kernels of 1, 3, 5, ... take 0, 2, 4, ... positions: 15 of them need 1 + 15·14, 16 more."""
    found = output_bytes(tmp_path, "conv1d", "2*index + 1")
    assert found.held == ["n from 1", "size from 211", "given n <= 15"]
    values = {"n": 15, "size": 211}
    assert found.evaluate(**values) == evaluated(found, values)
    with pytest.raises(SpecError):
        Openable.of(found.network).read({"n": 16, "size": 211})
