"""Rules of pooling, resizing and reductions."""

from __future__ import annotations

from archcalc.importer.rules.table import rule
from archcalc.importer.rules.weighted import over_positions
from archcalc.importer.sites import CannotSay, Raised, Site, counted, inside, without
from archcalc.ops.adaptive_pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
)
from archcalc.ops.global_pool import (
    GlobalAvgPool1d,
    GlobalAvgPool2d,
    GlobalAvgPool3d,
    GlobalMaxPool1d,
    GlobalMaxPool2d,
    GlobalMaxPool3d,
)
from archcalc.ops.op import Op
from archcalc.ops.pool import AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d
from archcalc.ops.reduce import Reduce
from archcalc.ops.registry import create
from archcalc.ops.resize import Upsample
from archcalc.ops.shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle
from archcalc.ops.unfold import Unfold

MAX_POOLS: dict[int, type[Op]] = {1: MaxPool1d, 2: MaxPool2d, 3: MaxPool3d}
AVG_POOLS: dict[int, type[Op]] = {1: AvgPool1d, 2: AvgPool2d, 3: AvgPool3d}
AVG_POOLS_TO: dict[int, tuple[type[Op], type[Op]]] = {
    1: (GlobalAvgPool1d, AdaptiveAvgPool1d),
    2: (GlobalAvgPool2d, AdaptiveAvgPool2d),
    3: (GlobalAvgPool3d, AdaptiveAvgPool3d),
}
MAX_POOLS_TO: dict[int, tuple[type[Op], type[Op]]] = {
    1: (GlobalMaxPool1d, AdaptiveMaxPool1d),
    2: (GlobalMaxPool2d, AdaptiveMaxPool2d),
    3: (GlobalMaxPool3d, AdaptiveMaxPool3d),
}
"""Pools by how many axes their windows slide along; of adaptive ones that to one position, and that
to any number of them."""


def _dims(site: Site) -> int:
    """How many axes a pool works along: its name says so."""
    return int(site.call.word.removesuffix("_with_indices")[-2])


def _pooled(site: Site, op: Op, dims: int) -> Raised:
    x = site.call.reads[0]
    xs, axis = over_positions(x, dims)
    return Raised(op, [(x, xs)], axis=axis)


def _over_maps(site: Site, op: Op) -> Raised:
    return _pooled(site, op, 2)


def _window(site: Site, dims: int) -> dict[str, object]:
    kernel = site.sizes("kernel_size", dims)
    stride = site.sizes("stride", dims) if site["stride"] else kernel
    return {"kernel_size": kernel, "stride": stride, "padding": site.sizes("padding", dims)}


@rule("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices")
def max_pool(site: Site) -> Raised:
    """Max pooling."""
    dims = _dims(site)
    values = {
        **_window(site, dims),
        "dilation": site.sizes("dilation", dims),
        "ceil_mode": site.flag("ceil_mode"),
    }
    return _pooled(site, create(MAX_POOLS[dims], values), dims)


@rule("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(site: Site) -> Raised:
    """Average pooling."""
    if site["divisor_override"] is not None:
        raise CannotSay
    dims = _dims(site)
    flags = {name: site.flag(name) for name in ("ceil_mode", "count_include_pad")}
    return _pooled(site, create(AVG_POOLS[dims], {**_window(site, dims), **flags}), dims)


@rule(
    *("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "_adaptive_avg_pool2d"),
    *("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"),
)
def adaptive_pool(site: Site) -> Raised:
    """Pooling to a given number of positions."""
    dims = _dims(site)
    to_one, to_size = (MAX_POOLS_TO if "max" in site.call.word else AVG_POOLS_TO)[dims]
    size = site.made.shape[-dims:]
    op = to_one() if set(size) == {1} else create(to_size, {"output_size": tuple(size)})
    return _pooled(site, op, dims)


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


@rule("im2col")
def unfold(site: Site) -> Raised:
    """Windows of a map as columns."""
    fields = ("kernel_size", "stride", "padding", "dilation")
    return _over_maps(site, create(Unfold, {name: site.sizes(name, 2) for name in fields}))


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
    return Raised(op, [(x, without(x.shape, x.axis))], axis=axis)
