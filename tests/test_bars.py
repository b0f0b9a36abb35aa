"""Bars and colour of `layers`: on a wide terminal, and nowhere else."""

from __future__ import annotations

import os
import sys

import pytest

import archcalc
from archcalc.cli import main
from archcalc.cli.bars import bar_of, with_bars
from archcalc.formats import Row
from archcalc.tables.layer_table import layer_table


def test_bars_are_in_proportion_to_the_longest_outermost_row() -> None:
    """LeNet-5: C5 has 48,120 of the parameters: twelve cells. C3's 1,516 are 3 eighths of a cell,
    C1's 156 less than one, which still shows."""
    table = with_bars(layer_table(archcalc.load("lenet5")))
    rows = {row.values["name"]: row.values for row in table.rows if isinstance(row, Row)}
    bars = {name: rows[name]["parameters_share_bar"] for name in ("c1", "c3", "c5", "f6")}
    assert bars == {"c1": "▏", "c3": "▍", "c5": "█" * 12, "f6": "██▌"}
    assert rows["s2"]["macs_share_bar"] == ""
    assert "parameters_share_bar" not in rows["total"]
    keys = [column.key for column in table.columns]
    assert keys.index("macs_share_bar") == keys.index("macs_share") + 1


def test_all_others_together_have_no_bar_and_shorten_no_other() -> None:
    """C3 has most MACs of a layer, 150,000; the four others together 175,680."""
    table = with_bars(layer_table(archcalc.load("lenet5"), columns=["macs", "macs_share"], top=1))
    bars = {row.values["name"]: row.values.get("macs_share_bar") for row in table.rows
            if isinstance(row, Row)}  # fmt: skip
    assert bars["c3"] == "█" * 12
    assert [bar for name, bar in bars.items() if name != "c3"] == [None, None]


def test_a_table_without_shares_has_none() -> None:
    table = layer_table(archcalc.load("lenet5"), columns=["op", "macs"])
    assert with_bars(table).columns == table.columns


class Terminal:
    """A standard output that says it is a terminal, so many columns wide."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


def printed(monkeypatch: pytest.MonkeyPatch, columns: int, **environment: str) -> str:
    terminal = Terminal()
    for name in ("NO_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((columns, 40)))
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["layers", "lenet5"]) == 0
    monkeypatch.undo()
    return terminal.text


def test_a_wide_terminal_has_coloured_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(monkeypatch, 160, TERM="xterm")
    assert "80.2%  \x1b[34m████████████\x1b[0m" in text
    assert "NO_COLOR" not in text


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_bars_without_colour(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    text = printed(monkeypatch, 160, **environment)
    assert "80.2%  ████████████" in text
    assert "\x1b" not in text


def test_a_narrow_terminal_and_a_pipe_have_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow = printed(monkeypatch, 100, TERM="xterm")
    assert main(["layers", "lenet5"]) == 0
    assert narrow == capsys.readouterr().out
    assert "█" not in narrow


def test_an_encoding_without_blocks_has_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    terminal.encoding = "ascii"
    monkeypatch.setattr(sys, "stdout", terminal)
    bar = bar_of(5, 10)
    monkeypatch.undo()
    assert bar == "######"


def test_a_notebook_shows_the_picture_and_the_layers() -> None:
    shown = archcalc.load("lenet5")._repr_html_()
    assert "60,000 parameters" in shown
    assert shown.count("<svg ") == 1
    assert "<details><summary>layers</summary>" in shown
    assert shown.count("<tr") == 10, "the head, the input, seven layers and their total"


def test_a_notebook_shows_what_is_computed_of_networks_as_commands_do() -> None:
    """Titles of quantities as everywhere: MACs, not Macs."""
    net = archcalc.load("lenet5")
    for found, figure in (
        (archcalc.load("googlenet")["inception4a"], "73,608,192"),
        (archcalc.compare(net, archcalc.load("alexnet")), "60,000"),
        (archcalc.formula(net), "MACs"),
    ):
        shown = found._repr_html_()
        assert figure in shown
        assert "<th" in shown
        assert "Macs" not in shown
        assert len(repr(found)) < 200
    assert "= (10·10)·(5·5)·60 = 150,000" in net["c3"]._repr_html_()
