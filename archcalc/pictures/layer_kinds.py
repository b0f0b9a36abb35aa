"""Kinds of layer by what they compute with, for the colours of pictures."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.analysis.count import Reading
from archcalc.arithmetic import plain
from archcalc.pictures.palette import KINDS

_NOUNS = {
    "1x1": "1x1",
    "depthwise": "depthwise",
    "linear": "linear",
    "products": "matrix products",
}
_OTHERS = "norm and other"
_MOST_NAMES = 3


def kind_of(layer: Reading) -> str:
    """The kind of one layer: of KINDS, by its kernel where it has one."""
    kernel = getattr(layer.op, "kernel_size", None)
    if not layer.op.has_activations and not layer.op.is_weighted:
        return "other"
    if kernel is None:
        return "linear" if hasattr(layer.op, "out_features") else "products"
    groups = plain(getattr(layer.op, "groups", 1))
    if groups > 1 and groups == plain(layer.xs[0].channels):
        return "depthwise"
    side = max(map(plain, kernel))
    return "1x1" if side == 1 else "3x3" if side <= 3 else "larger"


def kernel_text(layer: Reading) -> str:
    """What is written into the bar of a layer: its kernel, else its kind or its op."""
    kernel = getattr(layer.op, "kernel_size", None)
    kind = kind_of(layer)
    if kind == "other":
        return layer.op.name.replace("_", " ")
    if kernel is None:
        return _NOUNS[kind]
    return "x".join(str(plain(side)) for side in kernel)


def kind_nouns(layers: Iterable[Reading]) -> dict[str, str]:
    """The kinds that layers are of, in the order of KINDS, with words for each: what is called
    `3x3`, `larger` and `other` depends on the layers that there are."""
    kernels: dict[str, set[str]] = {}
    for layer in layers:
        kernels.setdefault(kind_of(layer), set()).add(kernel_text(layer))
    found = {}
    for kind in KINDS:
        texts = sorted(kernels.get(kind, ()), key=_sides)
        if texts:
            words = ", ".join(texts)
            if len(texts) > _MOST_NAMES:
                words = _OTHERS if kind == "other" else f"{texts[0]} to {texts[-1]}"
            found[kind] = _NOUNS.get(kind, words)
    return found


def _sides(kernel: str) -> tuple[list[int], str]:
    sides = [int(side) for side in kernel.split("x") if side.isdigit()]
    return sorted(sides, reverse=True), kernel
