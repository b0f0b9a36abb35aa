"""What counters say of a network, as commands print it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from archcalc import figures
from archcalc.counters.derivation import Sight
from archcalc.counters.libraries import Written
from archcalc.counters.reconciliation import (
    USUAL_COUNTERS,
    Reconciliation,
    chosen_counters,
    reconcile,
)
from archcalc.counters.rules import Counter
from archcalc.counters.terms import Derived, written_sum
from archcalc.formats import Column, DocumentBlock, Printable, Record, Row, Table
from archcalc.network import Network, load_with

_COLUMNS = (
    Column("tool", "tool", align="left"),
    Column("calls_it", "calls it", align="left"),
    Column("number", "its number", figures.count),
    Column("sum", "as an exact sum", align="left", least=40, wraps=True),
)

_COMPARED = (
    _COLUMNS[0],
    Column("installed", "installed", align="left"),
    Column("number", "derived", figures.count),
    Column("says", "it says", figures.count),
    Column("verdict", "verdict", align="left", least=30, wraps=True),
)


class Printed(NamedTuple):
    """What an installed tool says of a network."""

    version: str = ""
    """The installed version; nothing where it is not installed."""
    number: int | None = None
    parameters: int | None = None
    """None where the tool does not say them."""
    layers: Mapping[str, int] = {}
    """Its number of each layer, where it says that, by the layer's name."""
    problem: str = ""
    """Why there is no number; else nothing."""


class ReconciliationPage(Printable):
    """A row a counter, and lines on what none of them counts; where installed tools were run, what
    they say in place of the sums."""

    def __init__(self, found: Reconciliation, printed: Mapping[str, Printed] | None = None):
        self.found, self.printed = found, printed

    @property
    def agrees(self) -> bool:
        """Whether no tool that was run says another number than the derived one."""
        return not any("differs" in record.get("verdict", "") for record in self.as_records())

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """One table."""
        if self.printed is not None:
            return [Table(self._title(), _COMPARED, [*map(Row, self.as_records())])]
        rows = [Row({**record, "sum": text}) for record, text in self._written()]
        return [Table(self._title(), _COLUMNS, rows, notes=[*self._notes()])]

    def as_records(self) -> Sequence[Record]:
        """A record a counter."""
        return [
            {
                "model": self.found.net.name,
                **_record(derived),
                "sum": written_sum(derived),
                **self._compared(derived),
            }
            for derived in self.found.derived.values()
        ]

    def as_data(self) -> Any:
        """Everything, exactly."""
        net = self.found.net
        return {
            "model": net.name,
            "input": net.input.sizes,
            "batch": net.batch,
            "mode": net.mode,
            "without": list(self.found.without),
            **self._spelling(),
            "macs": net.macs,
            "tools": [
                {
                    **_record(derived),
                    "terms": [asdict(term) for term in derived.terms],
                    **self._compared(derived),
                }
                for derived in self.found.derived.values()
            ],
            "not_counted": dict(self.found.uncounted),
            "of_softmax": dict(self.found.of_softmax),
        }

    def _spelling(self) -> Record:
        """Which library's module it is, and what that changes."""
        written = self.found.written
        if written is None:
            return {}
        changes = [
            {
                "change": str(change),
                "layers": change.layers,
                "price": dict(self.found.price(change)),
            }
            for change in written.changes
        ]
        library = written.library
        return {
            "spelling": {
                "library": library.name,
                "version": library.version,
                "model": written.model,
                "changes": changes,
            }
        }

    def _compared(self, derived: Derived) -> Record:
        """What the installed tool says, and whether that is what was derived."""
        if self.printed is None:
            return {}
        printed = self.printed[derived.counter.name]
        return {
            "installed": printed.version or None,
            "says": printed.number,
            "verdict": _verdict(self.found, derived, printed),
        }

    def _written(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Each counter's record with its sum; one that says the same as one above says that."""
        above: dict[tuple[int | None, str], str] = {}
        for derived in self.found.derived.values():
            text = written_sum(derived)
            same = above.setdefault((derived.number, text), derived.counter.name)
            is_long = same != derived.counter.name and len(derived.terms) > 2
            yield _record(derived), f"as {same}" if is_long else text

    def _title(self) -> str:
        net = self.found.net
        said = [net.name, f"{net.input}, {net.conditions}"]
        if self.found.without:
            said[-1] += ", without the softmax at its end"
        if self.found.written is not None:
            library, model, *_ = self.found.written
            said[-1] += f", as {library.name} {library.version} writes {model}"
        return f"{said[0]}, {said[1]}: {net.macs:,} MACs"

    def _notes(self) -> Iterator[str]:
        found = self.found
        if found.uncounted:
            listed = ", ".join(f"{count:,} {kind}" for kind, count in found.uncounted.items())
            yield f"counted by none of these: {listed}"
        if found.written is not None:
            yield from _prices(found, found.written)
        calls = sum(not called.is_module for called in found.net.graph.as_called.values())
        if calls:
            layers = "1 layer is" if calls == 1 else f"{calls} layers are"
            yield f"{layers} no module of torch.nn by itself; --run asks the tools themselves"
        if found.of_softmax:
            yield f"with the softmax: {_by_number(found.of_softmax)}"
        for derived in found.derived.values():
            if derived.counter.note and not found.derived.keys() - {derived.counter.name}:
                yield f"{derived.counter.name}: {derived.counter.note}"
        usually = found.net.preset.usually
        if usually:
            net = load_with(
                usually, {}, input=None, batch=found.net.batch, mode=found.net.mode,
                bytes_per_number=found.net.bytes_per_number,
            )  # fmt: skip
            yield f"people usually mean {usually}: {net.macs:,} MACs"


def tools_table(networks: Sequence[Network]) -> Table:
    """What the usual tools print, a row a network; nothing where that is not known."""
    usual = chosen_counters(USUAL_COUNTERS)
    columns = [
        Column("model", "model", align="left"),
        *(Column(each.name, each.name, figures.count, heading=each.name) for each in usual),
    ]
    rows = []
    for net in networks:
        found = reconcile(net).derived
        rows.append(Row({"model": net.name, **{name: found[name].number for name in found}}))
    return Table("", columns, rows)


def _verdict(found: Reconciliation, derived: Derived, printed: Printed) -> str:
    """Whether a tool says the derived number, or why that is not known."""
    if printed.number is None:
        return printed.problem or "says no number"
    if derived.number is None:
        return derived.unknown
    if printed.number != derived.number:
        off = f"differs by {printed.number - derived.number:+,}"
        return off + next(_partings(found, derived.counter, printed.layers), "")
    if derived.parameters not in (None, printed.parameters) and printed.parameters is not None:
        numbers = f"{printed.parameters:,} for {derived.parameters:,}"
        return f"equal, but in its parameters it differs: {numbers}"
    return "equal"


def _partings(found: Reconciliation, counter: Counter, layers: Mapping[str, int]) -> Iterator[str]:
    """In which layers a tool says another number than was derived, where it says numbers of
    layers."""
    for name, reading in found.net.readings_by_name.items() if layers else ():
        if found.net.heard is not None and name not in layers:
            continue  # a call in a forward, which is no module
        number = sum(addend.number for addend in Sight(reading).said_by(counter).addends)
        if layers.get(name, 0) != number:
            yield f", first in {name}: {layers.get(name, 0):,} for {number:,}"


def _record(derived: Derived) -> dict[str, Any]:
    counter = derived.counter
    return {
        "tool": counter.name,
        "version": counter.version or None,
        "calls_it": counter.calls_it,
        "number": derived.number,
        "parameters": derived.parameters,
        "unknown": derived.unknown or None,
    }


def _prices(found: Reconciliation, written: Written) -> Iterator[str]:
    """What each thing that a library writes otherwise than archcalc changes."""
    if not written.changes:
        yield f"{written.library.name} writes it as archcalc does"
    for change in written.changes:
        price = found.price(change)
        known = {name: number for name, number in price.items() if number is not None}
        said = _by_number(known) if price else "no number changes"
        unknown = price.keys() - known
        if unknown:
            said = "; ".join(filter(None, (said, f"{', '.join(sorted(unknown))}: not known")))
        yield f"{change}: {said}"


def _by_number(numbers: Mapping[str, int]) -> str:
    """Numbers with who says them: `thop + 2,999; calflops, DeepSpeed + 1,000`."""
    sayers: dict[int, list[str]] = {}
    for name, number in numbers.items():
        sayers.setdefault(number, []).append(name)
    return "; ".join(
        f"{', '.join(names)} {'-' if number < 0 else '+'} {abs(number):,}"
        for number, names in sayers.items()
    )
