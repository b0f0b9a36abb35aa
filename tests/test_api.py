"""What `load`, `explain`, `build` and `verify` take from Python, and what they refuse."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy
import pytest

from archcalc import ArchcalcError, SpecError, build, compare, explain, load, verify
from archcalc.errors import Problem
from archcalc.language.expand import expand
from archcalc.names import catalog
from archcalc.names.catalog import specs_folder
from archcalc.network import Network
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import Sum
from archcalc.verification import Refused

LENET = specs_folder() / "networks" / "lenet5.json"


@pytest.fixture(scope="module")
def net() -> Network:
    return load("lenet5")


def refusal(call: Callable[..., object], *arguments: Any, **settings: Any) -> str:
    """What a call is refused with."""
    with pytest.raises(ArchcalcError) as error:
        call(*arguments, **settings)
    return str(error.value)


def test_a_path_is_a_spec_file_whatever_its_name(tmp_path: Path) -> None:
    for path in (LENET, tmp_path / "lenet"):
        if path != LENET:
            path.write_bytes(LENET.read_bytes())
        assert load(path).parameters == 60_000


def test_a_path_is_never_a_built_in_name() -> None:
    assert refusal(load, Path("lenet5")) == "no file 'lenet5'"


@pytest.mark.parametrize(
    "error",
    [
        SpecError("my.json", [Problem("layers[0]", "is wrong", "write another", "in mini")] * 2),
        Refused("lenet5", "too large"),
    ],
)
@pytest.mark.parametrize("copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
def test_an_error_can_be_copied_whole(error: Any, copied: Callable[[Any], Any]) -> None:
    again = copied(error)
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("take", [explain, verify, build])
def test_what_is_no_network_is_refused(take: Callable[[Any], object], net: Network) -> None:
    takes = f'{take.__name__} takes a Network, such as load("resnet18"); got'
    assert refusal(take, "resnet18") == f"{takes} 'resnet18'"
    assert refusal(take, None) == f"{takes} 'None'"
    assert refusal(take, net["f6"]).startswith(f"{takes} '<Part f6 of lenet5: ")
    assert refusal(take, [net]).startswith(f"{takes} '[<Network lenet5: ")


def test_a_layer_and_a_quantity_are_names(net: Network) -> None:
    for wrong in (0, None):
        said = f"a layer of lenet5 is a name, such as 'c1'; got '{wrong}'"
        assert refusal(net.__getitem__, wrong) == said
    assert refusal(explain, net, 0).endswith("got '0'")
    for wrong in ([1], [["macs"]], {"macs"}):
        said = f"a quantity is a name, such as 'macs'; got '{wrong}'"
        assert refusal(explain, net, None, wrong) == said


@pytest.mark.parametrize("call", [build, verify])
def test_a_device_that_is_not_there_is_refused(
    call: Callable[..., object], net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert refusal(call, net, "nope") == "device is 'auto', 'cpu', 'cuda' or 'meta', got 'nope'"
    no_gpu = "device 'cuda': torch finds no GPU; 'cpu' and 'auto' work everywhere"
    assert refusal(call, net, "cuda") == no_gpu


@pytest.mark.parametrize(
    "settings",
    [
        {"input": numpy.array([3, 64, 64]), "batch": numpy.int64(2), "num_classes": numpy.int64(5)},
        {"input": [3, numpy.int64(64), 64], "batch": numpy.array(2), "num_classes": Fraction(5)},
    ],
)
def test_whole_numbers_may_be_of_another_library(settings: dict[str, Any]) -> None:
    net = load("resnet18", **settings)
    same = load("resnet18", input=(3, 64, 64), batch=2, num_classes=5)
    assert (net.parameters, net.macs, net.conditions) == (
        same.parameters,
        same.macs,
        same.conditions,
    )
    assert net.conditions == "batch 2, eval mode, num_classes 5"
    assert str(net.layers[-1].shape) == "5"


def test_lists_and_truths_may_be_of_another_library() -> None:
    net = load("inception-v2", separable=numpy.bool_(False))
    assert net.parameters == load("inception-v2", separable=False).parameters == 11_194_984


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        *(
            ({"input": input}, f"input takes sizes, such as (3, 224, 224); got {shown}")
            for input, shown in [
                ((), "'()'"),
                ((1,) * 6, "'(1, 1, 1, 1, 1, 1)'"),
                (b"abc", "'b'abc''"),
                ((True, 224, 224), "'(True, 224, 224)'"),
                ((1, 32, 32.0), "'(1, 32, 32.0)'"),
                ((1, "32", 32), "'(1, '32', 32)'"),
                ({32}, "'{32}'"),
            ]
        ),
        *(
            ({"batch": batch}, f"batch is a whole number from 1 to 1,000,000,000, got '{batch}'")
            for batch in (10**30, 0, True, 2.0, "2", None)
        ),
        ({"bytes_per_number": 17}, "bytes_per_number is a whole number from 1 to 16, got '17'"),
    ],
)  # fmt: skip
def test_what_is_no_size_is_refused(settings: dict[str, Any], said: str) -> None:
    assert refusal(load, "lenet5", **settings) == said


@pytest.mark.parametrize("value", [None, {}, {1}, b"10"])
def test_what_is_no_argument_is_refused(value: object) -> None:
    takes = "takes a number, a list or an expression"
    said = f"vgg16: argument 'num_classes': {takes}, got '{value}'"
    assert refusal(load, "vgg16", num_classes=value) == said


def test_a_network_has_the_layers_that_can_be_asked_for() -> None:
    net = load("resnet18")
    for name in ("conv1", "layer1", "layer1.0", "layer1.0.conv1"):
        assert name in net
        assert net[name].nodes
    for absent in ("conv", "layer1.", "layer1.2", "", 0, None, net["layer1"]):
        assert absent not in net
    assert net.layers[3] in net


def test_a_long_name_is_cut_in_messages() -> None:
    for name in ("x" * 10_000, "x" * 10_000 + ".json", "x" * 10_000 + ".json:y"):
        assert len(refusal(load, name)) < 600
    assert len(refusal(load, Path("x" * 10_000))) < 600


def test_a_module_without_memory() -> None:
    module = build(load("lenet5"), device="meta")
    assert {parameter.device.type for parameter in module.parameters()} == {"meta"}
    assert sum(parameter.numel() for parameter in module.parameters()) == 60_000


# --- parts ----------------------------------------------------------------------------------------


def test_a_part_has_every_quantity_that_a_network_has() -> None:
    """And what is summed is the same from the layers up: over all nodes, all stages, at once."""
    net = load("resnet18", batch=2, bytes_per_number=2)
    block = net["layer2.0"]
    # A 3x3 from 64 to 128, a 3x3 of 128, and the 1x1 of the shortcut, without biases; each is
    # followed by a batch norm with a scale and a shift for each of the 128 channels.
    assert block.parameters == 9 * 64 * 128 + 9 * 128 * 128 + 64 * 128 + 3 * 2 * 128
    assert block.macs == 2 * 28 * 28 * (9 * 64 * 128 + 9 * 128 * 128 + 64 * 128)
    assert (block.depth, block.output.sizes, block.shape) == (2, [128, 28, 28], block.output)
    # conv1 and the pool see 11 pixels at a stride of 4; each block of layer1 adds 2·2·4, and the
    # two windows of this one 2·4 and 2·8.
    assert block.receptive_field.size == [11 + 32 + 8 + 16] * 2
    for name, quantity in QUANTITIES.items():
        for part in (net, net["layer2"], block, net["layer2.0.conv1"]):
            assert getattr(part, name) == quantity.compute(part)
        if isinstance(quantity, Sum):
            of_children = sum(getattr(child, name) for child in net.children)
            of_nodes = sum(getattr(net[node.name], name) for node in net)
            assert getattr(net, name) == of_children == of_nodes


def test_a_part_is_a_network_in_small() -> None:
    net = load("googlenet")
    part = net["inception4a"]
    assert [node.name for node in part] == [n.name for n in net if n.name.startswith(part.path)]
    assert len(part) == len(part.nodes) == len(part.to_dataframe())
    assert part["3x3"].path == "inception4a.3x3"
    assert part["3x3"].macs == net["inception4a.3x3"].macs
    assert "3x3" in part
    assert "inception4a" not in part
    assert part.nodes[0] in part
    assert refusal(part.__getitem__, "3x4") == (
        "googlenet inception4a has no layer '3x4'; did you mean '3x3'?"
    )
    # Six convolutions with a relu each, a pool and a concat. At each of 14·14 positions from 480
    # channels: 192 and 96 and 16 and 64 of 1x1, 208 of 3x3 from 96, 48 of 5x5 from 16.
    macs = 14 * 14 * (480 * (192 + 96 + 16 + 64) + 208 * 9 * 96 + 48 * 25 * 16)
    shown = f"<Part inception4a of googlenet: 14 nodes, 376,176 parameters, {macs:,} MACs>"
    assert repr(part) == shown
    assert part._repr_html_().startswith("<p>&lt;Part inception4a of googlenet: ")
    assert "MACs</th>" in part._repr_html_()
    assert {"macs", "memory_peak", "to_dataframe"} <= set(dir(part))


def test_two_quantities_of_one_name_are_refused() -> None:
    for name in ("macs", "children"):
        with pytest.raises(ValueError, match=f"every part of a network has '{name}' already"):
            Sum(name, "title", of_layer=lambda layer: layer.macs)
    assert QUANTITIES["macs"].title == "MACs"


# --- what is handed out ---------------------------------------------------------------------------


def test_what_is_explained_and_compared_can_be_pickled() -> None:
    said = explain(load("lenet5"), "c3"), compare(load("resnet18"), load("resnet34"))
    for one, again in zip(said, pickle.loads(pickle.dumps(said)), strict=True):
        assert str(again) == str(one)
    assert str(copy.deepcopy(said[0])) == str(said[0])


@pytest.mark.parametrize("model", ["nasnet-a-cifar", "densenet-bc-100-k12", "zfnet-deconv"])
def test_a_network_whose_arguments_are_expressions_can_be_pickled(model: str) -> None:
    arguments = {"num_classes": "10 * 2"} if model != "zfnet-deconv" else {}
    net = load(model, **arguments)
    again = pickle.loads(pickle.dumps(net))
    assert again.parameters == net.parameters
    assert again.graph.nodes == net.graph.nodes
    assert again.settings == net.settings
    assert again.conditions == net.conditions
    spec, preset = catalog.find(model)
    assert expand(pickle.loads(pickle.dumps(spec)), preset).nodes == expand(spec, preset).nodes


def test_what_is_handed_out_cannot_be_changed() -> None:
    net = load("resnet18", num_classes=10)
    spec, preset = catalog.find("resnet18")
    tables: list[Any] = [
        net.preset.settings, net.settings, net.graph.groups, net.graph.auxiliary, net.graph.shapes,
        net.graph.by_name, net.graph.output_names, net.graph.groups["layer1.0"].arguments,
        spec.arguments, spec.blocks, spec.presets, preset.settings, catalog.built_in(),
        spec.blocks["basic"].arguments,
    ]  # fmt: skip
    changes: list[tuple[str, tuple[Any, ...]]] = [
        ("update", ({"x": 1},)), ("__setitem__", ("x", 1)), ("__delitem__", ("x",)),
        ("clear", ()), ("pop", ("x", None)), ("popitem", ()), ("setdefault", ("x", 1)),
        ("__ior__", ({"x": 1},)),
    ]  # fmt: skip
    for table in tables:
        before = dict(table)
        for method, values in changes:
            with pytest.raises(TypeError, match="cannot be changed"):
                getattr(table, method)(*values)
        assert dict(table) == before
