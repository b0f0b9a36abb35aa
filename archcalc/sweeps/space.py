"""A space of points: what varies along each of its axes, and which values it has there.

>>> space = Space([SpaceAxis.of("depth", range(10, 101, 6)), SpaceAxis.of("widen", [1, 2, 4])])
>>> space.size, space.point([1, 2])
(48, {'depth': 16, 'widen': 4})
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

from archcalc.analysis.input_axes import FEATURE_AXES
from archcalc.arithmetic import whole
from archcalc.errors import ArchcalcError, quote, told
from archcalc.expressions.expression import ExpressionError
from archcalc.expressions.parsing import literal
from archcalc.formulas.openable import Openable, axis_of_size
from archcalc.graph import INPUT, NamedInputs
from archcalc.names.arguments import argument_value, read_sizes
from archcalc.names.variants import between_commas

POINTS_AT_ONCE = 100_000
"""How many points are evaluated at once."""
MOST_VALUES = 10_000_000
"""How many values an axis may have."""
MOST_POINTS = 10**12
"""How many points a space may have."""
WHAT_VARIES = "a sweep takes what varies, such as"
VALUES_BY_NAME = "{'num_classes': [10, 100, 1000]}"
"""A space, as Python has it."""
AxisValues = Sequence[Any]


@dataclass(frozen=True)
class SpaceAxis:
    """One axis: what varies along it, in one step for all."""

    columns: Mapping[str, AxisValues]
    """What a table shows of it."""
    settings: Mapping[str, AxisValues]
    """The arguments and sizes that have these values."""

    @classmethod
    def of(cls, name: str, values: AxisValues) -> SpaceAxis:
        """The axis of one argument or size."""
        return cls({name: values}, {name: values})

    def __len__(self) -> int:
        return len(next(iter(self.settings.values())))

    @cached_property
    def whole(self) -> Mapping[str, Any]:
        """An array of each argument or size whose values are all whole numbers."""
        return {
            name: found for name, v in self.settings.items() if (found := _array(v)) is not None
        }

    def shown(self, name: str) -> Any:
        """An array of what a table shows."""
        found = self._shown.get(name)
        if found is None:
            import numpy

            found = self._shown[name] = _array(self.columns[name])
            if found is None:
                values = self.columns[name]
                found = self._shown[name] = numpy.empty(len(values), object)
                found[:] = [v if isinstance(v, int | Fraction) else str(v) for v in values]
        return found

    @cached_property
    def _shown(self) -> dict[str, Any]:
        return {}


def _array(values: AxisValues) -> Any:
    import numpy

    if isinstance(values, range):
        return numpy.arange(values.start, values.stop, values.step, dtype=numpy.int64)
    if all(type(value) is int for value in values):
        return numpy.array(values, dtype=numpy.int64)
    return None


class Space:
    """All combinations of the values of some axes, in the order in which the last one runs first.

    Raises:
        ArchcalcError: two axes have one name, or there are no points or too many.
    """

    def __init__(self, axes: Sequence[SpaceAxis]):
        self.axes = tuple(axes)
        self.columns: dict[str, int] = {}
        """Which axis each column of a table is of."""
        for k, axis in enumerate(self.axes):
            for name in axis.columns:
                if name in self.columns:
                    raise ArchcalcError(f"the space has {quote(name)} twice")
                self.columns[name] = k
        names = [name for axis in self.axes for name in axis.settings]
        for name, times in Counter(names).items():
            if times > 1:
                raise ArchcalcError(f"the space has {quote(name)} twice")
        for name in names:
            whole_list, bracket, _ = name.partition("[")
            if bracket and whole_list in names:
                both = f"{quote(whole_list)} and {quote(name)}, an item of it"
                raise ArchcalcError(f"the space has {both}; it takes one of them")
        self.shape = tuple(map(len, self.axes))
        self.size = prod(self.shape)
        if not self.axes:
            such = told("--set num_classes=10,100,1000", VALUES_BY_NAME)
            raise ArchcalcError(f"{WHAT_VARIES} {such}")
        if not 1 <= self.size <= MOST_POINTS:
            raise ArchcalcError(f"a sweep has 1 to {MOST_POINTS:,} points, not {self.size:,}")

    @cached_property
    def texts(self) -> dict[str, str]:
        """The columns whose values are not all numbers, with what they have: `a shape`."""
        found = {}
        for axis in self.axes:
            for name, values in axis.columns.items():
                others = () if isinstance(values, range) else values
                if not all(isinstance(value, int | Fraction) for value in others):
                    is_input = name == INPUT and name not in axis.settings
                    found[name] = "a shape" if is_input else "no number"
        return found

    def point(self, index: Sequence[int]) -> dict[str, Any]:
        """What each argument and size is at a point."""
        return {
            name: values[i]
            for axis, i in zip(self.axes, index, strict=True)
            for name, values in axis.settings.items()
        }

    def index(self, number: int) -> list[int]:
        """Where a point is along each axis, by its number in their order."""
        found = []
        for size in reversed(self.shape):
            number, i = divmod(number, size)
            found.append(i)
        return found[::-1]

    def blocks(self) -> Iterator[list[range]]:
        """Parts of the space of at most POINTS_AT_ONCE points, in order: ranges of the axes."""
        k, inner = len(self.shape) - 1, 1
        while k > 0 and inner * self.shape[k] <= POINTS_AT_ONCE:
            inner *= self.shape[k]
            k -= 1
        step = max(1, POINTS_AT_ONCE // inner)
        whole_axes = [range(size) for size in self.shape[k + 1 :]]
        for number in range(prod(self.shape[:k])):
            outer = Space.index(self._outer(k), number) if k else []
            for start in range(0, self.shape[k], step):
                part = range(start, min(start + step, self.shape[k]))
                yield [*(range(i, i + 1) for i in outer), part, *whole_axes]

    def _outer(self, k: int) -> Space:
        return Space(self.axes[:k])


# --- reading --------------------------------------------------------------------------------------


def read_values(text: str, taker: str) -> AxisValues:
    """The values in a text: a list between commas, and ranges with both ends in them; `taker` is
    what takes them: `--set depth`.

    >>> list(read_values("8:32:8", "--set")), read_values("10, 0.25:0.75:0.25", "--set")
    ([8, 16, 24, 32], [10, Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)])

    Raises:
        ArchcalcError: one is no value, or a range is none.
    """
    parts = [
        _range(part, taker) if ":" in part or ".." in part else [_one(part, taker)]
        for part in between_commas(text)
    ]
    if len(parts) == 1:
        return parts[0]
    return [value for part in parts for value in part]


def _one(text: str, taker: str) -> Any:
    try:
        return argument_value(text)
    except ArchcalcError as error:
        raise ArchcalcError(f"{taker}: {error}") from None


def _range(text: str, taker: str) -> AxisValues:
    try:
        numbers = [literal(part.strip()) for part in text.split(":")]
        start, stop, step = numbers if len(numbers) == 3 else (*numbers, 1)
    except (ValueError, ExpressionError):
        takes = f"{taker} takes ranges START:STOP:STEP, such as 32:256:32, with both ends"
        raise ArchcalcError(f"{takes}; got {quote(text)}") from None
    if step <= 0:
        raise ArchcalcError(f"{taker}: the range {quote(text)} has a step that is not above 0")
    if stop < start:
        empty = f"the range {quote(text)} has no values: it starts above where it stops"
        raise ArchcalcError(f"{taker}: {empty}")
    count = int((stop - start) // step) + 1
    if count > MOST_VALUES:
        raise ArchcalcError(f"{taker}: {quote(text)} has {count:,} values, over {MOST_VALUES:,}")
    if all(isinstance(number, int) for number in (start, step)):
        return range(int(start), int(start) + count * int(step), int(step))
    return [whole(Fraction(start) + i * Fraction(step)) for i in range(count)]


def read_inputs(text: str) -> AxisValues:
    """The sizes in a text: `32,64`, `32:256:32` for height and width alike, or `3x32x32,3x48x64`;
    of named inputs `image=3x32x32,ids=77`, one value.

    Raises:
        ArchcalcError: one is no size.
    """
    if "=" in text:
        return [read_sizes(text, "--input")]
    found: list[Any] = []
    for part in between_commas(text):
        if ":" in part:
            found += _range(part, "--input")
        else:
            sizes = tuple(read_sizes(part, "--input"))
            found.append(sizes[0] if len(sizes) == 1 else sizes)
    return found


def input_axis(values: AxisValues, openable: Openable) -> SpaceAxis:
    """The axis of a network's input: a number is all sizes but the channels, or the only one.

    Args:
        values: numbers, and tuples of all sizes, or of all but the channels.
        openable: the network, with the sizes of its own input by name.

    Raises:
        ArchcalcError: there is no such input.
    """
    model, sizes = openable.network.name, openable.sizes
    if isinstance(openable.network.input, NamedInputs):
        varies = ", ".join(sizes)
        raise ArchcalcError(f"{model} has inputs with names; what varies is one of {varies}")
    free = [name for name in sizes if axis_of_size(name) not in FEATURE_AXES]
    free = free or list(sizes)
    given = []
    for value in values:
        if isinstance(value, tuple) and len(value) == len(sizes):
            given.append(dict(zip(sizes, value, strict=True)))
        elif isinstance(value, tuple) and len(value) == len(free):
            given.append(dict(zip(free, value, strict=True)))
        elif type(value) is int:
            given.append(dict.fromkeys(free, value))
        else:
            own = "x".join(map(str, sizes.values()))
            said = "x".join(map(str, value)) if isinstance(value, tuple) else value
            raise ArchcalcError(f"{model} has {own}, and takes no input {quote(said)}")
    named = dict.fromkeys(name for settings in given for name in settings)
    whole_sizes = {name: [at.get(name, sizes[name]) for at in given] for name in named}
    shown = ["x".join(map(str, v)) if isinstance(v, tuple) else v for v in values]
    return SpaceAxis({INPUT: shown}, whole_sizes)
