"""Networks as files of torch.export and ONNX."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

import archcalc
from archcalc.cli import main

HAS_ONNX = importlib.util.find_spec("onnx") and importlib.util.find_spec("onnxscript")


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.export of its own parts
def test_what_is_exported_is_read_by_torch_and_costs_the_same(tmp_path: Path) -> None:
    file = tmp_path / "lenet5.pt2"
    assert main(["export", "lenet5", "--output", str(file)]) == 0
    module = torch.export.load(file).module()
    assert module(torch.zeros(1, 1, 32, 32)).shape == (1, 10)
    net = archcalc.from_torch(module, torch.zeros(1, 1, 32, 32))
    assert (net.parameters, net.macs) == (60_000, 325_680)


@pytest.mark.skipif(not HAS_ONNX, reason="needs the extra onnx")
@pytest.mark.filterwarnings("ignore")
def test_an_onnx_file_holds_the_numbers_of_the_network(tmp_path: Path) -> None:
    import onnx

    file = tmp_path / "alexnet.onnx"
    assert main(["export", "squeezenet1.1", "--to", "onnx", "--output", str(file)]) == 0
    stored = onnx.load(file).graph.initializer
    learned = [onnx.numpy_helper.to_array(tensor) for tensor in stored if tensor.data_type == 1]
    assert sum(array.size for array in learned) == archcalc.load("squeezenet1.1").parameters


@pytest.mark.skipif(bool(HAS_ONNX), reason="the extra onnx is there")
def test_without_the_extra_a_message_says_what_brings_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lenet5.onnx"
    assert main(["export", "lenet5", "--to", "onnx", "--output", str(file)]) == 2
    assert "pip install -c constraints.txt '.[onnx]'" in capsys.readouterr().err
    assert not file.exists()
