"""Where commands print and write: files, links, pipes, and a standard output that takes nothing."""

from __future__ import annotations

import html
import json
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import archcalc
from archcalc.cli import main
from archcalc.cli.output import write_file
from archcalc.errors import ArchcalcError

LIST = [sys.executable, "-m", "archcalc", "list"]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    seen: list[str] = []
    reader = threading.Thread(target=lambda: seen.append(pipe.read_text()), daemon=True)
    reader.start()
    write_file(pipe, "figures\n")
    reader.join(10)
    assert seen == ["figures\n"]
    assert pipe.is_fifo()


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    link = tmp_path / "link"
    link.symlink_to(folder / "file")
    for text in ("first\n", "second\n"):  # a link to nothing yet, then one to a file
        write_file(link, text)
        assert link.is_symlink()
        assert (folder / "file").read_text() == text
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("before")
    file.chmod(0o640)
    write_file(file, "after")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("after", 0o640)


@pytest.mark.parametrize("command", ["list", "schema", "report"])
def test_an_empty_output_is_refused(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--output", ""]) == 2
    kind = "folder" if command == "report" else "file"
    message = f"archcalc: --output takes the path of a {kind}, got ''\n"
    assert capsys.readouterr().err == message


def test_a_path_that_says_folder_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["list", "--output", "missing/"]) == 2
    message = "archcalc: --output takes the path of a file, got 'missing/'\n"
    assert capsys.readouterr().err == message
    assert not (tmp_path / "missing").exists()


def test_a_file_that_may_not_be_written_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though its folder would let it be replaced; root, who may write all, is asked to wait."""
    file = tmp_path / "file"
    file.write_text("before")
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(ArchcalcError, match="permission denied; nothing was written"):
        write_file(file, "after")
    assert file.read_text() == "before"


def test_the_version_from_a_checkout_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"archcalc {archcalc.__version__}\n"


def test_a_folder_is_no_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--output", str(tmp_path)]) == 2
    said = f"archcalc: cannot write {tmp_path}: is a directory; nothing was written\n"
    assert capsys.readouterr().err == said


READERS = [
    ["list"],
    ["--help"],
    ["table", "--help"],
    ["table", "--models", "lenet5"],
    ["layers", "resnet50", "--format", "json"],
    ["claims", "--format", "csv"],
    ["schema"],
]


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_a_reader_that_is_gone_is_no_disagreement(arguments: list[str]) -> None:
    """Whatever is printed, a little or much, by a command or by click's help."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", *arguments], stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
@pytest.mark.parametrize("command", ["layers nope", "nope", "layers"])
def test_a_mistake_that_cannot_be_printed_is_still_one(command: str, redirection: str) -> None:
    shell = f"{sys.executable} -m archcalc {command} {redirection}"
    assert subprocess.run(shell, shell=True).returncode == 2


def test_a_fault_of_ours_is_no_disagreement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("archcalc.names.catalog.built_in", lambda kind: 1 // 0)
    assert main(["list"]) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert "ZeroDivisionError" in err
    assert err.endswith("archcalc: this is a fault of archcalc, not yours\n")


@pytest.mark.parametrize("format", ["json", "csv", "html", "markdown", "text", "latex"])
def test_an_ascii_terminal_loses_no_letter(format: str) -> None:
    """Of `(5·5·1 + 1)·6`, as each format writes what ASCII lacks."""
    explain = ["explain", "lenet5", "--layer", "c1", "--quantity", "parameters", "--format", format]
    ascii, utf8 = (
        subprocess.run(
            [sys.executable, "-m", "archcalc", *explain], capture_output=True, check=True,
            env={**os.environ, "PYTHONIOENCODING": encoding},
        ).stdout.decode(encoding)
        for encoding in ("ascii", "utf-8")
    )  # fmt: skip
    if format == "json":
        assert json.loads(ascii) == json.loads(utf8)
    elif format in ("html", "markdown"):
        assert html.unescape(ascii) == html.unescape(utf8)
    else:
        assert ascii == utf8.replace("·", "*")


@pytest.mark.parametrize("arguments", [LIST, [*LIST, "--help"]], ids=["list", "help"])
def test_a_full_standard_output_is_one_clear_line(arguments: list[str], tmp_path: Path) -> None:
    with (tmp_path / "full").open("w") as full:
        result = subprocess.run(
            arguments,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        )
    assert (result.returncode, result.stderr) == (2, "archcalc: cannot print: file too large\n")


def test_a_closed_standard_output_is_one_clear_line() -> None:
    result = subprocess.run(
        f"{sys.executable} -m archcalc list >&-", shell=True, stderr=subprocess.PIPE, text=True
    )
    said = "archcalc: cannot print: standard output is closed\n"
    assert (result.returncode, result.stderr) == (2, said)


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: archcalc [OPTIONS]")
    assert err == ""


@pytest.mark.parametrize(
    ("name", "options", "start"),
    [
        ("nets.csv", [], "model,family,year"),
        ("nets.JSON", [], "[\n {\n"),
        ("nets.md", [], "1 network"),
        ("nets.tex", [], "% needs"),
        ("nets.html", [], "<"),
        ("nets.txt", [], "1 network"),
        ("nets", [], "1 network"),
        ("nets.xlsx", ["--format", "csv"], "model,"),
        ("nets.csv", ["--format", "text"], "1 network"),
    ],
)
def test_the_name_of_a_file_says_the_format(
    name: str, options: list[str], start: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    assert main(["table", "lenet5", *options, "--output", str(file)]) == 0
    assert file.read_text().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["table", "lenet5", "--output", "a.xlsx"], ".txt, got 'a.xlsx'; a spreadsheet opens .csv"),
        (["layers", "lenet5", "--output", "a.svg"], "got 'a.svg'; --format writes it under any"),
        (
            ["table", "lenet5", "--output", "a.parquet"],
            "takes a file that ends in .csv, .json, .md",
        ),
        (["formula", "lenet5", "--output", "a.PNG"], ".html, .txt or .py, got 'a.PNG'"),
        (["spec", "lenet5", "--output", "a.yaml"], "takes a file that ends in .json, got 'a.yaml'"),
        (["schema", "--output", "a.yaml"], "takes a file that ends in .json, got 'a.yaml'"),
        (["page", "lenet5", "--output", "a.md"], "ends in .html or .htm, got 'a.md'"),
        (["import", "lenet5", "--output", "a.py"], "takes a file that ends in .json, got 'a.py'"),
        (["export", "lenet5", "--output", "a.onnx"], "ends in .pt2 or .pt, got 'a.onnx'"),
    ],
)
def test_a_file_that_ends_as_no_format_is_refused(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
