"""What a quantity of a network is, and the columns and records that follow from all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from archcalc import field_figures, figures
from archcalc.analysis.count import Reading
from archcalc.analysis.memory import OPTIMIZERS, Optimizer
from archcalc.analysis.receptive_field.of_network import by_output
from archcalc.analysis.receptive_field.seen import Seen
from archcalc.arithmetic import Number, exact_div
from archcalc.formats import Column
from archcalc.frozen import Frozen
from archcalc.parts.part import Network, Part

TableName = Literal["table", "layers"]
"""The commands whose tables have columns of quantities."""

Show = Callable[[Any], str]


class Unit(NamedTuple):
    """How the values of a quantity are written, for people and for programs."""

    show: Show
    short: Show | None = None
    """How a table of networks shows it, where that is another way."""
    exact: Show | None = None
    """How `--exact` shows it, where `show` rounds."""
    schema: Mapping[str, Any] = Frozen()
    """The JSON Schema of a value."""
    is_text: bool = False
    """Whether it is a text that goes on in the next line where a table is too wide."""


_NATURAL = {"type": "integer", "minimum": 0}
_QUOTIENT = {"type": ["number", "null"], "minimum": 0}
COUNTS = Unit(figures.count, schema=_NATURAL)
LARGE_COUNTS = Unit(figures.count, figures.short, schema=_NATURAL)
SIZES = Unit(str, schema=_NATURAL)
BYTES = Unit(figures.memory, exact=figures.exact_memory, schema=_NATURAL)
RATIO = Unit(figures.significant, schema=_QUOTIENT)
EXPECTED = Unit(figures.decimal, schema=_QUOTIENT)
BY_KIND = Unit(
    figures.by_kind, schema={"type": "object", "additionalProperties": _NATURAL}, is_text=True
)
SHAPE = Unit(str)
FIELD = Unit(
    field_figures.receptive_field,
    schema={
        "type": ["array", "null"],
        "items": {"type": "number"},
        "minItems": 2,
        "maxItems": 2,
        "description": "[height, width] in input pixels; null where it has no size",
    },
)
SIDES = Unit(
    figures.sides,
    schema={"type": ["array", "null"], "items": {"type": ["number", "null"]}},
)


def always(net: Network) -> bool:
    """True of every network."""
    return True


def where_learning_is_known(net: Network) -> bool:
    """Whether it is known which of a network's stored numbers are learned."""
    return net.is_learning_known


def on_request(net: Network) -> bool:
    """False of every network: a quantity is explained where it is asked for."""
    return False


QUANTITIES: dict[str, Quantity] = {}
"""Every quantity by its name, in the order in which they are explained."""


def _declared(name: str) -> Quantity:
    return QUANTITIES[name]


@dataclass(frozen=True, eq=False)
class Quantity(ABC):
    """One quantity; to make one is to declare it, as an attribute of every part of a network,
    unless it says that it is none."""

    name: str
    title: str
    """What it is called for people: the header of its column, the label of its explanation."""
    unit: Unit = COUNTS
    _: KW_ONLY
    heading: str = ""
    """What Markdown, LaTeX and HTML call its column, where that is not the title."""
    note: str = ""
    """What it means, to be said under a table."""
    note_of_layers: str = ""
    """What it means under a table of layers, where there is more to say."""
    tables: Sequence[TableName] = ("table", "layers")
    """The tables that have a column of it."""
    remarks: Callable[[Network], Sequence[str]] = lambda net: ()
    """The sentences that its value for one network asks to be said under a table besides."""
    is_usual: Callable[[Network], bool] = on_request
    """Whether it is explained without being asked for."""
    is_had: Callable[[Network], bool] = always
    """Whether a network has it at all."""
    is_attribute: bool = True
    """Whether it is an attribute of every part of a network, and a column of tables; else it is
    there for those alone who make it."""

    def __reduce__(self) -> Any:
        """A copy, or one in another process, is the quantity of its name."""
        return _declared, (self.name,)

    def __post_init__(self) -> None:
        said = self.note.format(bytes="bytes_per_number", optimizer="optimizer")
        object.__setattr__(self, "__doc__", said or f"{self.title}.")  # what `help` says
        if not self.is_attribute:
            return
        if hasattr(Network, self.name):
            raise ValueError(f"every part of a network has {self.name!r} already")
        QUANTITIES[self.name] = self
        setattr(Part, self.name, self)

    @abstractmethod
    def compute(self, part: Part) -> Any:
        """Its value for a part of a network; None where it has none."""

    def of(self, part: Part) -> Any:
        """Its value for a part of a network, computed once; None where it has none."""
        if self.name not in part.__dict__:
            part.__dict__[self.name] = self.compute(part)
        return part.__dict__[self.name]

    def __get__(self, part: Part | None, owner: type[Part]) -> Any:
        return self if part is None else self.of(part)

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of its value, which is null where a network does not have it."""
        schema = self.unit.schema
        if self.is_had is always or not isinstance(schema.get("type"), str):
            return schema
        return {**schema, "type": [schema["type"], "null"]}

    def column(self, table: TableName) -> Column:
        """Its column in one of the tables."""
        is_text = self.unit.is_text
        short, note = (self.unit.short, "") if table == "table" else (None, self.note_of_layers)
        return Column(
            self.name,
            self.title,
            short or self.unit.show,
            align="left" if is_text else "right",
            heading=self.heading,
            least=30 if is_text else None,
            wraps=is_text,
            note=note or self.note,
        )


@dataclass(frozen=True, eq=False)
class Sum(Quantity):
    """A quantity that several layers have the sum of."""

    _: KW_ONLY
    of_layer: Callable[[Reading], Number]
    """The formula of one layer, in whichever numbers it is read."""

    def compute(self, part: Part) -> int | None:
        """The sum over the layers of a part; None where the network has no such quantity."""
        if not self.is_had(part.network):
            return None
        total: int = sum(copies * self.of_layer(layer) for layer, copies in part.readings.items())
        return total


@dataclass(frozen=True, eq=False)
class Ratio(Quantity):
    """One sum for each of another, exactly."""

    unit: Unit = RATIO
    _: KW_ONLY
    over: Sum
    under: Sum

    def compute(self, part: Part) -> Fraction | int | None:
        """The quotient of both sums; None where there is nothing to divide by."""
        under = self.under.of(part)
        return exact_div(self.over.of(part), under) if under else None


@dataclass(frozen=True, eq=False)
class ByRule(Quantity):
    """A quantity with a rule of its own."""

    _: KW_ONLY
    rule: Callable[[Part], Any]

    def compute(self, part: Part) -> Any:
        """What its rule says of a part."""
        return self.rule(part)


# --- what follows from all of them ----------------------------------------------------------------

REASON = Column("receptive_field_note", "RF note", align="left", for_people=False)
"""Why a receptive field has no size, for programs: it has a column of its own."""


def columns_of_pairs() -> dict[str, tuple[str, str]]:
    """The quantities that have a figure along each axis, with their two columns in CSV."""
    return {
        name: (f"{name}_height", f"{name}_width")
        for name, quantity in QUANTITIES.items()
        if quantity.unit in (FIELD, SIDES)
    }


def quantities_of(keys: Iterable[str]) -> list[str]:
    """The quantities that columns of these keys show, each once."""
    named = ("receptive_field" if key == REASON.key else key for key in keys)
    return [name for name in dict.fromkeys(named) if name in QUANTITIES]


def columns(table: TableName) -> dict[str, Column]:
    """The columns of quantities in one of the tables, by their keys."""
    found: dict[str, Column] = {}
    for quantity in QUANTITIES.values():
        if table in quantity.tables:
            found[quantity.name] = quantity.column(table)
            if quantity.unit is FIELD:
                found[REASON.key] = REASON
    return found


def record(part: Part, keys: Iterable[str]) -> dict[str, Any]:
    """What programs get of the quantities of a part that have these keys."""
    found: dict[str, Any] = {}
    for key in keys:
        if key in QUANTITIES:
            value = getattr(part, key)
            if QUANTITIES[key].unit is FIELD:
                found |= field_figures.receptive_field_data(value, _by_output(part))
            else:
                found[key] = value
    return found


def _by_output(part: Part) -> dict[str, Seen]:
    """The receptive field at each of a network's outputs, where it has several."""
    net = part.network
    if part is not net or len(net.graph.outputs) == 1:
        return {}
    return by_output(net.graph, net.receptive_fields)


def note(column: Column, numbers: Iterable[int], optimizers: Iterable[Optimizer]) -> str:
    """What a column means, for numbers of so many bytes and for these optimizers."""
    return column.note.format(
        bytes=" or ".join(map(str, sorted({*numbers}))),
        optimizer=" or ".join(dict.fromkeys(OPTIMIZERS[name][0] for name in optimizers)),
    )


def remarks(net: Network, keys: Iterable[str]) -> dict[str, Sequence[str]]:
    """The sentences that the values of some quantities ask to be said under a table besides, by the
    names of the quantities."""
    found = {key: QUANTITIES[key].remarks(net) for key in keys if key in QUANTITIES}
    return {key: said for key, said in found.items() if said}
