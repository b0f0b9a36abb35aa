"""Which numbers of a network may change in the page: those that nothing in its spec reads but as
they are; where something does, found by loading it otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from archcalc.errors import ArchcalcError
from archcalc.expressions.expression import ExpressionError
from archcalc.language.allowed import check_argument
from archcalc.language.model import Spec
from archcalc.names import catalog
from archcalc.names.variants import read_variant
from archcalc.network import Network, load_with
from archcalc.page.javascript import numbers_in, position_of
from archcalc.page.reads import UsedItems, fields_that_are, first_item, shapes_with
from archcalc.pictures.images import image_side
from archcalc.shape import Shape

OTHER_CLASSES = 37
"""Another number of classes than any network has."""
_LARGER = (64, 37)
"""How much larger the sides of other inputs are: a crop may depend on what a division leaves."""

Fields = list[tuple[int, int, int]]
"""Numbers of a network: the node, which of its op's numbers, and its value."""


class Variable(NamedTuple):
    """What a reader may set: classes, as the node, the field and the value of each; the input."""

    classes: Fields
    input: bool


def what_varies(net: Network) -> Variable:
    """What may be set of a network, so that the same formulas give what archcalc would."""
    spec = None if net.origin else catalog.find(net.spelled or net.name)[0]
    return Variable(_classes(net, spec), image_side(net) is not None and _is_input_free(net, spec))


def _classes(net: Network, spec: Spec | None) -> Fields:
    """The fields that are the number of classes, where they are all that depends on it."""
    model = read_variant(net.spelled or net.name)
    if "num_classes" in net.settings or "num_classes" in model.settings:
        return []
    if spec is None or "num_classes" not in spec.arguments:
        return []
    found = _named_classes(net, spec)
    return loaded_classes(net) if found is None else found


def _named_classes(net: Network, spec: Spec) -> Fields | None:
    """The fields that the spec says are the number of classes; None where that is not all."""
    fields = fields_that_are(spec, "num_classes")
    if fields is None or UsedItems(spec).depends_on_layers or not isinstance(net.input, Shape):
        return None
    try:
        check_argument(spec.arguments["num_classes"], OTHER_CLASSES, {})
    except ExpressionError:
        return None
    places, changed = [], {}
    for i, node in enumerate(net.nodes):
        if node.place in fields:
            field = fields[node.place]
            number, value = position_of(node.op, field), getattr(node.op, field)
            if number is None or value == OTHER_CLASSES:
                return None
            places.append((i, number, value))
            changed[node.name] = node.op.replaced(**{field: OTHER_CLASSES})
    if len({value for *_, value in places}) != 1:
        return []
    shapes = shapes_with(net.graph, net.input, changed)
    read = UsedItems(
        spec, first_item(spec, [net.graph.by_name[name].place for name in changed])
    ).axes
    return places if shapes and _keeps(read, net, shapes) else None


def _keeps(axes: frozenset[str], net: Network, after: Sequence[Shape]) -> bool:
    """Whether what expressions read of a network's shapes is the same in others."""
    if not axes:
        return True
    if not axes <= {"channels", "features"}:
        return False
    ends = [0 if axis == "channels" else -1 for axis in axes]
    both = zip(net.graph.shapes.values(), after, strict=True)
    return all(a[end] == b[end] for a, b in both for end in ends)


def _is_input_free(net: Network, spec: Spec | None) -> bool:
    """Whether it takes inputs of other sizes, and no field depends on them, as that of a crop does.

    A network that some sizes fit refuses the others in the page too.
    """
    used = None if spec is None else UsedItems(spec)
    if used is not None and not used.depends_on_layers:
        larger = (shapes_with(net.graph, _larger(net.input, more)) for more in _LARGER)
        # What the largest that fits does not change, one between them does not.
        shapes = next(filter(None, larger), None)
        if shapes is None:
            return False
        if _keeps(used.axes, net, shapes):
            return True
    return is_input_free_when_loaded(net)


def is_input_free_when_loaded(net: Network) -> bool:
    """The same, found by loading it with larger inputs."""
    larger = [[*_larger(net.input, more)] for more in _LARGER]
    others = [other for input in larger if (other := _loaded(net, net.settings, input))]
    return bool(others) and all(_changed(net, other) == [] for other in others)


def _larger(input: Any, more: int) -> Shape:
    """An image with longer sides."""
    channels, *sides = input
    return Shape(channels, *(side + more for side in sides))


def loaded_classes(net: Network) -> Fields:
    """The fields that are the number of classes, found by loading a network with another."""
    changed = _changed(net, _loaded(net, {"num_classes": OTHER_CLASSES}, None))
    if not changed or any(after != OTHER_CLASSES for *_, after in changed):
        return []
    is_one = len({before for _, _, before, _ in changed}) == 1
    return [(i, k, before) for i, k, before, _ in changed] if is_one else []


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
