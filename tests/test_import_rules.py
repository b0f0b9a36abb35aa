"""Every rule of the importer, broken once, in every module where it shows.

What a rule says of a call is broken in each of its parts in turn: each field of the op, each size
of each input, each weight, the axis of samples. Import must refuse it, or it changes no figure:
where a broken rule says what no op can be, torch's own name or parts are taken in its place, which
cost what torch says. The modules are those that other tests count, and one for each example of each
op; together they use every rule.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

import archcalc
from archcalc.frozen import Frozen
from archcalc.graph import Graph, NamedInputs, Node
from archcalc.importer import recognition
from archcalc.importer.called import Free
from archcalc.importer.copying import meta_copy
from archcalc.importer.drafts import Ownership
from archcalc.importer.graphs import graph_of
from archcalc.importer.heard import Listening
from archcalc.importer.nested import sizes_alone
from archcalc.importer.passes import listen
from archcalc.importer.refusal import ImportRefused
from archcalc.importer.rules import is_known, rule_of
from archcalc.importer.rules.table import RULES_OF_CALLS
from archcalc.importer.sites import CannotSay, Raised
from archcalc.importer.torchs_own import check_totals
from archcalc.language.model import Preset
from archcalc.network import Network
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape
from archcalc.twin import module as twin
from tests.habits import HABITS
from tests.op_examples import fields_of
from tests.worked_modules import CASES, made

SAMPLES = 5
"""More than one, and no size of an example."""


# --- the modules ----------------------------------------------------------------------------------


def of_example(name: str, place: int) -> tuple[nn.Module, tuple[Any, ...]]:
    """The module of one example of an op, with its inputs."""
    example = OPS[name].examples[place]
    op = create(OPS[name], fields_of(example))
    shapes = tuple(Shape(*sizes) for sizes in example.inputs)
    inputs = NamedInputs({f"x{i}": shape for i, shape in enumerate(shapes)})
    node = Node("op", op, tuple(inputs), shapes, Shape(*example.output), "")
    module = twin.on_meta(Graph(inputs, (node,), ("op",)))
    given = tuple(torch.empty(SAMPLES, *shape, device="meta") for shape in shapes)
    module(*given)  # lazy layers find their sizes
    return module, given


EXAMPLES = [
    f"{name} {place}"
    for name, cls in OPS.items()
    for place, example in enumerate(cls.examples)
    if cls.value_inputs != 0
]
USERS = {build.__name__: (build, sizes, whole) for build, sizes, whole in HABITS}


def module_called(name: str) -> tuple[nn.Module, tuple[Any, ...]]:
    """A module of the tests, with its inputs."""
    if name in CASES:
        module, x = made(name)
        return module, (x,)
    if name in USERS:
        build, sizes, whole = USERS[name]
        kinds = [torch.int64 if i in whole else torch.float32 for i in range(len(sizes))]
        return build(), tuple(torch.zeros(s, dtype=k) for s, k in zip(sizes, kinds, strict=True))
    op, place = name.split()
    return of_example(op, int(place))


class Spelled(nn.Module):
    """Calls one operator of torch by its name."""

    def __init__(self, call: Any):
        super().__init__()
        self.call = call
        self.matrix = nn.Parameter(torch.zeros(6, 7))
        self.vector, self.bias = nn.Parameter(torch.zeros(6)), nn.Parameter(torch.zeros(7))
        self.kernel = nn.Parameter(torch.zeros(2, 3, 3, 3))

    def forward(self, x: Any) -> Any:
        return self.call(self, x * 2, x)


@cache
def of_torchvision() -> Any:
    """Its operators, or of those that rules are for at least their shapes."""
    try:
        import torchvision  # noqa: F401
    except ImportError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        sizes = "stride_h stride_w pad_h pad_w dilation_h dilation_w groups offset_groups"
        tensors = "Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias"
        given = ", ".join(f"int {name}" for name in sizes.split())
        library.define(f"deform_conv2d({tensors}, {given}, bool use_mask) -> Tensor")
        library.impl("deform_conv2d", _shape_of_deformed, "Meta")
        KEPT.append(library)
    return torch.ops.torchvision


KEPT: list[Any] = []


def _shape_of_deformed(x: Any, weight: Any, offset: Any, *_: Any) -> Any:
    return x.new_empty(x.shape[0], weight.shape[0], *offset.shape[2:])


def deformed(net: Any, x: Any, _: Any) -> Any:
    """A deformable convolution with a mask."""
    moved, mask = x.new_zeros(SAMPLES, 18, 2, 4), x.new_zeros(SAMPLES, 9, 2, 4)
    given: tuple[Any, ...] = (
        x,
        net.kernel,
        moved,
        mask,
        x.new_zeros(2),
        1,
        1,
        0,
        0,
        1,
        1,
        1,
        1,
        True,
    )
    return of_torchvision().deform_conv2d(*given)


aten = torch.ops.aten
IN_PLACE = (
    "relu relu6 sigmoid hardsigmoid silu hardswish mish tanh hardtanh leaky_relu elu gelu selu"
)
TWO = "add_ sub_ subtract_ mul_ multiply_ div_ divide_ subtract multiply divide"
OTHERS = "exp log sqrt square abs"
SPELLED: dict[str, Any] = {
    **{
        f"{word}_": lambda _, y, x, word=word: getattr(aten, f"{word}_")(y)
        for word in f"{IN_PLACE} {OTHERS}".split()
    },
    **{word: lambda _, y, x, word=word: getattr(aten, word)(y, x) for word in TWO.split()},
    "relu6": lambda _, y, x: aten.relu6(y),
    "dropout_": lambda _, y, x: aten.dropout_(y, 0.1, False),
    "feature_dropout": lambda _, y, x: aten.feature_dropout(y, 0.1, False),
    "feature_dropout_": lambda _, y, x: aten.feature_dropout_(y, 0.1, False),
    "_softmax": lambda _, y, x: aten._softmax(y, 1, False),
    "_log_softmax": lambda _, y, x: aten._log_softmax(y, 2, False),
    "_unsafe_view": lambda _, y, x: aten._unsafe_view(y, [SAMPLES, 3, 24]),
    "_reshape_alias": lambda _, y, x: aten._reshape_alias(y, [SAMPLES, 3, 24], [72, 24, 1]),
    "reshape_as": lambda _, y, x: aten.reshape_as(y, x.new_empty(SAMPLES, 12, 6)),
    "view_as": lambda _, y, x: aten.view_as(y, x.new_empty(SAMPLES, 12, 6)),
    "movedim": lambda _, y, x: aten.movedim(y, [1, 2], [3, 1]),
    "moveaxis": lambda _, y, x: aten.moveaxis(y, 1, 3),
    "swapaxes": lambda _, y, x: aten.swapaxes(y, 1, 3),
    "swapdims": lambda _, y, x: aten.swapdims(y, 1, 2),
    "numpy_T": lambda _, y, x: aten.numpy_T(y),
    "mT": lambda _, y, x: aten.mT(y),
    "narrow": lambda _, y, x: aten.narrow(y, 2, 1, 2),
    "concat": lambda _, y, x: aten.concat([y, x], 1),
    "concatenate": lambda _, y, x: aten.concatenate([y, x[:, :1]], 1),
    "constant_pad_nd": lambda _, y, x: aten.constant_pad_nd(y, [1, 2], 0.0),
    "convolution": lambda net, y, x: aten.convolution(
        y, net.kernel, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1
    ),
    "_convolution": lambda net, y, x: aten._convolution(
        *(y, net.kernel, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, False, False, True, True)
    ),
    "_adaptive_avg_pool2d": lambda _, y, x: aten._adaptive_avg_pool2d(y, [2, 2]),
    "mm": lambda net, y, x: aten.mm(y[:, 0, 0], net.matrix),
    "addmm": lambda net, y, x: aten.addmm(net.bias, y[:, 0, 0], net.matrix),
    "mv": lambda net, y, x: aten.mv(y[:, 0, 0], net.vector),
    "_grouped_mm": lambda net, y, x: aten._grouped_mm(
        y[:, 0, 0], net.matrix[None], y[0, 0, 0, :1].to(torch.int32)
    ),
    "deform_conv2d": deformed,
}
"""What no other module calls, on maps of 3x4x6: a product of twice the input, or both."""
NAMES = [*CASES, *USERS, *EXAMPLES, *(f"aten {word}" for word in SPELLED)]


# --- what rules say, and how it is broken ---------------------------------------------------------


class Break(NamedTuple):
    """A part of what a rule says, and the how-manieth way to change it."""

    part: str
    name: Any
    way: int = 0


def ways_to_change(op: Op, name: str) -> list[Any]:
    """Other values of a field."""
    value, kind = getattr(op, name), op.field_infos[name].kind
    words = kind.schema.get("enum", ())
    if isinstance(value, str):
        return [word for word in words if word != value]
    if isinstance(value, tuple) and value and isinstance(value[0], int):
        first, *rest = value
        found: list[Any] = [(first + 1, *rest)]
        return [*found, (*value[:-1], value[-1] + 1)] if rest else found
    if isinstance(value, int):
        return [1 - value] if value in (0, 1) else [value + 1, value - 1]
    return [value + 1] if isinstance(value, Fraction) else []


def breaks_of(raised: Raised) -> Iterator[Break]:
    """All the ways to break what a rule said of a call."""
    for name in raised.op.field_infos:
        if name != "weights":
            for way in range(len(ways_to_change(raised.op, name))):
                yield Break("field", name, way)
    for i, (_, shape) in enumerate(raised.inputs):
        yield from (Break("size", (i, axis)) for axis in range(len(shape)))
        yield Break("input", i)
    yield from (Break("weight", i) for i in range(len(raised.weights)))
    yield Break("once for all", None)
    yield Break("another axis", None)


def broken(raised: Raised, how: Break) -> Raised:
    """What a rule says, changed in one part; as it is where it has no such part."""
    if how.part == "field" and how.name in raised.op.field_infos:
        values = ways_to_change(raised.op, how.name)
        if how.way < len(values):
            op = raised.op.replaced(**{how.name: values[how.way]})
            return dataclasses.replace(raised, op=op)
    if how.part == "size":
        place, axis = how.name
        inputs = list(raised.inputs)
        if place < len(inputs) and axis < len(inputs[place][1]):
            heard, shape = inputs[place]
            inputs[place] = heard, shape.with_size(axis, shape[axis] + 1)
        return dataclasses.replace(raised, inputs=inputs)
    if how.part == "input":
        return dataclasses.replace(raised, inputs=without_one(raised.inputs, how.name))
    if how.part == "weight":
        return dataclasses.replace(raised, weights=without_one(raised.weights, how.name))
    if how.part == "once for all":
        return dataclasses.replace(raised, axis=None)
    if how.part == "another axis":
        return dataclasses.replace(raised, axis=1 if raised.axis in (None, 0) else 0)
    return raised


def without_one(items: Sequence[Any], place: int) -> list[Any]:
    return [item for i, item in enumerate(items) if i != place]


class Passes:
    """What is heard of a module, of which a graph is made again and again."""

    def __init__(self, name: str):
        self.name = name
        if name.startswith("aten "):
            module: Any = Spelled(SPELLED[name.removeprefix("aten ")])
            given: Any = (torch.zeros(SAMPLES, 3, 4, 6),)
        else:
            module, given = module_called(name)
        self.module, self.given = meta_copy(module).eval(), sizes_alone(given)
        self.heard: dict[Any, Listening] = {}

    def listen(self, apart: Any) -> Listening:
        """A pass, as if it was heard only now."""
        if apart not in self.heard:
            self.heard[apart] = listen(self.module, self.given, {}, is_known, None, apart)
            self.heard[apart].input_names = [f"x{i}" for i in range(len(self.given))]
        for call in self.heard[apart].calls:
            for value in call.makes:
                value.axis = None
        return self.heard[apart]

    def figures(self) -> Any:
        """What it costs in all, and how many numbers it gives.

        Raises:
            ImportRefused: something in it is wrong.
        """
        found = graph_of(self.listen, self.name)
        preset = Preset(self.name, Frozen(), self.name, self.name, None, "", ())
        net = Network(self.name, preset, found.graph, found.batch)
        check_totals(net, found.record)
        shapes = {node.name: node.shape for node in found.graph.nodes}
        given = {
            shapes[name].elements * found.graph.samples.get(name, found.batch)
            for name in found.graph.outputs
        }
        return net.parameters, net.buffers, net.macs, given


# --- every rule, broken ---------------------------------------------------------------------------


class Rules:
    """The rules, which note what they say, and of which one is broken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.said: dict[str, dict[Break, None]] = {}
        self.word, self.how = "", Break("", None)
        for word, rule in RULES_OF_CALLS.items():
            monkeypatch.setitem(RULES_OF_CALLS, word, self.noting(word, rule))
        for word in ("given_part", "index_of"):
            monkeypatch.setattr(recognition, word, self.noting(word, getattr(recognition, word)))
        rule_of.cache_clear()

    def noting(self, word: str, rule: Any) -> Any:
        """A rule that notes what it says, and is broken when it is its turn."""

        def noted(*given: Any) -> Raised:
            raised: Raised = rule(*given)
            if not self.word:
                self.said.setdefault(word, {}).update(dict.fromkeys(breaks_of(raised)))
            return broken(raised, self.how) if word == self.word else raised

        return noted


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rules]:
    with monkeypatch.context() as patched:
        yield Rules(patched)
    rule_of.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_that_is_broken_is_refused(name: str, rules: Rules) -> None:
    """In modules of one op each way to break a rule is tried, in others until one is refused."""
    passes = Passes(name)
    whole = passes.figures()
    is_whole_network = name in CASES or name in USERS
    silent = []
    for word, ways in rules.said.items():
        refused = 0
        for how in ways:
            rules.word, rules.how = word, how
            try:
                if passes.figures() != whole:
                    silent.append((word, how))
            except ImportRefused:
                refused += 1
                if is_whole_network:
                    break
        assert refused or is_whole_network, f"{word}: nobody notices any of {len(ways)} breaks"
    assert silent == []


def test_the_modules_use_every_rule(rules: Rules) -> None:
    for name in NAMES:
        Passes(name).figures()
    assert sorted(RULES_OF_CALLS.keys() - rules.said.keys()) == []


@pytest.mark.parametrize("name", [*CASES, *USERS])
def test_a_product_that_is_said_to_be_free_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = Passes(name)
    passes.figures()
    monkeypatch.setattr(recognition, "rule_of", lambda _: None)
    monkeypatch.setattr(recognition, "free_of", lambda _: Free("it only arranges numbers"))
    with pytest.raises(ImportRefused, match="no rule for"):
        passes.figures()


def test_parts_that_multiply_otherwise_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def says_nothing(site: Any) -> Raised:
        raise CannotSay

    monkeypatch.setitem(RULES_OF_CALLS, "mv", says_nothing)
    rule_of.cache_clear()
    try:
        with pytest.raises(ImportRefused, match=r"aten\.mv as it is used here, whose parts"):
            Passes("aten mv").figures()
    finally:
        rule_of.cache_clear()


def test_totals_are_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ownership, "unread", lambda self: [])
    with pytest.raises(ImportRefused, match=r"computes 72 parameters.*, torch 117 parameters"):
        archcalc.from_torch(*made("layer that runs twice"))
