"""Counters of a user's own: a JSON file, what it may say, and how it is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archcalc.cli import main
from archcalc.counters import read_counter, reconcile
from archcalc.counters.counter_schema import counter_schema
from archcalc.errors import SpecError
from archcalc.names.catalog import specs_folder
from archcalc.network import load
from tests.counter_files import MINE, counter_file


def test_a_convention_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = read_counter(counter_file(tmp_path, MINE))
    found = reconcile(load("vgg11"), [], [mine])
    net = found.net
    rest = sum(node.shape.elements for node in net if not node.op.is_weighted)
    assert found["mine"].number == 2 * net.macs + net.activations + rest
    assert main(["reconcile", "vgg11", "--counter", str(tmp_path / "mine.json")]) == 0
    assert "mine" in capsys.readouterr().out


WRONG: list[tuple[Any, str]] = [
    ([], "is no object"),
    ({**MINE, "name": ""}, "name takes a text"),
    ({"name": "mine", "ops": {}}, "has no calls_it"),
    ({"name": "mine", "calls_it": "x"}, "has no rules"),
    ({**MINE, "opps": {}}, "opps: no such key; did you mean 'ops'?"),
    ({**MINE, "ops": {"relu": {"output": 1}}}, "no amount 'output'; did you mean 'outputs'?"),
    ({**MINE, "ops": {"relu": {"outputs": 1.5}}}, "takes a whole number or an expression"),
    ({**MINE, "ops": {"relu": {"outputs": True}}}, "takes a whole number or an expression"),
    ({**MINE, "ops": {"relu": {"outputs": 10**7}}}, "is larger than 1,000,000"),
    (
        {**MINE, "ops": {"relu": {"outputs": "afine"}}},
        "unknown name 'afine'; did you mean 'affine'",
    ),
    ({**MINE, "ops": {"relu": {"outputs": "2 **"}}}, "is no expression"),
    ({**MINE, "ops": {"relu": 1}}, "takes amounts with how many times each"),
    ({**MINE, "ops": {"relu": {}, "relu  tanh": {}}}, "'relu' has two rules"),
    ({**MINE, "ops": {" ": {}}}, "takes names with spaces between them"),
    ({**MINE, "others": {"ops": "linear"}}, "'linear' has a rule too"),
    ({**MINE, "others": {"op": "linear"}}, "no such way"),
    ({**MINE, "times": 2}, "takes a number of times by way"),
    ({**MINE, "times": {"op": 2}}, "times.op: has no rules"),
    ({**MINE, "times": {"ops": "plaices"}}, "unknown name 'plaices'; did you mean 'places'?"),
    ({**MINE, "counts_unread": 0}, "takes true or false"),
    ({**MINE, "parameters": "twice"}, "takes once, leaves, registered, got 'twice'"),
    ({**MINE, "counts": "apples"}, "takes operations, bytes, got 'apples'"),
    ({**MINE, "usual": 1}, "takes true or false"),
    ({**MINE, "ops": {"conv2dd": {}}}, "no op 'conv2dd'; did you mean 'conv2d'?"),
    ("{", "not JSON"),
]


@pytest.mark.parametrize(("content", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_what_is_wrong_in_a_file_is_said(content: Any, problem: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read_counter(counter_file(tmp_path, content))
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"outputs": "1/2"}, "conv2d: '1/2' is 1/2, no whole number up to a million"),
        ({"outputs": "[1, 2]"}, "is (1, 2), no whole number"),
        ({"outputs": "10000000*groups"}, "is 10000000, no whole number up to a million"),
        ({"outputs": "1/affine"}, "divides by zero"),
        ({"rows": 1}, "counter 'mine': conv2d has no rows"),
        ({"states": 1}, "conv2d has no states"),
    ],
)
def test_a_rule_that_does_not_suit_a_layer_is_refused(
    rule: Any, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = counter_file(tmp_path, {**MINE, "ops": {"conv2d": rule}})
    assert main(["reconcile", "lenet5", "--counter", str(path)]) == 2
    assert problem in capsys.readouterr().err


def test_two_counters_of_one_name_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = counter_file(tmp_path, {**MINE, "name": "fvcore"})
    assert main(["reconcile", "lenet5", "--counter", str(path)]) == 2
    assert "two counters are called 'fvcore'; rename one" in capsys.readouterr().err


def violations(content: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(counter_schema())))
    return [error.message for error in validator.iter_errors(content)]


def test_the_schema_accepts_every_counter_and_refuses_what_is_wrong() -> None:
    jsonschema.Draft202012Validator.check_schema(counter_schema())
    for path in (specs_folder() / "counters").glob("*.json"):
        assert violations(json.loads(path.read_text())) == [], path
    assert violations({**MINE, "$schema": "./counter.schema.json"}) == []
    of_expressions_and_names = ("unknown name", "is no expression", "two rules", "rule too", "JSON")
    for content, problem in WRONG:
        if not any(word in problem for word in of_expressions_and_names):
            assert violations(content), problem


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "counter"]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "urn:archcalc:counter"
