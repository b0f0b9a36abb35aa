"""`archcalc sweep`: tables, options, and the files that it reads and writes."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import archcalc
from archcalc.cli import main
from archcalc.network import load

WIDE = [
    "sweep",
    "wrn-28-10",
    "--set",
    "depth=15:16",
    "--set",
    "widen=1,2",
    "--columns",
    "parameters",
]


def run(*arguments: str) -> int:
    return main(list(arguments))


def test_refused_points_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*WIDE, "--format", "csv") == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    # 11 / 6 blocks are none; WRN-16-1 has 175,066 parameters, WRN-16-2 691,674 (Zagoruyko,
    # Komodakis 2016, table 4: 0.2M and 0.7M).
    assert [row["parameters"] for row in rows] == ["", "", "175066", "691674"]
    assert [bool(row["refused"]) for row in rows] == [True, True, False, False]
    assert 'repeat "n" is 11/6' in rows[0]["refused"]
    assert "refused: 2 points" in err
    assert run(*WIDE) == 0
    out = capsys.readouterr().out
    assert "4 points" in out
    assert "refused: 2 points" in out
    assert run(*WIDE, "--where", "parameters > 200e3", "--format", "csv") == 0
    out, err = capsys.readouterr()
    assert out == "depth,widen,parameters\n16,2,691674\n"
    assert "refused: 2 points" in err


def test_a_dataframe_has_what_is_missing() -> None:
    found = archcalc.sweep(load("wrn-28-10"), {"depth": [15, 16], "widen": [1, 2]})
    table = found.to_dataframe()
    assert table["parameters"].isna().tolist() == [True, True, False, False]
    assert table["parameters"].tolist()[2:] == [175_066, 691_674]
    assert table["refused"].astype(bool).tolist() == [True, True, False, False]


def test_json_has_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    """10^9 channels: parameters over 2^63, to the unit."""
    assert run("sweep", "one-7x7", "--set", "channels=3,1000000000", "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["parameters"] for row in rows] == [441, 49 * 10**18]


def test_the_mistakes_of_what_varies(capsys: pytest.CaptureFixture[str]) -> None:
    for given, said in {
        "input=32,64": "resnet50 has no argument 'input'; --input varies it",
        "height=,5": "--set height: '' is no expression; names, numbers, + - * / // ( ) [ ]",
    }.items():
        assert main(["sweep", "resnet50", "--set", given]) == 2
        assert capsys.readouterr().err == f"archcalc: {said}\n"


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in [
        (["--set", "num_classes=10"], "a sweep takes what varies"),
        (["--set", "num_classes=1:9", "--columns", "depth"], "no column 'depth'"),
        (["--set", "num_classes=1:9", "--where", "macs"], "--where takes a condition"),
        (["--set", "num_classes=1:9", "--pareto", "macs,-macs"], "--pareto names 'macs' twice"),
        (["--set", "num_classes=1:9", "--ascending"], "--ascending goes with --sort"),
        (["--set", "num_classes=9:1"], "--set num_classes: the range '9:1' has no values"),
        (["--input", "3x32x32x9,3x33"], "vgg16 has 3x224x224, and takes no input '3x32x32x9'"),
    ]:
        assert run("sweep", "vgg16", *arguments) == 2
        assert said in capsys.readouterr().err


# --- files ----------------------------------------------------------------------------------------


def test_points_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """49·C² weights, 49·C²·28·width MACs, at points that are no grid; the last has no channels."""
    path = tmp_path / "points.csv"
    path.write_text("channels,width\n3,1\n10,2\n3,5\n0,1\n")
    command = ["sweep", "one-7x7", "--points", str(path), "--format", "csv"]
    assert run(*command) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[:4] == [
        "channels,width,parameters,macs,refused",
        "3,1,441,12348,",
        "10,2,4900,274400,",
        "3,5,441,61740,",
    ]
    assert lines[4].startswith("0,1,,,")
    assert "refused: 1 point" in err
    assert run(*command, "--set", "height=1,2") == 0
    assert len(capsys.readouterr().out.splitlines()) == 9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channels\n", "has no points"),
        ("channels,channels\n1,2\n", "takes names, each once"),
        ("channels\n1,2\n", "line 2 has 2 values, not 1"),
        ("channels\n1\n?\n", "line 3: channels: '?' is no expression"),
        ("chanels\n1\n", "did you mean 'channels'?"),
    ],
)
def test_what_is_no_file_of_points_is_said(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text)
    assert run("sweep", "one-7x7", "--points", str(path)) == 2
    assert said in capsys.readouterr().err


def test_a_file_of_points_that_may_never_end_is_not_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "points.csv"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        assert run("sweep", "one-7x7", "--points", str(path)) == 2
        assert capsys.readouterr().err == (
            f"archcalc: {path}: cannot be read: is no regular file\n"
        )


def test_a_long_name_of_a_column_is_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "points.csv"
    path.write_text(f"{'a' * 5_000}\x1b[31m\n?\n")
    assert run("sweep", "one-7x7", "--points", str(path)) == 2
    said = capsys.readouterr().err.removesuffix("\n")
    assert said.isprintable()
    assert len(said) < 300


INTO_PARTS = """
import os, signal, sys
import archcalc.sweeps.parts_folder as parts
import archcalc.cli.sweep_command as command
from archcalc.cli import main
from archcalc.sweeps import space as spaces
parts.POINTS_A_PART, spaces.POINTS_AT_ONCE = 50, 20
left, write = int(sys.argv[1]), command.write_file
def counted(path, text):
    global left
    if left == 0:
        path.with_name(f".{path.name}.{os.getpid()}.draft").write_text(text[:9])
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    write(path, text)
command.write_file = counted
space = ["--set", "depth=10:30", "--set", "widen=1:12"]
sys.exit(main(["sweep", "wrn-28-10", *space, "--output", sys.argv[2]]))
"""


def test_a_folder_of_parts_goes_on_after_a_kill_with_the_same_bytes(tmp_path: Path) -> None:
    """252 points: 11 a block of 20, in parts of 60 and the last of 12; and the question."""

    def into(folder: str, left: int) -> int:
        command = [sys.executable, "-c", INTO_PARTS, str(left), f"{tmp_path / folder}/"]
        return subprocess.run(command, check=False, capture_output=True).returncode

    assert into("whole", 99) == 0
    assert into("ended", 3) == -signal.SIGKILL
    whole, ended = tmp_path / "whole", tmp_path / "ended"
    names = ["part-00000.csv", "part-00001.csv", "part-00002.csv", "part-00003.csv"]
    assert sorted(p.name for p in ended.glob("[!.]*")) == [*names[:2], "sweep.json"]
    assert into("ended", 99) == 0
    kept = {path.name: path.read_bytes() for path in ended.iterdir()}
    assert kept == {path.name: path.read_bytes() for path in whole.iterdir()}
    lines = [
        line for name in sorted(kept) if name != "sweep.json" for line in kept[name].splitlines()
    ]
    points = [line for line in lines if not line.startswith(b"depth")]
    assert len(points) == 252
    assert b"16,2,691674,101106944," in points
    assert b"11,1,,,yes" in points


def test_a_folder_has_one_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = f"{tmp_path / 'parts'}/"
    assert run("sweep", "vgg16", "--set", "num_classes=1:9", "--output", folder) == 0
    again = tmp_path / "parts" / "part-00000.csv"
    before = again.read_bytes()
    # 4096 weights and a bias a class.
    assert (
        before.splitlines()[2].split(b",")[1]
        == str(load("vgg16", num_classes=2).parameters).encode()
    )
    assert run("sweep", "vgg16", "--set", "num_classes=1:10", "--output", folder) == 2
    assert "has another sweep" in capsys.readouterr().err
    assert (
        run("sweep", "vgg16", "--set", "num_classes=1:9", "--output", folder, "--limit", "2") == 2
    )
    assert "a folder takes no --pareto, --sort or --limit" in capsys.readouterr().err
    assert run("sweep", "vgg16", "--set", "num_classes=1:9", "--output", f"{tmp_path}/") == 2
    assert "has files, and no sweep.json" in capsys.readouterr().err
    assert again.read_bytes() == before


def test_the_name_of_a_file_says_its_format(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    assert run("sweep", "one-7x7", "--set", "channels=1,2", "--output", str(path)) == 0
    assert path.read_text().splitlines()[0] == "channels,parameters,macs,refused"
