"""What every command says of a hostile spec is what it says of a harmless one, with other words.

The spec's title, family, source and note are the text; a parser of each format reads both outputs.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from archcalc.cli import main
from tests.test_markup import compile_latex, html_structure, markdown_structure, said

WORD = "HARMLESS"
TEXTS = (
    "~~~", "# heading", "- a", "1. a", "> a", "a | b", "***", "[a](https://b.example)", "<!-- a",
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "$x$ ~~y~~",
    "`` ` ``", "\\input{x}", "=1+1", "＝1", "https://a.example/b", "a\\", "]]>", 'a" -> "b', 
    "%%{a}%%",
    "-->", "</style>", "{{a}}",
)  # fmt: skip
COMMANDS = {
    "table": ("table", "FILE"),
    "layers": ("layers", "FILE", "--columns", "all"),
    "explain": ("explain", "FILE", "--quantity", "all"),
    "explain a group": ("explain", "FILE", "--layer", "group"),
    "list": ("list", "FILE"),
    "compare": ("compare", "FILE", "lenet5"),
    "compare others": ("compare", "lenet5", "FILE"),
    "formula": ("formula", "FILE", "--open", "height,n"),
    "reconcile": ("reconcile", "FILE"),
    "a stated number": ("reconcile", "FILE", "--number", "4.1K MACs"),
    "sweep": ("sweep", "FILE", "--set", "n=1:3"),
    "solve": ("solve", "FILE", "--for", "n", "--where", "macs < 1e6", "--set", "n=1:9"),
}


def spec_file(folder: Path, text: str) -> Path:
    """A spec with a text in its texts."""
    folder.mkdir()
    conv = {"op": "conv2d", "out_channels": "n", "kernel_size": 3, "padding": 1}
    layers = [conv, {"name": "group", "layers": [{"op": "relu"}, {"name": "c", **conv}]}]
    path = folder / "my.json"
    texts = dict.fromkeys(("title", "family", "source", "note"), text)
    tree = {**texts, "year": 2024, "input": [3, 8, 8], "arguments": {"n": 4}, "layers": layers}
    path.write_text(json.dumps(tree))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("specs")


def printed(folder: Path, text: str, words: tuple[str, ...], capsys: Any) -> str:
    """What a command prints of the spec of a text; its folder is the same for all."""
    place = folder / "spec"
    path = spec_file(place, text)
    try:
        assert main([word.replace("FILE", str(path)) for word in words]) == 0
    finally:
        path.unlink()
        place.rmdir()
    return str(capsys.readouterr().out)


def as_said(structure: list[tuple[str, str]], text: str = WORD) -> list[tuple[str, str]]:
    """Kinds and contents, with a text in place of the harmless word."""
    return [(kind, said(content.replace(WORD, text))) for kind, content in structure]


def csv_cells(source: str) -> list[tuple[str, str]]:
    # A cell that a spreadsheet would take for a formula has an apostrophe in front.
    rows = csv.reader(io.StringIO(source, newline=""))
    cells = [(str(i), cell) for row in rows for i, cell in enumerate(row)]
    return [(i, re.sub(r"^'(?=\s*[=+\-@＝＋－＠])", "", cell)) for i, cell in cells]


def json_leaves(source: str) -> list[tuple[str, str]]:
    def leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict | list):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, inner in pairs:
                yield from leaves(inner, f"{place}.{key}")
        else:
            yield place, str(value)

    return list(leaves(json.loads(source), ""))


READERS: dict[str, Callable[[str], list[tuple[str, str]]]] = {
    "markdown": markdown_structure,
    "html": html_structure,
    "csv": csv_cells,
    "json": json_leaves,
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("format", READERS)
def test_no_text_changes_what_a_reader_finds(
    command: str, format: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, read = (*COMMANDS[command], "--format", format), READERS[format]
    harmless = read(printed(folder, WORD, words, capsys))
    for text in TEXTS:
        assert as_said(read(printed(folder, text, words, capsys))) == as_said(harmless, text)


NAMES = [text for text in TEXTS if not set("/[],*?:=") & set(text)]
"""The texts that can be a file's name, with none of the signs that choose among models."""


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("format", ["markdown", "html"])
def test_no_file_name_changes_what_a_reader_finds(
    command: str,
    format: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = spec_file(tmp_path / "spec", "T").read_text()

    def found(name: str) -> list[tuple[str, str]]:
        Path(f"{name}.json").write_text(spec)
        words = [word.replace("FILE", f"./{name}.json") for word in COMMANDS[command]]
        assert main([*words, "--format", format]) == 0
        return READERS[format](str(capsys.readouterr().out))

    harmless = found(WORD)
    for text in NAMES:
        assert as_said(found(text)) == as_said(harmless, text)


@pytest.mark.parametrize("format", READERS)
def test_no_text_of_a_counter_changes_what_a_reader_finds(
    format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "counter.json"

    def found(text: str) -> list[tuple[str, str]]:
        texts = dict.fromkeys(("name", "calls_it", "note", "version", "package", "source"), text)
        file.write_text(json.dumps({**texts, "ops": {"conv2d": {"outputs": 1}}}))
        words = ["reconcile", "lenet5", "--tools", "fvcore", "--counter", str(file)]
        assert main([*words, "--format", format]) == 0
        return READERS[format](str(capsys.readouterr().out))

    harmless = found(WORD)
    assert any(WORD in content for _, content in harmless)
    for text in TEXTS:
        assert as_said(found(text)) == as_said(harmless, text)


def latex_structure(source: str) -> list[str]:
    """Its environments and alignment marks in order, and how many groups and formulas are open; a
    wide table may lie on its side, or go on over pages."""
    plain = re.sub(r"(?<!\\)%.*|\\[\\{}$&]", "", source).replace("longtable", "tabular")
    found = re.findall(r"\\(?:begin|end)\{(?!landscape)\w+\*?\}|&", plain)
    assert plain.count("{") == plain.count("}")
    return [*found, "$" * (plain.count("$") % 2)]


@pytest.mark.parametrize("command", COMMANDS)
def test_latex_of_every_command_compiles(
    command: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (*COMMANDS[command], "--format", "latex")
    harmless = latex_structure(printed(folder, WORD, words, capsys))
    pages = []
    for text in TEXTS:
        pages.append(printed(folder, text, words, capsys))
        assert latex_structure(pages[-1]) == harmless, text
    compile_latex("\n\n".join(pages), tmp_path)


# --- pictures -------------------------------------------------------------------------------------

DRAWN = {
    "a plot": ("plot", "cost", "FILE"),
    "a diagram": ("diagram", "FILE"),
}


@pytest.mark.parametrize("command", DRAWN)
def test_no_text_is_an_element_of_a_picture(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def tags(text: str) -> list[str]:
        picture = ElementTree.fromstring(printed(folder, text, DRAWN[command], capsys))
        return [element.tag for element in picture.iter()]

    harmless = tags(WORD)
    for text in TEXTS:
        # A long title may be broken into lines, of which each is a text of its own.
        assert {*tags(text)} <= {*harmless}


@pytest.mark.parametrize("format", ["mermaid", "dot"])
def test_no_text_is_a_line_of_a_graph(
    format: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("diagram", "FILE", "--format", format)
    harmless = printed(folder, WORD, words, capsys).splitlines()
    for text in TEXTS:
        found = printed(folder, text, words, capsys).splitlines()
        assert len(found) == len(harmless)
        for line, expected in zip(found, harmless, strict=True):
            if WORD not in expected:
                assert line == expected


def test_no_text_leaves_the_script_of_a_page(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page's data are JSON inside a script: they must not end it, nor begin a comment in it."""

    def scripts(text: str) -> list[str]:
        path = spec_file(folder / "page", text)
        out = folder / "page.html"
        try:
            assert main(["page", str(path), "--output", str(out)]) == 0
        finally:
            path.unlink()
            path.parent.rmdir()
        capsys.readouterr()
        source = out.read_text("utf-8")
        html5lib = pytest.importorskip("html5lib", reason="html5lib reads HTML")
        tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(source)
        return [element.tag for element in tree.iter()]

    harmless = scripts(WORD)
    assert "script" in harmless
    for text in ("</script><script>alert(1)</script>", "<!--<script>", "]]>", "</style>", "-->"):
        assert scripts(text) == harmless


def test_the_check_of_commands_can_fail(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archcalc.formats.html.Html.escape", lambda self, text: text)
    with pytest.raises(AssertionError):
        test_no_text_changes_what_a_reader_finds("table", "html", folder, capsys)
    assert re.search("[<>]", "".join(TEXTS))
