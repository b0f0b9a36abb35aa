"""Padding by a word, settled for the map that a window reads: torch's "same", TensorFlow's SAME.

Both keep a map's size, divided by the stride and rounded up. What they add may be one more at the
end than at the start. A convolution then stands behind a `pad` of its own, as torch and timm build
it; a pooling has a last partial window (`ceil_mode`), which reads the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from archcalc.arithmetic import extent, pinned
from archcalc.frozen import Frozen
from archcalc.language.model import Item, ItemError
from archcalc.ops.kinds import SAME, TF_SAME
from archcalc.ops.op import Op
from archcalc.ops.registry import create
from archcalc.shape import AXES_OF_POSITIONS, Shape


class Settled(NamedTuple):
    """What a padding comes to: values of fields, and the ends that a `pad` in front adds."""

    values: dict[str, Any]
    ends: Mapping[str, tuple[int, int]] = Frozen()


def settled(item: Item, op: type[Op], values: Mapping[str, Any], x: Shape) -> Settled:
    """The fields of an op whose padding is a word, for the map that it reads.

    Raises:
        ItemError: the op has no such padding, as with a stride or where it would be uneven.
    """
    unpadded = {**values, "padding": 0}
    window: Any = create(op, unpadded).settled(x)
    if len(x) != window.dims + 1:
        return Settled(unpadded)  # the op says what it takes
    dilation = getattr(window, "dilation", (1,) * window.dims)
    if values["padding"] == SAME and set(window.stride) != {1}:
        raise ItemError(
            item, f"padding {SAME!r} takes stride 1, as torch's", f"TensorFlow's is {TF_SAME!r}"
        )
    ends = []
    for size, kernel, stride, step in zip(
        window.sizes_of(x), window.kernel_size, window.stride, dilation, strict=True
    ):
        added = extent(kernel, step) - 1
        if values["padding"] == TF_SAME:
            rows = pinned(size, "what padding by a word adds")
            positions = (rows + stride - 1) // stride
            added = max((positions - 1) * stride + extent(kernel, step) - rows, 0)
        ends.append((added // 2, added - added // 2))
    before = tuple(first for first, _ in ends)
    if all(first == last for first, last in ends):
        return Settled({**values, "padding": before, **_of_pooling(op)})
    if "ceil_mode" in op.field_infos:
        for (first, last), stride in zip(ends, window.stride, strict=True):
            if first < last and stride == 1:
                problem = f"padding {values['padding']!r} is uneven here: {first} and {last}"
                raise ItemError(item, problem, "no pooling has that; put a pad before it")
        return Settled({**values, "padding": before, **_of_pooling(op), "ceil_mode": 1})
    if getattr(window, "padding_mode", "zeros") != "zeros":
        raise ItemError(item, f"padding {values['padding']!r} is uneven here, and of zeros")
    if window.has_channels_last:
        raise ItemError(item, f"padding {values['padding']!r} is uneven here, over tokens")
    return Settled(unpadded, dict(zip(AXES_OF_POSITIONS[window.dims], ends, strict=True)))


def _of_pooling(op: type[Op]) -> dict[str, Any]:
    """TensorFlow's mean is of the values in a window alone."""
    return {"count_include_pad": 0} if "count_include_pad" in op.field_infos else {}
