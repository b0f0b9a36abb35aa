"""Closed forms of what a network costs, in sizes and arguments that stay open.

>>> from archcalc.network import load
>>> found = formula(load("resnet50"), ["height", "width", "num_classes"])
>>> found["macs"].text
'76848·height·width + 2048·num_classes'
>>> found.held
['height and width multiples of 32', 'num_classes from 1']
>>> found.evaluate(height=224, width=224, num_classes=1000)["macs"]
3857973248
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from archcalc.closed import writing
from archcalc.closed.condition import Remainders
from archcalc.closed.domain import Domain
from archcalc.closed.polynomial import Polynomial
from archcalc.errors import ArchcalcError, SpecError, did_you_mean, quote
from archcalc.formulas.breakdown import Share
from archcalc.formulas.forms import Fit, Forms, Grouping, Question
from archcalc.formulas.openable import Openable
from archcalc.formulas.points import points_in
from archcalc.names.variants import separated
from archcalc.network import Network
from archcalc.parts.checks import check_network
from archcalc.parts.drawing import PrintedResult
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import BYTES, COUNTS, LARGE_COUNTS

USUAL = ("parameters", "macs", "activations")
COUNTED = tuple(
    quantity.name
    for quantity in QUANTITIES.values()
    if quantity.unit in (COUNTS, LARGE_COUNTS, BYTES)
)
"""The quantities that have closed forms: counts and bytes."""
CHECKS = 3
"""At how many random points closed forms are compared with whole numbers before they are given."""

MOST_SAID = 3
"""The most conditions that a message says."""


@dataclass(frozen=True)
class ClosedForm:
    """A quantity as an exact polynomial of the open names."""

    form: Polynomial
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        """The form for people: `76848·height·width + 2048·num_classes`."""
        return writing.text(self.form, self.names)

    @property
    def python(self) -> str:
        """The form as Python's arithmetic of whole numbers."""
        return writing.python(self.form, self.names)

    @property
    def latex(self) -> str:
        """The form in LaTeX's mathematical mode, for documents."""
        return writing.latex(self.form, self.names)

    def evaluate(self, values: Mapping[str, int]) -> int:
        """Its value where the open names have these, whether or not it holds there."""
        found: int = self.form.evaluate(values)
        return found

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, repr=False)
class Formula(PrintedResult):
    """The closed forms of a network, or of a part of it, and where they hold."""

    network: Network
    layer: str
    names: tuple[str, ...]
    quantities: Mapping[str, ClosedForm]
    breakdowns: Mapping[str, Sequence[Share]]
    """Where the quantities come from, by stage or by map; of those that are broken down."""
    domain: Domain
    checked: int
    """The number of random points at which the forms were equal to what whole numbers come to."""
    fit: Fit | None = None
    """The names, if any, that decide structure, so that the forms are fitted in them."""

    def __repr__(self) -> str:
        what = " ".join(filter(None, (self.network.name, self.layer)))
        return f"<Formula of {what} in {', '.join(self.names)}: {', '.join(self.quantities)}>"

    def __getitem__(self, quantity: str) -> ClosedForm:
        if quantity not in self.quantities:
            known = ", ".join(self.quantities)
            raise ArchcalcError(f"no closed form of {quote(quantity)} here; there are {known}")
        return self.quantities[quantity]

    @cached_property
    def held(self) -> list[str]:
        """Where the forms hold: for which values of each name, and under which other conditions."""
        return [*_rules(self.domain), *(f"given {condition}" for condition in self.given)]

    @property
    def given(self) -> list[str]:
        """The conditions that they hold under, beside the values of each name."""
        return [writing.condition(*c, self.names) for c in self.domain.others]

    def evaluate(self, **values: int) -> dict[str, int]:
        """Every quantity where the open names have these values.

        Raises:
            ArchcalcError: a name is missing, or the forms do not hold there.
        """
        for name in self.names:
            if name not in values:
                raise ArchcalcError(f"the formula needs a value for {name}")
        if not self.domain.holds(values):
            raise ArchcalcError(f"the formula holds for {'; '.join(self.held)}")
        return {name: form.evaluate(values) for name, form in self.quantities.items()}


def _rules(domain: Domain) -> Iterator[str]:
    alike: dict[str, list[str]] = {}
    for name, remainders in domain.remainders.items():
        alike.setdefault(_rule(remainders, domain.least[name]), []).append(name)
    for rule, names in alike.items():
        *others, last = names
        said = f"{', '.join(others)} and {last}" if others else last
        yield f"{said} {rule if others else rule.replace('multiples', 'a multiple', 1)}"


def _rule(remainders: Remainders, least: int) -> str:
    """Which values a name can have."""
    divisor, rests = remainders = remainders.least
    lowest = remainders.next(least)
    if divisor == 1:
        return f"from {lowest}"
    if len(rests) > 1:
        rule, first = f"that leave {_runs(sorted(rests))} by {divisor}", min(rests)
    else:
        (rest,) = rests
        rule, first = f"multiples of {divisor}", rest or divisor
        if rest:
            rule = f"{rest} more than {rule}"
    return f"{rule}, from {lowest}" if lowest > first else rule


def _runs(numbers: Sequence[int]) -> str:
    """Numbers in order, those that follow each other as one run.

    >>> _runs([0, 1, 2, 3, 31])
    '0 to 3, 31'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def formula(
    net: Network,
    open: str | Iterable[str] | None = None,
    *,
    layer: str = "",
    quantities: str | Iterable[str] = USUAL,
    floors: bool = False,
    by: Grouping = "",
) -> Formula:
    """The closed forms of a network's quantities.

    Args:
        net: the network, with what does not stay open.
        open: sizes of its input (`height`, `width`, `in_channels`; `length` or `tokens` of a
            sequence; `image.height` of an input with a name), its arguments, and items of arguments
            that are lists (`units[0]`; `units` is all of them). Where an argument has the name of a
            size, the size is `input_height`, `input_width`. If none are given, the height and width
            of its inputs, or their positions.
        layer: a layer or group instead of the whole network.
        quantities: which, such as `macs`.
        floors: keep quotients that are rounded down, so that the forms hold for all sizes. Else
            they hold for those that leave the same remainders as the network's own.
        by: break MACs (where they are not asked for, all) down by "stage", or MACs by the "map" at
            whose positions weights are used.

    Raises:
        ArchcalcError: a name is not there or cannot stay open, or a quantity has no closed form.
    """
    check_network(net, "formula")
    quantities = [_known(quantity) for quantity in separated(quantities)]
    if not quantities:
        raise ArchcalcError(f"a formula takes quantities, such as {', '.join(USUAL)}")
    openable = Openable.of(net)
    names = tuple(openable.names(openable.sides if open is None else open))
    found = Question(openable, names, layer, tuple(quantities), by).forms(floors=floors)
    checked = _check(openable, layer, found)
    closed = {quantity: ClosedForm(form, names) for quantity, form in found.quantities.items()}
    return Formula(net, layer, names, closed, found.shares, found.domain, checked, found.fit)


def _known(quantity: str) -> str:
    if quantity in COUNTED:
        return quantity
    hint = did_you_mean(quantity, COUNTED) or f"there is one of {', '.join(COUNTED)}"
    raise ArchcalcError(f"no closed form of {quote(quantity)}; {hint}")


def _check(openable: Openable, layer: str, found: Forms) -> int:
    """At how many random points, beside the network's own, the forms equal what ints come to.

    Raises:
        ArchcalcError: there is none at which they hold; or they are not equal, which is a fault of
            this program.
    """
    domain = found.domain
    for quantity, shares in found.shares.items():
        if sum((s.total for s in shares), Polynomial({})) != found.quantities[quantity]:
            raise _fault(openable, domain.values, f"the shares of {quantity} are not all of it")
    fixed = {name: c for c in domain.others if (name := c.only_value_of) is not None}
    points = [] if fixed else list(points_in(domain, CHECKS, openable.network.name))
    if not points:
        exact = [*fixed.values()] or [c for c in domain.others if c[1] == "=="]
        given = [writing.condition(*c) for c in exact or domain.others][:MOST_SAID]
        asked = f"{openable.network.name} has no closed form in {', '.join(domain.values)}"
        hint = "what its spec writes as plain numbers cannot change with them"
        if openable.sizes.keys() >= domain.values.keys():
            sizes = "a size" if len(domain.values) == 1 else "sizes"
            asked += f", {sizes} of its input"
        elif fixed and len(fixed) < len(domain.values):
            hint = f"it may have one in {', '.join(n for n in domain.values if n not in fixed)}"
        where = " and ".join(given) or "it has its own values"
        raise ArchcalcError(f"{asked}: it would hold only where {where}; {hint}")
    for values in [domain.values, *points]:
        try:
            net = openable.read(values)
        except SpecError as error:
            raise _fault(openable, values, f"the closed form holds, but {error}") from None
        part: Any = net[layer] if layer else net
        for quantity, form in found.quantities.items():
            if getattr(part, quantity) != form.evaluate(values):
                raise _fault(openable, values, f"the closed form of {quantity} is another number")
    return len(points)


def _fault(openable: Openable, values: Mapping[str, int], problem: str) -> ArchcalcError:
    at = ", ".join(f"{name} {value}" for name, value in values.items())
    return ArchcalcError(f"{openable.network.name} at {at}: {problem}; please report this")
