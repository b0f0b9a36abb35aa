"""What ops take at the very limit, where torch must agree, and what they refuse one step beyond."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch

from archcalc.ops.op import Op, OpError
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape

RESHAPE = '; the op "reshape" makes a map of it'

POOL = create(OPS["max_pool2d"], {"kernel_size": 2})


def conv(kernel_size: Any, **fields: Any) -> Op:
    return create(OPS["conv2d"], {"out_channels": 4, "kernel_size": kernel_size, **fields})


def an_op(name: str, **fields: Any) -> Op:
    return create(OPS[name], fields)


def transposed(**fields: Any) -> Op:
    return an_op("conv_transpose2d", out_channels=4, **fields)


FITS: list[tuple[Op, list[tuple[int, ...]], tuple[int, ...]]] = [
    (conv((5, 7)), [(2, 5, 7)], (4, 1, 1)),
    (conv(3, dilation=(4, 5)), [(2, 9, 11)], (4, 1, 1)),
    (conv((7, 4), padding=(1, 0)), [(2, 5, 4)], (4, 1, 1)),
    (conv(3, padding=(4, 5), padding_mode="reflect"), [(2, 5, 6)], (4, 11, 14)),
    (conv(1, connections=((0,), (1, 2), (0, 2), (2,))), [(3, 2, 2)], (4, 2, 2)),
    (an_op("max_pool2d", kernel_size=(4, 2), padding=(2, 1)), [(1, 4, 4)], (1, 2, 3)),
    (an_op("avg_pool2d", kernel_size=(4, 2), padding=(2, 1)), [(1, 4, 4)], (1, 2, 3)),
    (an_op("subsampling", kernel_size=(3, 5)), [(2, 3, 5)], (2, 1, 1)),
    (transposed(kernel_size=2, stride=(3, 2), output_padding=(2, 1)), [(2, 2, 2)], (4, 7, 5)),
    (transposed(kernel_size=2, dilation=(2, 3), output_padding=(1, 2)), [(2, 2, 2)], (4, 5, 7)),
    (transposed(kernel_size=3, padding=(1, 1)), [(2, 1, 1)], (4, 1, 1)),
    (an_op("crop", height=(1, 2), width=(0, 4)), [(2, 4, 5)], (2, 1, 1)),
    (an_op("pad", channels=(1, 1), height=(1, 1), width=(1, 1)), [(4, 8, 6)], (6, 10, 8)),
    (an_op("slice", start=3, stop=4), [(4, 2, 2)], (1, 2, 2)),
    (an_op("multiply"), [(4, 3, 2), (4, 1, 1), (4, 3, 2)], (4, 3, 2)),
    (an_op("adaptive_avg_pool2d", output_size=(7, 3)), [(2, 3, 7)], (2, 7, 3)),
    (an_op("max_pool2d", kernel_size=3, stride=1, dilation=2), [(2, 5, 6)], (2, 1, 2)),
    (an_op("instance_norm"), [(6, 1, 2)], (6, 1, 2)),
    (an_op("instance_norm"), [(4, 2, 3, 5)], (4, 2, 3, 5)),
    (an_op("batch_norm"), [(4, 2, 3, 5)], (4, 2, 3, 5)),
    (an_op("group_norm", num_groups=6), [(6, 2)], (6, 2)),
    (an_op("layer_norm", axis="height"), [(6, 2, 3)], (6, 2, 3)),
    (an_op("softmax", axis=-3), [(6, 2, 3)], (6, 2, 3)),
    (an_op("linear", out_features=2, axis=-1), [(1, 22528, 3)], (1, 22528, 2)),
    (an_op("multiply"), [(4,), (4,)], (4,)),
    (an_op("multiply"), [(4, 1, 1), (4, 3, 2)], (4, 3, 2)),
    (an_op("multiply"), [(4, 3, 2), (1, 3, 1), (1,)], (4, 3, 2)),
    (an_op("divide"), [(4,), (4, 3, 2)], (4, 3, 2)),
    (an_op("subtract"), [(4, 1), (1, 3)], (4, 3)),
    (an_op("concat", axis=-3), [(4, 1, 2), (3, 1, 2)], (7, 1, 2)),
    (an_op("concat"), [(1, 3, 2), (2, 3, 2)], (3, 3, 2)),
    (an_op("hardtanh", min_val=-1, max_val=Fraction(-99, 100)), [(3,)], (3,)),
    (an_op("dropout", p=0), [(3,)], (3,)),
    (an_op("dropout", p=1), [(3,)], (3,)),
    (an_op("drop_path", survival=1), [(3,)], (3,)),
    (an_op("mean", drop_path=0), [(3,), (3,)], (3,)),
]  # fmt: skip


@pytest.mark.parametrize(("op", "inputs", "output"), FITS, ids=lambda x: str(x)[:60])
def test_the_limit_is_taken_and_torch_agrees(
    op: Op, inputs: list[tuple[int, ...]], output: tuple[int, ...]
) -> None:
    shapes = [Shape(*sizes) for sizes in inputs]
    op.check(*shapes)
    assert op.output(*shapes) == Shape(*output)
    module = op.module(torch, *[x.channels for x in shapes]).eval()
    given = op.prepared(*[torch.zeros(1, *sizes) for sizes in inputs])
    assert module(*given).shape == (1, *output)


SMALLER = "smaller than its kernel: "
REFUSED: list[tuple[Op, list[tuple[int, ...]], str]] = [
    (conv((6, 7)), [(2, 5, 7)],
     f"gets 2x5x7, {SMALLER}height 5 + padding is 5, the kernel spans 6"),
    (conv(3, dilation=(1, 5), padding=(0, 1)), [(2, 9, 8)],
     f"gets 2x9x8, {SMALLER}width 8 + padding is 10, the kernel spans 11"),
    (conv(3, padding=(5, 0), padding_mode="reflect"), [(2, 5, 9)],
     "padding (=5) cannot be reflected in a map of 2x5x9"),
    (conv(3, padding=(0, 5), padding_mode="reflect"), [(2, 9, 5)],
     "padding (=5) cannot be reflected in a map of 2x9x5"),
    (conv(1, groups=2), [(3, 2, 2)], "in_channels (=3) is not divisible by groups (=2)"),
    (conv(1, groups=3), [(3, 2, 2)], "out_channels (=4) is not divisible by groups (=3)"),
    (conv(1, connections=((0,), (1,), (3,), (2,))), [(3, 2, 2)],
     "connections reads map 3; the input has maps 0 to 2"),
    (conv(1, connections=((0,), (1,), (2,))), [(3, 2, 2)],
     "connections has 3 rows, one an output map; out_channels is 4"),
    (conv(1, connections=((0,),) * 5), [(3, 2, 2)],
     "connections has 5 rows, one an output map; out_channels is 4"),
    (conv(1, connections=((0,),) * 4, groups=2), [(4, 2, 2)],
     "connections and groups cannot both be given"),
    (conv(1, connections=((0,),) * 4, padding_mode="reflect"), [(4, 2, 2)],
     "connections goes with neither weights nor padding_mode"),
    (conv(1, connections=((0,),) * 4, weights="c1"), [(4, 2, 2)],
     "connections goes with neither weights nor padding_mode"),
    (conv(1), [(3,)], "conv2d takes a map CxHxW, got a vector of 3 features" + RESHAPE),
    (an_op("max_pool2d", kernel_size=(4, 3), padding=(2, 2)), [(1, 9, 9)],
     "padding (=2) is more than half of kernel_size (=3)"),
    (an_op("avg_pool2d", kernel_size=(3, 4), padding=(2, 2)), [(1, 9, 9)],
     "padding (=2) is more than half of kernel_size (=3)"),
    (an_op("avg_pool2d", kernel_size=5), [(1, 9, 4)],
     f"gets 1x9x4, {SMALLER}width 4 + padding is 4, the kernel spans 5"),
    (an_op("subsampling", kernel_size=5), [(1, 4, 9)],
     f"gets 1x4x9, {SMALLER}height 4 + padding is 4, the kernel spans 5"),
    (an_op("global_avg_pool2d"), [(3,)],
     "global_avg_pool2d takes a map CxHxW, got a vector of 3 features" + RESHAPE),
    (an_op("local_response_norm", size=5), [(3,)],
     "local_response_norm takes a map CxHxW, got a vector of 3 features" + RESHAPE),
    (an_op("upsample", scale_factor=2), [(3,)],
     "upsample takes a map CxHxW, got a vector of 3 features" + RESHAPE),
    (an_op("hardtanh", min_val=1), [(3,)], "min_val (=1) is not below max_val (=1)"),
    (an_op("pad"), [(3,)], "pad takes a map CxHxW, got a vector of 3 features" + RESHAPE),
    (an_op("crop"), [(3,)], "crop takes a map CxHxW, got a vector of 3 features" + RESHAPE),
    (transposed(kernel_size=2), [(3,)],
     "conv_transpose2d takes a map CxHxW, got a vector of 3 features" + RESHAPE),
    (transposed(kernel_size=2, groups=2), [(3, 2, 2)],
     "in_channels (=3) is not divisible by groups (=2)"),
    (transposed(kernel_size=2, groups=3), [(3, 2, 2)],
     "out_channels (=4) is not divisible by groups (=3)"),
    (transposed(kernel_size=2, stride=(2, 3), output_padding=2), [(2, 2, 2)],
     "output_padding (=2) must be below stride (=2) or dilation (=1)"),
    (transposed(kernel_size=2, stride=(3, 1), dilation=(1, 2), output_padding=2), [(2, 2, 2)],
     "output_padding (=2) must be below stride (=1) or dilation (=2)"),
    (transposed(kernel_size=(2, 3), padding=1), [(2, 1, 1)],
     "padding cuts all of the output: 0x1 is left"),
    (transposed(kernel_size=(3, 2), padding=1), [(2, 1, 1)],
     "padding cuts all of the output: 1x0 is left"),
    (an_op("crop", height=(2, 2)), [(2, 4, 9)],
     "cuts 4 of the input's height 4; nothing is left"),
    (an_op("crop", width=(1, 4)), [(2, 9, 5)], "cuts 5 of the input's width 5; nothing is left"),
    (an_op("slice", stop=5), [(4, 2, 2)], "takes channels 0 up to 5; the input has 4"),
    (an_op("slice", start=2, stop=2), [(4, 2, 2)],
     "takes channels 2 up to 2; the input has 4"),
    (an_op("max_unpool2d", of=POOL), [(4, 2, 3), (4, 4, 4)],
     "takes 4x2x2, which its pooling made of 4x4x4; got 4x2x3"),
    (an_op("rbf", out_features=2), [(4, 1, 1)],
     "rbf takes a vector of features, got the map 4x1x1; flatten it first"),
    (an_op("multiply"), [(4, 3, 2), (4, 2, 2)],
     "input 1 is 4x3x2, input 2 is 4x2x2; sizes must agree or be 1"),
    (an_op("multiply"), [(4, 3, 2), (4, 3, 2), (2, 1, 1)],
     "input 1 is 4x3x2, input 3 is 2x1x1; sizes must agree or be 1"),
    (an_op("multiply"), [(4, 3, 2), (3,)],
     "input 1 is 4x3x2, input 2 is 3; sizes must agree or be 1"),
    (an_op("multiply"), [(4, 3, 2), (3, 2)],
     "input 1 is 4x3x2, input 2 is 3x2; their ranks differ"),
    (an_op("add"), [(4, 3), (4,)], "input 1 is 4x3, input 2 is 4; their ranks differ"),
    (an_op("add"), [(1, 3, 1), (4, 1, 1), (3, 3, 1)],
     "input 1 is 1x3x1, input 3 is 3x3x1; sizes must agree or be 1"),
    (an_op("add"), [(4,), (5,)], "input 1 is 4, input 2 is 5; sizes must agree or be 1"),
    (an_op("mean"), [(4, 3, 2), (4, 3, 1)],
     "input 1 is 4x3x2, input 2 is 4x3x1; all sizes must agree"),
    (an_op("concat"), [(4, 3, 2), (4, 3, 3)],
     "input 1 is 4x3x2, input 2 is 4x3x3; height and width must agree"),
    (an_op("concat"), [(4,), (4, 1, 1)],
     "input 1 is 4, input 2 is 4x1x1; all other sizes must agree"),
    (an_op("concat", axis="last"), [(4, 3, 2), (4, 2, 2)],
     "input 1 is 4x3x2, input 2 is 4x2x2; all other sizes must agree"),
    (an_op("concat", axis=3), [(4, 3, 2), (4, 3, 2)],
     "concat takes axis 3; its input 4x3x2 has 3, from 0"),
    (an_op("concat", axis=-4), [(4, 3, 2), (4, 3, 2)],
     "concat takes axis -4; its input 4x3x2 has 3, from 0"),
    (an_op("concat"), [(4, 3), (4, 3)],
     "concat over 4x3 needs an axis; 0 is the first, -1 the last"),
    (an_op("layer_norm"), [(4, 3, 2)],
     "layer_norm over 4x3x2 needs an axis; 'channels' at each position of a map, or 'last'"),
    (an_op("softmax"), [(4, 3)], "softmax over 4x3 needs an axis; 0 is the first, -1 the last"),
    (an_op("softmax", axis="height"), [(4,)], "softmax takes axis -2; its input 4 has 1, from 0"),
    (an_op("glu"), [(5, 2, 2)], "axis 0 (=5) is not divisible by halves (=2)"),
    (an_op("group_norm", num_groups=4), [(6, 2, 2)],
     "channels (=6) is not divisible by num_groups (=4)"),
    (an_op("instance_norm"), [(6, 1, 1)],
     "instance_norm takes channels of several positions, got 6x1x1"),
    (an_op("instance_norm"), [(4, 2, 3, 5, 2)],
     "instance_norm takes a volume CxDxHxW or less, got 4x2x3x5x2"),
    (an_op("batch_norm"), [(4, 2, 3, 5, 2)],
     "batch_norm takes a volume CxDxHxW or less, got 4x2x3x5x2"),
    (an_op("upsample"), [(6, 2, 2)], "takes either scale_factor or size"),
    (an_op("upsample", scale_factor=2, size=4), [(6, 2, 2)], "takes either scale_factor or size"),
    (an_op("max_unpool2d", of=an_op("max_pool2d", kernel_size=2, dilation=(2, 1))),
     [(4, 1, 2), (4, 4, 4)], "torch has no reverse of a pooling with a dilation"),
    (an_op("max_pool2d", kernel_size=3, dilation=2), [(2, 4, 5)],
     f"gets 2x4x5, {SMALLER}height 4 + padding is 4, the kernel spans 5"),
    (an_op("linear", out_features=2, axis=0), [(4, 3, 2)],
     "linear works along the last axis, not axis 0; a 1x1 convolution does along the channels"),
    (an_op("linear", out_features=2), [(4, 3, 2, 2)],
     "linear over 4x3x2x2 needs an axis; 'last' is at each position; flatten makes a vector"),
    (an_op("rbf", out_features=2), [(4, 3)],
     "rbf takes a vector of features, got 4x3; flatten it first"),
    (an_op("pixel_shuffle", upscale_factor=2), [(6, 2, 2)],
     "6 channels are not divisible by upscale_factor² (=4)"),
    (an_op("pixel_unshuffle", downscale_factor=2), [(6, 4, 3)],
     "width (=3) is not divisible by downscale_factor (=2)"),
    (an_op("unfold", kernel_size=(2, 4), dilation=(1, 2)), [(2, 4, 6)],
     f"gets 2x4x6, {SMALLER}width 6 + padding is 6, the kernel spans 7"),
    (an_op("unfold", kernel_size=2), [(2, 4)], "unfold takes a map CxHxW, got 2x4"),
    (an_op("attention", num_heads=2, value_dim=3), [(3, 4), (5, 4), (5, 4)],
     "takes values of 6 features, 2 heads of 3; got 5x4"),
    (an_op("attention", num_heads=2), [(3, 4), (5, 4), (6, 4)],
     "takes as many values as keys, got 5x4 and 6x4"),
    (an_op("multihead_attention", num_heads=2), [(3, 4), (5, 6), (6, 6)],
     "takes as many values as keys, got 5x6 and 6x6"),
    (an_op("multihead_attention", num_heads=2), [(3, 4), (5, 4, 1)],
     "multihead_attention takes sequences LxC, got 5x4x1"),
    (an_op("multihead_attention", num_heads=3), [(3, 4), (5, 6)],
     "features (=4) is not divisible by num_heads (=3)"),
    (an_op("multihead_attention", num_heads=2), [(3, 4)] * 4,
     "takes queries, keys and values, got 4 inputs"),
    (an_op("channel_shuffle", groups=4), [(6, 4, 3)],
     "channels (=6) is not divisible by groups (=4)"),
    (an_op("mean", drop_path=1), [(4,), (4,)], "drop_path is a probability below 1, got 1"),
    (an_op("mean", drop_path=Fraction(-1, 2)), [(4,), (4,)],
     "drop_path is a probability below 1, got -0.5"),
    (an_op("dropout", p=Fraction(3, 2)), [(4,)], "p is a probability, got 1.5"),
    (an_op("dropout", p=Fraction(-1, 2)), [(4,)], "p is a probability, got -0.5"),
    (an_op("drop_path", survival=0), [(4,)], "survival is a probability above 0, got 0"),
    (an_op("drop_path", survival=Fraction(3, 2)), [(4,)],
     "survival is a probability above 0, got 1.5"),
]  # fmt: skip


@pytest.mark.parametrize(("op", "inputs", "said"), REFUSED, ids=lambda x: str(x)[:60])
def test_one_step_beyond_is_refused(op: Op, inputs: list[tuple[int, ...]], said: str) -> None:
    with pytest.raises(OpError) as caught:
        op.check(*[Shape(*sizes) for sizes in inputs])
    assert str(caught.value) == said
