"""The shape of one tensor, without the batch: its sizes, of any rank."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from archcalc.arithmetic import Number, product

MOST_SIZES = 5
"""The largest rank of a network's input."""


def names_of_axes(
    rank: int, channels: str = "channels", features: str = "features"
) -> tuple[str, ...]:
    """The usual names of the axes of a tensor: of a vector, a sequence, a map, a volume.

    >>> names_of_axes(3), names_of_axes(2)
    (('channels', 'height', 'width'), ('tokens', 'features'))
    """
    usual = {
        1: (features,),
        2: ("tokens", features),
        3: (channels, "height", "width"),
        4: (channels, "frames", "height", "width"),
    }
    return usual.get(rank) or tuple(f"size {axis}" for axis in range(1, rank + 1))


AXES_OF_POSITIONS = {1: ("length",), 2: ("height", "width"), 3: ("frames", "height", "width")}
"""The names of the axes that a window slides along, by how many there are."""


class Shape(tuple[Number, ...]):
    """The sizes of a tensor: a map CxHxW, a vector of features, a sequence LxC, or of any rank.

    >>> str(Shape(64, 56, 56)), str(Shape(1000)), Shape(64, 56, 56).elements
    ('64x56x56', '1000', 200704)
    """

    __slots__ = ()

    def __new__(cls, *sizes: Number) -> Shape:  # noqa: D102
        return tuple.__new__(cls, sizes)

    channels: Number = property(itemgetter(0))
    """The first size: the channels of a map, the features of a vector."""

    @property
    def height(self) -> Number:
        """The rows of a map; None where it is none."""
        return self[1] if len(self) == 3 else None

    @property
    def width(self) -> Number:
        """The columns of a map; None where it is none."""
        return self[2] if len(self) == 3 else None

    @property
    def is_map(self) -> bool:
        """Whether it is a map CxHxW."""
        return len(self) == 3

    @property
    def elements(self) -> Number:
        """How many numbers the tensor has."""
        return self[0] if len(self) == 1 else product(*self)

    @property
    def sizes(self) -> list[Number]:
        """The sizes as a list, for programs."""
        return list(self)

    def with_size(self, axis: int, size: Number) -> Shape:
        """The same shape with another size along one axis, which may be counted from the end.

        >>> str(Shape(64, 56, 56).with_size(-1, 3))
        '64x56x3'
        """
        sizes = list(self)
        sizes[axis] = size
        return type(self)(*sizes)

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def __str__(self) -> str:
        return "x".join(map(str, self))

    def __repr__(self) -> str:
        return f"Shape({', '.join(map(repr, self))})"


def axes_of(shape: Shape, **names: str) -> tuple[str, ...]:
    """The usual names of its axes, by what is known of it."""
    if isinstance(shape, Signal):
        return names.get("channels", "channels"), "length"
    return names_of_axes(len(shape), **names)


class Tokens(Shape):
    """A sequence LxC that is known to have its positions first, as embeddings give it."""

    __slots__ = ()


class Signal(Shape):
    """A sequence CxL that is known to have its channels first, as convolutions give it."""

    __slots__ = ()


def of_channels(channels: Number, *sizes: Number) -> Shape:
    """A tensor of so many channels, which come first, and of these sizes."""
    return Signal(channels, *sizes) if len(sizes) == 1 else Shape(channels, *sizes)


def known_kind(*shapes: Shape) -> type[Shape]:
    """What is known of the axes of sequences that are taken together."""
    return next((type(x) for x in shapes if type(x) is not Shape), Shape)
