"""Each kind of field: what it takes, as what, and what it refuses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import jsonschema
import pytest

from archcalc.ops.fields import check, written
from archcalc.ops.kinds import (
    CONNECTIONS,
    COUNT,
    ENDS,
    EXACT,
    FLAG,
    LAYER,
    PADDING,
    PAIR,
    SIZE,
    FieldError,
    Kind,
    choice,
)

HALF = Fraction(1, 2)
MODE = choice("zeros", "reflect")

TAKES: list[tuple[Kind, Any, Any]] = [
    (SIZE, 1, 1), (COUNT, 0, 0), (PAIR, 1, (1, 1)), (PAIR, (1, 2), (1, 2)), (PADDING, 0, (0, 0)),
    (PADDING, (0, 3), (0, 3)), (ENDS, 2, (2, 2)), (ENDS, (0, 1), (0, 1)), (FLAG, True, 1),
    (FLAG, False, 0), (FLAG, 0, 0),
    (FLAG, 1, 1), (EXACT, HALF, HALF), (EXACT, -2, -2),
    (CONNECTIONS, ((0, 2), (1,)), ((0, 2), (1,))), (CONNECTIONS, ((0,),), ((0,),)),
    (LAYER, "a", "a"), (MODE, "reflect", "reflect"),
]  # fmt: skip

REFUSES: list[tuple[Kind, list[Any]]] = [
    (SIZE, [0, -1, True, HALF, "1", (1,), None]),
    (COUNT, [-1, True, HALF]),
    (PAIR, [0, (1,), (1, 2, 3), (1, 0), (0, 1), (1, HALF), ((1, 1), 1), True]),
    (PADDING, [-1, (0, -1), (-1, 0), ()]),
    (ENDS, [-1, (1,), (0, -1)]),
    (FLAG, [2, -1, HALF, Fraction(1), (), "true", None]),
    (EXACT, [True, "1", (1,), None]),
    (CONNECTIONS, [(), 3, ((),), (0,), ((0, 0),), ((0,), ()), ((-1,),), ((True,),), ((HALF,),)]),
    (LAYER, ["", None]),
    (MODE, ["same", 0, ()]),
]


@pytest.mark.parametrize(("kind", "value", "kept"), TAKES, ids=lambda x: str(x)[:40])
def test_what_a_kind_takes_and_keeps(kind: Kind, value: Any, kept: Any) -> None:
    assert check(kind, value) == kept
    assert type(check(kind, value)) is type(kept)


@pytest.mark.parametrize(("kind", "values"), REFUSES, ids=lambda x: str(x)[:40])
def test_what_a_kind_refuses(kind: Kind, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(FieldError, match=f"^takes {kind.accepts.split(',')[0]}"):
            check(kind, value)


def test_a_long_list_is_cut_at_sixty_characters() -> None:
    assert written((7,) * 20) == "[" + "7, " * 19 + "7]"
    assert written((7,) * 21) == ("[" + "7, " * 20)[:57] + "..."


def in_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [in_json(part) for part in value]
    return float(value) if isinstance(value, Fraction) else value


def is_valid(kind: Kind, value: Any) -> bool:
    schema = {**kind.schema, "$defs": {"expression": {"type": "string", "minLength": 1}}}
    return bool(jsonschema.Draft202012Validator(schema).is_valid(in_json(value)))


@pytest.mark.parametrize(("kind", "value", "kept"), TAKES, ids=lambda x: str(x)[:40])
def test_the_schema_takes_the_same(kind: Kind, value: Any, kept: Any) -> None:
    assert is_valid(kind, value)


@pytest.mark.parametrize(("kind", "values"), REFUSES, ids=lambda x: str(x)[:40])
def test_the_schema_refuses_the_same(kind: Kind, values: list[Any]) -> None:
    """But for texts, which may be expressions, and 1.0, which JSON does not tell from 1."""
    for value in values:
        if not (isinstance(value, str) or value == Fraction(1)) or kind is MODE:
            assert not is_valid(kind, value), value
