"""The nodes of a fragment, made of items: an op of its fields' values, for the shapes it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archcalc.arithmetic import plain
from archcalc.errors import did_you_mean, quote
from archcalc.expressions.expression import length
from archcalc.language.budget import VALUES_AN_ITEM, Budget
from archcalc.language.fragment import LETTERS_AN_ITEM, Flow, Fragment, Layer, Use
from archcalc.language.model import Item, ItemError
from archcalc.ops.fields import written
from archcalc.ops.kinds import FieldError
from archcalc.ops.op import MANY, Op, OpError
from archcalc.ops.pool import MaxPool2d
from archcalc.ops.registry import create

LARGEST_SIZE = 10**30
"""The largest size of a tensor along one axis: layers that enlarge their map multiply."""
HIGHEST_RANK = 64
"""The most axes of a tensor, as in torch: layers that look values up add one each."""
ITEMS_A_LAYER = 4
"""How many items a layer takes as long as that is not like an earlier one."""


class Nodes:
    """The nodes that the items of one block, or of the network, make."""

    def __init__(self, fragment: Fragment, budget: Budget):
        self.fragment, self.budget = fragment, budget
        self.sharing: set[tuple[int, int]] = set()
        """The layers, each with one whose parameters it can use, by their ids."""

    def add(
        self,
        item: Item,
        make: Callable[[], Op],
        values: tuple[Any, ...],
        name: str,
        flow: Flow,
        weights: int | None = None,
    ) -> Flow:
        """Append a node; returns its output.

        Its op is made unless the item has made one of the same values for the same shapes, for this
        network or for another of the file.
        `weights` is the number of the node whose parameters it uses.
        """
        # Of equal sizes, tokens are read otherwise.
        key = (item, values, flow.shapes, *map(type, flow.shapes))
        layer = self.budget.layers.get(key)
        if layer is None:
            self.budget.charge(ITEMS_A_LAYER + values_in(values) // VALUES_AN_ITEM)
            layer = self.budget.layers[key] = self._layer(item, make(), name, flow)
        if weights is not None:
            other = self.fragment.layer(weights)
            self.check_shared(item, layer, other, self.fragment.name(weights))
        if len(name) > LETTERS_AN_ITEM:
            self.budget.charge(len(name) // LETTERS_AN_ITEM)
        return self.fragment.add(name, layer, flow, weights)

    def _layer(self, item: Item, op: Op, name: str, flow: Flow) -> Layer:
        """An op that takes the shapes of a flow."""
        if op.arity not in (MANY, len(flow.at)):
            got = len(flow.at)
            takes = takes_one(got) if op.arity == 1 else f"takes {op.arity} inputs, got {got}"
            raise ItemError(item, f"{op.name} {takes}", node=name)
        op = op.settled(*flow.shapes)
        within = plain(op.weighted_layers)
        if within > 1:
            self.budget.charge(within)
        try:
            op.check(*flow.shapes)
        except OpError as error:
            problem = self.fragment.with_names(error.problem, flow)
            raise ItemError(item, problem, error.hint, node=name) from None
        shape = op.output(*flow.shapes)
        if len(shape) > HIGHEST_RANK:
            problem = f"its output has {len(shape)} axes, more than {HIGHEST_RANK}"
            raise ItemError(item, problem, node=name)
        for size in shape:
            if size > LARGEST_SIZE:
                raise ItemError(item, "its output has a size of more than 10^30", node=name)
        return Layer(op, flow.shapes, (shape,), item)

    def first_shared(self, item: Item, part: Fragment, earlier: Use | None, path: str) -> int:
        """The first node of an earlier use of a block, whose parameters another use takes.

        Raises:
            ItemError: that use has other layers, or layers of other sizes.
        """
        if earlier is None:
            raise ItemError(item, f"weights: {quote(path)} is no use of a block")
        self.budget.charge(part.work + earlier.part.work)
        ours, theirs = list(part.placed()), list(earlier.part.placed())
        if [name for name, _ in ours] != [name for name, _ in theirs]:
            raise ItemError(item, f"weights: {quote(path)} has other layers")
        for (name, layer), (_, other) in zip(ours, theirs, strict=True):
            self.check_shared(item, layer, other, f"{path}.{name}")
        return earlier.start

    def check_shared(self, item: Item, layer: Layer, other: Layer, path: str) -> None:
        """Check that the parameters of another layer are like a layer's own.

        Raises:
            ItemError: they have other names or sizes.
        """
        pair = (id(layer), id(other))
        if pair in self.sharing:
            return
        theirs = other.op.parameter_shapes(*other.input_shapes)
        ours = layer.op.parameter_shapes(*layer.input_shapes)
        if not ours and layer.op.parameters(*layer.input_shapes):
            problem = f"{layer.op.name} cannot use the parameters of {quote(path)}"
            raise ItemError(item, f"weights: {problem}")
        for key, shape in ours.items():
            if key not in theirs:
                raise ItemError(item, f"weights: {quote(path)} has no {key} to share")
            if theirs[key] != shape:
                has, needs = ("x".join(map(str, sizes)) for sizes in (theirs[key], shape))
                what = f"the {key} of {quote(path)} is {has}, this one's {needs}"
                raise ItemError(item, f"weights: {what}")
        self.sharing.add(pair)

    def pooling(self, item: Item, field: str, path: str, at: int) -> Op:
        """The pooling that a field names.

        Raises:
            ItemError: it is another layer.
        """
        op = self.fragment.layer(at).op
        if not isinstance(op, MaxPool2d):
            raise ItemError(item, f"{field} {quote(path)} is a {op.name}, no max_pool2d")
        return op


def values_in(values: tuple[Any, ...]) -> int:
    """How many values there are in the lists among some values."""
    return sum([length(value) for value in values if type(value) is tuple])


def takes_one(got: int) -> str:
    """What is said of an op or a block that cannot take so many inputs."""
    return f"takes one input, got {got} (branches without a join?)"


def op_of(item: Item, op: type[Op], values: Mapping[str, Any]) -> Op:
    """The op of an item with its fields.

    Raises:
        ItemError: a field does not take its value.
    """
    try:
        return create(op, values)
    except FieldError as error:
        raise ItemError(item, str(error)) from None


def held_op(item: Item, argument: str, op: Any, given: Mapping[str, Any]) -> Op:
    """An op that an argument holds.

    Raises:
        ItemError: it holds none, or one that does not take these fields.
    """
    if not (isinstance(op, type) and issubclass(op, Op)):
        raise ItemError(item, f"argument {quote(argument)} is {written(op)}, no block or op")
    infos = op.field_infos
    for key in given:
        if key not in infos:
            hint = did_you_mean(key, infos)
            raise ItemError(item, f"{op.name} has no field {quote(key)}", hint)
    for key in op.required_fields:
        if key not in given:
            raise ItemError(item, f"field {quote(key)} of {op.name} is missing")
    return op_of(item, op, given)
