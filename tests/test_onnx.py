"""ONNX files as networks: what is computed of them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import archcalc
from archcalc.cli import main
from tests.onnx_files import TensorProto, classifier, helper, node, stored, taken, whole, written
from tests.worked_modules import IMAGE, Net

STORED = 4 * 27 + 4 * 4 + 5 * 4 + 5
MACS = 4 * 4 * 4 * 27 + 4 * 5


def test_a_file_is_counted(tmp_path: Path) -> None:
    net = archcalc.load(classifier(tmp_path))
    assert (net.stored, net.macs) == (STORED, MACS)
    assert [n.op.name for n in net.nodes] == [
        "conv2d", "batch_norm", "relu", "global_avg_pool2d", "flatten", "linear",
    ]  # fmt: skip
    assert net.output == (5,)


def test_stored_numbers_are_never_called_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    classifier(tmp_path)
    path = "net.onnx"
    net = archcalc.load(path)
    assert net.parameters is None
    assert net.buffers is None
    assert main(["table", "--models", path, "--no-notes"]) == 0
    header, _, row = capsys.readouterr().out.splitlines()[1:]
    assert "parameters" not in header
    assert header.split()[:3] == ["model", "input", "stored"]
    assert row.split()[1:4] == ["3x8x8", "149", "1.75K"]
    assert main(["layers", path]) == 0
    out = capsys.readouterr().out
    assert "ONNX does not say which of them are learned" in " ".join(out.split())
    assert main(["table", path, "lenet5", "--format", "json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["parameters"], first["stored"]) == (None, 149)
    assert (second["parameters"], second["stored"]) == (60_000, 60_840)


@pytest.mark.parametrize("command", ["compare {} lenet5", "page {}", "plot cost {}", "diagram {}"])
def test_what_shows_parameters_refuses_a_file_that_has_none(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    classifier(tmp_path)
    assert main(command.format("net.onnx").split()) == 2
    assert "an ONNX file does not say which of its numbers are learned" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]


@pytest.mark.parametrize("name", [b"fw", b"Conv", b"strides"])
def test_names_that_are_no_text_are_refused(
    name: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(classifier(tmp_path))
    data = path.read_bytes()
    assert name in data
    path.write_bytes(data.replace(name, b"\xff" * len(name)))
    assert main(["table", str(path)]) == 2
    said = f"archcalc: {path}: is no ONNX file: a name in it is no UTF-8 text\n"
    assert capsys.readouterr() == ("", said)


def test_it_is_written_as_a_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    classifier(tmp_path)
    assert main(["import", "net.onnx", "--output", "net.json"]) == 0
    net = archcalc.load("net.json")
    assert (net.parameters, net.buffers, net.macs) == (STORED - 8, 8, MACS)


def test_sizes_that_are_open_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = classifier(tmp_path, "n", 3, "height", "width")
    assert main(["layers", path]) == 2
    assert capsys.readouterr().err == (
        f"archcalc: {path}: input 'x': is nx3xheightxwidth; say its sizes without the batch: "
        "--input 3x224x224, say\n"
    )
    net = archcalc.load(path, input=(3, 16, 16))
    assert net.macs == 8 * 8 * 4 * 27 + 20
    assert archcalc.load(path, input=(3, 16, 16), batch=3).macs == 3 * net.macs


def test_only_the_number_of_samples_may_be_open(tmp_path: Path) -> None:
    path = classifier(tmp_path, "n", 3, 8, 8)
    assert archcalc.load(path).macs == MACS
    assert archcalc.load(path, batch=2).macs == 2 * MACS


def test_sizes_computed_of_sizes_are_known(tmp_path: Path) -> None:
    # As exporters write x.view(x.shape[0], -1) @ w.
    path = written(
        tmp_path,
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n", axis=0),
            node("Unsqueeze", "n zero1", "n1"),
            node("Concat", "n1 rest", "to", axis=0),
            node("Reshape", "x to", "flat"),
            node("MatMul", "flat w", "y"),
        ],
        [taken("x", 2, 3, 4)],
        [
            helper.make_tensor("zero", TensorProto.INT64, [], [0]),
            whole("zero1", 0), whole("rest", -1), stored("w", 12, 7),
        ],
    )  # fmt: skip
    net = archcalc.load(path)
    assert (net.batch, net.macs, net.stored) == (2, 2 * 12 * 7, 84)


def test_single_numbers_of_formulas_are_not_stored_weights(tmp_path: Path) -> None:
    half = helper.make_tensor("half", 1, [], [0.5])
    path = written(tmp_path, [node("Mul", "x half", "y")], [taken("x", 1, 6)], [half])
    net = archcalc.load(path)
    assert (net.stored, net.operations) == (0, {"multiply": 6})


def test_tensors_in_nodes_are_stored_too(tmp_path: Path) -> None:
    weight = node("Constant", "", "w", value=stored("", 6, 2))
    path = written(tmp_path, [weight, node("MatMul", "x w", "y")], [taken("x", 1, 6)])
    net = archcalc.load(path)
    assert (net.stored, net.macs) == (12, 12)


def test_a_recurrent_layer(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        [node("LSTM", "x w r b", "y h c", hidden_size=5, direction="bidirectional")],
        [taken("x", 7, 1, 3)],
        [stored("w", 2, 20, 3), stored("r", 2, 20, 5), stored("b", 2, 40)],
    )
    net = archcalc.load(path)
    assert net.stored == 2 * (20 * 3 + 20 * 5 + 40)
    assert net.macs == 7 * 2 * 20 * (3 + 5)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, 4),
        ({"auto_pad": "VALID"}, 6),
        ({"pads": [0, 0, 1, 1], "strides": [2, 2]}, 4),
        ({"dilations": [2, 2]}, 4),
    ],
)
def test_padding_is_that_of_onnx(attributes: Any, size: int, tmp_path: Path) -> None:
    conv = node("Conv", "x w", "y", kernel_shape=[3, 3], **attributes)
    path = written(tmp_path, [conv], [taken("x", 1, 3, 8, 8)], [stored("w", 4, 3, 3, 3)])
    net = archcalc.load(path)
    assert net.output == (4, size, size)
    assert net.macs == size * size * 4 * 27


def test_inputs_are_said_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(
        tmp_path, [node("MatMul", "a b", "y")], [taken("a", "n", "k"), taken("b", "k", "m")]
    )
    assert main(["table", path, "--input", "a=4,b=5", "--batch", "4", "--format", "csv"]) == 0
    assert ",80," in capsys.readouterr().out  # 4·4·5
    assert main(["table", path, "--input", "c=4:float32"]) == 2
    assert "has no input 'c'; it has 'a', 'b'" in capsys.readouterr().err
    assert main(["table", path, "--input", "4:float32"]) == 2
    assert "has 2 inputs; --input a=3x224x224,b=3x224x224, say" in capsys.readouterr().err


# --- files that torch writes ----------------------------------------------------------------------


class Attends(nn.Module):
    """Tokens, attention with fewer heads of keys, and a recurrent layer."""

    def __init__(self) -> None:
        super().__init__()
        self.tok = nn.Embedding(50, 16)
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True)
        self.norm = nn.LayerNorm(16)
        self.gru = nn.GRU(16, 8, batch_first=True)

    def forward(self, ids: Any) -> Any:
        x = self.tok(ids)
        x = self.norm(x + self.attention(x, x, x)[0])
        return self.gru(nn.functional.gelu(x))[0]


class Resizes(nn.Module):
    """A map made smaller and larger again."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(8, 8, 2, 2)

    def forward(self, x: Any) -> Any:
        x = self.down(x)
        larger = nn.functional.interpolate(x, scale_factor=2, mode="bilinear")
        return torch.cat([larger, self.up(x)], 1)


EXPORTED = {
    "residual": (Net, torch.zeros(IMAGE)),
    "attention": (Attends, torch.zeros(1, 6, dtype=torch.int64)),
    "resized": (Resizes, torch.zeros(IMAGE)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXPORTED)
def test_a_file_of_torchs_has_the_macs_and_names_of_its_module(name: str, tmp_path: Path) -> None:
    build, x = EXPORTED[name]
    module = build().eval()
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.normal_(norm.bias)  # else its shift is left out too
    path = tmp_path / "net.onnx"
    torch.onnx.export(module, (x,), dynamo=True, verbose=False).save(path)
    ours, theirs = archcalc.from_torch(module, x), archcalc.load(path)
    assert theirs.macs == ours.macs
    named = {n.name for n in ours.nodes if n.op.is_weighted}
    named -= {"attention.in_proj", "gru"}  # whose weights the exporter turns and renames
    assert named <= {n.name for n in theirs.nodes}
    if name == "residual":  # each norm becomes a bias
        assert theirs.stored == ours.parameters - 2 * 16
        assert "2 batch norms are folded into convolutions" in theirs.preset.note
