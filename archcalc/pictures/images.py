"""Which networks take images, and how large these are."""

from __future__ import annotations

from archcalc.network import Network
from archcalc.shape import Shape

_SMALL = 64
"""Sides up to which images are small, as CIFAR's and MNIST's."""


def image_side(net: Network) -> int | None:
    """The longer side of the image that a network takes; None of one with other inputs."""
    if not isinstance(net.input, Shape) or len(net.input) != 3:
        return None
    side: int = max(net.input[1:])
    return side


def is_small(net: Network) -> bool:
    """Whether its inputs are small images."""
    side = image_side(net)
    return side is not None and side <= _SMALL
