"""How figures are written for people: counts, short figures, shares, ratios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc.formats import NOT_APPLICABLE
from archcalc.graph import Graph, Node

MOST_LISTED = 4
"""The most different outputs of one part that are listed."""


def count(value: Any) -> str:
    """Anything counted, exact, with commas from 1,000.

    >>> count(102764544)
    '102,764,544'
    """
    return f"{value:,}"


def short(value: int) -> str:
    """Three significant digits and a decimal unit, rounded half up from the exact integer.

    >>> short(999), short(999_500), short(3_857_973_248)
    ('999', '1.00M', '3.86G')
    """
    if value < 1000:
        return str(value)
    for letter, unit in COUNT_UNITS.items():
        for decimals in (2, 1, 0):
            scale = 10**decimals
            rounded = (2 * value * scale + unit) // (2 * unit)
            if rounded < 1000:
                return _fixed(rounded, decimals) + letter
    return f"{(2 * value + 10**12) // (2 * 10**12):,}T"


COUNT_UNITS = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
"""The decimal units of counts."""
_BINARY = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
BYTE_UNITS = {**{f"{letter}B": unit for letter, unit in COUNT_UNITS.items()}, **_BINARY}
"""The units of bytes, decimal ones and binary ones."""


def in_unit(value: int, unit: str) -> str:
    """A count in the unit asked for, which the column's header says: three significant digits, and
    all before the decimal point.

    >>> in_unit(25_557_032, "M"), in_unit(3_857_973_248, "M"), in_unit(60_000, "M"), in_unit(0, "G")
    ('25.6', '3,858', '0.0600', '0')
    """
    return significant(Fraction(value, COUNT_UNITS[unit])) if value else "0"


def memory(value: int) -> str:
    """Bytes in the binary unit that suits, to three significant digits, or four from 1,000 on.

    >>> memory(1000), memory(240_000), memory(102_228_128)
    ('1,000 B', '234 KiB', '97.5 MiB')
    """
    size, unit = Fraction(value), "B"
    for larger in _BINARY:
        if size < Fraction(2047, 2):  # from 1023.5 on it would be rounded to 1,024
            break
        size, unit = size / 1024, larger
    return f"{significant(size)} {unit}"


def exact_memory(value: int) -> str:
    """Bytes to the unit: `240,000 B`."""
    return f"{value:,} B"


def duration(seconds: int) -> str:
    """Seconds in the largest unit that has at least two of them, rounded half up.

    >>> duration(1), duration(119), duration(600), duration(10**4), duration(10**6)
    ('1 second', '119 seconds', '10 minutes', '3 hours', '12 days')
    """
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{(2 * seconds + length) // (2 * length):,} {unit}s"
    return "1 second" if seconds == 1 else f"{seconds} seconds"


def significant(value: Fraction | int) -> str:
    """Three significant digits of an exact number, rounded half up.

    >>> significant(Fraction(1, 3)), significant(45), significant(Fraction(12345, 10))
    ('0.333', '45', '1,235')
    """
    value = Fraction(value)
    if value.denominator == 1 and value < 1000:
        return str(value.numerator)

    def in_units_of(decimals: int) -> int:
        return int((2 * value * 10**decimals + 1) // 2)

    decimals = next((d for d in range(11, 0, -1) if in_units_of(d) < 1000), 0)
    return _fixed(in_units_of(decimals), decimals)


def by_kind(counts: Mapping[str, int]) -> str:
    """Counts by kind, largest first: `multiply 1,280, add 640`."""
    if not counts:
        return NOT_APPLICABLE
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{kind} {count(number)}" for kind, number in ordered)


LARGEST_DENOMINATOR = 1000
"""A fraction in lowest terms with a larger one tells a reader nothing, and is not printed."""


def decimal(value: Fraction | int) -> str:
    """A number to at most two decimals, rounded half up; `about` in front where it is rounded.

    >>> decimal(Fraction(161, 4)), decimal(Fraction(1, 3)), decimal(12000)
    ('40.25', 'about 0.33', '12,000')
    """
    hundredths = (200 * Fraction(value) + 1) // 2
    text = _fixed(int(hundredths), 2).rstrip("0").rstrip(".")
    return text if Fraction(hundredths, 100) == value else f"about {text}"


def error(value: Fraction) -> str:
    """An error in percent, to the decimals that papers print: one or two.

    >>> error(Fraction(16)), error(Fraction("20.74"))
    ('16.0%', '20.74%')
    """
    text = decimal(value)
    return f"{text}%" if "." in text else f"{text}.0%"


def count_of(number: int, noun: str) -> str:
    """So many of something.

    >>> count_of(1, "network"), count_of(1200, "node")
    ('1 network', '1,200 nodes')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(part: int | None, whole: int | None) -> str:
    """A share of a column's total, to one decimal; nothing for none of it, 100.0% for all alone.

    >>> percent(1, 3), percent(1, 10**6), percent(0, 5), percent(9999, 10**4)
    ('33.3%', '<0.1%', '', '>99.9%')
    """
    if not part or not whole:
        return ""
    tenths = (2000 * part + whole) // (2 * whole)
    if tenths == 0:
        return "<0.1%"
    if tenths == 1000 and part < whole:
        return ">99.9%"
    return f"{tenths // 10}.{tenths % 10}%"


def ratio(a: int, b: int) -> str:
    """The larger over the smaller to three significant digits, or whole.

    >>> ratio(112_896_000, 5_268_480), ratio(6, 2)
    ('21.4x', '3x')
    """
    quotient = Fraction(max(a, b), min(a, b))
    if quotient.denominator == 1:
        return f"{quotient.numerator:,}x"
    for decimals in (2, 1, 0):
        scale = 10**decimals
        rounded = (2 * quotient * scale + 1) // 2
        if rounded < 1000 or decimals == 0:
            return _fixed(int(rounded), decimals) + "x"
    raise AssertionError("unreachable")


def _fixed(scaled: int, decimals: int) -> str:
    """A number given in units of its last decimal.

    >>> _fixed(214, 1), _fixed(1234, 0)
    ('21.4', '1,234')
    """
    whole, rest = divmod(scaled, 10**decimals)
    return f"{whole:,}.{rest:0{decimals}d}" if decimals else f"{whole:,}"


def fewer(a: int, b: int) -> str:
    """How much fewer `a` is than `b`: `21.4x fewer`, below twice in percent.

    >>> fewer(27, 49), fewer(5_268_480, 112_896_000)
    ('44.9% fewer', '21.4x fewer')
    """
    if 2 * a > b:
        return f"{percent(b - a, b)} fewer"
    return f"{ratio(a, b)} fewer"


def more(a: int, b: int) -> str:
    """How much more `a` is than `b`: `13.9x as many`, below twice in percent.

    >>> more(49, 27), more(97_526_008, 6_998_552)
    ('81.5% more', '13.9x as many')
    """
    if a < 2 * b:
        return f"{percent(a - b, b)} more"
    return f"{ratio(a, b)} as many"


def against(value: int, reference: int) -> str:
    """One figure read against another: `equal`, `3x fewer`, `81.5% more`."""
    if value == reference:
        return "equal"
    if value == 0 or reference == 0:
        return NOT_APPLICABLE
    return fewer(value, reference) if value < reference else more(value, reference)


def costs_against(costs: tuple[int, int], reference: tuple[int, int]) -> str:
    """Parameters and MACs read against others.

    >>> costs_against((72, 9), (100, 9))
    'parameters 28.0% fewer, MACs equal'
    """
    parameters, macs = map(against, costs, reference)
    return f"parameters {parameters}, MACs {macs}"


def listed(texts: Iterable[str]) -> str:
    """Different texts, each once, and how many more there are.

    >>> listed(["2x1x1", "4x1x1"]), listed(["3x16x16"] * 1000), listed("abcdef")
    ('2x1x1, 4x1x1', '3x16x16', 'a, b, c, d, 2 more')
    """
    different = list(dict.fromkeys(texts))
    more = [f"{len(different) - MOST_LISTED:,} more"] * (len(different) > MOST_LISTED)
    return ", ".join([*different[:MOST_LISTED], *more])


def outputs(nodes: Iterable[Node]) -> str:
    """The shapes of several outputs."""
    return listed(str(node.shape) for node in nodes)


def outputs_of(graph: Graph) -> str:
    """The shape of a network's output; of several with what each is called."""
    named = graph.output_names
    if len(named) < 2:
        return outputs(graph.by_name[name] for name in graph.outputs)
    return listed(f"{name} {graph.shapes[node]}" for name, node in named.items())


def sides(values: Sequence[Any]) -> str:
    """A figure along each axis, once where both are the same.

    >>> sides([7, 7]), sides([7, 1])
    ('7', '7x1')
    """
    texts = list(map(str, values))
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)
