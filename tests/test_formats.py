from __future__ import annotations

import csv
import io
import json
from fractions import Fraction

import pytest

from archcalc import figures
from archcalc.formats import FORMATS, Column, Row, Table, render

TABLE = Table(
    "what it is",
    (
        Column("name", "layer", align="left"),
        Column("parameters", "parameters", figures.count),
        Column("flops", "FLOPs", figures.short, leaves=1),
        Column("rf", "RF", figures.plain, leaves=2),
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
    assert "not shown at this width: FLOPs" in text
    assert "not shown at this width: FLOPs, RF" in render(TABLE, "text", width=20)
    assert "1,234,567" in render(TABLE, "text", width=5)


def test_markdown_escapes_cells() -> None:
    rows = render(TABLE, "markdown").splitlines()
    assert rows[0].startswith("| Layer")
    assert "a\\|b" in rows[2]


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


def test_columns_with_one_header_are_told_apart_where_they_do_not_fit() -> None:
    columns = (Column("a", "layer"), Column("b", "%", leaves=1), Column("c", "%", leaves=1))
    table = Table("", columns, (Row({"a": "a" * 20, "b": "b", "c": "c"}),))
    assert render(table, "text", width=20).endswith("not shown at this width: b, c")


def test_latex_says_which_package_it_needs() -> None:
    first, second, *_ = render(TABLE, "latex").splitlines()
    assert first == r"% needs \usepackage{booktabs}"
    assert second.startswith(r"\begin{tabular}")


@pytest.mark.parametrize("format", FORMATS)
def test_a_table_without_rows_renders(format: str) -> None:
    assert isinstance(render(Table("", TABLE.columns, ()), format), str)
