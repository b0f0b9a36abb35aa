"""Rules of operators with weights: convolutions, linear layers, products with a parameter."""

from __future__ import annotations

from archcalc.importer.heard import FIXED, Heard
from archcalc.importer.rules.table import rule
from archcalc.importer.sites import CannotSay, Raised, Site, without
from archcalc.ops.conv import Conv1d, Conv2d, Conv3d
from archcalc.ops.conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from archcalc.ops.linear import Linear
from archcalc.ops.op import Op
from archcalc.ops.registry import create
from archcalc.shape import Shape


def is_stored(heard: Heard) -> bool:
    """Whether it is a parameter or a buffer, or a part of one."""
    return heard.root is not None


def given_weights(site: Site, *names: str) -> list[Heard]:
    """The weights among a call's arguments that are there."""
    return [site[name] for name in names if site[name] is not None]


CONVOLUTIONS: dict[int, type[Op]] = {1: Conv1d, 2: Conv2d, 3: Conv3d}
TRANSPOSED: dict[int, type[Op]] = {1: ConvTranspose1d, 2: ConvTranspose2d, 3: ConvTranspose3d}
"""By how many axes their windows slide along."""


def over_positions(x: Heard, dims: int) -> tuple[Shape, int | None]:
    """One sample of maps, sequences or volumes, and along which axis the samples lie.

    Raises:
        CannotSay: the input is of another rank.
    """
    if len(x.shape) == dims + 1:
        return Shape(*x.shape), None
    if len(x.shape) != dims + 2:
        raise CannotSay
    return Shape(*x.shape[1:]), 0


def _padding(site: Site, dims: int) -> object:
    padding = site["padding"]
    if padding == "valid":
        return (0,) * dims
    if padding == "same":
        kernel, dilation = site["weight"].shape[2:], site.sizes("dilation", dims)
        spans = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
        if any(span % 2 for span in spans):
            raise CannotSay
        return tuple(span // 2 for span in spans)
    return site.sizes("padding", dims)


@rule("conv1d", "conv2d", "conv3d", "convolution", "_convolution")
def convolution(site: Site) -> Raised:
    """A convolution over sequences, maps or volumes, or a transposed one."""
    x, weight, bias = site["input"], site["weight"], site["bias"]
    dims = len(weight.shape) - 2
    if dims not in CONVOLUTIONS or not x.is_float:
        raise CannotSay  # of complex numbers it is three of real ones
    if site["transposed"]:
        return transposed(site)
    xs, axis = over_positions(x, dims)
    op = create(
        CONVOLUTIONS[dims],
        {
            "out_channels": weight.shape[0],
            "kernel_size": tuple(weight.shape[2:]),
            "stride": site.sizes("stride", dims),
            "padding": _padding(site, dims),
            "dilation": site.sizes("dilation", dims),
            "groups": site["groups"],
            "bias": int(bias is not None),
        },
    )
    return Raised(op, [(x, xs)], given_weights(site, "weight", "bias"), axis)


@rule("deform_conv2d")
def deformed(site: Site) -> Raised:
    """A convolution of torchvision whose windows are moved, position by position."""
    x, weight = site["input"], site["weight"]
    xs, axis = over_positions(x, 2)
    op = create(
        Conv2d,
        {
            "out_channels": weight.shape[0],
            "kernel_size": tuple(weight.shape[2:]),
            **{
                name: (site[f"{short}_h"], site[f"{short}_w"])
                for name, short in (
                    ("stride", "stride"),
                    ("padding", "pad"),
                    ("dilation", "dilation"),
                )
            },
            "groups": site["groups"],
            "bias": 1,
        },
    )
    beside = [site["offset"], *([site["mask"]] if site["use_mask"] else [])]
    weights = given_weights(site, "weight", "bias")
    return Raised(op, [(x, xs)], weights, axis, beside=beside)


@rule("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed(site: Site) -> Raised:
    """A transposed convolution."""
    x, weight, bias = site["input"], site["weight"], site["bias"]
    dims = len(weight.shape) - 2
    xs, axis = over_positions(x, dims)
    fields = ("stride", "padding", "output_padding", "dilation")
    op = create(
        TRANSPOSED[dims],
        {
            "out_channels": weight.shape[1] * site["groups"],
            "kernel_size": tuple(weight.shape[2:]),
            **{name: site.sizes(name, dims) for name in fields},
            "groups": site["groups"],
            "bias": int(bias is not None),
        },
    )
    return Raised(op, [(x, xs)], given_weights(site, "weight", "bias"), axis)


def at_each_position(x: Heard, out_features: int, weights: list[Heard]) -> Raised:
    """A linear layer along the last axis."""
    axis = x.axis if x.axis is not None and x.axis < len(x.shape) - 1 else None
    xs = without(x.shape, axis)
    values = {"out_features": out_features, "bias": int(len(weights) > 1)}
    if len(xs) > 2:
        values["axis"] = -1
    return Raised(create(Linear, values), [(x, xs)], weights, axis)


@rule("linear")
def linear(site: Site) -> Raised:
    """A linear layer."""
    weight = site["weight"]
    if len(weight.shape) != 2:
        raise CannotSay
    weights = given_weights(site, "weight", "bias")
    return at_each_position(site["input"], weight.shape[0], weights)


@rule("_grouped_mm")
def grouped(site: Site) -> Raised:
    """A linear layer of which each group of rows has weights of its own, as experts have."""
    x, weight = site["self"], site["mat2"]
    if len(x.shape) != 2 or len(weight.shape) != 3 or site["bias"] is not None:
        raise CannotSay
    raised = at_each_position(x, weight.shape[-1], [weight])
    raised.beside = [site["offs"]]
    return raised


@rule("addmm")
def addmm(site: Site) -> Raised:
    """A product with a parameter, to which another is added: a linear layer written out."""
    x, weight, bias = site["mat1"], site["mat2"], site["self"]
    is_layer = is_stored(weight) and is_stored(bias) and x.kind > FIXED
    if not is_layer or bias.shape != weight.shape[1:] or site["alpha"] != 1 or site["beta"] != 1:
        raise CannotSay
    return at_each_position(x, weight.shape[1], [weight, bias])
