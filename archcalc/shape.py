"""The shape of one tensor, without the batch: its sizes, of any rank."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from archcalc.arithmetic import Number, plain, product

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
    def features_axis(self) -> int:
        """The axis that features, or channels, are along: the first of a map or a volume, the last
        of a sequence or a vector, unless it is known to be another."""
        return _usual_features_axis(len(self))

    @property
    def position_axes(self) -> tuple[int, ...]:
        """All axes but that of the features."""
        axes = range(1, len(self)) if self.features_axis == 0 else range(len(self) - 1)
        return tuple(axes)

    @property
    def positions(self) -> tuple[Number, ...]:
        """The sizes along all axes but that of the features.

        >>> Shape(64, 56, 48).positions, FeaturesLast(56, 48, 64).positions, Shape(5, 3).positions
        ((56, 48), (56, 48), (5,))
        """
        return tuple(self[axis] for axis in self.position_axes)

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


def axes_of(
    shape: Shape, channels: str = "channels", features: str = "features"
) -> tuple[str, ...]:
    """The names of its axes, by what is known of it.

    >>> axes_of(FeaturesLast(56, 56, 96)), axes_of(Signal(16, 100))
    (('height', 'width', 'features'), ('channels', 'length'))
    """
    rank, axis = len(shape), shape.features_axis
    if axis == _usual_features_axis(rank):
        return names_of_axes(rank, channels, features)
    usual = AXES_OF_POSITIONS.get(rank - 1)
    positions = usual or tuple(f"size {i}" for i in range(1, rank))
    return (*positions, features) if axis else (channels, *positions)


def _usual_features_axis(rank: int) -> int:
    return 0 if rank > 2 else rank - 1


class FeaturesLast(Shape):
    """A tensor whose features are along its last axis: a map HxWxC, a sequence LxC."""

    __slots__ = ()

    @property
    def features_axis(self) -> int:
        """The last."""
        return len(self) - 1


class ChannelsFirst(Shape):
    """A sequence CxL, whose channels are along its first axis, as those of maps and volumes are."""

    __slots__ = ()

    @property
    def features_axis(self) -> int:
        """The first."""
        return 0


class Tokens(FeaturesLast):
    """A sequence LxC that is read as such: embeddings and recurrent layers give no other."""

    __slots__ = ()


class Signal(ChannelsFirst):
    """A sequence CxL that is read as such: convolutions give no other."""

    __slots__ = ()


def of_channels(channels: Number, *sizes: Number) -> Shape:
    """A tensor of so many channels, which come first, and of these sizes."""
    return Signal(channels, *sizes) if len(sizes) == 1 else Shape(channels, *sizes)


def known_kind(*shapes: Shape) -> type[Shape]:
    """What is known of the axes of tensors that are taken together."""
    kinds = [type(x) for x in shapes if type(x) is not Shape]
    return next((kind for kind in kinds if kind in _READ_AS_SUCH), kinds[0] if kinds else Shape)


_READ_AS_SUCH = (Tokens, Signal)


def with_axes_in_order(x: Shape, order: tuple[int, ...]) -> Shape:
    """A tensor with its axes in another order, and what then is known of them.

    >>> found = with_axes_in_order(Shape(96, 56, 56), (1, 2, 0))
    >>> type(found).__name__, found
    ('FeaturesLast', Shape(56, 56, 96))
    """
    kind = {Tokens: Signal, Signal: Tokens}.get(type(x), Shape)
    if kind is not Shape and order == (0, 1):
        kind = type(x)
    elif kind is Shape and (len(x) > 2 or type(x) is not Shape):
        kind = _kind_of(len(order), order.index(x.features_axis))
    return kind(*(x[axis] for axis in order))


def with_other_sizes(x: Shape, *sizes: Number) -> Shape:
    """The numbers of a tensor in another shape. Its features stay along the axis that no size in
    front of or behind it changes.

    >>> type(with_other_sizes(FeaturesLast(64, 49, 96), 8, 8, 7, 7, 96)).__name__
    'FeaturesLast'
    >>> type(with_other_sizes(Shape(512, 14, 14), 512, 196)).__name__
    'ChannelsFirst'
    """
    kind = Shape
    if len(sizes) > 1 and (len(x) > 2 or type(x) is not Shape):
        is_first = x.features_axis == 0
        if is_first and plain(x[0]) == plain(sizes[0]):
            kind = _kind_of(len(sizes), 0)
        elif not is_first and _has_its_features_last(x, sizes):
            kind = FeaturesLast
    return kind(*sizes)


def _has_its_features_last(x: Shape, sizes: tuple[Number, ...]) -> bool:
    """Whether the last of some sizes are the features of a tensor that has them last, or what all
    of its axes but the first few hold."""
    ours, theirs = [*map(plain, x)], [*map(plain, sizes)]
    return ours[-1] == theirs[-1] or ours[: len(theirs) - 1] == theirs[:-1]


def _kind_of(rank: int, axis: int) -> type[Shape]:
    """The kind of a tensor whose features are along an axis; what is usual is said by none."""
    if axis == rank - 1:
        return FeaturesLast
    return ChannelsFirst if rank == 2 else Shape
