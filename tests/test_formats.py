from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from archcalc import figures
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.formats import FORMATS, Column, Document, Markdown, Row, Table, render

TABLE = Table(
    "what it is",
    (
        Column("name", "layer", align="left"),
        Column("parameters", "parameters", figures.count),
        Column("flops", "FLOPs", figures.short, leaves=1),
        Column("rf", "RF", leaves=2),
    ),
    (
        Row({"name": "a|b", "parameters": 1234567, "flops": 999_500, "rf": None}),
        Row({"name": "=1+1", "parameters": 0, "flops": 0, "rf": 7}, level=1),
    ),
    notes=["one note"],
)


def test_text_aligns_indents_and_keeps_names_whole() -> None:
    assert render(TABLE, "text") == (
        "what it is\n"
        "layer   parameters  FLOPs  RF\n"
        "a|b      1,234,567  1.00M   -\n"
        "  =1+1           0      0   7\n"
        "one note"
    )


def test_text_too_narrow_drops_columns_in_order_and_names_them() -> None:
    text = render(TABLE, "text", width=25)
    assert text.splitlines()[1] == "layer   parameters  RF"
    # By their keys, which are what --columns takes.
    assert "not shown at this width:\nflops" in text
    assert "not shown at this\nwidth: flops, rf" in render(TABLE, "text", width=20)
    assert "1,234,567" in render(TABLE, "text", width=5)


NARROW = (
    Column("name", "layer", align="left"),
    Column("op", "op", align="left", least=10),
    Column("what", "what", align="left", least=12, wraps=True),
    Column("share", "%", leaves=1),
)
WIDE = Table("", NARROW, [Row({
    "name": "conv1", "op": "unit width 64, groups 32", "what": "one two three four five six",
    "share": "1.0%",
})])  # fmt: skip


def test_what_is_too_wide_is_narrowed_before_a_column_leaves() -> None:
    # 5 + 2 + 24 + 2 + 27 + 2 + 4 columns are 66 wide: it fits as it is.
    assert render(WIDE, "text", 66).splitlines()[1] == (
        "conv1  unit width 64, groups 32  one two three four five six  1.0%"
    )
    # Two less: the widest column, which wraps, has 25 of its 27.
    assert render(WIDE, "text", 64).splitlines()[1:] == [
        "conv1  unit width 64, groups 32  one two three four five    1.0%",
        "                                 six",
    ]
    # At least 5 + 2 + 10 + 2 + 12 + 2 + 4 = 37.
    assert render(WIDE, "text", 37).splitlines() == [
        "layer  op          what             %",
        "conv1  unit ...    one two       1.0%",
        "                   three four",
        "                   five six",
    ]
    assert render(WIDE, "text", 36).splitlines()[-1] == "not shown at this width: share"
    assert "1.0%" not in render(WIDE, "text", 36)


def test_what_is_asked_for_is_not_cut() -> None:
    asked = Table("", [column.asked_for() for column in NARROW], WIDE.rows)
    first = render(asked, "text", 36).splitlines()[1]
    assert first == "conv1  unit width 64, groups 32  one two       1.0%"


def test_a_long_heading_goes_on_in_the_next_line() -> None:
    table = Table("", NARROW[:1], ["one two three", Row({"name": "a"}, level=1)])
    assert render(table, "text", 8) == "layer\none two\nthree\n  a"


def test_markdown_escapes_cells_and_says_what_the_table_is_about() -> None:
    title, empty, *rows = render(TABLE, "markdown").splitlines()
    assert (title, empty) == ("what it is", "")
    assert rows[0].startswith("| Layer")
    assert "a\\|b" in rows[2]
    assert rows[-2:] == ["", "one note"]


def test_html_has_a_caption_and_notes() -> None:
    text = render(replace(TABLE, title="a < b", footer=["2 rows"]), "html")
    body = text.partition("<body>\n")[2]
    assert body.startswith("<table>\n<caption>a &lt; b</caption>\n<thead>")
    assert body.endswith("</table>\n<p>2 rows</p>\n<p>one note</p>\n</body>\n</html>")
    assert "<caption>" not in render(replace(TABLE, title=""), "html")


def test_html_and_latex_escape_cells() -> None:
    table = Table("", (Column("name", "n_1", align="left"),), (Row({"name": "<b>50%</b>"}),))
    assert "&lt;b&gt;50%&lt;/b&gt;" in render(table, "html")
    latex = render(table, "latex")
    assert r"50\%" in latex
    assert r"N\_1" in latex


def test_json_has_exact_integers_and_null() -> None:
    assert json.loads(render(TABLE, "json")) == [
        {"name": "a|b", "parameters": 1234567, "flops": 999_500, "rf": None},
        {"name": "=1+1", "parameters": 0, "flops": 0, "rf": 7},
    ]


def test_csv_reads_back_and_holds_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(render(TABLE, "csv"))))
    assert rows[0] == {"name": "a|b", "parameters": "1234567", "flops": "999500", "rf": ""}
    assert rows[1]["name"] == "'=1+1"


def test_csv_has_a_column_a_figure_and_decimals() -> None:
    columns = (Column("field", "RF"), Column("ratio", "MACs/byte"))
    rows = (
        Row({"field": [7, 1], "ratio": Fraction(1, 4)}),
        Row({"field": None, "ratio": None}),
    )
    table = Table("", columns, rows, csv={"field": ("height", "width")})
    assert render(table, "csv") == "height,width,ratio\n7,1,0.25\n,,\n"


def test_csv_joins_sizes_and_names_so_that_they_can_be_told_apart() -> None:
    columns = (Column("shape", "shape"), Column("inputs", "inputs"), Column("none", "none"))
    table = Table("", columns, [Row({"shape": [3, 7, 7], "inputs": ["conv1x1", "b"], "none": []})])
    assert render(table, "csv") == "shape,inputs,none\n3x7x7,conv1x1 b,\n"


def test_columns_with_one_header_are_told_apart_where_they_do_not_fit() -> None:
    columns = (Column("a", "layer"), Column("b", "%", leaves=1), Column("c", "%", leaves=1))
    table = Table("", columns, (Row({"a": "a" * 20, "b": "b", "c": "c"}),))
    assert render(table, "text", width=20).endswith("not shown at this\nwidth: b, c")


def test_latex_says_which_package_it_needs_and_what_it_is_in_comments() -> None:
    lines = render(replace(TABLE, title="two\nlines"), "latex").splitlines()
    first = [r"% needs \usepackage{booktabs}", r"\begingroup\sloppy", "% two", "% lines"]
    assert lines[:4] == first
    assert r"\begin{tabular}{@{}lrrr@{}}" in lines
    assert lines[-4:] == [r"\end{tabular}", "}", "% one note", r"\par\endgroup"]


def test_a_latex_table_that_a_page_has_no_room_for_goes_on_over_pages() -> None:
    rows = [Row({"a": str(i)}) for i in range(41)]
    column = Column("a", "layer")
    for count, environment in ((40, "tabular"), (41, "longtable")):
        text = render(Table("", (column,), rows[:count]), "latex")
        assert text.count(rf"\begin{{{environment}}}") == 1
        assert (r"\usepackage{longtable}" in text) == (environment == "longtable")


def test_a_short_latex_table_that_is_wide_is_scaled_and_a_wider_one_lies_on_its_side() -> None:
    def written(letters: int) -> str:
        columns = [Column(str(i), "w" * letters, align="right") for i in range(6)]
        return render(Table("", columns, [Row({str(i): "8" * letters for i in range(6)})]), "latex")

    # Headings of letters of one em, 8.5 points: 6·letters·8.5 + 5·6 is 336, 438 and 642 points,
    # where a line has 345.
    assert r"\resizebox{\linewidth}{!}{\begin{tabular}" not in written(6)
    assert r"\resizebox{\linewidth}{!}{\begin{tabular}" in written(8)
    assert r"\begin{landscape}" in written(12)


@pytest.mark.parametrize("format", FORMATS)
def test_a_table_without_rows_renders(format: str) -> None:
    assert isinstance(render(Table("", TABLE.columns, ()), format), str)


def test_what_does_not_apply_is_a_dash_and_what_a_row_lacks_is_nothing() -> None:
    """Whatever writes the column: no figure's writer meets None."""
    columns = tuple(Column(show.__name__, "", show) for show in (figures.count, figures.memory))
    none, lacking = Row({"count": None, "memory": None}), Row({})
    for row, shown in ((none, "-"), (lacking, "")):
        assert [row.shown(column) for column in columns] == [shown, shown]


COMMANDS = [
    "list",
    "table --models lenet5,vgg11",
    "layers lenet5",
    "explain lenet5",
    "explain lenet5 --layer c3",
    "claims --source documents",
    "claims d4-lenet-sum-omits-c3",
    "verify --models lenet5",
    "ops",
    "ops conv2d",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_every_format_and_none_for_another(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = {}
    for format in FORMATS:
        assert main([*command.split(), "--format", format]) == 0
        out, err = capsys.readouterr()
        assert out.strip()
        assert err == ""
        printed[out] = format
    assert list(printed.values()) == list(FORMATS)


@pytest.mark.parametrize("method", ["escape", "heading", "paragraph", "preformatted", "grid"])
def test_a_format_that_leaves_something_unsaid_cannot_be_made(method: str) -> None:
    """So that `archcalc.formats`, which makes all of them, is not imported."""
    said = {name: getattr(Markdown, name) for name in Document.__abstractmethods__ - {method}}
    with pytest.raises(TypeError, match=f"abstract method '?{method}'?"):
        type("Incomplete", (Document,), said)()


def test_no_such_format_is_one_clear_line() -> None:
    with pytest.raises(ArchcalcError, match=r"^no format 'latx'; did you mean 'latex'\?$"):
        render(TABLE, "latx")


def test_readme_names_every_format() -> None:
    readme = Path(__file__).parent.parent / "README.md"
    assert f"--format {'|'.join(FORMATS)}`" in readme.read_text(encoding="utf-8")
