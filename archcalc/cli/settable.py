"""What can be set of one model, as `archcalc list MODEL` shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.errors import ArchcalcError, quote
from archcalc.expressions.expression import Expression
from archcalc.figures import count_of
from archcalc.formats import NOT_APPLICABLE, Column, Row, Table
from archcalc.importer.code_files import own_arguments
from archcalc.language.allowed import allowed_values, as_declared
from archcalc.language.model import Argument, Preset
from archcalc.names import catalog
from archcalc.names.spelling import spelling
from archcalc.names.variants import Variant, read_variant
from archcalc.network import OPTIONS, load
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
    where = spelling(read_variant(model).model)
    if where is not None and not where.is_onnx:
        return _of_code(read_variant(model))
    net = load(model)
    if net.origin:
        raise ArchcalcError(f"{net.name} has no arguments: it is {net.origin}")
    spec, preset = catalog.find(net.spelled)
    records = [
        {
            "argument": name,
            "default": default,
            "takes": allowed_values(spec.arguments[name]),
            "what": spec.arguments[name].note,
        }
        for name, default in default_values(spec.arguments, preset).items()
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


def _of_code(model: Variant) -> Table:
    """The same of a torch module of a user's own: the arguments of what makes it."""
    said = quote(model.model, "")
    own = {name: value for name, value in model.settings.items() if name not in OPTIONS}
    found = own_arguments(Variant(model.model, own))
    records = [
        {"argument": one.name, "default": one.default, "takes": one.takes, "what": ""}
        for one in found.named
    ]
    columns = [c for c in _COLUMNS if c.key in _ALWAYS or any(r[c.key] for r in records)]
    counted, notes = "no arguments", []
    if records:
        counted = count_of(len(records), "argument")
    elif found.takes_any:
        counted = "its code does not name what it takes"
    if records:
        name = records[0]["argument"]
        notes.append(f"set in brackets, '{said}[{name}=VALUE]', or by --set {name}=VALUE")
    if any(one.default is None for one in found.named):
        notes.append(f"{NOT_APPLICABLE}: without a default; it has to be given")
    if found.takes_any and records:
        notes.append("others are taken too, by name")
    rows = [Row(record) for record in records]
    return Table(
        f"{said}: {counted}", columns if records else (), rows, notes=notes, records=records
    )


def default_values(arguments: Mapping[str, Argument], preset: Preset) -> dict[str, Any]:
    """What each argument is unless it is set; an expression as a spec file writes it."""
    return {
        name: value.text if isinstance(value, Expression) else as_declared(argument, value)
        for name, argument in arguments.items()
        for value in (preset.settings.get(name, argument.default),)
    }
