"""Rules of pooling, resizing and reductions."""

from __future__ import annotations

from archcalc.importer.rules.table import rule
from archcalc.importer.sites import CannotSay, Raised, Site, counted, inside, without
from archcalc.ops.global_pool import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
)
from archcalc.ops.op import Op
from archcalc.ops.pool import AvgPool2d, MaxPool2d
from archcalc.ops.reduce import Reduce
from archcalc.ops.registry import create
from archcalc.ops.resize import Upsample
from archcalc.ops.shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle


def _over_maps(site: Site, op: Op) -> Raised:
    """An op of maps, whose first axis is that of samples where there are four."""
    x = site.call.reads[0]
    if len(x.shape) not in (3, 4):
        raise CannotSay
    axis = 0 if len(x.shape) == 4 else None
    times = 1 if axis is None else x.shape[0]
    xs, y = without(x.shape, axis), without(site.made.shape, axis)
    return Raised(op, [(x, xs)], y, (), times, axis)


def _window(site: Site) -> dict[str, object]:
    kernel = site.pair("kernel_size")
    stride = site.pair("stride") if site["stride"] else kernel
    return {"kernel_size": kernel, "stride": stride, "padding": site.pair("padding")}


@rule("max_pool2d", "max_pool2d_with_indices")
def max_pool(site: Site) -> Raised:
    """Max pooling."""
    values = {
        **_window(site),
        "dilation": site.pair("dilation"),
        "ceil_mode": site.flag("ceil_mode"),
    }
    return _over_maps(site, create(MaxPool2d, values))


@rule("avg_pool2d")
def avg_pool(site: Site) -> Raised:
    """Average pooling."""
    if site["divisor_override"] is not None:
        raise CannotSay
    flags = {name: site.flag(name) for name in ("ceil_mode", "count_include_pad")}
    return _over_maps(site, create(AvgPool2d, {**_window(site), **flags}))


@rule("adaptive_avg_pool2d", "_adaptive_avg_pool2d")
def adaptive_avg_pool(site: Site) -> Raised:
    """Average pooling to a given number of positions."""
    size = site.made.shape[-2:]
    op = GlobalAvgPool2d() if size == (1, 1) else create(AdaptiveAvgPool2d, {"output_size": size})
    return _over_maps(site, op)


@rule("adaptive_max_pool2d")
def adaptive_max_pool(site: Site) -> Raised:
    """Max pooling to a given number of positions."""
    size = site.made.shape[-2:]
    op = GlobalMaxPool2d() if size == (1, 1) else create(AdaptiveMaxPool2d, {"output_size": size})
    return _over_maps(site, op)


@rule("upsample_nearest2d", "upsample_bilinear2d")
def upsample(site: Site) -> Raised:
    """A map made larger."""
    is_nearest = site.call.word == "upsample_nearest2d"
    if not is_nearest and site["align_corners"]:
        raise CannotSay
    values: dict[str, object] = {"mode": "nearest" if is_nearest else "bilinear"}
    before, after = site.call.reads[0].shape[-2:], site.made.shape[-2:]
    whole = [b % a == 0 for a, b in zip(before, after, strict=True)]
    scales = site["scale_factors"] or (site["scales_h"], site["scales_w"])
    if all(whole) and scales is not None and all(scales):
        values["scale_factor"] = tuple(b // a for a, b in zip(before, after, strict=True))
    else:
        values["size"] = after
    return _over_maps(site, create(Upsample, values))


@rule("pixel_shuffle")
def pixel_shuffle(site: Site) -> Raised:
    """Channels as finer positions."""
    return _over_maps(site, create(PixelShuffle, {"upscale_factor": site["upscale_factor"]}))


@rule("pixel_unshuffle")
def pixel_unshuffle(site: Site) -> Raised:
    """Positions as channels."""
    return _over_maps(site, create(PixelUnshuffle, {"downscale_factor": site["downscale_factor"]}))


@rule("channel_shuffle")
def channel_shuffle(site: Site) -> Raised:
    """Channels of groups spread over all."""
    return _over_maps(site, create(ChannelShuffle, {"groups": site["groups"]}))


@rule("mean", "sum", "amax")
def reduce(site: Site) -> Raised:
    """A mean, a sum or a maximum along axes."""
    x = site.call.reads[0]
    dims = site["dim"]
    if dims is None or dims == [] or not isinstance(dims, int | list):
        raise CannotSay
    rank = len(x.shape)
    keep = site.flag("keepdim")
    given = [counted(d, rank) for d in ([dims] if isinstance(dims, int) else dims)]
    axes = tuple(inside(d, rank, x.axis) for d in given)
    if not keep and len(axes) == rank - (x.axis is not None):
        raise CannotSay
    mode = {"amax": "max"}.get(site.call.word, site.call.word)
    op = create(Reduce, {"axes": axes, "mode": mode, "keep": keep})
    axis = x.axis
    if axis is not None and not keep:
        axis -= sum(d < axis for d in given)
    times = 1 if axis is None else site.made.shape[axis]
    return Raised(
        op, [(x, without(x.shape, x.axis))], without(site.made.shape, axis), (), times, axis
    )
