"""Which networks take images, how large these are, and how many at once."""

from __future__ import annotations

from collections.abc import Sequence

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


def batches_said(networks: Sequence[Network]) -> str:
    """How many inputs at once the figures of some networks are of: `batch 1`."""
    least, most = (choose(net.batch for net in networks) for choose in (min, max))
    return f"batch {least}" if least == most else f"batches of {least} to {most}"
