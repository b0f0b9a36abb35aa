"""Which numbers of a network may change in the page, found by loading it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from archcalc.errors import ArchcalcError
from archcalc.network import Network, load_with
from archcalc.page.javascript import numbers_in
from archcalc.pictures.images import image_side
from archcalc.shape import Shape
from archcalc.variants import read_variant

OTHER_CLASSES = 37
"""Another number of classes than any network has."""
_LARGER = (37, 64)
"""How much larger the sides of other inputs are: a crop may depend on what a division leaves."""


class Variable(NamedTuple):
    """What a reader may set: classes, as the node, the field and the value of each; the input."""

    classes: list[tuple[int, int, int]]
    input: bool


def what_varies(net: Network) -> Variable:
    """What may be set of a network, so that the same formulas give what archcalc would."""
    return Variable(_classes(net), image_side(net) is not None and _is_input_free(net))


def _classes(net: Network) -> list[tuple[int, int, int]]:
    """The fields that are the number of classes, where they are all that depends on it."""
    model = read_variant(net.spelled or net.name)
    if "num_classes" in net.settings or "num_classes" in model.settings:
        return []
    changed = _changed(net, _loaded(net, {"num_classes": OTHER_CLASSES}, None))
    if not changed or any(after != OTHER_CLASSES for *_, after in changed):
        return []
    return [(i, k, before) for i, k, before, _ in changed] if _is_one(changed) else []


def _is_one(changed: list[tuple[int, int, int, int]]) -> bool:
    return len({before for _, _, before, _ in changed}) == 1


def _is_input_free(net: Network) -> bool:
    """Whether it takes inputs of other sizes, and no field depends on them, as that of a crop does.

    A network that some sizes fit refuses the others in the page too.
    """
    assert isinstance(net.input, Shape)
    channels, *sides = net.input
    others = [
        other
        for more in _LARGER
        if (other := _loaded(net, net.settings, [channels, *(s + more for s in sides)]))
    ]
    return bool(others) and all(_changed(net, other) == [] for other in others)


def _loaded(net: Network, settings: Mapping[str, Any], input: list[int] | None) -> Network | None:
    try:
        return load_with(
            net.spelled or net.name, settings, input=input, batch=net.batch, mode=net.mode,
            bytes_per_number=net.bytes_per_number,
        )  # fmt: skip
    except ArchcalcError:
        return None


def _changed(net: Network, other: Network | None) -> list[tuple[int, int, int, int]] | None:
    """The node, field, value and other value of each number that differs; None where more does."""
    if other is None or len(net.nodes) != len(other.nodes):
        return None
    found = []
    for i, (a, b) in enumerate(zip(net.nodes, other.nodes, strict=True)):
        if a.op is b.op or a.op == b.op:
            continue
        before, after = list(numbers_in(a.op)), list(numbers_in(b.op))
        is_like = type(a.op) is type(b.op) and a.inputs == b.inputs and len(before) == len(after)
        if not is_like or not before or before == after:
            return None
        pairs = enumerate(zip(before, after, strict=True))
        differ = [(i, k, x, y) for k, (x, y) in pairs if x != y]
        found += differ
    return found
