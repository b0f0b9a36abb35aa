"""Layers, and whole blocks, that use the parameters of earlier ones."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.network import Network
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape
from tests.op_examples import fields_of
from tests.spec_files import RELU, Tree, block, conv, graph, message, point, relu, spec


def network(file: Tree) -> Network:
    read = from_json(file, "my.json", "my")
    preset = next(iter(read.presets.values()))
    return Network("my", preset, expand(read, preset))


def sources(net: Network) -> dict[str, str]:
    """The nodes that use the parameters of another, each with that other."""
    shared = {node.name: getattr(node.op, "weights", "") for node in net.graph.nodes}
    return {name: source for name, source in shared.items() if source}


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.examples])
def test_every_layer_with_parameters_can_use_another_s(name: str) -> None:
    """Only a convolution by table cannot: its parameters are no tensor."""
    for example in OPS[name].examples:
        layer = create(OPS[name], fields_of(example))
        inputs = [Shape(*sizes) for sizes in example.inputs]
        if not layer.parameters(*inputs) or "connections" in example.fields:
            continue
        assert "weights" in OPS[name].field_infos
        shapes = layer.parameter_shapes(*inputs)
        held = sum(Shape(*shape).elements for shape in shapes.values())
        assert held == layer.parameters(*inputs)


def test_many_that_use_one_layer_s_parameters_are_one_op() -> None:
    """So they are counted once, however many they are, and each under its own name."""
    own = conv(out_channels=3, padding=1)
    user = {**own, "name": "user", "weights": "owner", "repeat": 4}
    last = {**own, "name": "last", "weights": "other"}
    net = network(spec({**own, "name": "owner"}, user, {**own, "name": "other"}, last))
    users = [node for node in net.graph.nodes if node.name.startswith("user.")]
    assert len(users) == 4
    assert len({id(node.op) for node in users}) == 1
    assert sources(net) == {**{f"user.{i}": "owner" for i in range(4)}, "last": "other"}


def test_a_batch_norm_of_another_branch() -> None:
    """One convolution and one norm for both inputs of a Siamese network."""
    net = network(
        spec(
            conv(name="a", out_channels=4),
            {"name": "a_bn", "op": "batch_norm"},
            conv(name="b", out_channels=4, inputs="input", weights="a"),
            {"name": "b_bn", "op": "batch_norm", "weights": "a_bn"},
            {"op": "add", "inputs": ["a_bn", "b_bn"]},
        )
    )
    assert net.parameters == (9 * 3 + 1) * 4 + 2 * 4
    assert sources(net) == {"b": "a", "b_bn": "a_bn"}


HEAD = block(
    conv(name="conv1", out_channels=8, padding=1), {"op": "batch_norm"}, RELU,
    conv(name="conv2", out_channels=4, padding=1),
)  # fmt: skip
HEAD_PARAMETERS = (9 * 8 + 1) * 8 + 2 * 8 + (9 * 8 + 1) * 4
PYRAMID = spec(
    point(8, name="p3"),
    {"name": "head3", "block": "head"},
    {"name": "p4", "op": "max_pool2d", "kernel_size": 2, "inputs": "p3"},
    {"name": "head4", "block": "head", "weights": "head3"},
    {"name": "head5", "block": "head", "inputs": "p4", "weights": "head4"},
    blocks={"head": HEAD},
    outputs={"p3": "head3", "p4": "head4", "p5": "head5"},
)


def test_a_whole_block_of_another_scale() -> None:
    """RetinaNet's heads: the same layers on each level of the pyramid (Lin et al. 2017)."""
    net = network(PYRAMID)
    assert net.parameters == 3 * 8 + HEAD_PARAMETERS
    assert sources(net) == {
        f"{head}.{layer}": f"head3.{layer}"
        for head in ("head4", "head5")
        for layer in ("conv1", "batch_norm", "conv2")
    }
    # Each use computes: 32·32 positions, then twice 16·16.
    assert net["head3"].macs == 32 * 32 * (9 * 8 * 8 + 9 * 8 * 4)
    assert net["head4"].macs == net["head5"].macs == net["head3"].macs / 4


def test_pytorch_agrees_on_shared_blocks() -> None:
    from archcalc.verification import verify

    assert verify(network(PYRAMID)).agrees


def test_blocks_inside_shared_blocks_share_too() -> None:
    outer = block({"name": "in", "block": "head"}, RELU)
    net = network(
        spec(
            point(8, name="p"),
            {"name": "a", "block": "outer"},
            {"name": "b", "block": "outer", "inputs": "p", "weights": "a"},
            {"name": "c", "block": "head", "inputs": "p", "weights": "b.in"},
            blocks={"head": HEAD, "outer": outer},
            outputs={"a": "a", "b": "b", "c": "c"},
        )
    )
    assert net.parameters == 3 * 8 + HEAD_PARAMETERS
    assert {source.rpartition(".")[0] for source in sources(net).values()} == {"a.in"}


def test_layers_before_a_block_that_shares_do_not_shift_it() -> None:
    """The owner stands behind the two nodes of a block, and the inner block behind a layer."""
    unit = block(RELU, conv(name="c", out_channels=3, padding=1))
    owner = point(3, name="owner")
    user = point(3, name="user", weights="owner")
    net = network(spec({"name": "u", "block": "unit"}, owner, user, blocks={"unit": unit}))
    assert sources(net) == {"user": "owner"}
    outer = block(RELU, RELU, {"name": "in", "block": "unit"})
    uses = [{"name": "a", "block": "outer"}, {"name": "b", "block": "outer", "weights": "a"}]
    net = network(spec(*uses, blocks={"unit": unit, "outer": outer}))
    assert sources(net) == {"b.in.c": "a.in.c"}


def test_the_layer_that_differs_is_named_by_its_whole_path() -> None:
    inner = block(conv(name="c", out_channels=8, padding=1))
    middle = block({"name": "y", "block": "inner"})
    outer = block({"name": "x", "block": "middle"})
    uses = [{"name": "a", "block": "outer"}, {"name": "b", "block": "outer", "weights": "a"}]
    blocks = {"inner": inner, "middle": middle, "outer": outer}
    assert message(spec(*uses, blocks=blocks)) == (
        "layers[1] 'b' (outer): weights: the weight of 'a.x.y.c' is 8x3x3x3, this one's 8x8x3x3"
    )


@pytest.mark.parametrize("path", ["u.0.nothing", "u.*", "input"])
def test_what_a_block_is_given_for_its_weights_is_one_layer(path: str) -> None:
    """That is seen where the path is followed, into copies of a block."""
    head = block(conv(weights="layer"), arguments={"layer": None})
    uses = [{"name": "u", "block": "unit", "repeat": 2}, {"block": "head", "layer": path}]
    file = spec(*uses, blocks={"head": head, "unit": block(conv(name="c"))})
    assert message(file) == f"layers[1] (head): layer: '{path}' is not one layer here"


def test_a_repeated_block_can_use_an_earlier_one() -> None:
    """ALBERT's one layer for all: copies of a block with the parameters of the first."""
    unit = block(conv(name="c", out_channels=3, padding=1))
    items = [{"name": "a", "block": "unit"},
             {"name": "b", "block": "unit", "repeat": 3, "weights": "a"}]  # fmt: skip
    net = network(spec(*items, blocks={"unit": unit}))
    assert net.parameters == (9 * 3 + 1) * 3
    assert sources(net) == {f"b.{i}.c": "a.c" for i in range(3)}


def test_an_argument_can_hold_a_layer_whose_parameters_a_block_uses() -> None:
    head = block(point(8, weights="layer"), arguments={"layer": None})
    outer = block({"name": "in", "block": "head", "layer": "shared"}, arguments={"shared": None})
    net = network(
        spec(
            point(8, name="widen"),
            point(8, name="a"),
            {"name": "b", "block": "head", "inputs": "widen", "layer": "a"},
            {"name": "c", "block": "outer", "inputs": "widen", "shared": "a"},
            blocks={"head": head, "outer": outer},
            outputs={"a": "a", "b": "b", "c": "c"},
        )
    )
    assert net.parameters == 3 * 8 + 8 * 8
    assert sources(net) == {"b.conv2d": "a", "c.in.conv2d": "a"}
    assert str(net.graph.groups["b"]) == "head layer a"


FIRST = {"name": "h0", "block": "head"}


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (
            [point(8), FIRST, {"name": "h1", "block": "head", "weights": "h0"}],
            "layers[2] 'h1' (head): weights: the weight of 'h0.conv1' is 8x8x3x3, "
            "this one's 8x4x3x3",
        ),
        (
            [point(8), FIRST, {"name": "h1", "block": "other", "weights": "h0"}],
            "layers[2] 'h1' (other): weights: 'h0' has other layers",
        ),
        (
            [point(8, name="a"), {"name": "h1", "block": "head", "weights": "a"}],
            "layers[1] 'h1' (head): weights: 'a' is no use of a block",
        ),
        (
            [{"name": "h1", "block": "head", "weights": "h0"}],
            "layers[0] 'h1' (head): no earlier item 'h0'",
        ),
        (
            [{"name": "t0", "block": "table"}, {"name": "t1", "block": "table", "weights": "t0"}],
            "layers[1] 't1' (table): weights: conv2d cannot use the parameters of 't0.conv2d'",
        ),
        (
            [{"block": "held", "layer": "input"}],
            "layers[0] (held): layer: 'input' is not one layer here",
        ),
        (
            [relu("a"), {"block": "held", "layer": "a"}],
            "blocks.held.layers[0] (conv2d): weights: 'a' has no weight to share",
        ),
        (
            [relu("a"), {"block": "held", "layer": 3}],
            "blocks.held.layers[0] (conv2d): no earlier item 'layer' here",
        ),
    ],
)
def test_what_is_wrong_with_shared_blocks(items: list[Any], said: str) -> None:
    table = block(conv(out_channels=3, padding=1, connections=[[0, 1], [1, 2], [0, 2]]))
    held = block(conv(weights="layer"), arguments={"layer": None})
    blocks = {"head": HEAD, "other": block(RELU), "table": table, "held": held}
    assert message(spec(*items, blocks=blocks)) == said


def test_a_block_can_hold_the_first_layer_of_all() -> None:
    held = block(point(8, weights="layer", name="own"), arguments={"layer": None})
    found = graph(
        spec(
            point(8, name="first", inputs="input"),
            {"name": "use", "block": "held", "inputs": "input", "layer": "first"},
            {"op": "add", "inputs": ["first", "use"]},
            blocks={"held": held},
        )
    )
    assert getattr(found.by_name["use.own"].op, "weights", "") == "first"


def test_copies_of_a_block_use_the_weights_of_one_layer() -> None:
    """Held by an argument, or of an earlier use of the block: all copies, and each of its input."""
    held = block(point(8, weights="layer", name="own"), arguments={"layer": None})
    plain = block(point(8, name="own"))
    found = graph(
        spec(
            point(8, name="first"),
            {"name": "use", "block": "held", "layer": "first", "repeat": 5},
            {"name": "block", "block": "plain"},
            {"name": "same", "block": "plain", "weights": "block", "repeat": 5},
            input=[8, 4, 4],
            blocks={"held": held, "plain": plain},
        )
    )
    for name, owner, before in (("use", "first", "first"), ("same", "block.own", "block.own")):
        copies = [found.by_name[f"{name}.{index}.own"] for index in range(5)]
        assert [copy.op.values["weights"] for copy in copies] == [owner] * 5
        assert [copy.inputs for copy in copies] == [
            (before,), *[(f"{name}.{index}.own",) for index in range(4)]
        ]  # fmt: skip


def test_every_copy_uses_the_weights_of_one_layer() -> None:
    owner = {"name": "owner", "op": "conv2d", "out_channels": 3, "kernel_size": 1}
    user = {**owner, "name": "user", "weights": "owner", "repeat": 5}
    found = graph(spec(owner, user))
    weights = [getattr(node.op, "weights", None) for node in found.nodes]
    assert weights == ["", *["owner"] * 5]
    assert [node.inputs for node in found.nodes[1:3]] == [("owner",), ("user.0",)]
