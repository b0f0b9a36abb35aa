"""A sample of the hostile files: each is refused or done, whatever it holds."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from archcalc.cli import main
from tests.hostile_corpus import FAMILIES, file_of

NUMBERS = range(4)
"""`python bench/corpus.py` goes on to 800 of each family, and holds them to a second and 300 MB."""


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_files_are_refused_or_done(family: str, tmp_path: Path) -> None:
    for number in NUMBERS:
        path = tmp_path / f"{number}.json"
        path.write_bytes(file_of(family, number))
        for command in ("validate", "table"):
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                status = main([command, str(path)])
            said = err.getvalue().removesuffix("\n").split("\n")
            assert status in (0, 2), said[-5:]
            if command == "table":  # shows those networks of a file that are not refused
                assert out.getvalue() or status == 2
            else:
                assert bool(out.getvalue()) == (status == 0)
            assert status == 0 or said[0].startswith("archcalc: ")
            assert all(line.isprintable() and len(line) < 2_000 for line in said)


def test_the_corpus_has_files_that_are_read_to_the_end() -> None:
    """Or its graphs would try nothing: of many families some files are accepted."""
    assert len(FAMILIES) >= 18
    assert file_of("fans", 1) == file_of("fans", 1) != file_of("fans", 2)
