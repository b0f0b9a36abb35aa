"""Which rows of a table are wanted, by their figures, and in which order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.errors import ArchcalcError, check_texts, did_you_mean, parameter, quote, told
from archcalc.expressions.expression import Expression, ExpressionError
from archcalc.expressions.parsing import parse
from archcalc.figures import BYTE_UNITS, COUNT_UNITS
from archcalc.frozen import Frozen
from archcalc.names.catalog import natural

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])(?P<number>[0-9]+(?:\.[0-9]+)?)(?:[eE]\+?(?P<zeros>[0-9]{1,2})\b)?"
    r"(?: *(?!(?:and|else|if|in|is|not|or)\b)(?P<unit>[A-Za-z]+)\b)?"
)
_MOST_ZEROS = 18
"""The largest exponent of an abbreviated number."""
_UNITS = {**COUNT_UNITS, **BYTE_UNITS}
"""What may stand behind a number of a condition."""


_MISTAKES = {
    r"[&|^,]": "conditions are joined by 'and' and 'or'",
    r"!(?!=)": "the opposite of a condition is 'not'",
    r"[0-9],[0-9]{3}": "a number has no commas: 5e9, 5G",
    r"(?<![=<>!])=(?!=)": "equal is ==",
    r"= *['\"]": "conditions compare figures, not texts",
}
"""How people write what conditions write otherwise, and how that is."""


class RowCondition(NamedTuple):
    """What rows have to meet: `parameters < 30e6 and macs < 5G`."""

    text: str
    expression: Expression
    columns: Mapping[str, str] = Frozen()
    """The columns whose names are no words, `units[2]` or `image.height`, by the words that stand
    for them in the expression."""
    taker: str = "where"
    """What takes it, as who reads a message calls it: it may be evaluated in another process."""

    @property
    def keys(self) -> Collection[str]:
        """The columns that it reads."""
        return {self.columns.get(word, word) for word in self.expression.names}

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """What it comes to where the columns have these values.

        Raises:
            ArchcalcError: it divides by zero, or the like.
        """
        words = {word: values[self.columns.get(word, word)] for word in self.expression.names}
        try:
            return self.expression.evaluate(words)
        except ExpressionError as error:
            said = str(error)
            for word, column in self.columns.items():
                said = said.replace(word, column)
            raise ArchcalcError(f"{self.taker}: {said}") from None

    def holds(self, record: Mapping[str, Any]) -> bool | None:
        """Whether it holds for the values of one row; None where one of them is no figure.

        Of height and width the larger counts, and of counts by kind their sum.

        Raises:
            ArchcalcError: it calculates with a text, divides by zero, or the like.
        """
        values = {key: comparable(record[key]) for key in self.keys}
        if None in values.values():
            return None
        for key, value in values.items():
            if isinstance(value, str):
                raise ArchcalcError(f"{self.taker} compares figures, and {quote(key)} is a text")
        return bool(self.evaluate(values))


def read_columns(asked: str | Iterable[str], known: Iterable[str]) -> list[str]:
    """The keys of columns that a text names, separated by commas, or that are given one by one;
    those known where it says all.

    Raises:
        ArchcalcError: it names nothing, or a column twice.
    """
    if asked == "all":
        return list(known)
    taker = parameter("columns")
    takes = f"{taker} takes KEYS such as parameters,macs; got {quote(asked)}"
    if not isinstance(asked, Iterable):
        raise ArchcalcError(takes)
    keys = [key.strip() for key in asked.split(",")] if isinstance(asked, str) else list(asked)
    for key in keys:
        if not isinstance(key, str) or not key:
            raise ArchcalcError(takes)
        if keys.count(key) > 1:
            raise ArchcalcError(f"{taker} names {quote(key)} twice")
    return keys


def check_columns(keys: Iterable[str], known: Collection[str]) -> None:
    """Refuse columns that a table does not have.

    Raises:
        ArchcalcError: suggests one.
    """
    for key in keys:
        if key not in known:
            hint = did_you_mean(key, known) or f"one of {', '.join(known)}"
            raise ArchcalcError(f"no column {quote(key)}; {hint}")


def read_condition(
    text: str, known: Collection[str], texts: Mapping[str, str] = Frozen()
) -> RowCondition:
    """The condition that a text writes: comparisons of columns, with `and`, `or`, `not`.

    Numbers are exact, and can be abbreviated: `30e6`, `30M`, `8 GiB`.

    Args:
        text: the condition.
        known: the columns that there are.
        texts: those of them that have no figures, with what they have: `a text`.

    Raises:
        ArchcalcError: it is no condition, or reads what is no column of figures.
    """
    taker = parameter("where")
    check_texts(where=text)
    in_words, columns = _in_words(text, known)
    in_full = _NUMBER.sub(_in_full, in_words)
    try:
        expression = parse(in_full)
    except ExpressionError as error:
        problem, hint = (
            said.replace(quote(in_full), quote(text)).replace(in_full, text)
            for said in (error.problem, error.hint)
        )
        for mistake, meant in _MISTAKES.items():
            if re.search(mistake, text):
                hint = meant
        problem = f"{problem}; {hint}" if hint else problem
        raise ArchcalcError(f"{taker} takes a condition such as 'macs < 5e9': {problem}") from None
    check_columns(sorted(expression.names - columns.keys()), known)
    if not expression.is_condition or not expression.names or expression.sizes:
        raise ArchcalcError(f"{taker} takes a condition such as 'macs < 5e9', got {quote(text)}")
    condition = RowCondition(text, expression, columns, taker)
    for key in sorted(condition.keys):
        if key in texts:
            raise ArchcalcError(f"{taker} compares figures, and {quote(key)} is {texts[key]}")
    return condition


def _in_words(text: str, known: Collection[str]) -> tuple[str, dict[str, str]]:
    """A condition with a word for each column whose name is none; these columns by their words.

    >>> _in_words("units[2] < 9 and macs < 5G", ["units[2]", "macs"])
    ('units_2_ < 9 and macs < 5G', {'units_2_': 'units[2]'})
    """
    columns: dict[str, str] = {}
    for name in known:
        if name in text and not name.isidentifier():
            word = re.sub(r"\W", "_", name)
            while word in known or word in columns:
                word += "_"
            columns[word] = name
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", word, text)
    return text, columns


def _in_full(match: re.Match[str]) -> str:
    """`30e6` as `(30*1000000)`: a product, since numbers of expressions are short."""
    zeros, unit = int(match["zeros"] or 0), match["unit"] or ""
    if unit and unit not in _UNITS:
        hint = did_you_mean(unit, _UNITS) or f"a number takes {', '.join(_UNITS)}"
        raise ArchcalcError(f"{parameter('where')} has no unit {quote(unit)}; {hint}")
    if zeros > _MOST_ZEROS:
        return match[0]  # which is refused as it stands
    factors = [10**9] * (zeros // 9) + [10 ** (zeros % 9), _UNITS.get(unit, 1)]
    product = "*".join([match["number"], *(str(factor) for factor in factors if factor != 1)])
    return f"({product})" if "*" in product else product


def comparable(value: Any) -> Any:
    """The one figure that a value is compared by."""
    if isinstance(value, list | tuple):
        return max((v for v in value if v is not None), default=None)
    if isinstance(value, Mapping):
        return sum(map(comparable, value.values()))
    return value


def in_order(
    records: Sequence[Mapping[str, Any]], key: str, name: str, *, ascending: bool = False
) -> list[int]:
    """The numbers of the records in the order of a column: figures largest first, or smallest;
    texts from A to Z; ties by name, and last what has no figure."""

    def rank(i: int) -> tuple[Any, ...]:
        value = comparable(records[i][key])
        by_name = natural(records[i][name])
        if value is None:
            return (1, 0, by_name)
        if isinstance(value, str):
            return (0, natural(value), by_name)
        return (0, value if ascending else -Fraction(value), by_name)

    return sorted(range(len(records)), key=rank)


def check_sorted(sort: str, ascending: bool, is_sorted: bool = False) -> None:
    """Refuse an order that nothing has, and one that is written as for --pareto.

    Args:
        sort: what to sort by.
        ascending: whether the smallest stand first.
        is_sorted: whether there is an order without it.

    Raises:
        ArchcalcError: it is said to be ascending, or it begins with a minus.
    """
    check_texts(sort=sort)
    if sort.startswith("-"):
        by = parameter("sort", quote(sort.lstrip("-"), ""))
        smallest = parameter("ascending", True)
        both = told(f"{by} {smallest}", f"{by}, {smallest}")
        ways = f"{by} has the largest first, {both} the smallest"
        raise ArchcalcError(f"{ways}; got {quote(sort)}")
    if ascending and not (sort or is_sorted):
        raise ArchcalcError(f"{parameter('ascending')} goes with {parameter('sort')}")
