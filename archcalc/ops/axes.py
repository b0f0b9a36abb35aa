"""Which axis of a tensor an op works along, and what an output position then sees of its input."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.ops.op import Op, OpError
from archcalc.ops.window import POINT, WHOLE, Moved, Reach
from archcalc.shape import Shape, Signal, Tokens


def first_unless_said(op: Op, axis: int | None, x: Shape) -> int:
    """The axis that a field names, counted from the first; the channels of a map, a volume or a
    signal, or the features of a vector, where it names none.

    Raises:
        OpError: there is no such axis, or the tensor is of another rank and none is named.
    """
    if axis is None and len(x) not in (1, 3, 4) and not isinstance(x, Signal):
        raise OpError(f"{op.name} over {x} needs an axis", "0 is the first, -1 the last")
    return counted_from_first(op, 0 if axis is None else axis, x)


def last_unless_said(op: Op, axis: int | None, x: Shape) -> int:
    """The axis that a field names, counted from the first; the last one of a vector or a sequence,
    where it names none.

    Raises:
        OpError: there is no such axis, or the tensor is of another rank and none is named.
    """
    if axis is None and len(x) > 2:
        hint = "'channels' at each position of a map, or 'last'"
        raise OpError(f"{op.name} over {x} needs an axis", hint)
    return counted_from_first(op, -1 if axis is None else axis, x)


def counted_from_first(op: Op, axis: int, x: Shape) -> int:
    """An axis that may be counted from the end, -1 being the last.

    Raises:
        OpError: there is no such axis.
    """
    if not -len(x) <= axis < len(x):
        raise OpError(f"{op.name} takes axis {axis}; its input {x} has {len(x)}, from 0")
    return axis % len(x)


def positions(x: Shape) -> tuple[int, ...]:
    """The axes that positions are along: all of a map but the first, of a sequence LxC or a vector
    all but the last."""
    is_first = len(x) > 2 or isinstance(x, Signal)
    return tuple(range(1, len(x))) if is_first else tuple(range(len(x) - 1))


def check_channels_first(op: Op, x: Shape) -> None:
    """Raise OpError where what is known to be tokens LxC would be read as CxL."""
    if isinstance(x, Tokens):
        hint = "permute it by [1, 0]"
        raise OpError(f"{op.name} reads channels first, and {x} has its positions first", hint)


def reading_along(axes: Iterable[int], x: Shape, what: str) -> Reach:
    """What an output position sees where each value depends on all those along some axes.

    Args:
        axes: counted from the first.
        x: the input.
        what: what is done, for the reason why nothing simpler can be said: `a softmax`.
    """
    read = set(axes).intersection(positions(x))
    if not read:
        return POINT
    if read == set(positions(x)):
        return WHOLE
    names = {1: "height", 2: "width"} if len(x) == 3 else {}
    along = " and ".join(names.get(axis, f"axis {axis}") for axis in sorted(read))
    return Moved(f"{what} reads all positions along the {along}")
