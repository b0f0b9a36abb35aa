"""The shape of one tensor, without the batch: a map CxHxW or a vector of features."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.arithmetic import Number, product


class Shape(NamedTuple):
    """`channels` of a map with its `height` and `width`, or the features of a vector.

    >>> str(Shape(64, 56, 56)), str(Shape(1000)), Shape(64, 56, 56).elements
    ('64x56x56', '1000', 200704)
    """

    channels: Number
    height: Number = None
    width: Number = None

    @property
    def is_map(self) -> bool:
        """Whether it has a height and a width."""
        return self.height is not None

    @property
    def elements(self) -> Number:
        """How many numbers the tensor has."""
        return self.channels if self.height is None else product(*self)

    @property
    def sizes(self) -> list[Number]:
        """`[C, H, W]`, or `[features]` for a vector."""
        return [size for size in self if size is not None]

    def __str__(self) -> str:
        return "x".join(map(str, self.sizes))
