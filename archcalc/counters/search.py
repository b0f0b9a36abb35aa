"""Which number a stated figure is: what of a network gives it within its digits, and how many
would by chance.

A reading departs from the plain one, the network's own multiply-adds or parameters, by what is
counted, by its variant, its input's size and its structure, and by the unit of 1024. The least
departure comes first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from archcalc.counters.reconciliation import ALL_COUNTERS, USUAL_COUNTERS, reconcile
from archcalc.counters.stated_figure import StatedFigure
from archcalc.errors import ArchcalcError
from archcalc.names import catalog
from archcalc.network import Network, load_with, models
from archcalc.shape import Shape

COMMON_SIDES = (224, 227, 256, 299, 320)
"""Sides of square inputs that figures are often stated for."""
COULD_BE_CHANCE = 0.3
"""As many fitting readings as could well be there by chance."""
NEAR = 4
"""Within which factor of a figure readings are taken to lie evenly."""
_FURTHEST = {1: Fraction(1, 2), 2: Fraction(5, 4), 3: Fraction(2), 4: Fraction(3)}
"""How far a reading may depart, by the digits of a figure; with more of them, any far."""


class Quoted(NamedTuple):
    """A number that somebody could state of a network."""

    value: int
    counts: str
    """parameters, operations or bytes."""
    what: str
    departure: Fraction


class Near(NamedTuple):
    """A number that does not give a figure."""

    quoted: Quoted
    note: str
    """Its unit, where that is not one of 1000."""
    off: Fraction
    """As a share of the figure."""


class Match(NamedTuple):
    """A number that gives a figure."""

    quoted: Quoted
    departure: Fraction
    note: str
    """How it gives it, where it is not rounded in units of 1000."""


@dataclass(frozen=True)
class Found:
    """What gives a figure, the least departure first."""

    figure: StatedFigure
    fits: Sequence[Match]
    tried: int
    """How many readings depart as little as the first one."""
    by_chance: float
    """How many of them would give a figure of as many digits by chance."""
    nearest: Near | None
    """The nearest number where none gives it."""

    @property
    def first(self) -> Sequence[Match]:
        """The fits that depart least: they are not told apart."""
        least = self.fits[0].departure if self.fits else 0
        return [fit for fit in self.fits if fit.departure == least]


def search(figure: StatedFigure, net: Network | None) -> Found:
    """What of a network, or of any built-in one, gives a figure."""
    return search_among(figure, [*_of_all()] if net is None else stated_numbers(net))


def search_among(figure: StatedFigure, numbers: Sequence[Quoted]) -> Found:
    """Which of some numbers give a figure."""
    suiting = [n for n in numbers if n.counts == figure.counts or not figure.counts]
    if not figure.counts:
        suiting = [n for n in suiting if n.counts != "bytes"]
    limit = _FURTHEST.get(figure.digits, Fraction(10))
    fits = sorted(
        {fit for number in suiting for fit in _fits(figure, number) if fit.departure <= limit},
        key=lambda fit: (fit.departure, fit.quoted.value),
    )
    first = fits[0].departure if fits else Fraction(0)
    near = [n for n in suiting if figure.value / NEAR <= n.value <= figure.value * NEAR]
    tried = [n for n in near if n.departure <= first]
    low, high = (max(float(end), 1e-9) for end in figure.interval())
    chance = len(tried) * math.log(high / low) / (2 * math.log(NEAR))
    return Found(
        figure, fits, len(tried), chance, None if fits else _nearest(figure, suiting, limit)
    )


def _nearest(figure: StatedFigure, numbers: Sequence[Quoted], limit: Fraction) -> Near | None:
    """The number that is least off of those that depart no further."""
    near = (
        Near(number, note, number.value / (figure.value * Fraction(base, 1000) ** figure.power) - 1)
        for number in numbers
        for base, departs, note in _bases(figure, number)
        if number.departure + departs <= limit
    )
    return min(near, key=lambda each: abs(each.off), default=None)


def _bases(figure: StatedFigure, number: Quoted) -> list[tuple[int, Fraction, str]]:
    """What a prefix can be the power of, with how far that departs and how it is said."""
    bases = [(1000, Fraction(0), "")]
    if figure.power:
        of_1024 = Fraction(1, 4) if number.counts == "bytes" else Fraction(3, 2)
        bases.append((1024, of_1024, f"in units of 1024{_POWERS[figure.power]}"))
    return bases


def _fits(figure: StatedFigure, number: Quoted) -> Iterator[Match]:
    for base, departs, unit in _bases(figure, number):
        for is_cut, more, how in ((False, Fraction(0), ""), (True, Fraction(1, 2), "cut off")):
            low, high = figure.interval(base, is_cut=is_cut)
            if low <= number.value < high:
                note = ", ".join(filter(None, (how, unit)))
                yield Match(number, number.departure + departs + more, note)
                break


_POWERS = {1: "", 2: "²", 3: "³", 4: "⁴"}


# --- the numbers that people state ----------------------------------------------------------------


def stated_numbers(net: Network) -> list[Quoted]:
    """The numbers of a network, of its variants, with other inputs and with auxiliary heads."""
    return [*_quoted(net)]


def _quoted(net: Network) -> Iterator[Quoted]:
    for name, departure in _variants(net):
        other = net if name == net.name else _load(net, name)
        yield from _of_network(other, departure, ALL_COUNTERS)
        if departure < 2:
            for side in COMMON_SIDES:
                resized = _resized(other, side)
                if resized is not None:
                    yield from _of_network(
                        resized, departure + 1, USUAL_COUNTERS, f" at {resized.input}"
                    )
            trained = other.in_training
            if trained.graph.auxiliary:
                yield from _of_network(trained, departure + 1, USUAL_COUNTERS)


def _variants(net: Network) -> Iterator[tuple[str, int]]:
    """A network's own name, those of its variants, and those of others in its family."""
    yield net.name, 0
    if net.name not in models():
        return
    for name, (_, preset) in catalog.built_in().items():
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


def _of_all() -> Iterator[Quoted]:
    for name in models():
        net = load_with(name, {}, input=None, batch=1, mode="eval", bytes_per_number=4)
        for number in _of_network(net, 0, USUAL_COUNTERS):
            if number.departure <= 1:
                yield number


def _of_network(net: Network, departure: int, tools: str, at: str = "") -> Iterator[Quoted]:
    of = f" of {net.name}{at}"
    if net.graph.auxiliary:
        of += " with auxiliary heads"
    base = Fraction(departure)
    found = reconcile(net, tools)
    yield Quoted(net.macs, "operations", f"MACs{of}", base)
    yield Quoted(2 * net.macs, "operations", f"2·MACs{of}", base + Fraction(1, 4))
    yield Quoted(net.parameters, "parameters", f"parameters{of}", base)
    yield Quoted(4 * net.parameters, "bytes", f"bytes of parameters{of}", base + Fraction(1, 4))
    yield Quoted(
        net.parameters + net.buffers,
        "parameters",
        f"parameters and running statistics{of}",
        base + 1,
    )
    yield Quoted(
        4 * (net.parameters + net.buffers),
        "bytes",
        f"bytes of parameters and running statistics{of}",
        base + 1,
    )
    convolutions = sum(
        reading.macs * times
        for reading, times in net.readings.items()
        if reading.op.name == "conv2d"
    )
    yield Quoted(convolutions, "operations", f"MACs of convolutions{of}", base + 1)
    plain = {net.macs, 2 * net.macs}
    for name, derived in found.derived.items():
        is_near = derived.counter.is_usual or derived.counter.counts == "bytes"
        more = Fraction(1) if is_near else Fraction(5, 4)
        if derived.number is not None and derived.number not in plain:
            calls = derived.counter.calls_it
            said = name if name.endswith(calls) else f"{name}'s {calls}"
            yield Quoted(derived.number, derived.counter.counts, f"{said}{of}", base + more)
        if derived.parameters not in (None, net.parameters):
            assert derived.parameters is not None
            yield Quoted(derived.parameters, "parameters", f"{name}'s parameters{of}", base + more)
