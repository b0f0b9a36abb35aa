"""Some networks by the output stride of their layers, a division that all of them have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc import field_figures, figures
from archcalc.analysis.output_strides import OutputStride, order_of_strides
from archcalc.network import Network
from archcalc.pictures.lettering import cut_to, room_for
from archcalc.pictures.pen import Pen
from archcalc.pictures.picture import Picture
from archcalc.pictures.stride_costs import StrideCost, by_output_stride

_ROLES = ("kind-1x1", "kind-linear", "kind-depthwise", "kind-products")
MOST_SIDE_BY_SIDE = len(_ROLES)
_WIDTH, _TOP, _BAR = 880, 92, 15


def maps_picture(networks: Sequence[Network]) -> Picture:
    """Two to four networks side by side."""
    costs = [by_output_stride(net) for net in networks]
    strides = sorted({stride for found in costs for stride in found}, key=order_of_strides)
    row = _BAR * len(networks) + 16
    height = _TOP + len(strides) * row + 8 + 20 * len(networks)
    title = " / ".join(net.title for net in networks)
    pen = Pen(_WIDTH, height, title, _facts(networks, costs))
    pen.text(14, 26, cut_to(title, _WIDTH - 28, 17), size=17, bold=True)
    subtitle = "cost by output stride: along a side, input positions for each of the map's"
    pen.text(14, 47, subtitle, fill="muted")
    labels = max(room_for(str(stride), 12) for stride in strides)
    sizes = max(room_for(cost.maps, 11) for found in costs for cost in found.values())
    left = 14 + max(labels, room_for("stride", 12)) + 12 + sizes + 12
    pen.text(14, _TOP - 14, "stride", bold=True)
    pen.text(left - 12, _TOP - 14, "map", bold=True, anchor="end")
    width = (_WIDTH - left - 10) / 2
    for place, noun in enumerate(("parameters", "MACs")):
        x = left + place * width
        pen.text(x, _TOP - 14, noun, bold=True)
        pen.line((x, _TOP - 4), (x, _TOP + len(strides) * row - 8), "grid")
        values = [[_value(found.get(stride), place) for stride in strides] for found in costs]
        most = max(max(of_net) for of_net in values)
        for i, stride in enumerate(strides):
            y = _TOP + i * row
            for k, net in enumerate(networks):
                total = (net.parameters, net.macs)[place]
                _bar(pen, (x, y + k * _BAR), values[k][i], total, most, width - 122, k)
            if not place:
                pen.text(14, y + 10, str(stride), bold=True)
                _sizes(pen, left - 12, y, [found.get(stride) for found in costs])
    for k, net in enumerate(networks):
        y = _TOP + len(strides) * row + 18 + 20 * k
        pen.rect(left, y - 10, 12, 12, _ROLES[k], radius=2)
        pen.text(left + 20, y, cut_to(_totals(net), _WIDTH - left - 30, 12))
    return pen.picture("maps " + " ".join(net.name for net in networks))


def _value(cost: StrideCost | None, place: int) -> int:
    return 0 if cost is None else (cost.parameters, cost.macs)[place]


def _sizes(pen: Pen, x: float, y: float, costs: Sequence[StrideCost | None]) -> None:
    """The sizes of each network's maps beside its bars; once where they are the same in all."""
    said = [cost.maps if cost is not None else "" for cost in costs]
    for k, text in enumerate(said[:1] if len(set(said)) == 1 else said):
        pen.text(x, y + k * _BAR + 10, text, fill="muted", size=11, anchor="end")


def _bar(
    pen: Pen, at: tuple[float, float], value: int, total: int, most: int, width: float, k: int
) -> None:
    x, y = at
    length = max(width * value / most, 0.5) if value else 0
    if value:
        pen.rect(x, y, length, _BAR - 3, _ROLES[k], radius=1.5)
    said = f"{figures.short(value)} {figures.percent(value, total)}" if value else "none"
    pen.text(x + length + 5, y + 10, said, fill="muted", size=11)


def _totals(net: Network) -> str:
    return (
        f"{net.title}: {figures.short(net.parameters)} parameters, {figures.short(net.macs)} MACs, "
        f"depth {net.depth}, RF {field_figures.receptive_field(net.receptive_field)}, "
        f"peak {figures.memory(net.memory_peak)}"
    )


def _facts(networks: Sequence[Network], costs: Sequence[Mapping[OutputStride, StrideCost]]) -> str:
    found = []
    for net, by_stride in zip(networks, costs, strict=True):
        if not by_stride:
            found.append(f"{net.title} has neither parameters nor MACs.")
            continue
        where = [max(by_stride, key=lambda s: _value(by_stride[s], place)) for place in (0, 1)]
        words = [s if isinstance(s, str) else f"stride {s}" for s in where]
        found.append(f"{net.title} has most parameters at {words[0]}, most MACs at {words[1]}.")
    return " ".join(found)
