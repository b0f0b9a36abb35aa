"""The PyTorch twin: a module that torch's own users would take for one."""

from __future__ import annotations

import copy
import json
import pickle
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from archcalc.language.values import NAME
from archcalc.names.catalog import specs_folder
from archcalc.network import Network, load
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape
from archcalc.twin.building import build
from archcalc.twin.module import made, on_meta
from archcalc.verification import verify
from tests.op_examples import fields_of


def network(folder: Path, layers: list[dict[str, Any]], input: list[int], **keys: Any) -> Network:
    tree = {"title": "t", "year": 2024, "source": "here", "input": input, "layers": layers, **keys}
    file = folder / "twin.json"
    file.write_text(json.dumps(tree))
    return load(str(file))


def test_parameters_have_the_names_that_torchvision_gives_them() -> None:
    # Those of torchvision 0.29.1's resnet18 outside layers 2 to 4; there projections have names.
    bn = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    unit = [*("conv1.weight", "conv2.weight"), *(f"bn{i}.{name}" for i in (1, 2) for name in bn)]
    expected = {"conv1.weight", *(f"bn1.{name}" for name in bn), "fc.weight", "fc.bias"}
    expected |= {f"layer1.{i}.{name}" for i in (0, 1) for name in unit}
    names = build(load("resnet18")).state_dict()
    assert {name for name in names if not name.startswith(("layer2", "layer3", "layer4"))} == (
        expected
    )


def all_names() -> list[str]:
    """Every name of an attribute that a module, a twin or an object of Python has or is asked for,
    where a layer can have it."""
    twin = build(load("lenet5"))
    asked_for = (
        "__deepcopy__",
        "__getnewargs__",
        "__getnewargs_ex__",
        "__getinitargs__",
        "__bool__",
    )
    names = {*dir(torch.nn.Module()), *dir(twin), *vars(twin), *vars(type(twin)), *asked_for}
    return sorted(name for name in names if NAME.fullmatch(name))


def test_a_layer_may_have_the_name_of_anything(tmp_path: Path) -> None:
    names = all_names()
    assert {"training", "_modules", "forward", "turns", "__class__"} <= set(names)
    conv = {"op": "conv2d", "out_channels": 2, "kernel_size": 1}
    layers = [{"name": name, **conv} for name in names]
    net = network(tmp_path, [*layers, {"name": "group", "layers": layers}], [3, 4, 4])
    assert verify(net, "cpu").agrees
    model = build(net)
    assert [name for name, _ in model.named_modules()] == [
        "", *names, "group", *(f"group.{name}" for name in names)
    ]  # fmt: skip
    x = torch.ones(1, 3, 4, 4)
    y = model(x)
    model.load_state_dict(model.state_dict())
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), model.eval().train()):
        assert again.training
        assert all(module.training for module in again.modules())
        assert torch.equal(again(x), y)
    for turn in model.turns:
        assert isinstance(model.at(turn.path), torch.nn.Conv2d)


def test_a_twin_holds_nothing_under_a_name_that_a_layer_can_have() -> None:
    own = vars(build(load("lenet5"))).keys() - vars(torch.nn.Module()).keys()
    assert own
    assert [name for name in own if NAME.fullmatch(name)] == []


@pytest.mark.parametrize("name", OPS)
def test_every_twin_can_be_pickled(name: str) -> None:
    """Whatever classes of modules its ops define, and with what has become of them since."""
    for example in OPS[name].examples:
        shapes = [Shape(*sizes) for sizes in example.inputs]
        op = create(OPS[name], fields_of(example))
        module = made(op, op.in_channels(*shapes))
        xs = op.prepared(*[torch.rand(2, *shape.sizes) for shape in shapes])
        module(*xs)
        again = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(module))))
        assert type(again).__qualname__ == type(module).__qualname__
        assert_equal(again.state_dict(), module.state_dict())
        assert torch.equal(again.eval()(*xs), module.eval()(*xs))


def assert_equal(a: Mapping[str, Any], b: Mapping[str, Any]) -> None:
    assert a.keys() == b.keys()
    for name, tensor in a.items():
        assert torch.equal(tensor, b[name]), name


def test_a_pickled_twin_keeps_what_was_done_to_it() -> None:
    model = build(load("lenet5"))
    model.f6.linear = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(120, 84))
    model.c1.requires_grad_(False)
    model.s2.eval()
    again = pickle.loads(pickle.dumps(model))
    assert isinstance(again.f6.linear, torch.nn.Sequential)
    assert not again.c1.weight.requires_grad
    assert (again.training, again.s2.training) == (True, False)
    x = torch.randn(2, 1, 32, 32)
    assert torch.equal(again(x), model(x))


def test_every_end_is_an_output_side_outputs_too(tmp_path: Path) -> None:
    assert len(build(load("googlenet", mode="train")).eval()(torch.zeros(1, 3, 224, 224))) == 3
    branches = {"a": [{"name": "a1", "op": "relu"}], "b": [{"name": "b1", "op": "tanh"}], "c": []}
    model = build(network(tmp_path, [{"name": "ends", "branches": branches}], [3]))
    x = torch.tensor([[-1.0, 0.0, 2.0]])
    ends = model(x)
    assert [end.tolist() for end in ends] == [
        torch.relu(x).tolist(), torch.tanh(x).tolist(), x.tolist()
    ]  # fmt: skip


def test_weights_are_torchs_own_initial_ones_and_nothing_is_left_on_meta() -> None:
    torch.manual_seed(0)
    model = build(load("googlenet-bn"))
    assert {tensor.device.type for tensor in model.state_dict().values()} == {"cpu"}
    assert model.training
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            fan_in = module.weight[0].numel()
            assert 0 < module.weight.abs().max() <= fan_in**-0.5, name
        if isinstance(module, torch.nn.BatchNorm2d):
            assert torch.equal(module.running_var, torch.ones_like(module.running_var)), name
            assert torch.equal(module.running_mean, torch.zeros_like(module.running_mean)), name


def test_lenets_prototypes_are_bits() -> None:
    prototypes = build(load("lenet5")).at(("output",)).prototypes
    assert set(prototypes.unique().tolist()) == {-1.0, 1.0}


def test_torch_itself_finds_how_many_features_a_linear_layer_reads() -> None:
    spec = json.loads((specs_folder() / "networks" / "alexnet.json").read_text())
    assert "in_features" not in json.dumps(spec)
    model = build(load("alexnet"))
    linear = [module for module in model.modules() if isinstance(module, torch.nn.Linear)]
    assert [layer.in_features for layer in linear] == [256 * 6 * 6, 4096, 4096]


def test_a_convolution_by_table_reads_the_maps_of_its_table_and_no_others(tmp_path: Path) -> None:
    table = [[0, 1, 2], [3], [1, 2], [0, 3], [2]]
    conv = {"op": "conv2d", "out_channels": 5, "kernel_size": 2, "connections": table}
    model = build(network(tmp_path, [{"name": "conv", **conv}], [4, 3, 3]))
    assert sum(parameter.numel() for parameter in model.parameters()) == 2 * 2 * 9 + 5
    x = torch.randn(1, 4, 3, 3, requires_grad=True)
    y = model(x)
    for output_map, row in enumerate(table):
        (gradient,) = torch.autograd.grad(y[0, output_map].sum(), x, retain_graph=True)
        assert gradient.abs().sum(dim=(0, 2, 3)).nonzero().flatten().tolist() == row


def test_layers_that_share_parameters_hold_the_same_tensor(tmp_path: Path) -> None:
    conv = {"op": "conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1, "bias": False}
    layers: list[dict[str, Any]] = [
        {"name": "owner", **conv},
        {"name": "user", **conv, "weights": "owner"},
        {"name": "back", **conv, "op": "conv_transpose2d", "weights": "owner"},
        {"name": "a", "op": "linear", "out_features": 3 * 4 * 4},
        {"name": "b", "op": "linear", "out_features": 3 * 4 * 4, "weights": "a"},
    ]
    net = network(tmp_path, layers, [3, 4, 4])
    model = build(net)
    shared = model.at(("owner",)).weight
    assert model.at(("user",)).weight is shared
    assert model.at(("back",)).weight is shared
    assert sum(p.numel() for p in model.parameters()) == 3 * 3 * 3 * 3 + (48 + 1) * 48
    model(torch.randn(1, 3, 4, 4)).sum().backward()
    assert shared.grad is not None


def test_a_tensor_is_freed_after_its_last_use(tmp_path: Path) -> None:
    layers = [{"name": f"relu{i}", "op": "leaky_relu"} for i in range(4)]
    layers.append({"op": "add", "inputs": ["relu1", "relu3"]})
    model = build(network(tmp_path, layers, [3]))
    alive: dict[str, Any] = {}
    seen: list[list[str]] = []

    def note(name: str) -> Any:
        def hook(module: Any, inputs: Any, output: Any) -> None:
            seen.append([name for name, tensor in alive.items() if tensor() is not None])
            alive[name] = weakref.ref(output)

        return hook

    for turn in model.turns:
        model.at(turn.path).register_forward_hook(note(turn.name))
    with torch.no_grad():
        model(torch.ones(1, 3))
    assert seen == [[], ["relu0"], ["relu1"], ["relu1", "relu2"], ["relu1", "relu3"]]


def test_a_chain_of_5000_layers_is_no_recursion(tmp_path: Path) -> None:
    layers = [{"name": "layer", "op": "leaky_relu", "repeat": 5000}]
    model = build(network(tmp_path, layers, [3]))
    assert len(model.turns) == 5000
    assert model(torch.ones(2, 3)).tolist() == [[1.0] * 3] * 2


def test_a_layer_may_be_replaced_as_users_of_torch_do() -> None:
    model = build(load("resnet18")).eval()
    model.fc = torch.nn.Linear(512, 3)
    assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 3)
    model.fc = torch.nn.Sequential(torch.nn.Flatten(), model.fc)
    assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 3)


def test_layers_are_of_torchs_own_classes(tmp_path: Path) -> None:
    """What looks a class up, as some counters do, finds no subclass of it."""
    layers = [
        {"name": "norm", "op": "layer_norm"},
        {"name": "bn", "op": "batch_norm"},
        {"name": "instance", "op": "instance_norm"},
        {"name": "fc", "op": "linear", "out_features": 5},
    ]
    small = build(network(tmp_path, layers, [7, 4]))
    assert [type(small.at((name,))) for name in ("norm", "bn", "instance", "fc")] == [
        torch.nn.LayerNorm, torch.nn.BatchNorm1d, torch.nn.InstanceNorm1d, torch.nn.Linear
    ]  # fmt: skip
    model = build(load("resnet18"))
    assert type(model.bn1) is torch.nn.BatchNorm2d
    assert type(model.fc) is torch.nn.Linear


def test_an_error_of_torch_says_in_which_node() -> None:
    model = build(load("resnet18"))
    with pytest.raises(RuntimeError) as caught:
        model(torch.zeros(1, 4, 32, 32))
    assert caught.value.__notes__ == ["at node 'conv1'"]


def test_on_meta_no_memory_is_used() -> None:
    assert {p.device.type for p in on_meta(load("vgg19").graph).parameters()} == {"meta"}
