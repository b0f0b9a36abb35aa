"""Figures at the points of a space: by closed forms that hold in a region of it, over arrays.

A network is read with open numbers at a point. What was decided on the way says in which region of
the space the same closed forms hold, or the same refusal; the first point outside is read next.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archcalc.closed.arrays import Arrays, NoArray
from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial
from archcalc.closed.summing import NoSum, Summed
from archcalc.errors import ArchcalcError, SpecError
from archcalc.formulas.breakdown import form_of
from archcalc.formulas.forms import are_sums
from archcalc.formulas.openable import Openable
from archcalc.language.budget import Budget
from archcalc.ops.fields import written
from archcalc.sweeps.point_figures import Figures, Index
from archcalc.sweeps.space import Space

SAMPLE = 24
"""At how many random points, at most, a space is compared with what whole numbers come to."""
LARGEST_COMPARED = 10_000
"""The most items of a network that is compared: a closed form needs no time for more of them."""
MOST_PINNED = 3
"""At how many values a name may decide structure before it is open no more."""
MOST_REGIONS = 64
"""How many regions are tried before a point is read anew."""


class Unseen(Exception):
    """No network has been read for a point yet."""


@dataclass(frozen=True)
class Region:
    """Where the same closed forms hold, or the same refusal."""

    domain: Domain
    forms: Mapping[str, Polynomial]
    """Of each quantity; none where the spec refuses."""
    refusal: int
    """The number of the reason for which the spec refuses, or 0."""


@dataclass
class Evaluation:
    """The figures of a network at the points of a space."""

    openable: Openable
    space: Space
    quantities: Sequence[str]
    reasons: list[str] = field(default_factory=lambda: [""])
    """Why the spec refuses points, by number."""
    forms: int = 0
    """How many closed forms there were."""
    compared: set[tuple[int, ...]] = field(default_factory=set)
    """Where they were compared with what whole numbers come to."""

    @property
    def checked(self) -> int:
        """At how many points they were compared with what whole numbers come to."""
        return len(self.compared)

    def __post_init__(self) -> None:
        names = [name for axis in self.space.axes for name in axis.settings]
        for name in names:
            if name not in self.openable.arguments:
                self.openable.value(name)
        open_names = {name for axis in self.space.axes for name in axis.whole}
        self.fixed = frozenset(name for name in names if name not in open_names)
        """The names whose values are read one by one; another set where these become more."""
        self._random = random.Random(self.space.size)
        self._pinned: Counter[str] = Counter()
        self._regions: dict[Any, list[Region]] = {}

    def figures(self, part: Sequence[range], *, may_read: bool = True) -> Figures:
        """The figures in a part of the space, given by the range of each axis.

        Where no network may be read it changes nothing here, and can be asked by several threads.

        Raises:
            Unseen: a network would have to be read.
        """
        import numpy

        shape = tuple(map(len, part))
        columns = {name: numpy.zeros(shape, numpy.int64) for name in self.quantities}
        figures = Figures(columns, numpy.zeros(shape, numpy.int32))
        index = [numpy.arange(r.start, r.stop) for r in part]
        place = [numpy.arange(n) for n in shape]
        self._fill(figures, index, place, self.fixed, may_read)
        return figures

    def check(self) -> None:
        """Compare random points of the space with what whole numbers come to, or its first points
        where the networks of those are too large.

        Raises:
            ArchcalcError: they are not equal, which is a fault of this program.
        """
        size = self.space.size
        drawn = self._random.sample(range(size), min(size, 4 * SAMPLE))
        for number in dict.fromkeys([*drawn, *range(min(size, SAMPLE))]):
            if self.checked < SAMPLE:
                self._check(self.space.index(number))

    def compare(self, numbers: Iterable[int]) -> None:
        """Compare some points, by their numbers, with what whole numbers come to.

        Raises:
            ArchcalcError: they are not equal, which is a fault of this program.
        """
        for number in numbers:
            self._check(self.space.index(number))

    # --- filling ----------------------------------------------------------------------------------

    def _fill(
        self, figures: Figures, index: Index, place: Index, fixed: frozenset[str], may_read: bool
    ) -> None:
        """Write a part of the space, one after the other for each value of a fixed name."""
        for k, axis in enumerate(self.space.axes):
            names = [name for name in axis.settings if name in fixed]
            if names and len(index[k]) > 1:
                groups: dict[Any, list[int]] = {}
                for i, at in enumerate(index[k].tolist()):
                    values = tuple(axis.settings[name][at] for name in names)
                    groups.setdefault(values, []).append(i)
                if len(groups) > 1:
                    for members in groups.values():
                        inside = _with(index, k, members), _with(place, k, members)
                        self._fill(figures, *inside, fixed, may_read)
                    return
        self._fill_open(figures, index, place, fixed, may_read)

    def _fill_open(
        self, figures: Figures, index: Index, place: Index, names: frozenset[str], may_read: bool
    ) -> None:
        """Write a part in which fixed names have one value."""
        import numpy

        point = self.space.point([int(indices[0]) for indices in index])
        fixed = {name: point[name] for name in point if name in names}
        regions = self._regions.get(tuple(fixed.items()), [])
        left = numpy.ones(tuple(map(len, index)), bool)
        for region in regions[-MOST_REGIONS:]:
            self._apply(region, figures, index, place, left)
            if not left.any():
                return
        if not may_read:
            raise Unseen
        regions = self._regions.setdefault(tuple(fixed.items()), regions)
        while left.any():
            first = numpy.unravel_index(int(left.argmax()), left.shape)
            at = [int(indices[i]) for indices, i in zip(index, first, strict=True)]
            region = self._region(self.space.point(at), fixed)
            if self.fixed != names:
                self._fill(figures, index, place, self.fixed, may_read)
                return
            regions.append(region)
            inside = self._apply(region, figures, index, place, left)
            if left[first]:  # an open name is too large, or the forms have no arrays
                self._put_one(
                    figures, at, [p[i : i + 1] for p, i in zip(place, first, strict=True)]
                )
                left[first] = False
            elif inside.sum() > 1:
                others = numpy.argwhere(inside)
                chosen = others[self._random.randrange(len(others))]
                self._check([int(indices[i]) for indices, i in zip(index, chosen, strict=True)])

    def _region(self, point: Mapping[str, Any], fixed: Mapping[str, Any]) -> Region:
        """The region that a point is in."""
        values = {n: value for n, value in point.items() if n not in fixed}
        domain = Domain(values, has_sums=are_sums(self.quantities))
        forms: Mapping[str, Polynomial] = {}
        refusal = 0
        try:
            try:
                forms = self._forms(fixed, domain)
                if domain.sums:
                    sums = Summed(domain)
                    forms = {name: sums.form(form) for name, form in forms.items()}
                    domain = sums.domain
            except (ArchcalcError, NoSum):
                if not domain.sums:
                    raise
                domain = Domain(values)
                forms = self._forms(fixed, domain)
        except ArchcalcError as error:
            refusal = self._reason(point, error)
        for name in {name for form in domain.pinned for name in form.names}:
            self._pinned[name] += 1
            if self._pinned[name] > MOST_PINNED:
                self.fixed |= {name}
        self.forms += bool(forms)
        return Region(domain, forms, refusal)

    def _forms(self, fixed: Mapping[str, Any], domain: Domain) -> Mapping[str, Polynomial]:
        """The closed forms of all quantities in a domain."""
        numbers = {name: Open.of(name, domain) for name in domain.values}
        net: Any = self.openable.read({**fixed, **numbers})
        return {name: form_of(getattr(net, name)) for name in self.quantities}

    def _reason(self, point: Mapping[str, Any], error: ArchcalcError) -> int:
        """The number of a new reason."""
        problem = str(error)
        if isinstance(error, SpecError):
            problem = str(error.problems[0]._replace(given=""))
        reason = f"like {_said(point)}: {problem}"
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason)

    def _apply(
        self, region: Region, figures: Figures, index: Index, place: Index, left: Any
    ) -> Any:
        """Write the points of a part that are in a region and left; which these are, if any."""
        import numpy

        block = self._arrays(region, index)
        try:
            inside = block.inside(region.domain) & left
            if not inside.any():
                return None
            part = inside
            if not inside.all():
                axes = range(inside.ndim)
                for k in axes:
                    others = tuple(other for other in axes if other != k)
                    kept = inside.any(axis=others).nonzero()[0]
                    if len(kept) < len(index[k]):
                        index, place = _with(index, k, kept), _with(place, k, kept)
                        part = numpy.take(part, kept, axis=k)
                if part.shape != inside.shape:
                    block = self._arrays(region, index)
            values = {name: block.value(form) for name, form in region.forms.items()}
        except NoArray:
            return None
        figures.put(place, part, values, region.refusal)
        left &= ~inside
        return inside

    def _arrays(self, region: Region, index: Index) -> Arrays:
        values, axes = {}, {}
        for k, axis in enumerate(self.space.axes):
            shape = [-1 if k == other else 1 for other in range(len(index))]
            for name in axis.settings:
                if name in region.domain.values:
                    values[name] = axis.whole[name][index[k]].reshape(shape)
                    axes[name] = {k}
        return Arrays(values, axes)

    # --- one by one -------------------------------------------------------------------------------

    def _put_one(self, figures: Figures, at: Sequence[int], place: Index) -> None:
        point = self.space.point(at)
        try:
            net: Any = self.openable.read(point)
            values = {name: getattr(net, name) for name in self.quantities}
            figures.put(place, True, values, 0)
        except ArchcalcError as error:
            figures.put(place, True, {}, self._reason(point, error))

    def _check(self, at: Sequence[int]) -> None:
        if tuple(at) in self.compared:
            return
        point, budget = self.space.point(at), Budget(LARGEST_COMPARED)
        expected: dict[str, int] | None = None
        try:
            net: Any = self.openable.read(point, budget)
            expected = {name: getattr(net, name) for name in self.quantities}
        except ArchcalcError:
            if budget.is_spent:
                return
        figures, found = self.figures([range(i, i + 1) for i in at]), None
        if not figures.refused.any():
            found = {name: int(column.item()) for name, column in figures.columns.items()}
        if found != expected:
            said = f"{self.openable.network.name} at {_said(point)}: closed forms give {found}"
            raise ArchcalcError(f"{said}, whole numbers {expected}; please report this")
        self.compared.add(tuple(at))


def _said(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {written(value)}" for name, value in point.items())


def _with(index: Index, k: int, members: Any) -> Index:
    """An index with some of the values of one axis."""
    return [*index[:k], index[k][members], *index[k + 1 :]]
