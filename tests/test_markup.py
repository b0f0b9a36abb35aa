"""No text is markup: what real parsers read of every text in every place is the text."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.formats import (
    FORMATS,
    MARKDOWN,
    Arithmetic,
    Column,
    DocumentBlock,
    Heading,
    Paragraph,
    Preformatted,
    Printable,
    Record,
    Row,
    Table,
)
from archcalc.network import load
from archcalc.report import pages

TEXTS = [
    "word", "~~~", "```", "~~~ x.json", "# heading", "## ", "#", "C #", "a ##", "- item", "1 -",
    "+ item", "* item", "-", "1. item", "1) item", "> quotation", "---", "- - -", "***",
    "___", "===", "= =", ":-:", "|---|", "a | b", "|", "\\", "\\|", "a\\", "`", "``",
    "`a`b``", "*a*", "**a**", "_a_", "__a__", "a_b_c", "a__b__c", "~a~", "~~a~~", "[a](b)",
    "![a](b)", "[a]: b", "[^1]", "<b>", "</details>", "<!--", "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "<http://a.b>", "https://a.b/c", "http://a.b",
    "ftp://a.b", "www.a.b", "//a.b", "a//b", "&amp;", "&#65;", "&lt;b&gt;", "AT&T", "$a$",
    "$$", "100%", "a % b", "{a}", "}", "\\end{table}", "\\input{x}", "^^5c", "--", "---a",
    "?`", "!`", "''", ",,", "=1+1", "+1", "-1", "@a", "\t=1", "＝1", "＋1", "－1", "＠a", "'",
    "\"", "a,b", "a;b", "  a", "a  ", "    code", "a\nb", "a\n# b", "a\n\nb", "a\n---",
    "a\n===", "a\n- b", "a\r\nb", "\nb", "é ß ł", "中文", "😀", "\u202eabc", "·²×", "→ ≤",
    "a->b", "%%", "&", "#1", "~", "^", "€",
]  # fmt: skip
PIECES = [
    *"\\`*_[]<>|~$&#-+=.)(!:{}^%@,;'\"/ \t\n",
    "a",
    "1",
    "1.",
    "www.",
    "http://",
    "&amp;",
    "</p>",
    "é",
    "＝",
]


class Everywhere(Printable):
    """A text in every place that a document has."""

    def __init__(self, text: str):
        self.text = text
        # An empty line begins another paragraph, rightly.
        self.paragraph = re.sub(r"\n\s*\n", "\n", text)
        columns = (
            Column("a", "a", heading=text, align="left"),
            Column("b", "b"),
            Column("c", "c", link=lambda _: "page.md"),
        )
        rows = [Row(dict.fromkeys("abc", text))]
        around = self.paragraph
        self.table = Table(around, columns, rows, notes=[around], footer=[around])

    def as_blocks(self) -> list[DocumentBlock]:
        return [
            Heading(self.text, 2),
            Paragraph(self.paragraph),
            Preformatted(self.text),
            self.table,
            Arithmetic(Preformatted(self.text), lambda: r"\[1 = 1\]"),
            Heading("end", 2),
        ]

    def as_records(self) -> list[Record]:
        return [{"text": self.text, "list": [self.text, "end"]}]


Structure = list[tuple[str, str]]
"""What a parser finds: kinds of elements, and their text."""


def check(format: str, text: str, structure: Callable[[str], Structure]) -> None:
    """A document of a text is as one of a harmless word, with the text in its place."""
    found = structure(FORMATS[format].write(Everywhere(text), 100))
    harmless = structure(FORMATS[format].write(Everywhere("word"), 100))
    assert found == [
        (kind, {"word": said(text), "<pre>word": f"<pre>{as_lines(text)}"}.get(content, content))
        for kind, content in harmless
    ]


def said(text: str) -> str:
    """What a reader sees of running text: any space is one space."""
    return re.sub(r"\s+", " ", text).strip()


def as_lines(text: str) -> str:
    """The text with the line breaks that parsers find in it."""
    return re.sub("\r\n?", "\n", text)


def texts() -> st.SearchStrategy[str]:
    """Texts of what may mean something somewhere."""
    return st.lists(st.sampled_from(PIECES), max_size=12).map("".join).filter(said)


# --- Markdown -------------------------------------------------------------------------------------


def markdown_structure(source: str) -> Structure:
    """As GitHub reads it: with tables, strikethrough and bare addresses, and HTML on."""
    markdown_it = pytest.importorskip("markdown_it", reason="markdown-it reads Markdown")
    parser = markdown_it.MarkdownIt("gfm-like", {"html": True})
    parser.linkify.add("//", None)  # GitHub takes no such address, and no domain alone
    parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    found = []
    for token in parser.parse(source):
        if token.type == "inline":
            for child in token.children:
                if child.type == "image":  # its content is as it was written
                    child.content = "".join(c.content for c in child.children)
                if child.type not in ("text", "softbreak"):
                    found.append((child.type, child.content))
            found.append(("text", said("".join(c.content or " " for c in token.children))))
        else:
            is_fence = token.type == "fence"
            found.append((token.type, f"<pre>{token.content[:-1]}" if is_fence else token.content))
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_markdown(text: str) -> None:
    check("markdown", text, markdown_structure)


@given(texts())
@settings(max_examples=300, deadline=None)
def test_no_random_text_is_markdown(text: str) -> None:
    check("markdown", text, markdown_structure)


def test_the_markdown_check_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(MARKDOWN), "escape", lambda self, text: text)
    for text in ("~~~", "*a*", "a|b", "<b>", "https://a.b/c"):
        with pytest.raises(AssertionError):
            check("markdown", text, markdown_structure)


def test_an_address_is_no_link_on_github() -> None:
    """Which links www. and http:// where they stand bare, and nothing that is escaped."""
    assert MARKDOWN.escape("www.evil.com and https://evil.com") == (
        r"www\.evil.com and https:/\/evil.com"
    )


@pytest.mark.parametrize("text", [t for t in TEXTS if said(t)])
def test_code_and_details_hold_any_text(text: str) -> None:
    written = f"- {MARKDOWN.code(text)}: b\n\n{MARKDOWN.details(text, MARKDOWN.preformatted('c'))}"
    item, fence = [], []
    for kind, content in markdown_structure(written):
        (item if kind == "code_inline" else fence if kind == "fence" else []).append(content)
    assert [said(content) for content in item] == [said(text)]
    assert fence == ["<pre>c"]
    html = "".join(c for kind, c in markdown_structure(written) if kind == "html_block")
    assert ("summary", said(text)) in html_structure(html)


# --- HTML -----------------------------------------------------------------------------------------


def html_structure(source: str) -> Structure:
    html5lib = pytest.importorskip("html5lib", reason="html5lib reads HTML")
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(source)
    return [
        (
            element.tag,
            f"<pre>{element.text}" if element.tag == "pre" else said(element.text or ""),
        )
        for element in tree.iter()
        if element.tag != "title"
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_html(text: str) -> None:
    check("html", text, html_structure)


@given(texts())
@settings(max_examples=200, deadline=None)
def test_no_random_text_is_html(text: str) -> None:
    check("html", text, html_structure)


def test_a_page_of_html_says_its_encoding_and_title() -> None:
    page = FORMATS["html"].write(Everywhere("é < ß"), 100)
    assert page.startswith("<!doctype html>")
    assert '<meta charset="utf-8">' in page
    assert "<title>é &lt; ß</title>" in page


# --- CSV ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
def test_a_csv_cell_is_its_text_and_no_formula(text: str) -> None:
    written = FORMATS["csv"].write(Everywhere(text), 100)
    keys, (cell, joined) = csv.reader(io.StringIO(written, newline=""))
    assert keys == ["text", "list"]
    assert cell.removeprefix("'") == text.removeprefix("'")
    for found in (cell, joined):
        # What LibreOffice and Excel take for a formula, in full width too.
        assert not re.match(r"\s*[=+\-@＝＋－＠]", found)


# --- LaTeX ----------------------------------------------------------------------------------------

DOCUMENT = r"""\documentclass[a4paper]{article}
%s
\begin{document}
%s
\end{document}
"""


def compile_latex(source: str, folder: Path) -> str:
    """The log of pdflatex, which stops at the first error."""
    if not shutil.which("pdflatex"):
        pytest.skip("no pdflatex (Debian: texlive-latex-base, texlive-latex-recommended)")
    packages = "\n".join({*re.findall(r"^% needs (\\usepackage.*)$", source, re.MULTILINE)})
    file = folder / "page.tex"
    file.write_text(DOCUMENT % (packages, source), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-draftmode", file.name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


def test_every_text_in_every_place_compiles(tmp_path: Path) -> None:
    compile_latex("\n\n".join(FORMATS["latex"].write(Everywhere(t), 100) for t in TEXTS), tmp_path)


# --- of a spec file, everywhere -------------------------------------------------------------------


def spec_of(text: str, name: str, folder: Path) -> str:
    """A spec file with a text in its texts; with too many groups for its page to show them all."""
    layers = [{"op": "conv2d", "out_channels": i, "kernel_size": 1} for i in (3, 4)]
    groups = [{"name": f"group{i}", "layers": layers} for i in range(13)]
    tree = {
        "title": text, "family": text, "source": text, "note": text, "year": 2024,
        "input": [3, 8, 8], "layers": groups,
    }  # fmt: skip
    path = folder / f"{name}.json"
    path.write_text(json.dumps(tree))
    return str(path)


def report_structures(spec: str) -> list[Structure]:
    """What each file of a report is; of a picture, whose letters have places that depend on them,
    the kinds of elements. The spec's folder is called FOLDER."""
    folder = str(Path(spec).parent)
    return [
        sorted({(element.tag, "") for element in ElementTree.fromstring(text).iter()})
        if file.endswith(".svg")
        else [(kind, said(content)) for kind, content in markdown_structure(text)]
        for file, page in pages([load(spec)]).items()
        for text in [page.replace(folder, "FOLDER")]
    ]


@pytest.fixture(scope="module", params=["TEXT", "FILE"])
def harmless(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[Structure]]:
    """The name of a file, which is its title or another, and what a report on it is."""
    folder = tmp_path_factory.mktemp("harmless")
    return request.param, report_structures(spec_of("TEXT", request.param, folder))


@pytest.mark.parametrize("text", [t for t in TEXTS if t.isprintable() and said(t) == t])
def test_no_text_of_a_spec_is_markdown_in_a_report(
    text: str, harmless: tuple[str, list[Structure]], tmp_path: Path
) -> None:
    """Its title, family, source, note and file name, in every place of every page."""
    file, structures = harmless
    name = text.replace("/", "") or "a"
    title = name if file == "TEXT" else f"{text}\u00b7"
    assert report_structures(spec_of(title, name, tmp_path)) == [
        [(kind, content.replace("TEXT", title).replace("FILE", name)) for kind, content in found]
        for found in structures
    ]


def test_a_report_on_a_hostile_file_name_holds_no_html(tmp_path: Path) -> None:
    """The line of how many groups are shown did not escape it."""
    hostile = spec_of("T", "a`<img src=x onerror=alert(1)>", tmp_path)
    (page,) = [
        text
        for name, text in pages([load(hostile)]).items()
        if name.endswith(".md") and name != "README.md"
    ]
    assert "12 parts with the most MACs" in page
    kinds = {kind for kind, content in markdown_structure(page) if "onerror" in content}
    assert kinds == {"code_inline", "fence", "text"}
