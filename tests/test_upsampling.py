"""What one layer that makes a map larger sees of its input, and where gradients arrive."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from archcalc.analysis.receptive_field.advance import advance
from archcalc.analysis.receptive_field.axis import ONE, Axis, FieldBudget, Places
from archcalc.ops import OPS, Op, create
from archcalc.ops.pool import MaxPool2d
from archcalc.ops.window import Resampling, Window
from archcalc.shape import Shape

ROWS = Shape(1, 7, 7)


def op(name: str, **fields: Any) -> Op:
    return create(OPS[name], fields)


def transposed(kernel_size: int, stride: int, padding: int, **fields: Any) -> Op:
    window = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    return op("conv_transpose2d", out_channels=1, bias=0, **window, **fields)


def rows_seen(layer: Op, before: Axis | Places = ONE) -> Axis | Places:
    window = layer.window(*[ROWS] * layer.arity)
    assert isinstance(window, Window | Resampling)
    after = advance(before, window, 0, FieldBudget())
    assert isinstance(after, Axis | Places)
    return after


@pytest.mark.parametrize(
    ("layer", "before", "after"),
    [
        # Output o of a 4x4/2 with padding 1 reads the inputs from (o + 1 - 3)/2 to (o + 1)/2.
        (transposed(4, 2, 1), ONE, Places((-1, 0), (0, 1), 1)),
        (transposed(3, 1, 1), ONE, Axis(3, 1, 1)),
        # U-Net's up-convolution after a map of stride 16: inputs o/2 rounded down, in steps of 16.
        (transposed(2, 2, 0), Axis(140, 16, 60), Places((-60, -60), (79, 79), 16)),
        # Zeiler and Fergus's first unpooling, of a 3x3/2 with padding 1: output 0 is in window 0
        # alone, output 1 in windows 0 and 1.
        (op("max_unpool2d", of=MaxPool2d(kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))), ONE,
         Places((0, 0), (0, 1), 1)),
        (op("upsample", scale_factor=2), ONE, Places((0, 0), (0, 0), 1)),
        (op("upsample", scale_factor=2, mode="bilinear"), ONE, Places((-1, 0), (0, 1), 1)),
        # Two copies of what is 3 further each time, and pooled in pairs: as it was.
        (op("max_pool2d", kernel_size=2), Places((0, 0), (4, 4), 3), Axis(5, 3, 0)),
        # One place on, a pair is of two neighbours.
        (op("max_pool2d", kernel_size=2, padding=1), Places((0, 0), (4, 4), 3), Axis(8, 3, 3)),
    ],
)  # fmt: skip
def test_by_hand(layer: Op, before: Axis | Places, after: Axis | Places) -> None:
    assert rows_seen(layer, before) == after


def test_an_op_on_each_position_sees_what_a_1x1_convolution_sees() -> None:
    point = op("conv2d", out_channels=1, kernel_size=1)
    assert op("relu").window(ROWS) == point.window(ROWS)


def test_transposed_with_a_step_of_one_it_is_a_plain_window() -> None:
    """Torch computes one as a convolution whose kernel is turned round."""
    plain = op("conv2d", out_channels=1, kernel_size=(5, 3), padding=(1, 2), dilation=(1, 2))
    turned = op("conv_transpose2d", out_channels=1, kernel_size=(5, 3), padding=(3, 2),
                dilation=(1, 2))  # fmt: skip
    assert turned.window(ROWS) == plain.window(ROWS)


def seen(layer: Op, row: int, *inputs: torch.Tensor) -> set[int]:
    """The input rows where the gradient of one output row is not zero."""
    module = layer.module(torch, *(1 for _ in inputs))
    for parameter in module.parameters():
        torch.nn.init.ones_(parameter)
    x = inputs[0].requires_grad_()
    module(x, *inputs[1:])[0, 0, row].sum().backward()
    assert x.grad is not None
    # A bilinear weight that is 0 can come out as 1e-8: positions are computed in floats.
    return set((x.grad[0, 0].sum(dim=1) > 1e-6).nonzero().flatten().tolist())


def said(layer: Op, row: int, rows: int) -> set[int]:
    ends = rows_seen(layer).at(row)
    return set() if ends is None else set(range(max(ends[0], 0), min(ends[1], rows - 1) + 1))


@pytest.mark.parametrize(
    "layer",
    [transposed(k, s, p) for k, s, p in ((2, 2, 0), (4, 2, 1), (3, 2, 1), (5, 3, 2), (3, 1, 1))]
    + [op("upsample", scale_factor=s, mode=m) for s in (2, 3, 4) for m in ("nearest", "bilinear")],
    ids=lambda layer: layer.summary(),
)
def test_gradients_arrive_exactly_there(layer: Op) -> None:
    rows = 7
    y = layer.module(torch, 1)(torch.ones(1, 1, rows, rows))
    for row in range(y.shape[2]):
        assert seen(layer, row, torch.ones(1, 1, rows, rows)) == said(layer, row, rows)


def test_unpooled_values_come_from_there() -> None:
    pooling = MaxPool2d(kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))
    layer = op("max_unpool2d", of=pooling)
    torch.manual_seed(0)
    found: dict[int, set[int]] = {row: set() for row in range(12)}
    for _ in range(20):
        pooled = torch.rand(1, 1, 12, 12)
        for row in found:
            arrived = seen(layer, row, torch.ones(1, 1, 6, 6), pooled)
            assert arrived <= said(layer, row, 6)
            found[row] |= arrived
    assert found == {row: said(layer, row, 6) for row in found}
