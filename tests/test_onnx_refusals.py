"""ONNX files that are refused: what is wrong, and where."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import onnx
import pytest

import archcalc
from archcalc.cli import main
from archcalc.importer.refusal import ImportRefused
from tests.onnx_files import TensorProto, classifier, helper, node, stored, taken, whole, written


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


COSTLY = {
    "axes that a shape says": (
        [node("ConstantOfShape", "s", "c"), node("Add", "x c", "y")],
        [whole("s", *[1] * 65)],
        "ConstantOfShape: its input 1 is of 65 axes, more than 64",
    ),
    "axes that add up": (
        [node("Unsqueeze", "x a", "b"), node("Unsqueeze", "b a", "y")],
        [whole("a", *range(32))],
        "'y' has 68 axes, more than 64",
    ),
    "axes of a stored tensor": (
        [node("MatMul", "x w", "y")],
        [helper.make_tensor("w", TensorProto.INT64, [1] * 65, [1])],
        "'w': has no such sizes",
    ),
    "sizes that double": (
        [node("Concat", f"s{i} s{i}", f"s{i + 1}", axis=0) for i in range(30)]
        + [node("Reshape", "x s30", "y")],
        [whole("s0", *[1] * 64)],
        "Reshape: its input 2 is wanted in numbers",
    ),
    "parts by the million": (
        [node("Split", "x", "y", axis=3, num_outputs=10**6)],
        [],
        "Split: has 1 outputs, and 1000000 parts",
    ),
    "an axis in parts again and again": (
        [node("Slice", "x a b a", "y")],
        [whole("a", *[0] * 9), whole("b", *range(9))],
        "Slice: takes parts of an axis twice",
    ),
    "indices of very many axes": (
        [node("Cast", "x", "i", to=7), node("ScatterND", "x i x", "y")],
        [],
        "ScatterND: has indices of 8 axes of 4",
    ),
    "an LSTM in very many directions": (
        [node("Squeeze", "x a", "z"), node("LSTM", "z w r", "y", hidden_size=1)],
        [whole("a", 0), stored("w", 100, 4, 8), stored("r", 100, 4, 1)],
        "LSTM: has no 100 directions",
    ),
    "inputs that are many": (
        [helper.make_node("Sum", ["x"] * 20_009, ["y"])],
        [],
        "has more than 20,000 nodes, or inputs of nodes",
    ),
}  # fmt: skip
"""Small files, of which some never ended and others took all memory."""


@pytest.mark.parametrize("name", COSTLY)
def test_a_file_built_to_cost_is_refused_at_once(name: str, tmp_path: Path) -> None:
    nodes, tensors, said = COSTLY[name]
    path = written(tmp_path, nodes, [taken("x", 1, 4, 8, 8)], tensors)
    start = time.process_time()
    with pytest.raises(archcalc.ArchcalcError) as refused:
        archcalc.load(path)
    assert time.process_time() - start < 10  # each takes a fraction of a second
    assert said in str(refused.value)


def test_products_of_known_numbers_are_not_computed(tmp_path: Path) -> None:
    """Convolutions of 256x256 numbers by as many took seconds each."""
    convolutions = [
        node("Conv", f"c{i} c0", f"c{i + 1}", pads=[128, 128, 127, 127]) for i in range(30)
    ]
    path = written(
        tmp_path,
        [
            node("ConstantOfShape", "s", "c0"),
            *convolutions,
            node("ReduceMax", "c30", "k", keepdims=0),
            node("Add", "x k", "y"),
        ],
        [taken("x", 1, 4)],
        [whole("s", 1, 1, 256, 256)],
    )
    start = time.process_time()
    assert archcalc.load(path).operations == {"add": 4}
    assert time.process_time() - start < 10


def test_names_that_are_the_same_as_modules_are_numbered(tmp_path: Path) -> None:
    """Each of very many was compared with all, and became longer than the last."""
    same = [stored(letter * 3, 4) for letter in "äöü"]
    path = written(
        tmp_path,
        [node("Mul", "x äää", "a"), node("Mul", "a ööö", "b"), node("Mul", "b üüü", "y")],
        [taken("x", 1, 4)],
        same,
    )
    parameters = [n.name for n in archcalc.load(path).nodes if n.op.name == "parameter"]
    assert parameters == ["_", "__2", "__3"]


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
    with pytest.raises(archcalc.ArchcalcError, match="has more than 20,000 nodes"):
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
