"""The rules of counters, read from JSON files: one a tool, or a convention of a user's own.

A counter sees a network in up to four ways: torch's modules by class, calls as they are spelled,
aten operators, and archcalc's own ops. For each name that it knows, a rule says which amounts it
adds, and how many times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from archcalc.counters.vocabulary import AMOUNTS, FLAGS, OF_INPUTS
from archcalc.errors import ArchcalcError, Problem, SpecError, did_you_mean, quote
from archcalc.expressions.expression import Expression, ExpressionError
from archcalc.expressions.parsing import parse
from archcalc.language.strict_json import MOST_PROBLEMS, at_key, read_file
from archcalc.names.catalog import specs_folder
from archcalc.ops.registry import OPS

WAYS = ("modules", "calls", "operators", "ops")
"""The ways in which a counter can see a network, as its file names them."""
ANY_OTHER = "any_other"
"""The name of a rule for whatever no other rule of its way names."""
KINDS_COUNTED = ("operations", "bytes")
"""What the number of a counter can count."""
STORED = ("once", "leaves", "registered")
"""Which parameters a counter counts: the network's, each once; those of all modules, shared ones
each time; those of modules that it has a rule for."""
LARGEST_COEFFICIENT = 10**6
"""How many times a rule can add an amount at the most."""

Times = int | Expression
CountingRule = Mapping[str, Times]
"""How many times each amount is added."""


class Counter(NamedTuple):
    """The rules of one counter."""

    name: str
    calls_it: str
    """What it calls its number: FLOPs, MACs, Mac."""
    rules: Mapping[str, Mapping[str, CountingRule]]
    """For each way that it uses, its rules by name."""
    others: Mapping[str, frozenset[str]] = {}
    """For each way, the names that it has rules for which are not written down here."""
    times: Mapping[str, Times] = {}
    """For each way, how many times all that its rules add is counted, where that is not once."""
    network_inputs: Mapping[str, int] = {}
    """How many times each amount of the network's inputs is added."""
    version: str = ""
    """The version of the tool that the rules are of, and that they were compared with."""
    package: str = ""
    """What installs it."""
    counts: str = "operations"
    """What its number counts: operations or bytes."""
    parameters: str = "once"
    into_modules: bool = True
    """Whether it sees the calls that torch's own modules make."""
    counts_unread: bool = True
    """Whether it counts what no output of the network depends on."""
    is_usual: bool = False
    """Whether it is shown unless others are asked for."""
    note: str = ""
    source: str = ""
    """The files of the tool that the rules were read from."""

    def names(self, way: str) -> Collection[str]:
        """The names that it has rules for in one way, those too that are not written down here."""
        return self.rules.get(way, {}).keys() | self.others.get(way, frozenset())


@cache
def built_in_counters() -> Mapping[str, Counter]:
    """Every counter that archcalc knows, by name: usual ones first."""
    files = sorted((specs_folder() / "counters").glob("*.json"))
    found = {counter.name: counter for counter in map(read_counter, files)}
    order = sorted(found.values(), key=lambda counter: not counter.is_usual)
    return {counter.name: counter for counter in order}


def counter_named(name: str) -> Counter:
    """The built-in counter of a name, in capitals or not.

    Raises:
        ArchcalcError: there is none.
    """
    known = built_in_counters()
    same = [other for other in known if other.lower() == name.lower()]
    if not same:
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        raise ArchcalcError(f"no counter {quote(name)}; {hint}")
    return known[same[0]]


def read_counter(path: Path) -> Counter:
    """The counter in a file.

    Raises:
        ArchcalcError: it cannot be read.
        SpecError: something in it is wrong: all of it, by place.
    """
    value = read_file(path)
    reader = _Reader()
    counter = None
    with suppress(_Enough):
        counter = reader.counter(value)
    if counter is None or reader.problems:
        raise SpecError(str(path), reader.problems)
    return counter


_TEXTS = ("name", "calls_it", "version", "package", "note", "source")
REQUIRED_TEXTS = _TEXTS[:2]
"""Those of its texts that a counter must have."""
COUNTER_KEYS = (
    *_TEXTS,
    "usual",
    "into_modules",
    "counts_unread",
    "counts",
    "parameters",
    *WAYS,
    "others",
    "times",
    "network_inputs",
)
"""The keys of a counter's file."""


class _Enough(Exception):
    """So many problems of a file that nobody reads on."""


class _Reader:
    """Reads one file, and notes all that is wrong in it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def say(self, place: str, problem: str, hint: str = "") -> None:
        self.problems.append(Problem(place, problem, hint))
        if len(self.problems) == MOST_PROBLEMS:
            raise _Enough

    def counter(self, value: Any) -> Counter:
        if not isinstance(value, dict):
            self.say("", "is no object", 'it is written {"name": ..., "ops": ...}')
            return Counter("", "", {})
        for key in value:
            if key not in COUNTER_KEYS and key != "$schema":
                self.say(quote(key, marks=""), "no such key", did_you_mean(key, COUNTER_KEYS))
        texts = {key: self.text(value, key, needed=key in REQUIRED_TEXTS) for key in _TEXTS}
        rules = {way: self.rules(value[way], way) for way in WAYS if way in value}
        if not rules:
            self.say("", f"has no rules: none of {', '.join(WAYS)}")
        stored = self.choice(value, "parameters", STORED)
        counts = self.choice(value, "counts", KINDS_COUNTED)
        return Counter(
            **texts,
            rules=rules,
            others=self.others(value.get("others", {}), rules),
            times=self.times(value.get("times", {}), rules),
            network_inputs=self.network_inputs(value.get("network_inputs", {})),
            counts=counts,
            parameters=stored,
            into_modules=self.flag(value, "into_modules", True),
            counts_unread=self.flag(value, "counts_unread", True),
            is_usual=self.flag(value, "usual", False),
        )

    def text(self, value: dict[str, Any], key: str, *, needed: bool) -> str:
        text = value.get(key, "")
        if not isinstance(text, str) or (needed and not text):
            self.say(
                key if key in value else "",
                f"{key} takes a text" if key in value else f"has no {key}",
            )
            return ""
        return text

    def choice(self, value: dict[str, Any], key: str, known: tuple[str, ...]) -> str:
        chosen = value.get(key, known[0])
        if chosen not in known:
            self.say(key, f"takes {', '.join(known)}, got {quote(chosen)}")
            return known[0]
        return str(chosen)

    def flag(self, value: dict[str, Any], key: str, default: bool) -> bool:
        flag = value.get(key, default)
        if not isinstance(flag, bool):
            self.say(key, f"takes true or false, got {quote(flag)}")
        return bool(flag)

    def rules(self, value: Any, way: str) -> Mapping[str, CountingRule]:
        if not isinstance(value, dict):
            self.say(way, 'takes rules by name, such as {"relu": {"outputs": 1}}')
            return {}
        found: dict[str, CountingRule] = {}
        for names, rule in value.items():
            place = at_key(way, names)
            read = self.rule(rule, place)
            for name in self.names(names, place):
                if name in found:
                    self.say(place, f"{quote(name)} has two rules")
                if way == "ops" and name != ANY_OTHER and name not in OPS:
                    hint = did_you_mean(name, OPS) or "archcalc ops lists them"
                    self.say(place, f"no op {quote(name)}", hint)
                found[name] = read
        return found

    def names(self, names: Any, place: str) -> Iterable[str]:
        if not isinstance(names, str) or not names.split():
            self.say(place, "takes names with spaces between them")
            return []
        return names.split()

    def times(self, value: Any, rules: Mapping[str, Any]) -> Mapping[str, Times]:
        if not isinstance(value, dict):
            self.say("times", "takes a number of times by way")
            return {}
        for way in value:
            if way not in rules:
                self.say(at_key("times", way), "has no rules")
        return {way: self.coefficient(times, at_key("times", way)) for way, times in value.items()}

    def network_inputs(self, value: Any) -> Mapping[str, int]:
        rule = self.rule(value, "network_inputs", OF_INPUTS)
        for amount, times in rule.items():
            if not isinstance(times, int):
                self.say(at_key("network_inputs", amount), "takes a whole number")
        return {amount: times for amount, times in rule.items() if isinstance(times, int)}

    def rule(self, value: Any, place: str, known: Collection[str] = AMOUNTS) -> CountingRule:
        if not isinstance(value, dict):
            self.say(place, 'takes amounts with how many times each, such as {"outputs": 1}')
            return {}
        rule = {}
        for amount, coefficient in value.items():
            if amount not in known:
                self.say(
                    place,
                    f"no amount {quote(amount)}",
                    did_you_mean(amount, known) or f"there are {', '.join(known)}",
                )
                continue
            rule[amount] = self.coefficient(coefficient, at_key(place, amount))
        return rule

    def coefficient(self, value: Any, place: str) -> Times:
        if type(value) is int:
            if abs(value) > LARGEST_COEFFICIENT:
                self.say(place, f"is larger than {LARGEST_COEFFICIENT:,}")
            return value
        if not isinstance(value, str):
            self.say(place, f"takes a whole number or an expression, got {quote(value)}")
            return 0
        try:
            expression = parse(value)
        except ExpressionError as error:
            self.say(place, error.problem, error.hint)
            return 0
        for name in sorted(expression.names | set(map(str, expression.sizes))):
            if name not in FLAGS:
                self.say(
                    place,
                    f"unknown name {quote(name)}",
                    did_you_mean(name, FLAGS) or f"there are {', '.join(FLAGS)}",
                )
        return expression

    def others(self, value: Any, rules: Mapping[str, Mapping[str, CountingRule]]) -> Any:
        if not isinstance(value, dict):
            self.say("others", "takes names by way")
            return {}
        found = {}
        for way, names in value.items():
            place = at_key("others", way)
            if way not in WAYS:
                self.say(place, "no such way", f"there are {', '.join(WAYS)}")
            found[way] = frozenset(self.names(names, place))
            for name in sorted(found[way] & rules.get(way, {}).keys()):
                self.say(place, f"{quote(name)} has a rule too")
        return found
