"""Calls that a pass has made before give the same again, and only where that is certain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from archcalc.importer.heard import Listening
from archcalc.importer.passes import listen
from archcalc.importer.rules import is_known
from archcalc.importer.seen_calls import SeenCalls, key_of

ATEN = torch.ops.aten


def meta(*sizes: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.empty(sizes, dtype=dtype, device="meta")


def heard(run: Callable[..., Any], *inputs: torch.Tensor) -> Listening:
    class Runs(nn.Module):
        def forward(self, *inputs: torch.Tensor) -> Any:
            return run(*inputs)

    return listen(Runs(), inputs, {}, is_known)


@pytest.mark.parametrize(
    ("others", "same"),
    [
        ((meta(2, 3), meta(2, 3)), True),
        ((meta(2, 3), meta(1, 3)), False),
        ((meta(2, 3), meta(3, 2).t()), False),
        ((meta(2, 3), meta(2, 3, dtype=torch.int64)), False),
    ],
)
def test_a_call_is_like_another_by_sizes_strides_and_kinds_of_number(
    others: tuple[Any, ...], same: bool
) -> None:
    key = key_of(ATEN.add.Tensor, (meta(2, 3), meta(2, 3)), {})
    assert (key_of(ATEN.add.Tensor, others, {}) == key) is same


def test_arguments_that_python_takes_for_equal_are_told_apart() -> None:
    keys = [key_of(ATEN.mul.Scalar, (meta(2), one), {}) for one in (1, 1.0, True)]
    assert len({*keys}) == 3


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        (ATEN.view.default, (meta(2, 3), [3, 2]), {}),  # a view
        (ATEN.add.Tensor, (torch.zeros(2), torch.zeros(2)), {}),  # with numbers
        (ATEN.add.Tensor, (meta(2, dtype=torch.complex64),) * 2, {}),  # may be conjugated
        (ATEN.add.out, (meta(2), meta(2)), {"out": meta(2)}),  # writes to another tensor
    ],
)
def test_what_has_more_to_it_than_sizes_has_no_key(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    assert key_of(function, args, kwargs) is None


def note(function: Any, *args: Any) -> Any:
    """What is known of a call after it was made."""
    seen = SeenCalls()
    key = key_of(function, args, {})
    seen.note(key, 8, function(*args), args, {})
    return seen.find(key)


def test_what_a_call_made_is_made_again() -> None:
    found = note(ATEN.max_pool2d_with_indices.default, meta(1, 3, 8, 8), [2, 2], [2, 2])
    assert found.flops == 8
    values, indices = found.made(())
    assert values.shape == indices.shape == (1, 3, 4, 4)
    assert (values.dtype, indices.dtype, values.is_meta) == (torch.float32, torch.int64, True)


def test_strides_are_those_of_the_call() -> None:
    x = meta(1, 3, 8, 8).contiguous(memory_format=torch.channels_last)
    assert note(ATEN.relu.default, x).made(()).stride() == x.stride()


def test_a_call_that_gives_what_it_was_given_is_not_kept() -> None:
    assert note(ATEN.dropout.default, meta(2), 0.5, False) is None


def test_a_call_that_writes_gives_the_tensor_that_it_is_given() -> None:
    other = meta(2)
    assert note(ATEN.relu_.default, meta(2)).made((other,)) is other


def test_a_call_that_changes_the_sizes_of_its_tensor_is_not_kept() -> None:
    assert note(ATEN.resize_.default, meta(2), [5]) is None


def test_products_count_each_time() -> None:
    x, weight = meta(4, 3), meta(5, 3)
    record = heard(lambda x, w: (F.linear(x, w), F.linear(x, w)), x, weight)
    assert [call.macs for call in record.calls] == [4 * 3 * 5] * 2
    assert len({id(call.makes[0]) for call in record.calls}) == 2
