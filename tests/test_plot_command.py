"""`archcalc plot` and `archcalc.plot`: the same pictures, their files, and mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.names import catalog


def run(*arguments: str) -> int:
    return main(["plot", *arguments])


def test_the_command_writes_what_the_function_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.svg"
    assert run("cost", "resnet50", "--output", str(file)) == 0
    picture = archcalc.load("resnet50").plot()
    assert file.read_text(encoding="utf-8") == picture.svg == picture._repr_svg_()
    assert run("study", "stacked-3x3") == 0
    members = [archcalc.load(name) for name in catalog.members("stacked-3x3")]
    assert capsys.readouterr().out == archcalc.plot("study", *members).svg
    saved = picture.save(tmp_path / "again.svg")
    assert saved.read_bytes() == file.read_bytes()


def test_the_documentation_shows_what_is_drawn() -> None:
    shown = {
        "resnet50": archcalc.plot("cost", archcalc.load("resnet50")),
        "compare": archcalc.plot(
            "compare", *map(archcalc.load, ("vgg16", "resnet50", "densenet121"))
        ),
        "inception4a": archcalc.diagram(archcalc.load("googlenet"), "inception4a"),
        "stacked-3x3": archcalc.plot("study", *map(archcalc.load, catalog.members("stacked-3x3"))),
    }
    folder = Path(__file__).parent.parent / "docs" / "pictures"
    assert {path.stem for path in folder.iterdir()} == set(shown)
    for name, picture in shown.items():
        committed = (folder / f"{name}.svg").read_text(encoding="utf-8")
        assert committed == picture.svg, "rerun the archcalc plot command that docs/pictures.md has"


def test_options_build_the_network_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("cost", "resnet50", "--input", "3x320x320", "--batch", "8") == 0
    assert "(3x320x320, batch 8)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["costs", "lenet5"], "no picture 'costs'; did you mean 'cost'?"),
        (["cost"], "cost takes 1 network, got 0"),
        (["cost", "lenet5", "vgg16"], "cost takes 1 network, got 2"),
        (["compare", "lenet5"], "compare takes 2 to 4 networks, got 1"),
        (["study", "three-3x4"], "no model 'three-3x4'; did you mean 'three-3x3'?"),
        (
            ["cost", "lenet5", "--output", "a.gif"],
            "a picture's file ends in .svg, .png, .pdf; got 'a.gif'",
        ),
        (["cost", "lenet5", "--output", "nowhere/a.svg"], "cannot write nowhere/a.svg: no such"),
    ],
    ids=str,
)
def test_a_mistake_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"archcalc: {message}"), printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_python_says_the_same() -> None:
    with pytest.raises(ArchcalcError, match="did you mean 'history'"):
        archcalc.plot("histori", archcalc.load("lenet5"))
    with pytest.raises(ArchcalcError, match="takes a Network"):
        archcalc.plot("cost", "lenet5")  # type: ignore[arg-type]
    with pytest.raises(ArchcalcError, match="cannot write"):
        archcalc.load("lenet5").plot().save("nowhere/a.svg")


@pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_other_formats(ending: str, magic: bytes, tmp_path: Path) -> None:
    pytest.importorskip("cairosvg")
    file = tmp_path / f"lenet5.{ending}"
    assert run("cost", "lenet5", "--output", str(file)) == 0
    assert file.read_bytes().startswith(magic)
