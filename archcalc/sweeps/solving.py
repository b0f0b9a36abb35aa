"""The largest or smallest value of an argument or a size with which a network meets a condition.

>>> from archcalc.network import load
>>> found = solve(load("wrn-28-10", widen=4), "depth", "parameters <= 10M")
>>> found.value, found.answer["parameters"], found.above["parameters"]
(40, 8949210, 10499290)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from archcalc.arithmetic import whole
from archcalc.errors import ArchcalcError, quote, told
from archcalc.expressions.expression import Expression
from archcalc.extras import require
from archcalc.formulas.closed_forms import COUNTED
from archcalc.formulas.openable import Openable
from archcalc.graph import INPUT
from archcalc.names.arguments import argument_value
from archcalc.names.variants import separated
from archcalc.network import Network
from archcalc.ops.fields import written
from archcalc.parts.checks import check_network
from archcalc.parts.drawing import PrintedResult
from archcalc.quantities import QUANTITIES
from archcalc.sweeps.blocks import Rows
from archcalc.sweeps.choice import check_key, meeting
from archcalc.sweeps.evaluation import Evaluation
from archcalc.sweeps.space import Space, SpaceAxis, input_axis
from archcalc.sweeps.sweeping import Sweep
from archcalc.tables.choosing import RowCondition, read_condition

MOST_TRIED = 100_000
"""The largest value that is tried, unless others are asked for."""
MOST_BUILT = 300
"""The same of a name that decides structure, so that a network is read for each value."""
NEARBY = 20
"""How far around a network's own value is tried whether a name decides structure."""
MULTIPLIERS = [whole(Fraction(n, 20)) for n in range(1, 101)]
"""The values that are tried of an argument that multiplies, as the width of a MobileNet: to 5."""

SolvedRow = Mapping[str, int]


@dataclass(frozen=True, repr=False)
class Solution(PrintedResult):
    """A value with which a network meets a condition, and the ones beside it."""

    network: Network
    name: str
    condition: RowCondition
    most: str
    """The quantity that is largest with this value, of all with which the condition holds."""
    is_smallest: bool
    """Whether it is the smallest value, not the largest, with which the condition holds."""
    rows: tuple[SolvedRow | None, SolvedRow, SolvedRow | None]
    """The name's value and figures, with the next ones below and above that the spec takes."""
    holds: tuple[bool, bool, bool]
    """Whether the condition holds with each."""
    tried: tuple[int, Any, Any]
    """How many values the spec takes, the first and the last of them."""
    untried: str
    """What was not tried and can be, if anything: fractions, or values beyond the last."""
    exception: Any
    """A value on the side that should meet the condition too, if it were all or nothing, and does
    not; None where there is none."""
    sweep: Sweep

    def __repr__(self) -> str:
        found = f"{self.name} {written(self.value)}, {self.condition.text}"
        return f"<Solution of {self.network.name}: {found}>"

    @property
    def value(self) -> Any:
        """The value of the name."""
        return self.answer[self.name]

    @property
    def below(self) -> SolvedRow | None:
        """The next value below that the spec takes, with its figures."""
        return self.rows[0]

    @property
    def answer(self) -> SolvedRow:
        """The value and its figures."""
        return self.rows[1]

    @property
    def above(self) -> SolvedRow | None:
        """The next value above that the spec takes, with its figures."""
        return self.rows[2]


def solve(
    net: Network,
    name: str,
    where: str,
    *,
    values: Iterable[Any] | None = None,
    most: str = "",
    smallest: bool = False,
    columns: str | Sequence[str] = (),
) -> Solution:
    """The largest value with which a network meets a condition. All are tried, since what a
    network costs need not grow with every size.

    Args:
        net: the network, with all else as it is.
        name: an argument, an item of a list, a size, or `input` for all sizes but the channels.
        where: the condition: `macs <= 300e6`.
        values: those that are tried: numbers, or shapes of the input, of which the one with most
            positions is the largest; without, whole numbers: 1 to 100,000, or to 300 of a name that
            decides structure; of an argument that some preset of its file sets to a fraction, 0.05
            to 5 in steps of 0.05.
        most: the quantity that is to be largest, instead of the value.
        smallest: the smallest value, instead of the largest.
        columns: further quantities that are told.

    Raises:
        ArchcalcError: no value meets it, a name or a condition is none, or numpy is not installed.
    """
    check_network(net, "solve")
    require("solve", "sweep", "numpy")
    openable = Openable.of(net)
    is_input = name == INPUT and name not in openable.arguments
    if not (is_input or name in openable.arguments):
        openable.value(name)
    given = None if values is None else _values(name, values, has_shapes=is_input)
    tried = None if given is None else Space([_axis(openable, name, given)])
    condition = read_condition(where, [name, *COUNTED], tried.texts if tried else {})
    asked = [*separated(columns), *([most] if most else []), *sorted({*condition.keys} - {name})]
    quantities = [check_key(key, COUNTED) for key in dict.fromkeys(asked)]
    space = tried or Space([_axis(openable, name, _usual(openable, name, quantities))])
    found = Sweep(net, space, quantities)
    untried = beyond = ""
    if tried is None:
        untried = _untried(openable, name)
        option, last = "--input " if is_input else f"--set {name}=", len(space.axes[0])
        beyond = told(f"{option}{last}:{2 * last}", "values")
    return _solution(found, found.rows(), name, condition, most, smallest, untried, beyond)


def _untried(openable: Openable, name: str) -> str:
    """What was not tried, where an argument may well be a fraction."""
    argument = openable.spec.arguments.get(name)
    if argument is None or (argument.minimum is not None and argument.minimum >= 1):
        return ""
    if _multiplies(openable, name):
        return f"other values can be tried by {told(f'--set {name}=0.5:1:0.01', 'values')}"
    if openable.arguments[name] > 1:
        return ""  # a multiplier's usual value is 1, or a fraction
    fractions = told(f"--set {name}=0.05:2:0.05", "values")
    return f"only whole numbers were tried; fractions too by {fractions}"


def _multiplies(openable: Openable, name: str) -> bool:
    """Whether an argument is a fraction for some network of its file: a multiplier of others."""
    spec, arguments = openable.spec, openable.spec.arguments
    if name not in arguments:
        return False
    settings = (preset.settings.get(name) for preset in spec.presets.values())
    return any(type(value) is Fraction for value in (arguments[name].default, *settings))


def said_value(value: Any) -> str:
    """A value of what varies, as a sentence has it: with commas, and a fraction as 0.95."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else written(value)


def _values(name: str, values: Iterable[Any], *, has_shapes: bool) -> Sequence[Any]:
    """The values that are tried, the smallest first."""
    if isinstance(values, range):
        found: Sequence[Any] = values if values.step > 0 else values[::-1]
    else:
        parsed = (v if isinstance(v, Expression) else argument_value(v) for v in values)
        given = dict.fromkeys(parsed)
        for value in given:
            if not isinstance(value, int | Fraction) and not (has_shapes and type(value) is tuple):
                what = f"solve takes numbers to try, and {name} {quote(written(value))} is none"
                raise ArchcalcError(f"{what}; archcalc sweep takes any values")
        found = sorted(given, key=lambda value: prod(value) if type(value) is tuple else value)
    if not found:
        raise ArchcalcError(f"solve takes values of {name} to try")
    return found


def _axis(openable: Openable, name: str, values: Sequence[Any]) -> SpaceAxis:
    if name == INPUT and name not in openable.arguments:
        return input_axis(values, openable)
    return SpaceAxis.of(name, values)


def _usual(openable: Openable, name: str, quantities: Sequence[str]) -> Sequence[Any]:
    """The values that are tried unless others are asked for."""
    if _multiplies(openable, name):
        return MULTIPLIERS
    own = max(openable.sizes.values(), default=1) if name == INPUT else openable.value(name)
    nearby = range(max(1, own - NEARBY), own + NEARBY + 1)
    probe = Evaluation(openable, Space([_axis(openable, name, nearby)]), quantities)
    probe.figures([range(len(nearby))])
    return range(1, (MOST_BUILT if probe.fixed else MOST_TRIED) + 1)


def _solution(
    found: Sweep,
    rows: Rows,
    name: str,
    condition: RowCondition,
    most: str,
    smallest: bool,
    untried: str,
    beyond: str,
) -> Solution:
    is_taken = rows.refused == 0
    numbers = is_taken.nonzero()[0].tolist()
    rows = rows.taken(is_taken)
    tried = rows.columns[name].tolist()
    holds = meeting(condition, rows.columns, len(rows))
    if not holds.any():
        reason = next(iter(found.refusals), "")
        if not tried:
            hint = f"; refused: {reason}" if reason else ""
            raise ArchcalcError(f"no {name} that was tried meets {condition.text}{hint}")
        span = f"from {said_value(tried[0])} to {said_value(tried[-1])}"
        problem = f"no {name} {span} meets {condition.text}"
        first = ", ".join(
            f"{rows.columns[key][0]:,} {QUANTITIES[key].title}" for key in found.keys if key != name
        )
        problem += f": {said_value(tried[0])} gives {first}" if first else ""
        raise ArchcalcError(f"{problem}; {untried or 'other values can be given to try'}")
    candidates = holds.nonzero()[0]
    if most:
        figures = rows.columns[most][candidates]
        candidates = candidates[figures == figures.max()]
    i = int(candidates[0 if smallest else -1])
    if beyond and i + 1 == len(rows) and not (untried or most or smallest):
        untried = f"larger ones were not tried; they are by {beyond}"
    others = ~holds[i:] if smallest else ~holds[:i]
    exception = None
    if others.any() and not most:
        at = int(others.argmax()) + i if smallest else int(others.nonzero()[0][-1])
        exception = tried[at]

    def row(at: int) -> SolvedRow | None:
        if not 0 <= at < len(rows):
            return None
        return {key: rows.columns[key][at : at + 1].tolist()[0] for key in found.keys}

    answer = row(i)
    assert answer is not None
    found.evaluation.compare(numbers[max(0, i - 1) : i + 2])
    beside = [bool(0 <= at < len(rows) and holds[at]) for at in (i - 1, i, i + 1)]
    return Solution(
        found.network,
        name,
        condition,
        most,
        smallest,
        (row(i - 1), answer, row(i + 1)),
        (beside[0], beside[1], beside[2]),
        (len(tried), tried[0], tried[-1]),
        untried,
        exception,
        found,
    )
