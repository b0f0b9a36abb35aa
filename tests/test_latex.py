"""LaTeX fits a page of A4: how columns are laid out, and what pdflatex says of every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.formats import Column, Row, Table, render
from archcalc.formats.latex_layout import GAP, SHEETS, breakable, ems, layout
from tests.test_markup import compile_latex

NAMES = ["layer", "stage1.block1.conv1", "stage1.block1.conv2"]
COUNTS = ["parameters", "102,764,544", "16,781,312"]
WORDS = ["what it is", "Normalisation over groups of channels at all positions " * 3, "-"]


def widths(columns: list[list[str]], wrapping: list[bool]) -> list[float]:
    """How many points each part of a table takes, which must be at most a line's."""
    found = layout(columns, wrapping)
    sheet = found.sheet
    assert found.parts[0].columns[0] == 0
    sums = []
    for part in found.parts:
        taken = GAP * (len(part.columns) - 1)
        for i, share in zip(part.columns, part.widths, strict=True):
            natural = max(map(ems, columns[i])) * sheet.em
            taken += natural if share is None else share * sheet.line
        assert taken <= sheet.line + 1
        sums.append(taken)
    return sums


def test_what_fits_is_set_as_it_is() -> None:
    found = layout([NAMES, COUNTS], [True, False])
    assert found.sheet == SHEETS[0]
    assert [part.widths for part in found.parts] == [(None, None)]


def test_what_is_too_wide_wraps() -> None:
    found = layout([NAMES, COUNTS, WORDS], [True, False, True])
    assert found.sheet == SHEETS[0]
    ((names, counts, words),) = [part.widths for part in found.parts]
    assert (names, counts) == (None, None)
    assert words is not None
    assert len(widths([NAMES, COUNTS, WORDS], [True, False, True])) == 1


@pytest.mark.parametrize(("columns", "parts"), [(4, 1), (8, 1), (20, 2), (40, 4)])
def test_many_columns_are_small_then_on_their_side_then_parts(columns: int, parts: int) -> None:
    table = [NAMES] + [COUNTS] * columns
    assert len(widths(table, [True] + [False] * columns)) == parts
    found = layout(table, [True] + [False] * columns)
    assert found.sheet.is_landscape == (columns > 4)
    shown = [i for part in found.parts for i in part.columns if i]
    assert shown == [*range(1, columns + 1)]


def test_a_path_is_broken_behind_its_dots_and_a_figure_nowhere() -> None:
    assert breakable("features.denseblock4.conv1").split("\ue000") == [
        "features.",
        "denseblock4.",
        "conv1",
    ]
    assert breakable("25,557,032 1.5") == "25,557,032 1.5"


def test_a_table_of_parts_repeats_its_first_column() -> None:
    columns = [Column("name", "name", align="left")]
    columns += [Column(f"c{i}", "activations") for i in range(20)]
    row = Row({"name": "vgg16", **{f"c{i}": "102,764,544" for i in range(20)}})
    latex = render(Table("", columns, [row]), "latex")
    assert latex.count(r"\begin{longtable}") == latex.count("vgg16 &") > 1
    assert r"% needs \usepackage{lscape}" in latex


def test_formulas_above_equations_are_mathematics(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "googlenet", "--layer", "inception4a", "--format", "latex"]) == 0
    assert (
        r"parameters, $(\text{kernel} \cdot \text{kernel} \cdot \text{in} + 1) \cdot \text{out}$"
    ) in capsys.readouterr().out


COMMANDS = [
    "table all",
    "table all --columns all",
    "layers lenet5",
    "layers googlenet --columns all",
    "explain lenet5 --quantity all",
    "explain googlenet --layer inception4a",
    "explain resnet50",
    "claims",
    "claims d4-lenet-sum-omits-c3",
    "compare googlenet inception-v3",
    "compare stacked-3x3 --open channels",
    "formula inception-v3 --floors",
    "ops",
    "ops conv2d",
    "list",
]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_what_commands_print_fits_a_page(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In `article` on A4 with its own margins, which are wide."""
    assert main([*command.split(), "--format", "latex"]) == 0
    said = compile_latex(capsys.readouterr().out, tmp_path)
    over = [float(points) for points in re.findall(r"Overfull \\hbox \(([0-9.]+)pt", said)]
    assert max(over, default=0) <= 1


@pytest.mark.slow
def test_the_check_of_pages_can_fail(tmp_path: Path) -> None:
    said = compile_latex("\\mbox{" + "wide " * 100 + "}", tmp_path)
    assert "Overfull" in said
