"""ONNX files as networks: what is computed of them, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from torch import nn

import archcalc
from archcalc.cli import main
from archcalc.importer.refusal import ImportRefused
from tests.worked_modules import IMAGE, Net

helper, TensorProto = onnx.helper, onnx.TensorProto


def stored(name: str, *sizes: int, kind: int = 1) -> Any:
    """A tensor of ones."""
    count = 1
    for size in sizes:
        count *= size
    return helper.make_tensor(name, kind, sizes, [1] * count)


def whole(name: str, *numbers: int) -> Any:
    return helper.make_tensor(name, TensorProto.INT64, [len(numbers)], numbers)


def taken(name: str, *sizes: int | str, kind: int = 1) -> Any:
    return helper.make_tensor_value_info(name, kind, sizes)


def node(op: str, inputs: str, output: str, **attributes: Any) -> Any:
    """A node whose inputs stand with blanks between them; `-` is one that is left out."""
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(op, names, output.split(), **attributes)


def written(
    folder: Path,
    nodes: Sequence[Any],
    inputs: Sequence[Any],
    tensors: Sequence[Any] = (),
    *,
    version: int = 18,
    functions: Sequence[Any] = (),
    domains: Sequence[str] = (),
    outputs: Sequence[str] = ("y",),
) -> str:
    """The path of a file of these nodes, whose output is `y`."""
    ends = [helper.make_tensor_value_info(name, 1, None) for name in outputs]
    graph = helper.make_graph(nodes, "net", inputs, ends, tensors)
    imports = [helper.make_opsetid("", version), *(helper.make_opsetid(d, 1) for d in domains)]
    model = helper.make_model(graph, opset_imports=imports, functions=functions)
    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return str(path)


def classifier(folder: Path, *sizes: int | str) -> str:
    """A convolution, its norm, a global pool and a linear layer."""
    return written(
        folder,
        [
            node("Conv", "x w", "a", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
            node("BatchNormalization", "a s b m v", "n"),
            node("Relu", "n", "r"),
            node("GlobalAveragePool", "r", "p"),
            node("Flatten", "p", "f"),
            node("Gemm", "f fw fb", "y", transB=1),
        ],
        [taken("x", *(sizes or (1, 3, 8, 8)))],
        [
            stored("w", 4, 3, 3, 3), *(stored(n, 4) for n in "sbmv"),
            stored("fw", 5, 4), stored("fb", 5),
        ],
    )  # fmt: skip


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
    assert "has 2 inputs; --input a=3x224x224, b=3x224x224, say" in capsys.readouterr().err


# --- what is refused ------------------------------------------------------------------------------


def test_what_is_not_known_is_refused_at_once(tmp_path: Path) -> None:
    inside = helper.make_graph([node("Relu", "x", "z")], "then", [], [taken("z", 1, 4)])
    path = written(
        tmp_path,
        [
            helper.make_node("If", ["x"], ["a"], then_branch=inside, else_branch=inside),
            helper.make_node("Fused", ["a"], ["b"], domain="com.vendor", name="blocks.0.fused"),
            node("NonZero", "b", "c"),
            node("StringSplit", "c", "d e"),
            node("DFT", "d", "y"),
        ],
        [taken("x", 1, 4)],
        version=20,
        domains=["com.vendor"],
    )
    with pytest.raises(ImportRefused) as refused:
        archcalc.load(path)
    assert [line.removeprefix(f"{path}: ") for line in str(refused.value).splitlines()] == [
        "graph: If is control flow: what runs depends on values",
        "blocks.0.fused: no rule for Fused of com.vendor; what it costs is unknown",
        "graph: its cost depends on values: NonZero reads the numbers of a tensor",
        "graph: no rule for StringSplit; what it costs is unknown",
        "graph: no rule for DFT; what it costs is unknown",
        "5 problems",
    ]


def test_a_shape_that_depends_on_values_is_refused(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        [node("Cast", "x", "s", to=TensorProto.INT64), node("Reshape", "x s", "y")],
        [taken("x", 2)],
    )
    with pytest.raises(ImportRefused, match="Reshape: its input 2 is wanted in numbers"):
        archcalc.load(path)


def test_numbers_beside_the_file_are_not_read(tmp_path: Path) -> None:
    far = stored("w", 6, 2)
    far.ClearField("float_data")
    far.data_location = TensorProto.EXTERNAL
    entry = far.external_data.add()
    entry.key, entry.value = "location", "/etc/hostname"
    path = written(tmp_path, [node("MatMul", "x w", "y")], [taken("x", 1, 6)], [far])
    assert archcalc.load(path).stored == 12


BROKEN = {
    "not ONNX": (b"{}", "is no ONNX file"),
    "empty": (b"", "is no ONNX file, or has no nodes"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is no ONNX file"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_onnx_file_is_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(BROKEN[name][0])
    assert main(["layers", str(path)]) == 2
    out, error = capsys.readouterr()
    assert (out, error.count("\n")) == ("", 1)
    assert BROKEN[name][1] in error


def test_a_file_cut_off_is_refused(tmp_path: Path) -> None:
    path = Path(classifier(tmp_path))
    whole_file = path.read_bytes()
    for length in range(0, len(whole_file), 37):
        path.write_bytes(whole_file[:length])
        with pytest.raises(archcalc.ArchcalcError):
            archcalc.load(path)


def test_a_missing_file_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "nowhere.onnx"]) == 2
    assert capsys.readouterr().err == "archcalc: no file 'nowhere.onnx'\n"


HOSTILE = {
    "sizes below zero": (
        [node("MatMul", "x w", "y")],
        [helper.make_tensor("w", 1, [0], [])],
        "has no such sizes",
    ),
    "too many numbers": (
        [node("ConstantOfShape", "n", "c"), node("Add", "x c", "y")],
        [whole("n", 2**40, 2**40)],
        "ConstantOfShape",
    ),
    "nothing makes an input": ([node("Relu", "nothing", "y")], [], "nothing makes its input"),
    "nothing makes the output": ([node("Relu", "x", "z")], [], "nothing makes its output 'y'"),
    "in a circle": (
        [node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")],
        [],
        "nothing makes its input 'b'",
    ),
    "attributes of another kind": (
        [node("Conv", "x w", "y", strides="two")],
        [stored("w", 1, 4, 3, 3)],
        "Conv",
    ),
    "an axis that is not there": ([node("Softmax", "x", "y", axis=7)], [], ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_message(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes, tensors, said = HOSTILE[name]
    path = Path(written(tmp_path, nodes, [taken("x", 1, 4, 8, 8)], tensors))
    if name == "sizes below zero":
        model = onnx.load(path)
        model.graph.initializer[0].dims[0] = -3
        path.write_bytes(model.SerializeToString())
    assert main(["layers", str(path)]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert said in error
    assert len(error.splitlines()) <= 2


def test_names_are_those_of_modules_whatever_a_file_calls_them(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        [helper.make_node("Relu", ["x"], ["y"], name="\x1b[31m<b>|..evil" + "e" * 500)],
        [taken("x", 1, 4)],
    )
    (name,) = [n.name for n in archcalc.load(path).nodes]
    assert set(name) == {"e"}
    assert len(name) == 200


def function(name: str, *calls: str) -> Any:
    """A function of a file that calls others, or is a rectifier."""
    names = ["a", *(f"t{i}" for i in range(1, len(calls))), "b"]
    steps = list(zip(calls, names, names[1:], strict=False))
    nodes = [helper.make_node(op, [i], [o], domain="own") for op, i, o in steps]
    if not calls:
        nodes = [node("Relu", "a", "b")]
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, ["a"], ["b"], nodes, imports)


def of_functions(folder: Path, called: str, *functions: Any) -> str:
    first = helper.make_node(called, ["x"], ["y"], domain="own")
    return written(folder, [first], [taken("x", 1, 4)], functions=functions, domains=["own"])


def test_functions_of_a_file_are_written_out(tmp_path: Path) -> None:
    path = of_functions(tmp_path, "twice", function("once"), function("twice", "once", "once"))
    assert archcalc.load(path).operations == {"compare": 8}


def test_functions_without_an_end_are_refused(tmp_path: Path) -> None:
    with pytest.raises(archcalc.ArchcalcError, match="function 'a' calls itself"):
        archcalc.load(of_functions(tmp_path, "a", function("a", "b"), function("b", "a")))
    many = [function("f0")]
    many += [function(f"f{i}", *[f"f{i - 1}"] * 10) for i in range(1, 9)]
    with pytest.raises(archcalc.ArchcalcError, match="has more than 250,000 nodes"):
        archcalc.load(of_functions(tmp_path, "f8", *many))


def test_an_operator_that_is_read_wrongly_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archcalc.importer.onnx.call import OPERATORS

    path = classifier(tmp_path)
    right = OPERATORS["Conv"]

    def wrong(call: Any) -> Any:
        del call._attributes["strides"]
        return right(call)

    monkeypatch.setitem(OPERATORS, "Conv", wrong)
    with pytest.raises(ImportRefused, match="'a' is 1x4x4x4 by ONNX's inference, and 1x4x8x8"):
        archcalc.load(path)


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
