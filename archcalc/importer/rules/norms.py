"""Rules of norms."""

from __future__ import annotations

from archcalc.importer.heard import Heard
from archcalc.importer.rules.table import rule
from archcalc.importer.rules.weighted import given_weights, is_stored
from archcalc.importer.sites import CannotSay, Raised, Site, exact, inside, without
from archcalc.ops.group_norm import GroupNorm, InstanceNorm
from archcalc.ops.layer_norm import LayerNorm, RmsNorm
from archcalc.ops.norm import BatchNorm
from archcalc.ops.op import Op
from archcalc.ops.registry import create


def _over_samples(site: Site, op: Op, weights: list[Heard]) -> Raised:
    """A norm over channels, whose first axis is that of samples."""
    x = site["input"]
    if len(x.shape) < 2 or not all(map(is_stored, weights)):
        raise CannotSay
    return Raised(op, [(x, without(x.shape, 0))], weights, 0)


def _has_both(site: Site) -> int:
    """Whether there is a scale and a shift, or neither."""
    weight, bias = site["weight"], site["bias"]
    if (weight is None) != (bias is None):
        raise CannotSay
    return int(weight is not None)


@rule("batch_norm")
def batch_norm(site: Site) -> Raised:
    """Batch normalisation that keeps running statistics."""
    if site["running_mean"] is None:
        raise CannotSay
    weights = given_weights(site, "weight", "bias", "running_mean", "running_var")
    return _over_samples(
        site, create(BatchNorm, {"affine": _has_both(site), "eps": exact(site["eps"])}), weights
    )


@rule("group_norm")
def group_norm(site: Site) -> Raised:
    """Normalisation over groups of channels."""
    values = {
        "num_groups": site["num_groups"],
        "affine": _has_both(site),
        "eps": exact(site["eps"]),
    }
    return _over_samples(site, create(GroupNorm, values), given_weights(site, "weight", "bias"))


@rule("instance_norm")
def instance_norm(site: Site) -> Raised:
    """Normalisation of each channel."""
    if site["running_mean"] is not None or not site["use_input_stats"]:
        raise CannotSay
    op = create(InstanceNorm, {"affine": _has_both(site), "eps": exact(site["eps"])})
    return _over_samples(site, op, given_weights(site, "weight", "bias"))


def _over_features(site: Site, kind: type[Op], affine: int) -> Raised:
    """A norm over the last axis."""
    x = site["input"]
    weights = given_weights(site, "weight", "bias")
    rank = len(x.shape)
    if len(site["normalized_shape"]) != 1 or not all(map(is_stored, weights)):
        raise CannotSay
    samples = x.axis if x.axis != rank - 1 else None
    shape = without(x.shape, samples)
    values: dict[str, object] = {"affine": affine}
    if site["eps"] is not None:
        values["eps"] = exact(site["eps"])
    if len(shape) > 2:
        values["axis"] = -1
    inside(-1, rank, samples)
    return Raised(create(kind, values), [(x, shape)], weights, samples)


@rule("layer_norm")
def layer_norm(site: Site) -> Raised:
    """Normalisation over the features."""
    return _over_features(site, LayerNorm, _has_both(site))


@rule("rms_norm")
def rms_norm(site: Site) -> Raised:
    """Division by the root of the mean square."""
    return _over_features(site, RmsNorm, int(site["weight"] is not None))
