"""What a command is given besides spec files: one clear message and exit code 2, or it is done."""

from __future__ import annotations

import json
import os
import sys
from fractions import Fraction
from pathlib import Path
from unittest.mock import Mock

import pytest

from archcalc import untrusted
from archcalc.cli import main
from archcalc.expressions.expression import Expression
from archcalc.expressions.parsing import parse
from archcalc.language import read
from archcalc.language.budget import STEPS_AN_ITEM, Budget
from archcalc.language.strict_json import MOST_PROBLEMS
from archcalc.sweeps.points_file import points_axis
from archcalc.untrusted import opened_files_remembered, untrusted_file, was_opened
from tests.spec_files import RELU, spec

Captured = pytest.CaptureFixture[str]


def refused(arguments: list[str], captured: Captured) -> list[str]:
    """The lines on stderr of a command that refuses what it is given."""
    assert main(arguments) == 2
    out, err = captured.readouterr()
    assert not out
    lines = err.splitlines()
    assert all(line.startswith("archcalc: ") and line.isprintable() for line in lines)
    return [line.removeprefix("archcalc: ") for line in lines]


# --- paths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["table", "lenet5", "--output", "a\0b"],
        ["export", "lenet5", "--output", "a\0b"],
        ["import", "torch.nn:ReLU", "--output", "a\0b"],
        ["sweep", "lenet5", "--points", "a\0b"],
        ["reconcile", "lenet5", "--counter", "a\0b"],
    ],
)
def test_no_path_has_a_nul(arguments: list[str], capsys: Captured) -> None:
    assert refused(arguments, capsys) == [f"{arguments[-2]} takes a path, got 'a\\x00b'"]


def test_no_path_has_half_a_character(capsys: Captured) -> None:
    said = "--output takes a path, got '\\ud800'"
    assert refused(["table", "lenet5", "--output", "\ud800"], capsys) == [said]


def test_a_folder_s_name_may_be_too_long(tmp_path: Path, capsys: Captured) -> None:
    folder = str(tmp_path / ("a" * 300))
    said = f"cannot write {folder}: file name too long; nothing was written"
    assert refused(["report", "lenet5", "--output", folder], capsys) == [said]


@pytest.mark.parametrize("command", ["export", "import"])
def test_a_folder_is_no_file_to_write(command: str, capsys: Captured) -> None:
    said = "--output takes the path of a file, got 'my/'"
    assert refused([command, "lenet5", "--output", "my/"], capsys) == [said]


def test_a_file_with_nothing_now_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """As the kernel's, such as /proc/kmsg: a regular file of which a read would wait."""
    file = tmp_path / "my.json"
    file.write_text("{}")
    readable, _ = os.pipe()
    os.set_blocking(readable, False)
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *flags: os.dup2(readable, real(path, *flags)))
    monkeypatch.setattr("archcalc.untrusted._check", lambda mode: None)
    said = f"{file}: cannot be read: has nothing to read now"
    assert refused(["validate", str(file)], capsys) == [said]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: Captured) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for suffix in ("json", "onnx", "csv", "py"):
        (tmp_path / f"my.{suffix}").symlink_to(pipe)
    given = {
        "json": ["validate", "FILE"],
        "onnx": ["table", "FILE"],
        "csv": ["sweep", "lenet5", "--points", "FILE"],
        "py": ["table", "FILE:Net"],
    }
    for suffix, arguments in given.items():
        file = str(tmp_path / f"my.{suffix}")
        (line,) = refused([word.replace("FILE", file) for word in arguments], capsys)
        assert "regular file" in line or line.startswith("no file ")


def test_a_missing_file_is_said_before_its_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured
) -> None:
    """Without torch and onnx, too: neither is loaded to say so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert refused(["table", "my.onnx"], capsys) == ["no file 'my.onnx'"]
    assert refused(["table", "my.py:Net"], capsys) == ["no file 'my.py'"]


@pytest.mark.parametrize("held", [b"\xff\xfe", b"{}", None])
def test_a_folder_of_parts_may_hold_anything(
    held: bytes | None, tmp_path: Path, capsys: Captured
) -> None:
    """Another file than that of the sweep, a pipe among them."""
    file = tmp_path / "sweep.json"
    if held is None:
        os.mkfifo(file)
    else:
        file.write_bytes(held)
    (line,) = refused(["sweep", "lenet5", "--input", "32,36", "--output", f"{tmp_path}/"], capsys)
    ends = f"{tmp_path} has another sweep; take another folder"
    assert line == (ends if held else f"{file}: cannot be read: is no regular file")
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("command", ["list", "compare", "formula", "page", "report", "explain"])
def test_a_name_that_is_not_seen_is_found_again(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured
) -> None:
    """What is printed of it is escaped; what is read is the file itself."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "a\tb\u202e.json"
    file.write_text(json.dumps(spec(RELU, {"op": "flatten"}, {"op": "linear", "out_features": 2})))
    others = ["lenet5"] if command == "compare" else []
    assert main([command, f"./{file.name}", *others]) == 0
    out, err = capsys.readouterr()
    assert all(line.isprintable() for line in (out + err).splitlines())
    if command not in ("page", "report"):  # which write files
        assert "a\\tb\\u202e" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["table", "./my.json", "--output", "my.json"],
        ["table", "./my.json:my", "--output", "my.json"],
        ["page", "./my.json", "--output", "link.html"],
        ["compare", "lenet5", "./my.json", "--output", "./my.json"],
        ["reconcile", "lenet5", "--counter", "counter.json", "--output", "counter.json"],
        ["sweep", "wrn-28-10", "--points", "points.csv", "--output", "points.csv"],
        ["report", "./my.md", "--output", "."],
        ["table", "my.py:Net", "--output", "my.py", "--format", "csv"],
    ],
)
def test_what_was_read_is_not_written_over(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    text = json.dumps(spec(RELU, {"op": "flatten"}, {"op": "linear", "out_features": 2}))
    counter = {"name": "mine", "calls_it": "FLOPs", "ops": {"relu": {"outputs": 1}}}
    files = {
        "my.json": text,
        "my.md": text,
        "counter.json": json.dumps(counter),
        "points.csv": "widen\n1\n2\n",
        "my.py": "from torch import nn, zeros\n\ndef Net():\n"
        "    return nn.Linear(2, 3), (zeros(1, 2),)\n",
    }
    for name, written in files.items():
        Path(name).write_text(written)
    Path("link.html").symlink_to("my.json")
    (line,) = refused(arguments, capsys)
    assert line.endswith(": that is the file that was read; nothing was written")
    assert {name: Path(name).read_text() for name in files} == files


def test_files_are_remembered_by_whatever_name_for_one_command_alone(tmp_path: Path) -> None:
    file, link = tmp_path / "my.json", tmp_path / "link.json"
    file.write_text("{}")
    link.symlink_to(file)
    with opened_files_remembered():
        assert not was_opened(file)
        with untrusted_file(link):
            assert was_opened(file)
    assert not was_opened(file)
    with untrusted_file(file):
        assert not was_opened(file)


def test_a_file_of_many_networks_is_read_once_a_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured
) -> None:
    """Of 1,000 presets of a file of 1 MiB it would be 2 GB."""
    opened: list[object] = []
    open_regular = untrusted._open_regular
    monkeypatch.setattr(
        untrusted, "_open_regular", lambda path: (opened.append(path), open_regular(path))[1]
    )
    file = tmp_path / "my.json"
    for depth in (1, 2):
        tree = {"input": [3], "layers": [{"name": "a", "op": "relu", "repeat": depth}]}
        file.write_text(json.dumps({**tree, "presets": {f"p{i}": {} for i in range(9)}}))
        opened.clear()
        assert main(["layers", f"{file}:p3", "--format", "csv"]) == 0
        assert main(["table", str(file), "--no-notes"]) == 0
        assert list(map(str, opened)) == [str(file)] * 2
    assert "a.1" in capsys.readouterr().out  # what has changed since


def test_a_file_may_be_written_after_another_command_has_read_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (["spec", "lenet5", "--output", "my.json"], ["table", "./my.json"]) * 2:
        assert main(arguments) == 0
    assert not capsys.readouterr().err


def test_an_interrupt_while_a_class_is_made_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 raises a RuntimeError of it."""

    def interrupted(*arguments: object) -> int:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr("archcalc.cli.program.run_command", interrupted)
    assert main(["table", "lenet5"]) == 130


# --- options --------------------------------------------------------------------------------------


def test_a_formula_of_nothing(capsys: Captured) -> None:
    (line,) = refused(["formula", "lenet5", "--quantity", ","], capsys)
    assert line.startswith("a formula takes quantities, such as ")


def test_a_shell_that_asks_oddly_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("_ARCHCALC_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "archcalc")
    monkeypatch.setenv("COMP_CWORD", "x")
    (line,) = refused([], capsys)
    assert line.startswith("cannot complete: ")


# --- files of counters ----------------------------------------------------------------------------


def test_a_counter_s_problems_end(tmp_path: Path, capsys: Captured) -> None:
    rules = {f"no_op{number}": {"outputs": 1} for number in range(9_000)}
    file = tmp_path / "my.json"
    file.write_text(json.dumps({"name": "mine", "calls_it": "FLOPs", "ops": rules}))
    lines = refused(["reconcile", "lenet5", "--counter", str(file)], capsys)
    assert len(lines) == MOST_PROBLEMS + 1


# --- files of points ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\n\n\n", "its first line takes names, each once"),
        ("a,a\n1,1\n", "its first line takes names, each once"),
        ("a,\n1,1\n", "its first line takes names, each once"),
        ("a\n", "has no points; it takes a line of names, and lines of values"),
        ("a\n1\n\n2\n", "line 3 has 0 values, not 1"),
        ("a\n1\n(\n", "line 3: a: '(' is no expression"),
        ('a\n"' + "1" * 200_000, "is no CSV file"),
    ],
)
def test_what_is_no_file_of_points(
    text: str, problem: str, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "my.csv"
    file.write_text(text)
    (line,) = refused(["sweep", "lenet5", "--points", str(file)], capsys)
    assert line.startswith(f"{file}: {problem}")


def test_a_text_means_the_same_in_every_line(tmp_path: Path) -> None:
    file = tmp_path / "my.csv"
    file.write_text("a,b\n0.5,2\n2, 2 \ntrue,0.5\n")
    axis = points_axis(file)
    assert axis.settings == {"a": [Fraction(1, 2), 2, 1], "b": [2, 2, Fraction(1, 2)]}


def test_very_many_columns_are_compared_once(tmp_path: Path, capsys: Captured) -> None:
    """A hundred thousand columns took minutes."""
    file = tmp_path / "my.csv"
    names = [f"c{number}" for number in range(100_000)]
    file.write_text(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")
    (line,) = refused(["sweep", "lenet5", "--points", str(file)], capsys)
    assert "'c0'" in line


def test_a_file_that_is_refused_is_read_once(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`table` looks for the networks in it, for their arguments, and for each of them."""
    read_text = Mock(side_effect=read.read_text)
    monkeypatch.setattr(read, "read_text", read_text)
    file = tmp_path / "my.json"
    file.write_text(json.dumps({"input": [3, 8, 8], "layers": [{"op": "rleu"}]}))
    for command in ("table", "layers", "validate"):
        assert "unknown op 'rleu'" in refused([command, str(file)], capsys)[0]
    assert read_text.call_count == 1


# --- layers that are many -------------------------------------------------------------------------


@pytest.mark.parametrize("op", ["rnn", "gru", "lstm"])
def test_the_layers_of_a_recurrent_layer_count(op: str, tmp_path: Path, capsys: Captured) -> None:
    """Each of them is gone through: a thousand million never ended."""
    file = tmp_path / "my.json"
    layer = {"name": "r", "op": op, "hidden_size": 2, "num_layers": 10**9}
    file.write_text(json.dumps(spec(layer, input=[8, 2])))
    for command in ("validate", "table"):
        assert "comes to more than 125,000 items" in refused([command, str(file)], capsys)[0]


# --- expressions of many copies -------------------------------------------------------------------


def test_copies_that_ask_for_the_same_are_told_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated: list[str] = []
    evaluate = Expression.evaluate

    def noted(self: Expression, scope: dict[str, object]) -> object:
        evaluated.append(self.text)
        return evaluate(self, scope)

    monkeypatch.setattr(Expression, "evaluate", noted)
    budget, half, whole = Budget(), parse("1/2 + 0*0*0*n"), parse("7")
    assert [budget.evaluate(half, {"n": 7}) for _ in range(3)] == [Fraction(1, 2)] * 3
    assert evaluated == [half.text]
    assert budget.items == 3 * (half.steps // STEPS_AN_ITEM) > 0, "each copy counts"
    assert [budget.evaluate(whole, {}) for _ in range(2)] == [7, 7]
    assert evaluated[1:] == [whole.text]
    third = parse("n/3")
    assert [budget.evaluate(third, {"n": n}) for n in (3, 6, 6, (3,)[0])] == [1, 2, 2, 1]
    assert evaluated[2:] == [third.text] * 3
