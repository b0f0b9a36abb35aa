"""Random hostile texts in specs: every output of every command, read by a parser of its format.

`python bench/outputs.py --texts 20` draws texts of what means something somewhere, puts each into
the title, family, source and note of a spec, and compares what parsers find with what they find of
a harmless word: CommonMark, HTML, CSV, JSON and SVG; LaTeX is compiled where pdflatex is installed.
"""

from __future__ import annotations

import argparse
import io
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.test_markup import PIECES, compile_latex, said  # noqa: E402
from tests.test_markup_commands import (  # noqa: E402
    COMMANDS,
    DRAWN,
    READERS,
    WORD,
    as_said,
    latex_structure,
    printed,
)

PICTURES = {
    **DRAWN,
    "networks": ("plot", "networks", "FILE", "lenet5"),
    "history": ("plot", "history", "FILE", "lenet5"),
    "comparison": ("plot", "compare", "FILE", "lenet5"),
}


class Printed(NamedTuple):
    """What commands print, with pytest's way of handing it over."""

    out: str


class Captured(io.StringIO):
    """Standard output, read as pytest's `capsys` is."""

    def readouterr(self) -> Printed:
        """What was printed since the last time."""
        found = self.getvalue()
        self.seek(0)
        self.truncate()
        return Printed(found)


def drawn_text(number: int) -> str:
    """The text of a number, of one line, as titles are."""
    source = random.Random(number)
    while not (text := said("".join(source.choices(PIECES, k=source.randint(1, 12))))):
        pass
    return text


def outputs(text: str, folder: Path) -> Iterator[tuple[str, str, Any, str]]:
    """Each command and format, with the structure of what is printed, and that itself."""
    captured = Captured()

    def of(*words: str) -> str:
        with redirect_stdout(captured):
            return printed(folder, text, words, captured)

    for command, words in COMMANDS.items():
        for format, read in READERS.items():
            source = of(*words, "--format", format)
            yield command, format, read(source), source
        source = of(*words, "--format", "latex")
        yield command, "latex", latex_structure(source), source
    for picture, words in PICTURES.items():
        source = of(*words)
        yield picture, "svg", {each.tag for each in ElementTree.fromstring(source).iter()}, source
    for format in ("mermaid", "dot"):
        source = of("diagram", "FILE", "--format", format)
        yield "diagram", format, source.count("\n"), source


def is_as(found: Any, harmless: Any, format: str, text: str) -> bool:
    """Whether a structure is the harmless one with a text in place of the word."""
    if format in READERS:
        return as_said(found) == as_said(harmless, text)
    return bool(found <= harmless) if format == "svg" else bool(found == harmless)


def main() -> int:
    """Print how many outputs were read, and each that differs; how many these are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the number of the first text")
    options = parser.parse_args()
    read: Counter[str] = Counter()
    differing = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        harmless = {of[:2]: of[2] for of in outputs(WORD, folder)}
        for number in range(options.first, options.first + options.texts):
            text, pages = drawn_text(number), []
            for command, format, structure, source in outputs(text, folder):
                read[format] += 1
                pages += [source] if format == "latex" else []
                if not is_as(structure, harmless[command, format], format, text):
                    differing += 1
                    print(f"{number}: {command} as {format} differs for {text!r}", flush=True)
            if shutil.which("pdflatex"):
                compile_latex("\n\n".join(pages), folder)
                read["latex, compiled"] += len(pages)
    print(", ".join(f"{count:,} {format}" for format, count in read.items()))
    print(f"{read.total():,} outputs read, {differing} differ")
    return differing


if __name__ == "__main__":
    sys.exit(main() > 0)
