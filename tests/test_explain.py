"""explain: every number with its working, which evaluates to what was counted."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import archcalc
from archcalc.analysis.receptive_field.seen import Undefined
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.explanation import QUANTITIES, Explanation, explain
from archcalc.explanation.pages import page_of
from archcalc.names import catalog
from archcalc.network import Network, load
from tests.arithmetic import evaluate
from tests.explaining import conv, parts, quantities, shown, spec_file
from tests.random_specs import specs

LARGE = 450
"""Networks of more nodes than this repeat what smaller ones of their family show."""

# --- worked out by hand ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "layer", "quantity", "formula", "substituted", "value"),
    [
        ("lenet5", "c1", "parameters", "(kernel·kernel·in + 1)·out", "(5·5·1 + 1)·6", 156),
        (
            "lenet5", "c1", "macs", "(height·width·out)·(kernel·kernel·in)",
            "(28·28·6)·(5·5·1)", 117_600,
        ),
        ("lenet5", "s2", "parameters", "(coefficient + bias)·channels", "(1 + 1)·6", 12),
        (
            "lenet5", "s2", "connections",
            "(kernel·kernel)·(channels·height·width) + channels·height·width",
            "(2·2)·(6·14·14) + 6·14·14", 5_880,
        ),
        ("lenet5", "f6", "parameters", "(in_features + 1)·out_features", "(120 + 1)·84", 10_164),
        ("lenet5", "output", "buffers", "in_features·out_features", "84·10", 840),
        (
            "alexnet", "conv2", "parameters",
            "(kernel·kernel·(in/groups) + 1)·out", "(5·5·(96/2) + 1)·256", 307_456,
        ),
        ("vgg16", "fc6", "parameters", "(in_features + 1)·out_features", "(25088 + 1)·4096",
         102_764_544),
        ("resnet50", "bn1", "parameters", "2·channels", "2·64", 128),
        ("resnet50", "conv1", "activations", "out·height·width", "64·112·112", 802_816),
        (
            "resnet50", None, "depth",
            "conv1 + 3·(layer1 + layer2 + layer3 + layer4) + fc", "1 + 3·(3 + 4 + 6 + 3) + 1", 50,
        ),
        ("lenet5", None, "depth", "c1 + c3 + c5 + f6 + output", "1 + 1 + 1 + 1 + 1", 5),
        ("resnet50", "layer1", "macs", "layer1.0 + 2·layer1.1", "231211008 + 2·218365952",
         667_942_912),
        ("googlenet", "inception4a", "macs", "1x1 + 3x3 + 5x5 + pool",
         "18063360 + 44255232 + 5268480 + 6021120", 73_608_192),
        ("lenet5", "c3", "receptive_field", "size + (kernel - 1)·stride so far", "6 + (5 - 1)·2",
         14),
        (
            "resnet50", "layer2.0", "receptive_field",
            "max(layer2.0.bn3, layer2.0.downsample.bn)", "max(51, 35)", 51,
        ),
        ("resnet50", "layer2", "depth", "3·(layer2.0..layer2.3)", "3·4", 12),
        ("googlenet", "inception4a", "depth", "3x3.reduce + 3x3.conv", "1 + 1", 2),
        (
            "lenet5", None, "memory_training",
            "3·parameter bytes + buffer bytes + saved bytes", "3·240000 + 3360 + 121040", 844_400,
        ),
        (
            "lenet5", "c3", "memory_training",
            "3·parameter bytes + saved bytes", "3·6064 + 47648", 65_840,
        ),
    ],
)  # fmt: skip
def test_workings(
    model: str, layer: str | None, quantity: str, formula: str, substituted: str, value: int
) -> None:
    assert shown(model, layer, quantity) == (formula, substituted, value)


def test_the_connection_table_of_c3_run_by_run() -> None:
    parameters = quantities(explain(load("lenet5"), "c3"))["parameters"]
    assert parameters.substituted == (
        "(5·5·3 + 1)·6 + (5·5·4 + 1)·6 + (5·5·4 + 1)·3 + (5·5·6 + 1)·1"
    )
    assert parameters.value == 456 + 606 + 303 + 151 == 1_516


def test_sizes_of_an_output() -> None:
    found = quantities(explain(load("googlenet"), "conv1.conv2d", "shape"))
    assert found["height"].formula == "(height + 2·padding - kernel)//stride + 1"
    assert found["height"].substituted == "(224 + 2·3 - 7)//2 + 1"
    assert [q.value for q in found.values()] == [64, 112, 112]
    (joined, *_) = explain(load("googlenet"), "inception4a.concat", "shape").workings
    assert (joined.substituted, joined.value) == ("192 + 208 + 48 + 64", 512)


def test_a_kernel_of_two_sides_has_two_receptive_fields(tmp_path: Path) -> None:
    file = spec_file(tmp_path, {"op": "conv2d", "out_channels": 2, "kernel_size": [1, 7]})
    found = quantities(explain(load(file), "conv2d"))
    assert found["receptive_field_height"].substituted == "1 + (1 - 1)·1"
    assert found["receptive_field_width"].substituted == "1 + (7 - 1)·1"
    assert found["parameters"].formula == "(kernel_height·kernel_width·in + 1)·out"


def test_receptive_fields_of_layers_that_make_maps_larger(tmp_path: Path) -> None:
    layers = [
        {"op": "avg_pool2d", "kernel_size": 2},
        {"op": "upsample", "scale_factor": 2, "mode": "bilinear"},
        conv("c", 2, 3),
    ]
    net = load(spec_file(tmp_path, *layers))
    for part in parts(explain(net, None, "receptive_field")):
        if part.part.node is not None:
            check_field(net, part, quantities(part))
    found = quantities(explain(net, "c"))["receptive_field"]
    # Output 0 of the 3x3 reads the means at -1 to 1: those of pixels -2 and -1, 0 and 1, 2 and 3.
    assert (found.formula, found.substituted) == ("last - first + 1", "3 - (-2) + 1")


def test_a_batch_multiplies_what_is_done_and_not_what_is_stored() -> None:
    found = quantities(explain(load("lenet5", batch=8), "c1"))
    assert found["macs"].substituted == "8·(28·28·6)·(5·5·1)"
    assert found["macs"].value == 8 * 117_600
    assert found["parameters"].value == 156


def value_of(net: Network, layer: str | None, quantity: str) -> Any:
    (found,) = explain(net, layer, quantity).workings
    return found.value


def test_memory_and_intensity_are_worked_out_as_they_are_counted() -> None:
    net = load("lenet5", batch=2)
    # c1: 156 parameters, 32·32 in, 6·28·28 out, 4 bytes each; two samples.
    assert value_of(net, "c1", "memory_parameters") == 4 * 156
    assert value_of(net, "c1", "memory_outputs") == 4 * 2 * 4_704
    assert value_of(net, "c1", "moved_bytes") == 4 * 156 + 4 * 2 * (1_024 + 4_704)
    assert value_of(net, "c1", "memory_peak") == 4 * 2 * (1_024 + 4_704)
    intensity = Fraction(2 * 117_600, 4 * 156 + 4 * 2 * 5_728)
    assert value_of(net, "c1", "arithmetic_intensity") == intensity
    assert value_of(net, None, "memory_peak") == net.memory_peak
    assert value_of(net, None, "memory_outputs") == net.memory_outputs
    assert value_of(net, None, "arithmetic_intensity") == net.arithmetic_intensity


def test_other_operations_are_explained_by_kind() -> None:
    found = {q.name: q.value for q in explain(load("lenet5"), None, "operations").workings}
    counted: dict[str, int] = {}
    for kinds in (load("lenet5")[node.name].operations for node in load("lenet5")):
        for kind, count in kinds.items():
            counted[f"operations_{kind}"] = counted.get(f"operations_{kind}", 0) + count
    assert found == {name: count for name, count in counted.items() if count}
    # The RBF's links and the subsampling's: 840, 4·1,176 and 4·400.
    assert found["operations_link"] == 840 + 4_704 + 1_600


# --- properties -----------------------------------------------------------------------------------


def check_every_working(net: Network) -> None:
    """What is shown evaluates to the value; the values are the counted ones."""
    root = explain(net)
    for part in parts(root):
        found = quantities(part)
        for quantity in found.values():
            if quantity.value is None:
                assert quantity.reason
                assert quantity.name in ("receptive_field", "survival")
                continue
            assert evaluate(quantity.substituted) == quantity.value, (part, quantity)
            assert quantity.value or quantity.reason or part.layer is None or quantity.formula
        counted = net if part.layer is None else net[part.layer]
        assert found["parameters"].value == counted.parameters, part
        assert found["macs"].value == counted.macs, part
        assert sum(child.part.macs for child in part.children) in (0, counted.macs)
        if part.part.node is not None:
            check_node(net, part, found)
    assert quantities(root)["depth"].value == net.depth


def check_node(net: Network, part: Explanation, found: dict[str, Any]) -> None:
    assert part.part.node is not None
    by_rank = {1: ("features",), 2: ("tokens", "features"), 3: ("channels", "height", "width")}
    sizes = by_rank.get(len(part.part.output), ())
    if sizes and found.keys() >= {*sizes}:  # some ops have names of their own for their axes
        assert [found[size].value for size in sizes] == part.part.output.sizes
    check_field(net, part, found)
    for name in ("parameters", "macs"):
        is_literal = found[name].formula == "0"
        assert not is_literal or found[name].reason, f"{part.layer}: 0 {name}, and no reason"


def check_field(net: Network, part: Explanation, found: dict[str, Any]) -> None:
    assert part.part.node is not None
    seen = net.receptive_fields[part.part.node.name]
    if isinstance(seen, Undefined) or seen.is_whole:
        assert found["receptive_field"].value is None
    elif "receptive_field" in found:
        assert seen.size == [found["receptive_field"].value] * len(seen.axes)
    else:
        axes = ("receptive_field_height", "receptive_field_width")
        assert seen.size == [found[axis].value for axis in axes]


@pytest.mark.parametrize("kind", catalog.SPEC_FOLDERS)
def test_every_working_of_a_network_of_every_built_in_file(kind: str) -> None:
    """The smallest of each file: its other networks repeat the same blocks."""
    by_file: dict[int, list[Network]] = {}
    for model in catalog.built_in(kind):
        by_file.setdefault(id(catalog.find(model)[0].items), []).append(load(model))
    smallest = [min(networks, key=len) for networks in by_file.values()]
    assert len(smallest) > 20
    for net in smallest:
        if len(net) <= LARGE:
            check_every_working(net)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(specs())
def test_every_working_of_networks_that_nobody_thought_of(tree: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.json"
        path.write_text(json.dumps(tree))
        net = load(str(path), batch=2, mode="train")
    check_every_working(net)
    for quantity in QUANTITIES:
        for format in ("text", "latex", "markdown"):
            assert explain(net, None, quantity).render(format)


def test_a_wrong_working_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    explained = Network.explained

    def one_channel_more(net: Network, node: Any) -> Any:
        found = explained(net, node)
        xs = [x.with_size(0, x.channels + 1) for x in found.xs]
        return dataclasses.replace(found, xs=xs)

    monkeypatch.setattr(Network, "explained", one_channel_more)
    with pytest.raises(AssertionError):
        check_every_working(load("lenet5"))


# --- the interface --------------------------------------------------------------------------------


def test_explain_in_python() -> None:
    part = archcalc.explain(archcalc.load("lenet5"), "c1")
    assert str(part).startswith("lenet5 c1: conv2d 5x5, 1x32x32 -> 6x28x28")
    assert repr(part).startswith("<Explanation of lenet5 c1: shape, parameters, macs")
    assert part.render("markdown").startswith("### lenet5 c1")
    assert part._repr_html_().startswith("<h3>lenet5 c1: conv2d 5x5")
    (row,) = part.to_dataframe().query("name == 'parameters'").itertuples()
    assert (row.layer, row.substituted, row.value) == ("c1", "(5·5·1 + 1)·6", 156)


def test_a_prefix_of_names_is_a_layer_too() -> None:
    net = load("resnet50")
    assert quantities(explain(net, "layer1.0"))["macs"].value == 231_211_008
    assert net["layer1"].is_repetition


@pytest.mark.parametrize(
    ("layer", "quantity", "message"),
    [
        (
            "inception_4a",
            None,
            "googlenet has no layer 'inception_4a'; did you mean 'inception4a'",
        ),
        (
            "inception4a",
            "parameter",
            "no quantity 'parameter'; did you mean 'parameters'?",
        ),
        (None, "x", f"no quantity 'x'; one of {', '.join(QUANTITIES)}"),
        (None, ["macs", "flop"], "no quantity 'flop'; did you mean 'flops'?"),
        (None, "macs,flop", "no quantity 'flop'; did you mean 'flops'?"),
        (None, "", "no quantity ''"),
        (None, ["macs", "macs"], "quantity 'macs' is asked for twice"),
    ],
)
def test_mistakes(layer: str | None, quantity: str | None, message: str) -> None:
    with pytest.raises(ArchcalcError) as error:
        explain(load("googlenet"), layer, quantity)
    assert str(error.value).startswith(message)


def test_every_quantity_can_be_asked_for_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for quantity in QUANTITIES:
        for layer in ([], ["--layer", "c3"]):
            assert main(["explain", "lenet5", *layer, "--quantity", quantity]) == 0
            assert capsys.readouterr().out.count("\n") > 1


@pytest.mark.parametrize(
    ("model", "layers"),
    [
        ("lenet5", [None, "s2", "s2_squash", "f6", "output"]),
        ("alexnet", [None, "fc6", "fc7.relu"]),
        ("resnet50", [None, "layer1", "layer1.0", "layer1.0.add", "avgpool", "fc"]),
        ("squeezenet1.0", [None, "fire2", "fire2.expand1x1", "dropout"]),
        ("fractalnet20-cifar", [None, "block1"]),
        ("resnet110-stochastic-depth-cifar", [None, "layer1", "layer1.0", "layer1.0.conv1"]),
    ],
)
def test_no_page_is_empty(model: str, layers: list[str | None]) -> None:
    net = load(model, mode="train")
    for quantity in QUANTITIES:
        for layer in layers:
            part = explain(net, layer, quantity)
            assert part.workings, (layer, quantity)
            assert all(q.reason for q in part.workings if not q.value), (layer, quantity)
            assert list(page_of(part).items), (layer, quantity)


def test_shapes_that_need_no_arithmetic_are_said(tmp_path: Path) -> None:
    layers = [{"name": name, "op": "linear", "out_features": 5} for name in ("a", "b")]
    text = str(explain(load(spec_file(tmp_path, *layers)), None, "shape"))
    assert text.split("\n")[1:] == ["shape        5, and no arithmetic in it"]


def test_connections_are_usual_only_where_the_unit_means_something() -> None:
    assert "connections" in quantities(explain(load("lenet5")))
    assert "connections" not in quantities(explain(load("resnet50")))
    assert shown("vgg16", "fc8", "connections")[1] == "4096·1000 + 1000"


def test_a_chain_of_5000_layers(tmp_path: Path) -> None:
    item = conv("x", 4, 3, repeat=5_000)
    net = load(spec_file(tmp_path, item))
    root = explain(net)
    assert quantities(root)["parameters"].substituted == "112 + 4999·148"
    assert quantities(root)["depth"].value == 5_000
    assert "2 x" not in str(root)
    assert len(list(parts(root))) == 5_002
    assert "x.4999 3x3" in str(explain(net, None, "receptive_field"))


def test_residual_blocks_in_a_row_are_explained_in_no_time() -> None:
    assert "35 at stride 4 before it" in str(explain(load("resnet152"), "layer2"))
