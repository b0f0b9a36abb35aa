"""verify: that it agrees where all is right, and says what and where when anything is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch

from archcalc.arithmetic import product
from archcalc.cli import main
from archcalc.counters.rules import built_in_counters, counter_named
from archcalc.language.values import NAME
from archcalc.names.catalog import built_in
from archcalc.network import Network, load, models
from archcalc.ops.in_torch import TorchCall
from archcalc.ops.registry import OPS
from archcalc.shape import Shape
from archcalc.twin.module import Twin
from archcalc.verification import Refused, verify
from archcalc.verification.effort import needed_seconds
from tests.spec_files import spec

# Tests run side by side, a worker a core: threads of torch would only wait for one another.
torch.set_num_threads(1)

# --- every network --------------------------------------------------------------------------------


LONGEST = 12
"""Seconds, by estimate, that fvcore may take for a network here; others are verified on meta, in
all but fvcore. `archcalc verify --models all` asks it of every network."""


@pytest.mark.parametrize("model", models())
def test_every_network_agrees_in_both_structures(model: str) -> None:
    net = load(model)
    networks = [net]
    if (train := load(model, mode="train")).graph != net.graph:
        networks.append(train)
    for net in networks:
        device = "cpu" if needed_seconds(net, "cpu") <= LONGEST else "meta"
        result = verify(net, device)
        assert result.disagreements == ()
        assert result.shapes_agree
        assert set(result.parameters.values()) == {net.parameters}
        macs = {who: said for who, said in result.macs.items() if who != "fvcore"}
        if not result.missed:
            macs = dict(result.macs)
            assert set(result.activations.values()) == {net.activations}
        assert set(macs.values()) == {net.macs}
        assert ("fvcore" in result.macs) == (device == "cpu")


@pytest.mark.parametrize("study", built_in("studies"))
def test_every_study_agrees(study: str) -> None:
    assert verify(load(study), "cpu").agrees


def test_batch_input_and_arguments_are_respected() -> None:
    net = load("resnet18", input=(3, 65, 33), batch=3, num_classes=7)
    result = verify(net, "cpu")
    assert result.agrees
    # The first convolution alone: 33·17 positions of 7·7·3·64 multiply-adds, three times.
    assert result.macs["fvcore"] > 3 * 33 * 17 * 7 * 7 * 3 * 64


@pytest.mark.slow
def test_5000_layers(tmp_path: Path) -> None:
    conv = {"op": "conv2d", "out_channels": 2, "kernel_size": 1, "bias": False}
    layers = [{"name": "unit", "repeat": 1250, "layers": [conv, *[{"op": "leaky_relu"}] * 3]}]
    result = verify(from_layers(tmp_path, layers, [2, 2, 2]), "cpu")
    assert result.agrees
    assert result.nodes == 5000
    assert result.macs == dict.fromkeys(result.macs, 1250 * 16)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("model", ["lenet5", "alexnet", "googlenet-bn", "resnet50", "densenet121"])
def test_agrees_on_a_gpu(model: str) -> None:
    result = verify(load(model, batch=2), "cuda")
    assert result.device == "cuda"
    assert result.agrees


def from_layers(folder: Path, layers: list[dict[str, Any]], input: list[int]) -> Network:
    tree = {"title": "t", "year": 2024, "source": "here", "input": input, "layers": layers}
    file = folder / "my.json"
    file.write_text(json.dumps(tree))
    return load(str(file))


# --- what is wrong is found -----------------------------------------------------------------------


def set_on(monkeypatch: pytest.MonkeyPatch, op: str, **methods: Any) -> None:
    for name, method in methods.items():
        monkeypatch.setattr(OPS[op], name, method)


def differences(net: Network) -> list[tuple[str | None, str, Any, Any, str]]:
    result = verify(net, "cpu")
    assert not result.agrees
    return [(d.node, d.quantity, d.archcalc, d.other, d.witness) for d in result.disagreements]


def forget_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    def macs(self: Any, y: Shape, x: Shape) -> Any:
        return y.elements * product(*self.kernel_size) * x.channels

    def parameters(self: Any, x: Shape) -> Any:
        return (product(*self.kernel_size, x.channels) + self.bias) * self.out_channels

    set_on(monkeypatch, "conv2d", macs=macs, parameters=parameters)


def test_forgotten_groups_are_accounted_for_node_by_node(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    forget_groups(monkeypatch)
    assert main(["verify", "--models", "vgg16,alexnet"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out == (
        "vgg16    39 nodes agree\n"
        "alexnet  3 of 23 nodes disagree\n"
        "  node   quantity         archcalc      pytorch    difference\n"
        "  conv2  parameters        614,656      307,456      +307,200\n"
        "         MACs          447,897,600  223,948,800  +223,948,800  2x exactly, as groups = 2\n"
        "  conv4  parameters      1,327,488      663,936      +663,552\n"
        "         MACs          224,280,576  112,140,288  +112,140,288  2x exactly, as groups = 2\n"
        "  conv5  parameters        884,992      442,624      +442,368\n"
        "         MACs          149,520,384   74,760,192   +74,760,192  2x exactly, as groups = 2\n"
        "  total  parameters     62,378,344   60,965,224    +1,413,120\n"
        "         MACs        1,135,256,096  724,406,816  +410,849,280\n"
        "1 of 2 networks agrees\n"
    )


SCHEMA = Path(__file__).parent.parent / "docs" / "output" / "verify.schema.json"


def as_its_schema_says(output: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(output)
    jsonschema.validate(records, json.loads(SCHEMA.read_text()))
    return records


def test_the_same_for_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    forget_groups(monkeypatch)
    assert main(["verify", "--models", "alexnet", "--mode", "eval", "--format", "json"]) == 1
    (record,) = as_its_schema_says(capsys.readouterr().out)
    assert record["agrees"] is False
    assert record["shapes_agree"] is True
    assert record["parameters"] == {"archcalc": 62_378_344, "torch": 60_965_224}
    assert record["disagreements"][0] == {
        "node": "conv2", "quantity": "parameters", "archcalc": 614_656, "other": 307_456,
        "witness": "torch", "explanation": "",
    }  # fmt: skip
    assert [d["witness"] for d in record["disagreements"] if d["node"] == "conv4"] == [
        "torch", "flop_counter", "fvcore"
    ]  # fmt: skip


def test_a_refusal_has_no_figures_but_ours(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["verify", "--models", "lenet5", "--mode", "eval", "--batch", "1000000000"]
    assert main([*command, "--format", "json"]) == 2
    (record,) = as_its_schema_says(capsys.readouterr().out)
    assert record["macs"] == {
        "archcalc": 325_680 * 10**9, "flop_counter": None, "fvcore": None
    }  # fmt: skip
    assert record["agrees"] is False
    assert record["shapes_agree"] is None
    assert "or longer; the time limit is" in record["refused"]


def test_a_twin_that_drops_its_groups_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def module(self: Any, torch: Any, in_channels: int) -> Any:
        settings = self.out_channels, self.kernel_size, self.stride, self.padding
        return torch.nn.Conv2d(in_channels, *settings)

    set_on(monkeypatch, "conv2d", module=module)
    found = differences(load("alexnet"))
    assert {node for node, *_ in found} == {"conv2", "conv4", "conv5"}
    assert ("conv2", "parameters", 307_456, 614_656, "torch") in found
    assert ("conv2", "macs", 223_948_800, 447_897_600, "fvcore") in found


def test_another_output_shape_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def module(self: Any, torch: Any, in_channels: int) -> Any:
        return torch.nn.AdaptiveAvgPool2d((1, 2))

    set_on(monkeypatch, "global_avg_pool2d", module=module)
    net = load("squeezenet1.1")
    assert not verify(net, "cpu").shapes_agree
    assert ("avgpool", "output_shape", [1000, 1, 1], [1000, 1, 2], "torch") in differences(net)


def test_a_module_that_loses_the_batch_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class OverAllSamples(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return x.mean(dim=(0, 2, 3), keepdim=True)

    set_on(
        monkeypatch,
        "global_avg_pool2d",
        module=lambda *_: OverAllSamples(),
        consists_of=lambda self, y, x: (TorchCall("torch.mean", x.elements, y.elements),),
    )
    found = differences(load("squeezenet1.1", batch=2))
    assert ("avgpool", "output_shape", [1000, 1, 1], [1, 1000, 1, 1], "torch") in found


WRONG: list[tuple[str, dict[str, int], Any]] = [
    ("batch_norm", {"inputs": 1}, ("bn", "batch_norm", 2 * 48, 2 * 96, "fvcore")),
    ("adaptive_avg_pool2d", {}, ("pool", "adaptive_avg_pool2d", 0, 2 * 48, "fvcore")),
    ("relu", {"inputs": 1}, ("relu", "relu", 2 * 48, 0, "fvcore")),
]


@pytest.mark.parametrize(
    ("operator", "rule", "difference"), WRONG, ids=[operator for operator, *_ in WRONG]
)
def test_each_wrong_count_is_found_where_it_is(
    operator: str, rule: dict[str, int], difference: Any, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    layers = [
        {"name": "bn", "op": "batch_norm"},
        {"name": "relu", "op": "relu"},
        {"name": "pool", "op": "global_avg_pool2d"},
        {"name": "fc", "op": "linear", "out_features": 5},
    ]
    from_layers(tmp_path, layers, [3, 4, 4])
    net = load(str(tmp_path / "my.json"), batch=2)
    assert verify(net, "cpu").agrees
    with monkeypatch.context() as changed:
        set_rule(changed, operator, rule)
        assert difference in differences(load(str(tmp_path / "my.json"), batch=2))
    set_on(monkeypatch, "batch_norm", buffers=lambda self, x: 3 * x.channels)
    found = differences(load(str(tmp_path / "my.json"), batch=2))
    assert ("bn", "buffers", 9, 6, "torch") in found


def set_rule(monkeypatch: pytest.MonkeyPatch, operator: str, rule: dict[str, int] | None) -> None:
    """Give fvcore another rule for an operator, or none."""
    fvcore = counter_named("fvcore")
    rules = {**fvcore.rules["operators"], operator: rule}
    if rule is None:
        del rules[operator]
    known = {**built_in_counters(), "fvcore": fvcore._replace(rules={"operators": rules})}
    monkeypatch.setattr("archcalc.counters.rules.built_in_counters", lambda: known)


def test_a_network_agrees_if_it_does_in_both_modes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    layers = [
        {"name": "conv", "op": "conv2d", "out_channels": 2, "kernel_size": 1},
        {"name": "side", "auxiliary": {"loss_weight": 1}, "op": "global_avg_pool2d"},
        {"name": "relu", "op": "relu"},
    ]
    for name in ("a", "b"):
        tree = {"title": "t", "year": 2024, "source": "here", "input": [3, 4, 4], "layers": layers}
        (tmp_path / f"{name}.json").write_text(json.dumps(tree))
    set_rule(monkeypatch, "adaptive_avg_pool2d", {})
    assert main(["verify", "--models", f"{tmp_path}/a.json,{tmp_path}/b.json"]) == 1
    account = (
        "{0}          2 nodes agree\n"
        "{0} (train)  1 of 3 nodes disagree\n"
        "  node  quantity             archcalc  pytorch  difference\n"
        "  side  adaptive_avg_pool2d         0       32         -32\n"
    )
    assert capsys.readouterr().out == (
        account.format("a") + account.format("b") + "0 of 2 networks agree\n"
    )


def test_one_witness_alone_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from archcalc.verification import witness

    monkeypatch.setattr(witness, "MAC_KINDS", witness.MAC_KINDS - {"linear"})
    assert main(["verify", "--models", "lenet5", "--mode", "eval"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"f6 +MACs +10,080 +0 +\+10,080 +by fvcore alone", out)
    assert re.search(r"linear +0 +10,080 +-10,080$", out, re.MULTILINE)


def test_a_norm_that_fvcore_does_not_take_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "my.json"
    norm = {"op": "group_norm", "num_groups": 2}
    file.write_text(json.dumps(spec(norm, input=[4, 2, 3, 5, 2])))
    with pytest.raises(Refused, match=r"fvcore cannot count it: it stops at \[1, 4, 2, 3, 5, 2\]"):
        verify(load(file), "cpu")


def test_an_operator_that_no_op_declares_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_on(monkeypatch, "softmax", consists_of=lambda self, y, x: ())
    with pytest.raises(Refused) as caught:
        verify(load("resnet18"), "cpu")
    assert str(caught.value) == (
        "resnet18: fvcore met aten::softmax in 'prob', which no op declares"
    )
    assert main(["verify", "--models", "lenet5,resnet18", "--mode", "eval"]) == 2
    assert capsys.readouterr().out == (
        "lenet5    13 nodes agree\n"
        "resnet18  fvcore met aten::softmax in 'prob', which no op declares: refused\n"
        "1 of 2 networks agrees\n"
    )


def test_a_disagreement_outweighs_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_groups(monkeypatch)
    set_on(monkeypatch, "local_response_norm", consists_of=lambda self, y, x: ())
    # vgg11-lrn is refused; of resnext50 the parameters and MACs without groups differ.
    refused = ["verify", "--models", "vgg11-lrn", "--mode", "eval"]
    assert main(refused) == 2
    assert main([*refused, "--models", "vgg11-lrn,resnext50-32x4d"]) == 1


def test_arithmetic_outside_every_node_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    forward = Twin.forward
    net = load("resnet18")

    def product_behind(self: Twin, x: Any) -> Any:
        y = forward(self, x)
        return torch.matmul(y, y.t())

    monkeypatch.setattr(Twin, "forward", product_behind)
    found = differences(net)
    assert (None, "macs", net.macs, net.macs + 1000, "fvcore") in found
    assert {node for node, *_ in found} == {None}
    monkeypatch.setattr(Twin, "forward", lambda self, x: forward(self, x).sin())
    with pytest.raises(Refused, match="fvcore met aten::sin outside every node"):
        verify(net, "cpu")


def test_what_torch_cannot_run_is_said_with_its_node(monkeypatch: pytest.MonkeyPatch) -> None:
    def module(self: Any, torch: Any, in_channels: int) -> Any:
        return torch.nn.Conv2d(in_channels + 1, self.out_channels, self.kernel_size)

    set_on(monkeypatch, "conv2d", module=module)
    with pytest.raises(Refused) as caught:
        verify(load("vgg11"), "cpu")
    assert re.fullmatch(
        r"vgg11: torch cannot run it at node 'conv1.0.conv2d': .*channel.*", str(caught.value)
    )


def test_a_layer_may_be_called_like_what_a_module_has(tmp_path: Path) -> None:
    names = [name for name in dir(torch.nn.Module()) if NAME.fullmatch(name)]
    assert {"training", "train", "type", "_modules", "forward"} <= {*names}
    conv = {"op": "conv2d", "out_channels": 2, "kernel_size": 1}
    ops = [{**conv, "name": name} for name in names if name != "training"]
    inside = {"name": "training", "layers": [{**conv, "name": name} for name in names]}
    result = verify(from_layers(tmp_path, [*ops, inside], [2, 2, 2]), "cpu")
    # (2 + 1)·2 parameters each.
    assert (result.agrees, result.parameters["torch"]) == (True, 6 * (2 * len(names) - 1))
