"""The receptive fields of a network's parts as bars, against the side of its input."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from archcalc import field_figures
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen
from archcalc.formats import NOT_APPLICABLE
from archcalc.network import Network
from archcalc.parts.part import Part
from archcalc.pictures.images import image_side
from archcalc.pictures.lettering import room_for
from archcalc.pictures.pen import Pen

_LONGEST, _SIZE = 54, 11.5


class FieldBars:
    """What the outputs of some parts see, of several outputs the last: hollow bars are what is seen
    through windows alone, where gates see all of the input."""

    def __init__(self, net: Network, parts: Sequence[Part]):
        self._parts = parts
        self._input_side = image_side(net) or 0
        self._seen = [net.receptive_fields[part.ends[-1].name] for part in parts]
        self._sides = [side_of(seen) for seen in self._seen]

    @cached_property
    def room(self) -> float:
        """The width that they need; 0 where no part sees a part of a map."""
        if not self._input_side or not any(self._sides):
            return 0
        return 14 + _LONGEST + max(room_for(field_text(seen), _SIZE) for seen in self._seen)

    @property
    def first_beyond(self) -> Part | None:
        """The first part whose outputs see more than the input's side, through windows."""
        for part, seen, side in zip(self._parts, self._seen, self._sides, strict=True):
            if self._input_side and side and side > self._input_side and not _is_gated(seen):
                return part
        return None

    def draw(self, pen: Pen, x: float, top: float, row: float) -> None:
        """The bars, a row below the other, and a line where the input's side is."""
        pen.text(x, top - 22, "receptive field", bold=True)
        most = max(self._input_side, *(side or 0 for side in self._sides))
        bottom = top + len(self._parts) * row
        at = x + _LONGEST * self._input_side / most
        pen.line((x, top - 8), (x, bottom), "grid")
        pen.line((at, top - 8), (at, bottom + 2), "muted", dash="3 3")
        said = f"input {self._input_side}"
        pen.text(min(at, pen.width - 8 - room_for(said, 11) / 2), bottom + 14, said, fill="muted",
                 size=11, anchor="middle")  # fmt: skip
        for i, (seen, side) in enumerate(zip(self._seen, self._sides, strict=True)):
            y = top + (i + 0.5) * row
            length = 0.0
            if side is not None:
                length = max(_LONGEST * side / most, 0.5)
                fill, stroke = ("paper", "field") if _is_gated(seen) else ("field", "")
                pen.rect(x, y - 4, length, 8, fill, stroke=stroke, radius=2)
            text = field_text(seen)
            pen.rect(x + length + 3, y - 7, room_for(text, _SIZE) + 2, 14, "paper")
            pen.text(x + length + 5, y + 4, text, fill="muted", size=_SIZE)


def field_text(seen: Seen) -> str:
    """A receptive field in few words."""
    is_defined = isinstance(seen, ReceptiveField)
    return field_figures.receptive_field(seen) if is_defined else NOT_APPLICABLE


def side_of(seen: Seen) -> int | None:
    """The larger side of a receptive field, of a gated one through windows alone; None where it is
    the whole input or has no size."""
    while isinstance(seen, ReceptiveField) and seen.trunk is not None:
        seen = seen.trunk
    if not isinstance(seen, ReceptiveField) or seen.is_whole:
        return None
    return max(seen.size, default=None)


def _is_gated(seen: Seen) -> bool:
    return isinstance(seen, ReceptiveField) and seen.trunk is not None
