"""The members of a study as bars, each read against the one that it is set against."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc import figures
from archcalc.network import Network
from archcalc.pictures.lettering import cut_to, room_for
from archcalc.pictures.pen import Pen
from archcalc.pictures.picture import Picture

_WIDTH, _TOP, _ROW, _BAR = 880, 78, 32, 13
_NAMES = 250


def ordered(members: Sequence[Network]) -> list[Network]:
    """The members of a study, each behind the one that it is set against."""
    by_name = {net.preset.name: net for net in members}
    first = [net for net in members if net.preset.against not in by_name]
    found = []
    for reference in first:
        found.append(reference)
        found += [net for net in members if net.preset.against == reference.preset.name]
    return found + [net for net in members if net not in found]


def study_picture(members: Sequence[Network]) -> Picture:
    """The picture of the members of one study."""
    by_name = {net.preset.name: net for net in members}
    rows = ordered(members)
    title = members[0].family
    pen = Pen(_WIDTH, _TOP + len(rows) * _ROW + 8, title, _facts(rows, by_name))
    pen.text(14, 26, cut_to(title, 500, 16), size=16, bold=True)
    names = [cut_to(net.title, _NAMES, 12) for net in rows]
    left = 14 + 14 + max(room_for(name, 12) for name in names) + 14
    width = (_WIDTH - left - 130) / 2
    columns = [(left, "parameters"), (left + width, "macs")]
    said = [_against(net, by_name, key) for net in rows for _, key in columns]
    texts = [f"{net.parameters:,}" for net in rows]
    room = max(room_for(text, 11.5) for text in texts) + 10 + max(room_for(s, 11.5, bold=True)
                                                                  for s in said)  # fmt: skip
    longest = max(width - room - 22, 30)
    for x, key in columns:
        pen.text(x, _TOP - 14, "MACs" if key == "macs" else key, fill="muted", bold=True)
    for x, heading in ((_WIDTH - 118, "depth"), (_WIDTH - 56, "RF")):
        pen.text(x, _TOP - 14, heading, fill="muted", bold=True)
    for i, (net, name) in enumerate(zip(rows, names, strict=True)):
        y = _TOP + i * _ROW
        is_reference = net.preset.against not in by_name
        pen.line((8, y), (_WIDTH - 8, y), "grid")
        pen.text(14 if is_reference else 28, y + 21, name, bold=is_reference)
        for x, key in columns:
            value = getattr(net, key)
            most = max(getattr(each, key) for each in rows)
            length = max(longest * value / most, 0.5) if value else 0
            pen.rect(x, y + 10, length, _BAR, "plain", radius=1.5)
            text = f"{value:,}" if key == "parameters" else figures.short(value)
            at = x + length + 6
            pen.text(at, y + 21, text, size=11.5)
            ratio = _against(net, by_name, key)
            role = "fewer" if "fewer" in ratio else "more" if ratio != "equal" else "muted"
            if ratio:
                pen.text(at + room_for(text, 11.5) + 6, y + 21, ratio, fill=role, size=11.5,
                         bold=True)  # fmt: skip
        pen.text(_WIDTH - 118, y + 21, str(net.depth))
        seen = figures.receptive_field(net.receptive_field)
        pen.text(_WIDTH - 56, y + 21, "all" if seen == "whole" else cut_to(seen, 48, 12))
    return pen.picture(f"study {title}")


def _against(net: Network, by_name: dict[str, Network], key: str) -> str:
    reference = by_name.get(net.preset.against)
    if reference is None:
        return ""
    return figures.against(getattr(net, key), getattr(reference, key))


def _facts(rows: Sequence[Network], by_name: dict[str, Network]) -> str:
    found = [
        f"{net.title} against {by_name[net.preset.against].title}: parameters "
        f"{_against(net, by_name, 'parameters')}, MACs {_against(net, by_name, 'macs')}."
        for net in rows
        if net.preset.against in by_name
    ]
    alone = [
        f"{net.title}: {figures.short(net.parameters)} parameters, {figures.short(net.macs)} MACs."
        for net in rows
    ]
    return " ".join(found or alone)
