"""The numbers that people state of a network, which a figure of theirs can be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from archcalc.counters.reconciliation import (
    ALL_COUNTERS,
    USUAL_COUNTERS,
    chosen_counters,
    reconcile,
)
from archcalc.counters.rules import Counter, built_in_counters
from archcalc.errors import ArchcalcError
from archcalc.names import catalog
from archcalc.network import Network, load_with, models
from archcalc.shape import Shape

COMMON_SIDES = (224, 227, 256, 299, 320)
"""Sides of square inputs that figures are often stated for."""
FURTHEST_OF_ALL = Fraction(1)
"""How far a number may depart that is looked for among all networks."""
OF_A_TOOL = Fraction(1)
"""How far a usual tool's number departs from a network's own; that of another one more."""
BY_ITS_UNIT = Fraction(1, 2)
"""How much less a tool's number departs from a figure that says a unit of that tool's alone."""


class Quoted(NamedTuple):
    """A number that somebody could state of a network."""

    value: int
    counts: str
    """parameters, operations or bytes."""
    what: str
    departure: Fraction
    network: str
    tool: str = ""
    """The counter whose number it is, if it is one's."""
    unit: str = ""
    """What that calls its number, if no other package calls one so."""


class _Kind(NamedTuple):
    """What a number can be of a network."""

    counts: str
    departure: Fraction
    tool: str = ""
    unit: str = ""


_PLAIN = {
    "MACs": _Kind("operations", Fraction(0)),
    "2·MACs": _Kind("operations", Fraction(1, 4)),
    "parameters": _Kind("parameters", Fraction(0)),
    "bytes of parameters": _Kind("bytes", Fraction(1, 4)),
    "parameters and running statistics": _Kind("parameters", Fraction(1)),
    "bytes of parameters and running statistics": _Kind("bytes", Fraction(1)),
    "MACs of convolutions": _Kind("operations", Fraction(1)),
}


@cache
def _kinds() -> Mapping[str, _Kind]:
    """All that a number can be, and how far that departs from a network's own."""
    found = dict(_PLAIN)
    for counter in built_in_counters().values():
        is_near = counter.is_usual or counter.counts == "bytes"
        departure = OF_A_TOOL if is_near else Fraction(5, 4)
        unit = counter.calls_it if _is_of_one_package(counter.calls_it) else ""
        found[_as_said(counter)] = _Kind(counter.counts, departure, counter.name, unit)
        found[f"{_possessive(counter)} parameters"] = _Kind("parameters", departure, counter.name)
    return found


def _is_of_one_package(unit: str) -> bool:
    packages = {c.package for c in built_in_counters().values() if c.calls_it == unit}
    return len(packages) == 1


@cache
def sought_of_all() -> Sequence[str]:
    """The counters whose numbers are sought among all networks: the usual ones, and others of their
    packages that call their numbers as no other package does."""
    usual = chosen_counters(USUAL_COUNTERS)
    packages = {counter.package for counter in usual}
    others = [
        counter
        for counter in built_in_counters().values()
        if counter.package in packages
        and counter.counts == "operations"
        and _is_of_one_package(counter.calls_it)
    ]
    return [*dict.fromkeys(counter.name for counter in (*usual, *others))]


def _as_said(counter: Counter) -> str:
    if counter.counts == "bytes":
        return f"{counter.package}'s {counter.calls_it.removesuffix(', bytes')}"
    is_said = counter.name.endswith(counter.calls_it)
    return counter.name if is_said else f"{_possessive(counter)} {counter.calls_it}"


def _possessive(counter: Counter) -> str:
    return f"{counter.name}'" if counter.name.endswith("s") else f"{counter.name}'s"


def _numbers(net: Network, tools: str | Sequence[str]) -> dict[str, int]:
    """The numbers of a network, by what they are; of tools those that no plainer one is."""
    stored = net.parameters + net.buffers
    numbers = {
        "MACs": net.macs,
        "2·MACs": 2 * net.macs,
        "parameters": net.parameters,
        "bytes of parameters": 4 * net.parameters,
        "parameters and running statistics": stored,
        "bytes of parameters and running statistics": 4 * stored,
        "MACs of convolutions": sum(
            reading.macs * times
            for reading, times in net.readings.items()
            if reading.op.name == "conv2d"
        ),
    }
    plain = {net.macs, 2 * net.macs}
    for derived in reconcile(net, tools).derived.values():
        if derived.number is not None and derived.number not in plain:
            numbers[_as_said(derived.counter)] = derived.number
        if derived.parameters is not None and derived.parameters != net.parameters:
            numbers[f"{_possessive(derived.counter)} parameters"] = derived.parameters
    return numbers


def _quoted(
    numbers: Mapping[str, int], network: str, departure: Fraction | int = 0, of: str = ""
) -> Iterator[Quoted]:
    kinds = _kinds()
    of = of or f" of {network}"
    for what, value in numbers.items():
        kind = kinds[what]
        departs = departure + kind.departure
        yield Quoted(value, kind.counts, what + of, departs, network, kind.tool, kind.unit)


# --- of one network and those that it is taken for ------------------------------------------------


def stated_numbers(net: Network, most: Fraction | None = None) -> list[Quoted]:
    """The numbers of a network, of its variants, with other inputs and with auxiliary heads; of
    those that depart further than `most`, if it is given, not all."""
    return [*_of_net(net, most)]


def _of_net(net: Network, most: Fraction | None) -> Iterator[Quoted]:
    for name, departure in _variants(net):
        if most is not None and departure > most:
            continue
        other = net if name == net.name else _load(net, name)
        is_near = most is None or departure + OF_A_TOOL - BY_ITS_UNIT <= most
        yield from _said(other, departure, ALL_COUNTERS if is_near else [])
        if departure < 2:
            for side in COMMON_SIDES:
                resized = _resized(other, side)
                if resized is not None:
                    at = f" at {resized.input}"
                    yield from _said(resized, departure + 1, USUAL_COUNTERS, at)
            trained = other.in_training
            if trained.graph.auxiliary:
                yield from _said(trained, departure + 1, USUAL_COUNTERS)


def _said(
    net: Network, departure: int, tools: str | Sequence[str], at: str = ""
) -> Iterator[Quoted]:
    of = f" of {net.name}{at}"
    if net.graph.auxiliary:
        of += " with auxiliary heads"
    return _quoted(_numbers(net, tools), net.name, departure, of)


def _variants(net: Network) -> Iterator[tuple[str, int]]:
    """A network's own name, those of its variants, and those of others in its family."""
    yield net.name, 0
    if net.name not in models():
        return
    for name, preset in catalog.built_in().items():
        if name == net.name:
            continue
        is_variant = (
            name.startswith(f"{net.name}-")
            or net.name.startswith(f"{name}-")
            or preset.usually == net.name
            or name == net.preset.usually
        )
        if is_variant or preset.family == net.family:
            yield name, 1 if is_variant else 2


def _load(net: Network, name: str, input: tuple[int, ...] | None = None) -> Network:
    is_own = name == net.name
    model, settings = (net.spelled or name, net.settings) if is_own else (name, {})
    return load_with(model, settings, input=input, batch=1, mode="eval", bytes_per_number=4)


def _resized(net: Network, side: int) -> Network | None:
    """The network with another square input; None where it has that, or takes none."""
    sizes = net.input.sizes if isinstance(net.input, Shape) else []
    if len(sizes) != 3 or sizes[1:] == [side, side]:
        return None
    try:
        return _load(net, net.name, input=(sizes[0], side, side))
    except ArchcalcError:
        return None


# --- of all networks ------------------------------------------------------------------------------


def numbers_of_all() -> list[Quoted]:
    """The numbers of all built-in networks that depart little, as `specs/numbers.json` has them."""
    return [number for name in models() for number in _quoted(_written().get(name, {}), name)]


def computed_numbers_of_all() -> list[Quoted]:
    """The same, computed."""
    return [number for name in models() for number in quoted_of(name)]


def quoted_of(name: str) -> list[Quoted]:
    """The numbers of a built-in network that depart little."""
    return [*_quoted(near_numbers(name), name)]


def near_numbers(name: str) -> dict[str, int]:
    """By what they are, the numbers of a built-in network that depart little."""
    net = load_with(name, {}, input=None, batch=1, mode="eval", bytes_per_number=4)
    numbers = _numbers(net, sought_of_all())
    kinds = {what: _kinds()[what] for what in numbers}
    return {
        what: numbers[what]
        for what, kind in kinds.items()
        if kind.departure - BY_ITS_UNIT * bool(kind.unit) <= FURTHEST_OF_ALL
    }


@cache
def _written() -> Mapping[str, Mapping[str, int]]:
    text = (catalog.specs_folder() / "numbers.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, int]] = json.loads(text)
    return found
