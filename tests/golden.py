"""Golden text: what users see, kept in files, and its rows re-added to its totals."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def compare(name: str, text: str, *, update: bool) -> None:
    """The text is what tests/golden/NAME holds; `pytest --update-golden` rewrites the file."""
    path = FOLDER / name
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no golden file {path.name}: run pytest --update-golden and read it"
    assert text == path.read_text(encoding="utf-8")


def counts(line: str) -> list[int]:
    """The whole numbers of a printed row, commas read, percentages and shapes left out."""
    words = re.split(r"\s{2,}", line.strip())
    return [int(word.replace(",", "")) for word in words if re.fullmatch(r"[\d,]+", word)]
