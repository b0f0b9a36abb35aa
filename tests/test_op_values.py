"""What modules that torch does not have itself compute, by hand; counts alone would not tell."""

from __future__ import annotations

from fractions import Fraction
from math import erf, exp, log, pi, sqrt, tanh
from typing import Any

import pytest
import torch

from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape


def module(name: str, *channels: int, **fields: Any) -> Any:
    return create(OPS[name], fields).module(torch, *channels).eval()


def a_map(rows: list[list[float]]) -> Any:
    return torch.tensor([[rows]])


def test_a_scaled_tanh() -> None:
    x = torch.tensor([[0.5, -1.0]])
    plain, scaled = module("tanh", 2), module("tanh", 2, amplitude=3, slope=Fraction(1, 2))
    assert plain(x)[0].tolist() == pytest.approx([tanh(0.5), tanh(-1.0)])
    assert scaled(x)[0].tolist() == pytest.approx([3 * tanh(0.25), 3 * tanh(-0.5)])
    steep, tall = module("tanh", 2, slope=2), module("tanh", 2, amplitude=2)
    assert steep(x)[0].tolist() == pytest.approx([tanh(1.0), tanh(-2.0)])
    assert tall(x)[0].tolist() == pytest.approx([2 * tanh(0.5), 2 * tanh(-1.0)])


def test_clipped_values() -> None:
    x = torch.tensor([[-5.0, 0.5, 7.0]])
    assert module("relu6", 3)(x)[0].tolist() == [0.0, 0.5, 6.0]
    assert module("hardtanh", 3)(x)[0].tolist() == [-1.0, 0.5, 1.0]
    assert module("hardtanh", 3, min_val=-2, max_val=Fraction(1, 4))(x)[0].tolist() == [
        -2,
        0.25,
        0.25,
    ]
    assert module("hardsigmoid", 3)(x)[0].tolist() == pytest.approx([0.0, 3.5 / 6, 1.0])
    assert module("hardswish", 3)(x)[0].tolist() == pytest.approx([0.0, 0.5 * 3.5 / 6, 7.0])


def test_smooth_rectifiers() -> None:
    x = torch.tensor([[1.0, -1.0]])

    def values(name: str, **fields: Any) -> list[float]:
        return module(name, 2, **fields)(x)[0].tolist()  # type: ignore[no-any-return]

    assert values("silu") == pytest.approx([1 / (1 + exp(-1)), -1 / (1 + exp(1))])
    assert values("softplus") == pytest.approx([log(1 + exp(1)), log(1 + exp(-1))])
    assert values("mish") == pytest.approx([tanh(log(1 + exp(1))), -tanh(log(1 + exp(-1)))])
    assert values("elu", alpha=Fraction(1, 2)) == pytest.approx([1, (exp(-1) - 1) / 2])
    assert values("gelu") == pytest.approx([(1 + erf(sqrt(0.5))) / 2, -(1 - erf(sqrt(0.5))) / 2])
    inner = sqrt(2 / pi) * 1.044715
    assert values("gelu", approximate="tanh") == pytest.approx(
        [(1 + tanh(inner)) / 2, -(1 - tanh(inner)) / 2]
    )


def test_factors() -> None:
    x = torch.tensor([[2.0, 4.0]])
    assert module("scale", 2, factor=Fraction(1, 4))(x).tolist() == [[0.5, 1.0]]
    assert module("drop_path", 2, survival=Fraction(3, 4))(x).tolist() == [[1.5, 3.0]]


def test_norms_are_over_the_axis_named() -> None:
    x = torch.tensor([[[[1.0, 5.0]], [[3.0, 9.0]]]])  # two channels, one row, two columns
    over_channels = module("layer_norm", 2, axis="channels")(x)
    assert over_channels.flatten().tolist() == pytest.approx([-1, -1, 1, 1], abs=1e-4)
    over_width = module("layer_norm", 2, axis="last", affine=0)(x)
    assert over_width.flatten().tolist() == pytest.approx([-1, 1, -1, 1], abs=1e-4)
    roots = [sqrt(5), sqrt(53)]  # of (1 + 9)/2 and of (25 + 81)/2
    over_channels = module("rms_norm", 2, axis=0)(x)
    assert over_channels.flatten().tolist() == pytest.approx(
        [1 / roots[0], 5 / roots[1], 3 / roots[0], 9 / roots[1]], abs=1e-4
    )
    softmax = module("softmax", 2, axis="last")(x)
    assert softmax[0, 0, 0, 0].item() == pytest.approx(1 / (1 + exp(4)))


def test_learned_factors_begin_as_asked() -> None:
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    by_last = module("layer_scale", 2, axis="last", init=Fraction(1, 2))
    by_first = module("layer_scale", 2, axis=0)
    with torch.no_grad():
        assert by_last(x).tolist() == [[[0.5, 1.0], [1.5, 2.0]]]
        assert by_first(x).tolist() == x.tolist()
        by_last.weight.copy_(torch.tensor([1.0, 10.0]))
        by_first.weight.copy_(torch.tensor([1.0, 10.0]))
        assert by_last(x).tolist() == [[[1.0, 20.0], [3.0, 40.0]]]
        assert by_first(x).tolist() == [[[1.0, 2.0], [30.0, 40.0]]]


def test_shuffles() -> None:
    x = torch.arange(4.0).reshape(1, 4, 1, 1)
    assert module("pixel_shuffle", 4, upscale_factor=2)(x).tolist() == [[[[0, 1], [2, 3]]]]
    assert module("channel_shuffle", 4, groups=2)(x).flatten().tolist() == [0, 2, 1, 3]
    back = module("pixel_unshuffle", 1, downscale_factor=2)(x.reshape(1, 1, 2, 2))
    assert back.flatten().tolist() == [0, 1, 2, 3]


def test_gates_of_a_vector_and_of_a_map() -> None:
    x = a_map([[1, 2], [3, 4]])
    assert module("multiply", 1, 1)(x, torch.tensor([[10.0]])).flatten().tolist() == [
        10,
        20,
        30,
        40,
    ]
    assert module("divide", 1, 1)(x, torch.tensor([[2.0]])).flatten().tolist() == [0.5, 1, 1.5, 2]
    assert module("subtract", 1, 1)(x, x).flatten().tolist() == [0, 0, 0, 0]
    assert module("glu", 2)(torch.tensor([[3.0, 0.0]])).tolist() == [[1.5]]


def test_joins() -> None:
    x, y, z = (torch.tensor([[float(n), 1.0]]) for n in (2, 3, 10))
    assert module("add", 2, 2, 2)(x, y, z).tolist() == [[15.0, 3.0]]
    assert module("mean", 2, 2, 2)(x, y, z).tolist() == [[5.0, 1.0]]
    assert module("multiply", 2, 2, 2)(x, y, z).tolist() == [[60.0, 1.0]]
    assert module("concat", 2, 2)(x, y).tolist() == [[2.0, 1.0, 3.0, 1.0]]


def test_subsampling_sums_scales_and_shifts() -> None:
    layer = module("subsampling", 1, kernel_size=2)
    with torch.no_grad():
        layer.weight.fill_(0.5)
        layer.bias.fill_(1.0)
        assert layer(a_map([[1, 2, 0, 0], [3, 4, 0, 2]])).tolist() == [[[[6.0, 2.0]]]]
        layer.reset_parameters()
        assert layer(a_map([[1, 2, 0, 0], [3, 4, 0, 2]])).tolist() == [[[[10.0, 2.0]]]]


def test_rbf_units_give_squared_distances() -> None:
    layer = module("rbf", 2, out_features=2)
    assert {abs(pixel) for pixel in layer.prototypes.flatten().tolist()} == {1.0}
    layer.prototypes.copy_(torch.tensor([[1.0, 1.0], [-1.0, 1.0]]))
    assert layer(torch.tensor([[1.0, 3.0]])).tolist() == [[4.0, 8.0]]


def test_padding_and_cropping_are_at_the_right_ends() -> None:
    x = a_map([[1, 2, 3], [4, 5, 6]])
    assert module("pad", 1, height=(0, 1), width=(2, 0))(x)[0, 0].tolist() == [
        [0, 0, 1, 2, 3], [0, 0, 4, 5, 6], [0, 0, 0, 0, 0],
    ]  # fmt: skip
    assert module("pad", 1, channels=(0, 1))(x)[0, :, 0, 0].tolist() == [1, 0]
    assert module("crop", 1, height=(1, 0), width=(0, 2))(x)[0, 0].tolist() == [[4]]
    assert module("slice", 3, start=1, stop=3)(torch.tensor([[7.0, 8.0, 9.0]])).tolist() == [[8, 9]]


def test_a_convolution_by_table_reads_the_maps_of_its_rows_in_their_order() -> None:
    table = ((0, 2), (1,), (0, 1))
    layer = module("conv2d", 3, out_channels=3, kernel_size=1, bias=0, connections=table)
    for parameter in layer.parameters():
        torch.nn.init.ones_(parameter)
    x = torch.tensor([1.0, 10.0, 100.0]).reshape(1, 3, 1, 1)
    with torch.no_grad():
        assert layer(x).flatten().tolist() == [101.0, 10.0, 11.0]


def test_windows_times_a_matrix_are_a_convolution() -> None:
    convolution = torch.nn.Conv2d(3, 5, (3, 2), (2, 1), (1, 0), bias=False)
    x = torch.randn(2, 3, 7, 6)
    columns = module("unfold", 3, kernel_size=(3, 2), stride=(2, 1), padding=(1, 0))(x)
    with torch.no_grad():
        products = convolution.weight.reshape(5, -1) @ columns
        torch.testing.assert_close(products, convolution(x).flatten(2))


@pytest.mark.parametrize("channels", [(8,), (8, 6), (8, 6, 5)])
@pytest.mark.parametrize("bias", [False, True])
def test_attention_with_projections_is_torch_s(channels: tuple[int, ...], bias: bool) -> None:
    ours = module("multihead_attention", *channels, num_heads=2, bias=int(bias))
    keys, values = (channels[min(i, len(channels) - 1)] for i in (1, 2))
    theirs = torch.nn.MultiheadAttention(
        8, 2, bias=bias, kdim=keys, vdim=values, batch_first=True
    ).eval()
    weights = {name.replace("out_proj_", "out_proj."): p for name, p in ours.named_parameters()}
    assert {name: p.shape for name, p in theirs.named_parameters()} == {
        name: p.shape for name, p in weights.items()
    }
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.normal_()
        theirs.load_state_dict(weights)
        given = [torch.randn(3, 7 if i else 4, c) for i, c in enumerate(channels)]
        x, memory, told = given[0], given[min(1, len(given) - 1)], given[-1]
        expected, _ = theirs(x, memory, told)
        torch.testing.assert_close(ours(*given), expected)


def test_joins_of_very_many_are_counted_one_by_one() -> None:
    """4·2·2 products each, of a gate and 20,000 maps: nothing is counted anew for each input."""
    gate, maps = Shape(4, 1, 1), [Shape(4, 2, 2)] * 20_000
    multiply = create(OPS["multiply"], {})
    multiply.check(gate, *maps)
    y = multiply.output(gate, *maps)
    assert y == (4, 2, 2)
    assert multiply.operations(y, gate, *maps) == {"multiply": 20_000 * 16}
    calls = multiply.consists_of(y, gate, *maps)
    assert [(call.inputs, call.outputs) for call in calls] == [(4, 16)] + [(16, 16)] * 19_999
    kept = multiply.saved(y, gate, *maps)
    assert len(kept) == 2 * 20_000
    assert list(kept[-1].needed_by) == list(range(20_000))
