"""`archcalc ops`."""

from __future__ import annotations

import inspect
import json
from fractions import Fraction
from pathlib import Path

import click

from archcalc.cli.completion import complete_one
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.output import output_options, show
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.formats import Column, Row, Table
from archcalc.ops.fields import REQUIRED, FieldInfo, written
from archcalc.ops.kinds import FLAG
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS, doc_line
from archcalc.shape import Shape

WHAT = Column("what", "what it is", align="left", least=20, wraps=True)
SUMMARY = (Column("op", "op", align="left"), WHAT)
_FIELDS = (
    Column("field", "field", align="left"),
    Column("takes", "takes", align="left", least=20, wraps=True),
    Column("default", "default", align="left"),
    WHAT,
)


@click.command("ops", cls=HelpfulCommand)
@click.argument("name", required=False, shell_complete=complete_one(OPS))
@output_options()
def command(name: str | None, format: str, output: Path | None) -> None:
    """The layer types that specs can use, or one of them with its fields and an example.

    \b
    archcalc ops
    archcalc ops conv2d
    """
    table = _all() if name is None else _one(name)
    show(table, format, output)


def _all() -> Table:
    rows = [Row({"op": name, "what": doc_line(op)}) for name, op in sorted(OPS.items())]
    return Table(f"{len(rows)} ops", SUMMARY, rows)


def _one(name: str) -> Table:
    if name not in OPS:
        hint = did_you_mean(name, OPS) or "see archcalc ops"
        raise ArchcalcError(f"no op {quote(name)}; {hint}")
    op = OPS[name]
    rows = [
        Row(
            {
                "field": field,
                "takes": info.accepts,
                "default": _default(info),
                "what": info.doc,
            }
        )
        for field, info in op.field_infos.items()
    ]
    return Table(
        f"{name}: {inspect.getdoc(op)}",
        _FIELDS if rows else _FIELDS[:0],
        rows,
        footer=[_example(op)],
    )


def _default(info: FieldInfo) -> str:
    if info.default is REQUIRED:
        return "required"
    if info.kind is FLAG:
        return "true" if info.default else "false"
    return "none" if info.default is None else written(info.default).strip("'")


def _example(op: type[Op]) -> str:
    example = op.examples[0]
    item = {"op": op.name, **{name: _written(value) for name, value in example.fields.items()}}
    inputs = " and ".join(str(Shape(*x)) for x in example.inputs)
    cost = f"{example.parameters:,} parameters, {example.macs:,} MACs"
    lines = [
        f"example: {json.dumps(item)}",
        f"  {inputs} -> {Shape(*example.output)}: {cost}",
    ]
    if example.note:
        lines.append(f"  {example.note}")
    return "\n".join(lines)


def _written(value: object) -> object:
    """An example's value as a spec file writes it: a layer by its name, a fraction in decimals."""
    if isinstance(value, Op):
        return value.name
    if isinstance(value, Fraction):
        text = written(value)
        return text if "/" in text else float(text)
    return value
