"""Pictures in one theme: light or dark wherever they are shown."""

from __future__ import annotations

import re

import pytest

from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.network import load
from archcalc.pictures import plot
from archcalc.pictures.palette import COLOURS


def test_a_theme_has_the_colours_of_one_scheme() -> None:
    """As attributes, before which the rules of the dark ones go."""
    picture = plot("cost", load("lenet5"))
    assert picture.in_theme("auto") == picture
    assert "@media" in picture.svg
    light, dark = (picture.in_theme(theme).svg for theme in ("light", "dark"))
    assert "<style>" not in light
    assert "@media" not in dark
    (rules,) = re.findall("<style>(.*)</style>", dark)
    roles = set(re.findall(r'class="[fs]-([a-z0-9-]+)"', dark))
    assert {"paper", "ink"} < roles
    for role in roles:
        assert COLOURS[role].dark in rules
    assert light == re.sub("<style>.*</style>\n", "", dark)


def test_there_is_no_other_theme() -> None:
    with pytest.raises(ArchcalcError, match="a theme is one of auto, light, dark; got 'blue'"):
        plot("cost", load("lenet5")).in_theme("blue")  # type: ignore[arg-type]


@pytest.mark.parametrize("command", ["plot cost lenet5", "diagram lenet5"])
def test_commands_take_a_theme(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--theme", "dark"]) == 0
    dark = capsys.readouterr().out
    assert main(command.split()) == 0
    both = capsys.readouterr().out
    assert "@media" not in dark
    assert dark != both
    assert main([*command.split(), "--theme", "drak"]) == 2
    assert "did you mean 'dark'?" in capsys.readouterr().err
