"""How receptive fields are written, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc import figures
from archcalc.analysis.receptive_field.seen import WHOLE_INPUT, Seen, Undefined


def receptive_field(seen: Seen | list[Seen]) -> str:
    """A receptive field's side, `7x1` where the sides differ, `188..204` where it depends on the
    output's place; `whole`, with that along the trunk where there is one; or `undefined`. Of
    several outputs each that differs."""
    if isinstance(seen, list):
        return figures.listed(map(receptive_field, seen))
    if isinstance(seen, Undefined):
        return "undefined"
    text = "whole" if seen.is_whole else _sides(seen.smallest, seen.size)
    return f"{text} ({receptive_field(seen.trunk)})" if seen.trunk is not None else text


def _sides(smallest: Sequence[int], largest: Sequence[int]) -> str:
    return figures.sides(
        [
            least if least == most else f"{least}..{most}"
            for least, most in zip(smallest, largest, strict=True)
        ]
    )


def receptive_field_data(seen: Seen, outputs: Mapping[str, Seen] | None = None) -> dict[str, Any]:
    """A receptive field for programs: `[height, width]`, or None where it has no size.

    A note says why it has none, and what one size does not say: how small it is elsewhere, what is
    seen without gates, and of several outputs what each sees.
    """
    note = _field_note(seen)
    if outputs:
        each = [f"{name}: {_field_note(of) or receptive_field(of)}" for name, of in outputs.items()]
        note = "; ".join(each)
    return {"receptive_field": field_size(seen), "receptive_field_note": note or None}


def field_size(seen: Seen) -> list[int] | None:
    """The height and width of a receptive field; None where it has no size of its own: where it is
    undefined, or all of the input, however large that is."""
    return None if isinstance(seen, Undefined) or seen.is_whole else seen.size


def _field_note(seen: Seen) -> str:
    if isinstance(seen, Undefined):
        return f"undefined: {seen.reason}"
    whole = WHOLE_INPUT if seen.is_whole else ""
    if seen.trunk is not None:
        trunk = f"{receptive_field(seen.trunk)} through windows alone"
        return "; ".join(filter(None, [whole, trunk]))
    if whole:
        return whole
    if seen.smallest != seen.size:
        smallest, largest = figures.sides(seen.smallest), figures.sides(seen.size)
        return f"{smallest} to {largest}, by the output's position"
    return ""
