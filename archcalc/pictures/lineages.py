"""Lines of descent of networks: which families have one colour and one shape in pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archcalc.pictures.palette import MARKS


class Lineage(NamedTuple):
    """A line of descent: what it is called, and its mark."""

    name: str
    colour: str
    shape: str


SHAPES = ("circle", "square", "triangle", "diamond", "down", "plus", "ring")

_FAMILIES = {
    Lineage("AlexNet, ZFNet, NIN", "grey", "ring"): ("LeNet", "AlexNet", "ZFNet", "NIN"),
    Lineage("VGG", "brown", "square"): ("VGG",),
    Lineage("Inception", "blue", "triangle"): ("GoogLeNet", "Inception", "Xception"),
    Lineage("ResNet", "navy", "circle"): (
        *("ResNet", "Pre-activation ResNet", "Stochastic depth"),
    ),
    Lineage("DenseNet", "green", "diamond"): ("DenseNet",),
    Lineage("SqueezeNet, FractalNet", "purple", "plus"): ("SqueezeNet", "FractalNet"),
    Lineage("Wide ResNet", "red", "square"): ("Wide ResNet",),
    Lineage("ResNeXt", "violet", "down"): ("ResNeXt",),
    Lineage("NASNet", "purple", "diamond"): ("NASNet", "PNASNet", "AmoebaNet", "MnasNet"),
    Lineage("MobileNet", "blue", "diamond"): ("MobileNet",),
    Lineage("ShuffleNet", "brown", "down"): ("ShuffleNet",),
    Lineage("SENet", "grey", "down"): ("SENet", "SE-", "CBAM"),
    Lineage("EfficientNet", "green", "square"): ("EfficientNet",),
    Lineage("RegNet", "navy", "plus"): ("RegNet",),
    Lineage("vision transformers", "red", "triangle"): (
        *("Vision Transformer", "ViT", "DeiT", "Swin", "MLP-Mixer"),
    ),
    Lineage("ConvNeXt", "violet", "square"): ("ConvNeXt",),
}
"""The families of each, by how their names begin; the longest beginning decides."""

_UNCLAIMED = (
    *(("blue", "plus"), ("red", "down"), ("green", "triangle"), ("brown", "diamond")),
    *(("violet", "circle"), ("navy", "square"), ("purple", "triangle"), ("grey", "plus")),
    *(("red", "plus"), ("green", "down"), ("brown", "triangle"), ("violet", "diamond")),
)
"""Marks that no lineage above has, for families that are in none."""
OTHERS = Lineage("others", "grey", "square")


def lineages(families: Iterable[str]) -> dict[str, Lineage]:
    """The lineage of each family; one that is in none is its own while there are marks.

    >>> [each.name for each in lineages(["ResNet v1.5", "ResNeXt", "LeNet"]).values()]
    ['ResNet', 'ResNeXt', 'AlexNet, ZFNet, NIN']
    """
    found: dict[str, Lineage] = {}
    own: dict[str, Lineage] = {}
    for family in families:
        if family not in found:
            found[family] = _known(family) or _own(family, own)
    return found


def _known(family: str) -> Lineage | None:
    fitting = [
        (len(beginning), lineage)
        for lineage, beginnings in _FAMILIES.items()
        for beginning in beginnings
        if family.lower().startswith(beginning.lower())
    ]
    return max(fitting)[1] if fitting else None


def _own(family: str, own: dict[str, Lineage]) -> Lineage:
    name = family.partition(" (")[0]
    if name not in own:
        taken = len(own)
        own[name] = Lineage(name, *_UNCLAIMED[taken]) if taken < len(_UNCLAIMED) else OTHERS
    return own[name]


assert all(lineage.colour in MARKS and lineage.shape in SHAPES for lineage in _FAMILIES)
