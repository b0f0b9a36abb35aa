"""README and docs say what the program does: every `$ archcalc ...` block is run and compared."""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.cli.start_page import COMMANDS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"```\n\$ archcalc (?P<arguments>.*)\n(?P<output>(?:.*\n)*?)```")


def printed(arguments: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        assert main(shlex.split(arguments)) in (0, 1)  # 1 where a disagreement is shown
    return out.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_shown_output_is_what_the_program_prints(
    page: Path, request: pytest.FixtureRequest
) -> None:
    text = page.read_text(encoding="utf-8")

    def rerun(block: re.Match[str]) -> str:
        return f"```\n$ archcalc {block['arguments']}\n{printed(block['arguments'])}```"

    if request.config.getoption("--update-golden"):
        page.write_text(BLOCK.sub(rerun, text), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == BLOCK.sub(rerun, text)


def test_the_readme_shows_the_main_commands() -> None:
    shown = [block["arguments"] for block in BLOCK.finditer(PAGES[0].read_text(encoding="utf-8"))]
    assert "explain googlenet --layer inception4a" in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command: str) -> None:
    assert f"archcalc {command}" in PAGES[0].read_text(encoding="utf-8")


def test_the_readme_opens_with_the_two_commands() -> None:
    blocks = re.findall(r"```\n(.*?)```", PAGES[0].read_text(encoding="utf-8"), re.DOTALL)
    first, second = (block.strip() for block in blocks[:2])
    assert first == "pip install -c constraints.txt . && archcalc table --models all"
    assert second == "pip install -c constraints.txt -e '.[test]' && pytest -n 2"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
