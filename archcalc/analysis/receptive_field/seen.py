"""What output positions see of the input: along each axis, or that it has no single size."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.analysis.receptive_field.axis import Along, Axis, Places, Strands
from archcalc.arithmetic import Number

Interval = tuple[int, int] | None

WHOLE_INPUT = "the whole input"


class ReceptiveField(NamedTuple):
    """What output positions see, along each axis of the network's input: height and width."""

    axes: tuple[Along, ...]
    input: tuple[int, ...]
    """The size of the network's input along each axis."""
    trunk: Seen | None = None
    """Where gates by global pooling let every position see all of the map: what the rest of its
    paths sees."""

    @property
    def size(self) -> list[int]:
        """`[height, width]` of the largest that an output position sees, in input pixels."""
        return [axis.size for axis in self.known]

    @property
    def smallest(self) -> list[int]:
        """`[height, width]` of the smallest: behind layers that make a map larger, some output
        positions see less than others."""
        return [axis.smallest for axis in self.known]

    @property
    def stride(self) -> list[Number]:
        """The effective stride: input pixels from one output position to the next, on average."""
        return [axis.stride for axis in self.known]

    @property
    def padding(self) -> list[int | None]:
        """The effective padding: how far before the input's first pixel that begins which output
        position 0 sees. None where it sees nothing."""
        return [axis.padding for axis in self.known]

    @property
    def is_whole(self) -> bool:
        """Whether every position sees the whole input, as after global pooling."""
        for axis, size in zip(self.axes, self.input, strict=True):
            if size != 1 and not (
                isinstance(axis, Places) and stays(axis) and axis.smallest == size
            ):
                return False
        return True

    @property
    def height(self) -> Axis | Places:
        """What is seen along the height."""
        return self.known[0]

    @property
    def width(self) -> Axis | Places:
        """What is seen along the width."""
        return self.known[1]

    @property
    def known(self) -> list[Axis | Places]:
        """What is seen along those axes of which one figure can say it."""
        return [axis for axis in self.axes if not isinstance(axis, Strands)]


class Undefined(NamedTuple):
    """A receptive field that has no single size, with the reason."""

    reason: str
    reach: tuple[Interval, ...] = ()
    """What all its positions together see, along each axis of the network's input."""
    input: tuple[int, ...] = ()


Seen = ReceptiveField | Undefined


def moves(seen: Seen) -> bool:
    """Whether positions of a map see different parts of the input."""
    return isinstance(seen, Undefined) or not all(map(stays, seen.axes))


def stays(along: Along) -> bool:
    """Whether every position of a map sees the same along an axis."""
    return isinstance(along, Places) and not along.shift
