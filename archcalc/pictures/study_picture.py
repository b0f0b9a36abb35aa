"""The members of a study as bars, each read against the one that it is set against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc import figures
from archcalc.network import Network
from archcalc.pictures.field_bars import field_text
from archcalc.pictures.lettering import cut_to, room_for
from archcalc.pictures.pen import Pen
from archcalc.pictures.picture import Picture

_WIDTH, _TOP, _ROW, _BAR = 880, 78, 32, 13
_NAMES = 300


def ordered(members: Sequence[Network]) -> list[Network]:
    """The members of a study, each behind the one that it is set against."""
    by_name = {net.preset.name: net for net in members}
    first = [net for net in members if net.preset.against not in by_name]
    found = []
    for reference in first:
        found.append(reference)
        found += [net for net in members if net.preset.against == reference.preset.name]
    return found + [net for net in members if net not in found]


def costs_of(rows: Sequence[Network]) -> dict[str, list[int]]:
    """What each member has of parameters and MACs; where none has any, of other operations."""
    found = {"parameters": [net.parameters for net in rows], "MACs": [net.macs for net in rows]}
    if any(map(any, found.values())):
        return found
    kinds = dict.fromkeys(kind for net in rows for kind in net.operations)
    others = {f"operations: {k}": [net.operations.get(k, 0) for net in rows] for k in kinds}
    return others or found


def study_picture(members: Sequence[Network]) -> Picture:
    """The picture of the members of one study."""
    rows = ordered(members)
    by_name = {net.preset.name: i for i, net in enumerate(rows)}
    against = [by_name.get(net.preset.against) for net in rows]
    title = members[0].family
    costs = costs_of(rows)
    pen = Pen(_WIDTH, _TOP + len(rows) * _ROW + 8, title, _facts(rows, costs, against))
    pen.text(14, 26, cut_to(title, 500, 16), size=16, bold=True)
    names = [cut_to(net.title, _NAMES, 12) for net in rows]
    seen = [field_text(net.receptive_field) for net in rows]
    right = _WIDTH - 20 - max(room_for(text, 12) for text in ("RF", *seen))
    left = 14 + 14 + max(room_for(name, 12, bold=True) for name in names) + 14
    for heading, x in (("depth", right - 62), ("RF", right)):
        pen.text(x, _TOP - 14, heading, fill="muted", bold=True)
    for i, (net, name) in enumerate(zip(rows, names, strict=True)):
        y = _TOP + i * _ROW
        pen.line((8, y), (_WIDTH - 8, y), "grid")
        pen.text(14 if against[i] is None else 28, y + 21, name, bold=against[i] is None)
        pen.text(right - 62, y + 21, str(net.depth))
        pen.text(right, y + 21, seen[i])
    width = (right - 62 - left - 14) / len(costs)
    for number, (heading, values) in enumerate(costs.items()):
        _bars(pen, left + number * width, width, heading, values, against)
    return pen.picture(f"study {title}")


def _bars(
    pen: Pen,
    x: float,
    width: float,
    heading: str,
    values: Sequence[int],
    against: Sequence[int | None],
) -> None:
    """A column of bars, each read against the row that `against` has for it."""
    pen.text(x, _TOP - 14, heading, fill="muted", bold=True)
    written = [f"{v:,}" if heading == "parameters" else figures.short(v) for v in values]
    ratios = _ratios(values, against)
    room = max(room_for(text, 11.5) for text in written)
    room += max(room_for(ratio, 11.5, bold=True) for ratio in ratios)
    longest, most = max(width - room - 32, 30), max(values)
    for i, (value, text, ratio) in enumerate(zip(values, written, ratios, strict=True)):
        y = _TOP + i * _ROW
        length = max(longest * value / most, 0.5) if value else 0
        pen.rect(x, y + 10, length, _BAR, "plain", radius=1.5)
        pen.text(x + length + 6, y + 21, text, size=11.5)
        if ratio:
            role = "fewer" if "fewer" in ratio else "more" if ratio != "equal" else "muted"
            after = x + length + 12 + room_for(text, 11.5)
            pen.text(after, y + 21, ratio, fill=role, size=11.5, bold=True)


def _ratios(values: Sequence[int], against: Sequence[int | None]) -> list[str]:
    """How each value compares with that of the row it is set against; nothing where one is 0."""
    return [
        "" if at is None or (value != values[at] and not (value and values[at]))
        else figures.against(value, values[at])
        for value, at in zip(values, against, strict=True)
    ]  # fmt: skip


def _facts(
    rows: Sequence[Network], costs: Mapping[str, Sequence[int]], against: Sequence[int | None]
) -> str:
    ratios = {heading: _ratios(values, against) for heading, values in costs.items()}
    found = []
    for i, (net, at) in enumerate(zip(rows, against, strict=True)):
        said = [f"{heading} {ratios[heading][i]}" for heading in costs if ratios[heading][i]]
        if at is not None and said:
            found.append(f"{net.title} against {rows[at].title}: {', '.join(said)}.")
    alone = [
        f"{net.title}: {figures.short(net.parameters)} parameters, {figures.short(net.macs)} MACs."
        for net in rows
    ]
    return " ".join(found or alone)
