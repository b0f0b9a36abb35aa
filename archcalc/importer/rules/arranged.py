"""Rules of what only arranges numbers: views, slices, joins, padding, lookups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, prod
from typing import Any

from archcalc.importer.heard import Heard
from archcalc.importer.rules.table import rule
from archcalc.importer.rules.weighted import is_stored
from archcalc.importer.sites import CannotSay, Raised, Site, counted, guessed_axis, inside, without
from archcalc.ops.arrange import Expand, Flip, Permute, Roll, Slice
from archcalc.ops.concat import Concat
from archcalc.ops.op import Op
from archcalc.ops.parameter import Embedding
from archcalc.ops.registry import create
from archcalc.ops.reshape import Crop, Flatten, Pad, Reshape
from archcalc.shape import AXES_OF_POSITIONS


def arranged(site: Site, op: Op, axis: int | None, output: int = 0) -> Raised:
    """An op of one input whose samples lie along one axis before and another one after."""
    x, made = site.call.reads[0], site.call.makes[output]
    xs = without(x.shape, x.axis)
    if not xs or not without(made.shape, axis):
        raise CannotSay
    return Raised(op, [(x, xs)], axis=axis, output=output)


@rule(
    *("view", "reshape", "flatten", "unflatten", "_unsafe_view", "_reshape_alias", "view_as"),
    *("reshape_as", "squeeze", "unsqueeze"),
)
def reshaped(site: Site) -> Raised:
    """The same numbers in another shape."""
    x, made = site.call.reads[0], site.made
    axis = kept_axis(x, made)
    if axis is None and x.axis is not None and x.shape[x.axis] == 1:
        pass  # a single sample has no axis of its own to lose
    elif axis is None and x.axis is not None:
        raise CannotSay
    if axis is None and site.batch == 1:
        axis = guessed_axis(made.shape, 1)
    y = without(made.shape, axis)
    xs = without(x.shape, x.axis)
    if site.call.word == "flatten" and len(y) == 1 and len(xs) == 3:
        return arranged(site, Flatten(), axis)
    return arranged(site, create(Reshape, {"shape": tuple(y)}), axis)


def kept_axis(x: Heard, made: Heard) -> int | None:
    """Where the axis of samples is after a reshape."""
    if x.axis is None:
        return None
    front = prod(x.shape[: x.axis])
    size = x.shape[x.axis]
    for axis, after in enumerate(made.shape):
        if after == size and prod(made.shape[:axis]) == front:
            return axis
    return None


@rule(
    *("permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis", "t", "numpy_T", "mT"),
)
def permuted(site: Site) -> Raised:
    """Axes in another order."""
    x = site.call.reads[0]
    rank = len(x.shape)
    order = list(range(rank))
    if site.call.word == "permute":
        order = [counted(d, rank) for d in site["dims"]]
    elif site.call.word in ("movedim", "moveaxis"):
        ends = [site["destination"]], [site["source"]]
        moved = [
            [counted(d, rank) for d in (end[0] if isinstance(end[0], list) else end)]
            for end in ends
        ]
        order = [d for d in order if d not in moved[1]]
        for place, d in sorted(zip(*moved, strict=True)):
            order.insert(place, d)
    elif site.call.word in ("transpose", "swapaxes", "swapdims"):
        names = ("dim0", "dim1") if site["dim0"] is not None else ("axis0", "axis1")
        a, b = (counted(site[name], rank) for name in names)
        order[a], order[b] = order[b], order[a]
    elif site.call.word == "mT":
        order[-2:] = order[:-3:-1]
    else:
        order = order[::-1]
    axis = None if x.axis is None else order.index(x.axis)
    kept = [d - (x.axis is not None and d > x.axis) for d in order if d != x.axis]
    return arranged(site, create(Permute, {"order": tuple(kept), "view": 1}), axis)


@rule("expand", "expand_as")
def expanded(site: Site) -> Raised:
    """Sizes of 1 repeated."""
    x, made = site.call.reads[0], site.made
    if len(x.shape) != len(made.shape):
        raise CannotSay
    if x.axis is not None and x.shape[x.axis] != made.shape[x.axis]:
        raise CannotSay
    shape = tuple(without(made.shape, x.axis))
    return arranged(site, create(Expand, {"shape": shape}), x.axis)


def _slice(
    site: Site, axis: int, start: int, stop: int, step: int = 1, output: int = 0, view: int = 1
) -> Raised:
    x = site.call.reads[0]
    at = inside(axis, len(x.shape), x.axis)
    rank = len(x.shape) - (x.axis is not None)
    values: dict[str, object] = {"start": start, "stop": stop, "step": step, "view": view}
    if not (rank in (1, 3) and at == 0):
        values["axis"] = at
    return arranged(site, create(Slice, values), x.axis, output)


@rule("slice", "narrow")
def sliced(site: Site) -> Raised:
    """A part of an axis."""
    x = site.call.reads[0]
    axis = counted(site["dim"] or 0, len(x.shape))
    size = x.shape[axis]
    if site.call.word == "narrow":
        return _slice(site, axis, site["start"], site["start"] + site["length"])
    start, stop, step = slice(site["start"], site["end"], site["step"]).indices(size)
    return _slice(site, axis, start, min(stop, size), step)


@rule("cat", "concat", "concatenate")
def joined(site: Site) -> Raised:
    """Tensors side by side along an axis."""
    made, reads = site.made, site.call.reads
    rank = len(made.shape)
    if any(len(heard.shape) != rank for heard in reads) or len(reads) < 2:
        raise CannotSay
    axes = {heard.axis for heard in reads if heard.kind == 2}
    (samples,) = axes if len(axes) == 1 else (None,)
    if samples is None and axes != {None}:
        raise CannotSay
    if samples is not None and len({heard.shape[samples] for heard in reads}) > 1:
        raise CannotSay
    at = inside(site["dim"] or 0, rank, samples)
    is_usual = rank - (samples is not None) in (1, 3) and at == 0
    op = create(Concat, {} if is_usual else {"axis": at})
    return Raised(op, [(heard, without(heard.shape, samples)) for heard in reads], axis=samples)


@rule("roll")
def rolled(site: Site) -> Raised:
    """Positions moved along axes."""
    x = site.call.reads[0]
    if not site["dims"]:
        raise CannotSay
    axes = tuple(inside(d, len(x.shape), x.axis) for d in site["dims"])
    return arranged(site, create(Roll, {"shifts": tuple(site["shifts"]), "axes": axes}), x.axis)


@rule("flip")
def flipped(site: Site) -> Raised:
    """Positions in reverse order."""
    x = site.call.reads[0]
    axes = tuple(inside(d, len(x.shape), x.axis) for d in site["dims"])
    return arranged(site, create(Flip, {"axes": axes}), x.axis)


_MODES = {"constant": "zeros", "reflect": "reflect", "replicate": "replicate"}


@rule("pad", "constant_pad_nd")
def zeros_around(site: Site) -> Raised:
    """A border around a sequence, a map or a volume, or one less."""
    x = site.call.reads[0]
    ends = list(site["pad"])
    mode = _MODES.get(site["mode"] or "constant")
    rank = len(x.shape) - (x.axis is not None)
    if mode is None or rank - 1 not in AXES_OF_POSITIONS:
        raise CannotSay
    kind: type[Op] = Pad
    if max(ends) <= 0 and mode == "zeros":
        kind, ends = Crop, [-size for size in ends]
    elif min(ends) < 0:
        raise CannotSay
    if kind is Pad and mode == "zeros" and site["value"]:
        if site["value"] != -inf:
            raise CannotSay
        mode = "-inf"
    names = ("channels", *AXES_OF_POSITIONS[rank - 1])
    values: dict[str, object] = {}
    for i, pair in enumerate(zip(ends[::2], ends[1::2], strict=True)):
        if any(pair):  # torch begins with the last axis
            values[names[inside(-1 - i, len(x.shape), x.axis)]] = pair
    if mode != "zeros":
        values["mode"] = mode
    if kind is Crop and (rank != 3 or names[0] in values):
        return _cut(site, values, names)
    return arranged(site, create(kind, values), x.axis)


def _cut(site: Site, taken: Mapping[str, Any], names: Sequence[str]) -> Raised:
    """A part of an axis that a crop of maps does not have.

    Raises:
        CannotSay: several axes lose something, or none.
    """
    if len(taken) != 1:
        raise CannotSay
    x = site.call.reads[0]
    ((name, (before, after)),) = taken.items()
    axis = names.index(name)
    axis += x.axis is not None and x.axis <= axis
    return _slice(site, axis, before, x.shape[axis] - after, view=0)


@rule("embedding")
def embedding(site: Site) -> Raised:
    """Rows of a table."""
    table, indices = site["weight"], site["indices"]
    if not is_stored(table) or indices.kind < 2:
        raise CannotSay
    shape = without(indices.shape, indices.axis)
    if not shape:
        raise CannotSay
    rows, features = table.shape
    op = create(Embedding, {"num_embeddings": rows, "embedding_dim": features})
    return Raised(op, [(indices, shape)], (table,), indices.axis)


def given_part(site: Site, output: int) -> Raised:
    """One of the parts that a call gives, as a slice; a single index as a slice made flat.

    Raises:
        CannotSay: the axis is gone, or is that of samples.
    """
    x, makes = site.call.reads[0], site.call.makes
    if len(makes[output].shape) != len(x.shape):
        raise CannotSay
    axis = counted(site["dim"] or 0, len(x.shape))
    start = sum(heard.shape[axis] for heard in makes[:output])
    return _slice(site, axis, start, start + makes[output].shape[axis], output=output)


def index_of(site: Site, index: int) -> Raised:
    """One index of an axis, as a slice of size 1.

    Raises:
        CannotSay: the axis is that of samples.
    """
    x = site.call.reads[0]
    dim = counted(site["dim"], len(x.shape))
    at = inside(dim, len(x.shape), x.axis)
    start = index % x.shape[dim]
    shape = without(x.shape, x.axis)
    rank = len(shape)
    values: dict[str, object] = {"start": start, "stop": start + 1}
    if not (rank in (1, 3) and at == 0):
        values["axis"] = at
    return Raised(create(Slice, values), [(x, shape)], axis=x.axis)
