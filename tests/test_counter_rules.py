"""The rules of counters: what they are of, what is unknown without them, that each is used."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from archcalc.analysis.count import Reading
from archcalc.cli import main
from archcalc.counters import Counter, built_in_counters
from archcalc.counters.derivation import Sight
from archcalc.counters.terms import derived_by, sights_of
from archcalc.counters.vocabulary import AMOUNTS, FLAGS
from archcalc.names import catalog
from archcalc.network import load, models
from archcalc.ops.in_torch import TorchModule
from tests.op_examples import readings_of_examples


@pytest.mark.parametrize("reading", readings_of_examples(), ids=lambda r: f"{r.op.name}-{r.y}")
def test_every_op_says_what_it_consists_of_and_every_counter_answers(reading: Reading) -> None:
    for counter in built_in_counters().values():
        said = Sight(reading).said_by(counter)
        assert all(isinstance(addend.number, int) for addend in said.addends), counter.name


def test_a_module_of_torch_has_one_part_with_its_class() -> None:
    """But for what reads a sequence positions first, which is turned for torch."""
    checked = set()
    for reading in readings_of_examples():
        op = reading.op
        if op.torch_name and getattr(op, "axis", None) is None:
            (part,) = op.consists_of(reading.y, *reading.xs)
            assert isinstance(part, TorchModule), op.name
            assert part.name.partition("(")[0] == op.torch_name
            checked.add(op.name)
    assert {"conv1d", "conv2d", "lstm"} <= checked


# --- unknown is refused ---------------------------------------------------------------------------


def met(counter: Counter, readings: Iterable[Reading]) -> set[tuple[str, str]]:
    """The names of a counter's rules that some layers have."""
    return {
        (way, name)
        for reading in readings
        for way in counter.rules
        for name, _, is_inside in Sight(reading).things[way]
        if name in counter.rules[way] and (counter.into_modules or not is_inside)
    }


NETWORKS = [*{catalog.spec_file(name): name for name in models()}.values()]
"""One of each spec file."""


@pytest.mark.parametrize("counter", built_in_counters().values(), ids=lambda c: c.name)
def test_a_name_without_its_rule_makes_all_that_meets_it_unknown(counter: Counter) -> None:
    several = [load(name).readings for name in NETWORKS]
    for readings in (*several, *({reading: 1} for reading in readings_of_examples())):
        seen = sights_of(readings)
        for way, name in sorted(met(counter, readings)):
            without = {n: rule for n, rule in counter.rules[way].items() if n != name}
            others = {**counter.others, way: counter.others.get(way, frozenset()) | {name}}
            changed = counter._replace(rules={**counter.rules, way: without}, others=others)
            (derived,) = derived_by([changed], seen)
            assert derived.number is None, (way, name)


def test_an_unknown_number_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["reconcile", "swin-t", "--tools", "ptflops aten"]
    assert main(command) == 0
    of = "scaled_dot_product_attention(mask)"
    said = f"unknown: ptflops aten has a rule for {of} that is not written down here"
    assert said in " ".join(capsys.readouterr().out.split())
    assert main([*command, "--format", "json"]) == 0
    (tool,) = json.loads(capsys.readouterr().out)["tools"]
    assert (tool["number"], tool["unknown"]) == (None, said.removeprefix("unknown: "))


# --- rules ----------------------------------------------------------------------------------------


def test_no_measure_and_no_flag_is_there_for_nothing() -> None:
    of_kinds = {"subtract", "compare"}  # for conventions of one's own
    amounts = {
        amount
        for counter in built_in_counters().values()
        for rules in counter.rules.values()
        for rule in rules.values()
        for amount in rule
    }
    assert amounts == AMOUNTS.keys() - of_kinds
    used = {
        name
        for counter in built_in_counters().values()
        for rules in counter.rules.values()
        for rule in rules.values()
        for coefficient in (*rule.values(), *counter.times.values())
        for name in getattr(coefficient, "names", ())
    }
    assert used == FLAGS.keys()


def test_every_counter_says_where_its_rules_are_from() -> None:
    for counter in built_in_counters().values():
        assert counter.version, counter.name
        assert counter.source, counter.name
