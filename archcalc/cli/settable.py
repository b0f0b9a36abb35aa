"""What can be set of one model, as `archcalc list MODEL` shows it."""

from __future__ import annotations

from typing import Any

from archcalc.errors import ArchcalcError
from archcalc.expressions.expression import Expression
from archcalc.figures import count_of
from archcalc.formats import Column, Row, Table
from archcalc.language.allowed import allowed_values, as_declared
from archcalc.language.model import Preset, Spec
from archcalc.names import catalog
from archcalc.names.variants import read_variant
from archcalc.network import load
from archcalc.ops.fields import written
from archcalc.tables.about import about


def _plainly(value: Any) -> str:
    return written(value).strip("'")


_COLUMNS = (
    Column("argument", "argument", align="left"),
    Column("default", "default", _plainly, align="left", least=12, wraps=True),
    Column("takes", "takes", align="left", least=12, wraps=True),
    Column("what", "what it is", align="left", least=20, wraps=True),
)
_ALWAYS = ("argument", "default")


def arguments_table(model: str) -> Table:
    """A row an argument: what it is, what it takes and its default; under it what is said of the
    model.

    Raises:
        ArchcalcError: there is no such model.
    """
    net = load(model)
    if net.origin:
        if net.heard is None:
            raise ArchcalcError(f"{net.name} has no arguments: it is {net.origin}")
        named = f"it takes those of what makes it by name, {read_variant(model).model}[NAME=VALUE]"
        raise ArchcalcError(f"{net.name} declares no arguments: {named}")
    spec, preset = catalog.find(net.spelled)
    records = [
        {
            "argument": name,
            "default": default,
            "takes": allowed_values(spec.arguments[name]),
            "what": spec.arguments[name].note,
        }
        for name, default in default_values(spec, preset).items()
    ]
    columns = [c for c in _COLUMNS if c.key in _ALWAYS or any(r[c.key] for r in records)]
    said = count_of(len(records), "argument") if records else "no arguments"
    return Table(
        f"{preset.name}: {preset.title}, {net.input}; {said}",
        columns if records else (),
        [Row(record) for record in records],
        notes=[f"{label}: {text}" for label, text in about(net)],
        records=records,
    )


def default_values(spec: Spec, preset: Preset) -> dict[str, Any]:
    """What each argument is unless it is set; an expression as a spec file writes it."""
    return {
        name: value.text if isinstance(value, Expression) else as_declared(argument, value)
        for name, argument in spec.arguments.items()
        for value in (preset.settings.get(name, argument.default),)
    }
