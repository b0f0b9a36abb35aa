"""Every rule of the importer, broken once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import torch

import archcalc
from archcalc.importer.refusal import ImportRefused
from archcalc.importer.rules import rule_of
from archcalc.importer.rules.table import RULES_OF_CALLS
from tests.worked_modules import (
    CASES,
    Net,
    made,
)


@pytest.fixture
def fresh_rules() -> Iterator[None]:
    rule_of.cache_clear()
    yield
    rule_of.cache_clear()


@pytest.mark.parametrize(
    ("operator", "field", "value"),
    [
        ("conv2d", "stride", (1, 1)),
        ("conv2d", "groups", 1),
        ("conv2d", "out_channels", 8),
        ("linear", "out_features", 7),
        ("linear", "bias", 0),
        ("batch_norm", "affine", 0),
        ("mean", "axes", (0, 1)),
    ],
)
def test_a_broken_rule_is_refused(
    operator: str, field: str, value: Any, monkeypatch: pytest.MonkeyPatch, fresh_rules: None
) -> None:
    whole = RULES_OF_CALLS[operator]

    def broken(site: Any) -> Any:
        raised = whole(site)
        raised.op = dataclasses.replace(raised.op, **{field: value})
        return raised

    monkeypatch.setitem(RULES_OF_CALLS, operator, broken)
    with pytest.raises(ImportRefused, match="this is a bug in archcalc"):
        archcalc.from_torch(Net(), torch.zeros(1, 3, 32, 24))


@pytest.mark.parametrize("name", CASES)
def test_every_rule_that_says_a_sample_too_many_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch, fresh_rules: None
) -> None:
    module, x = made(name)
    whole, shown = dict(RULES_OF_CALLS), set()
    wrong: list[str] = []

    def rule_for(word: str) -> Any:
        def rule(site: Any) -> Any:
            raised = whole[word](site)
            if raised.axis is not None:
                shown.add(word)
                raised.times += word in wrong
            return raised

        return rule

    for word in whole:
        monkeypatch.setitem(RULES_OF_CALLS, word, rule_for(word))
    rule_of.cache_clear()
    archcalc.from_torch(module, x)
    assert shown
    for word in sorted(shown - RESHAPES):
        wrong[:] = [word]
        with pytest.raises(ImportRefused, match="this is a bug in archcalc"):
            archcalc.from_torch(module, x)


RESHAPES = {"view", "reshape", "flatten", "squeeze", "unsqueeze"}
"""Of these one that leaves a sample as it is makes no node."""
