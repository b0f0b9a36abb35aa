"""What branches, blocks and modes mean; node lists written out by hand.

A node is written `name < its inputs`, as in `add < conv2d, input`.
"""

from __future__ import annotations

from fractions import Fraction

from archcalc.analysis import count
from archcalc.graph import Graph
from archcalc.language.budget import Budget
from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.names import catalog
from tests.spec_files import RELU, block, channels, conv, graph, listed, nodes, point, relu, spec

# --- branches -------------------------------------------------------------------------------------


def test_branches_start_from_the_items_input_or_their_own() -> None:
    assert nodes(
        relu("a"),
        relu("b"),
        {"branches": {"x": relu("c"), "y": {**RELU, "inputs": "a"}, "z": []}, "join": "add"},
    ) == ["a < input", "b < a", "x.c < b", "y.relu < a", "add < x.c, y.relu, b"]


def test_open_ends_go_in_order_to_the_next_join() -> None:
    split = {"branches": {"c": [relu("d")], "e": [relu("f")]}}
    outer = {"branches": {"a": [relu("b"), split], "g": []}}
    ends = ["a.b < input", "a.c.d < a.b", "a.e.f < a.b"]
    assert nodes({**outer, "join": "concat"}) == [*ends, "concat < a.c.d, a.e.f, input"]
    assert nodes(outer, {"op": "mean"}) == [*ends, "mean < a.c.d, a.e.f, input"]
    assert graph(spec(outer)).outputs == ("a.c.d", "a.e.f", "input")


def test_a_block_may_be_named_like_an_op() -> None:
    """So that a new op breaks no file; the op is still there under "op"."""
    assert nodes({"block": "relu"}, {"op": "relu"}, blocks={"relu": block(point(4))}) == [
        "conv2d < input",
        "relu_2 < conv2d",
    ]
    held = block({"block": "layer"}, arguments={"layer": "relu"})
    blocks = {"relu": block(point(4)), "unit": held}
    assert nodes({"block": "unit"}, blocks=blocks) == ["conv2d < input"]


def test_a_block_that_uses_itself() -> None:
    """FractalNet's rule with three columns: the two ends of the upper half meet in one mean."""
    fractal = block(
        {**RELU, "when": "columns == 1"},
        {"when": "columns > 1", "branches": {
            "deep": [
                {"name": "first", "block": "fractal", "columns": "columns - 1"},
                {"op": "mean", "when": "columns > 2"},
                {"name": "second", "block": "fractal", "columns": "columns - 1"},
            ],
            "shallow": RELU,
        }},
        arguments={"columns": None},
    )  # fmt: skip
    assert nodes(
        {"block": "fractal", "columns": 3}, {"op": "mean"}, blocks={"fractal": fractal}
    ) == [
        "deep.first.deep.first.relu < input",
        "deep.first.deep.second.relu < deep.first.deep.first.relu",
        "deep.first.shallow.relu < input",
        "deep.mean < deep.first.deep.second.relu, deep.first.shallow.relu",
        "deep.second.deep.first.relu < deep.mean",
        "deep.second.deep.second.relu < deep.second.deep.first.relu",
        "deep.second.shallow.relu < deep.mean",
        "shallow.relu < input",
        "mean < deep.second.deep.second.relu, deep.second.shallow.relu, shallow.relu",
    ]


# --- blocks and arguments -------------------------------------------------------------------------


def test_arguments_are_evaluated_outside_and_defaults_inside() -> None:
    unit = block(
        point("a", name="x"),
        point("b", name="y"),
        point("growth", name="z"),
        arguments={"a": None, "b": "a + in_channels"},
    )
    assert channels(
        point(4),
        {"name": "u", "block": "unit", "a": "2*in_channels + growth"},
        {"name": "v", "block": "unit", "a": 1, "b": 3},
        blocks={"unit": unit},
        arguments={"growth": 6},
    ) == [4, 14, 18, 6, 1, 3, 6]


def test_a_default_sees_the_arguments_before_it_and_else_the_networks() -> None:
    layers = [point("a"), point("b")]
    networks = block(*layers, arguments={"b": "a", "a": 3})
    its_own = block(*layers, arguments={"a": 3, "b": "a"})
    for unit, arguments, made in ((networks, {"a": 7}, [3, 7]), (its_own, {}, [3, 3])):
        assert channels({"block": "u"}, blocks={"u": unit}, arguments=arguments) == made


def test_a_block_sees_its_own_and_the_networks_arguments_but_not_its_users() -> None:
    user = block({"name": "a", "block": "used"}, point("growth"), arguments={"growth": None})
    used = block(point("own"), arguments={"own": "growth"})
    assert channels(
        {"name": "u", "block": "user", "growth": 5},
        blocks={"user": user, "used": used},
        arguments={"growth": 7},
    ) == [7, 5]


def test_one_block_on_inputs_of_other_shapes() -> None:
    unit = block(point("in_channels + 1"))
    assert channels({"name": "u", "block": "unit", "repeat": 3}, blocks={"unit": unit}) == [4, 5, 6]


def test_a_block_of_two_inputs_knows_each() -> None:
    unit = block(
        point("in_channels", name="a", inputs="before"),
        point("2*in_channels", name="b", inputs="now"),
        {"op": "concat", "inputs": ["a", "b"]},
        inputs=["now", "before"],
    )
    assert channels(
        point(4, name="x"),
        point(5, name="y"),
        {"block": "unit", "inputs": ["y", "x"]},
        blocks={"unit": unit},
    ) == [4, 5, 4, 10, 14]


def test_an_argument_can_hold_a_block() -> None:
    blocks = {"wide": block(point(64), RELU), "narrow": block(point(8))}
    file = spec(
        {"name": "u", "block": "unit"},
        blocks=blocks,
        arguments={"unit": "wide"},
        presets={"a": {}, "b": {"set": {"unit": "narrow"}}},
    )
    read = from_json(file, "my.json", "my")
    assert listed(expand(read, read.presets["a"])) == ["u.conv2d < input", "u.relu < u.conv2d"]
    assert listed(expand(read, read.presets["b"])) == ["u.conv2d < input"]


def test_presets_and_settings_move_the_arguments_after_them() -> None:
    file = spec(
        relu("a", repeat="n"),
        arguments={"depth": 6, "n": "depth / 2"},
        presets={"a": {"set": {"depth": 4}}},
    )
    read = from_json(file, "my.json", "my")
    assert len(expand(read, read.presets["a"]).nodes) == 2
    assert len(expand(read, read.presets["a"], arguments={"depth": 10}).nodes) == 5
    assert len(expand(read, read.presets["a"], arguments={"n": 1}).nodes) == 1


def test_true_is_1_and_false_is_0() -> None:
    """As counts, too, where `true` itself is no number."""
    items = [point("yes"), point("both[0]"), {**RELU, "when": "no"}, {**RELU, "when": "both[1]"}]
    arguments = {"yes": True, "no": False, "both": [True, False]}
    assert channels(*items, arguments=arguments) == [1, 1]


def test_decimals_are_exact() -> None:
    op = graph(spec({"op": "scale", "factor": "0.1 + 0.2"})).nodes[0].op
    assert op.factor == Fraction(3, 10)


def test_expressions_work_on_lists_element_by_element() -> None:
    op = graph(spec(conv(kernel_size="k", padding="k // 2"), arguments={"k": [1, 7]})).nodes[0].op
    assert (op.kernel_size, op.padding) == ((1, 7), (0, 3))


def test_the_groups_of_a_network_say_which_block_made_them() -> None:
    unit = block(point("wide"), arguments={"wide": None})
    expanded = graph(spec({"name": "u", "block": "unit", "wide": 8, "repeat": 2},
                          blocks={"unit": unit}))  # fmt: skip
    made = {path: (made.block, made.arguments) for path, made in expanded.groups.items()}
    assert made == {"u.0": ("unit", {"wide": 8}), "u.1": ("unit", {"wide": 8})}


def test_groups_inside_groups_and_none_where_nobody_gave_a_name() -> None:
    inner, outer = block(RELU), block({"name": "i", "block": "inner"}, {"block": "inner"})
    expanded = graph(
        spec({"name": "o", "block": "outer"}, {"block": "outer"},
             blocks={"inner": inner, "outer": outer})
    )  # fmt: skip
    assert [node.name for node in expanded.nodes] == ["o.i.relu", "o.relu", "i.relu", "relu"]
    made = {path: made.block for path, made in expanded.groups.items()}
    assert made == {"o": "outer", "o.i": "inner", "i": "inner"}


# --- modes ----------------------------------------------------------------------------------------


def test_side_outputs_are_there_in_train_mode_and_the_flow_passes_them_by() -> None:
    head = block(point(2), RELU)
    file = spec(
        relu("a"),
        {"name": "aux", "block": "head", "auxiliary": {"loss_weight": 0.3}},
        relu("b"),
        blocks={"head": head},
    )
    assert listed(graph(file)) == ["a < input", "b < a"]
    train = graph(file, train=True)
    assert listed(train) == ["a < input", "aux.conv2d < a", "aux.relu < aux.conv2d", "b < a"]
    assert train.auxiliary == {"aux.relu": Fraction(3, 10)}
    assert train.outputs == ("b",)


def test_a_side_output_of_a_block_is_one_of_each_copy() -> None:
    unit = block(RELU, {"name": "side", **RELU, "auxiliary": {"loss_weight": 1}})
    train = graph(spec({"name": "u", "block": "unit", "repeat": 2}, blocks={"unit": unit}),
                  train=True)  # fmt: skip
    assert train.auxiliary == {"u.0.side": 1, "u.1.side": 1}
    assert train.outputs == ("u.1.relu",)


# --- parameters and switches of another layer -----------------------------------------------------


def parameters(expanded: Graph) -> dict[str, int]:
    return {name: reading.parameters for name, reading in count.readings(expanded).items()}


def test_shared_parameters_are_counted_where_they_first_stand() -> None:
    back = {"op": "conv_transpose2d", "out_channels": 3, "kernel_size": 3, "bias": False}
    expanded = graph(
        spec(
            conv(name="a"),
            {**back, "name": "b", "weights": "a"},
            {**back, "name": "c", "weights": "b", "inputs": "a"},
            {"op": "add", "inputs": ["b", "c"]},
        )
    )
    # (3·3·3 + 1)·8 of the convolution; its weight, not its bias, serves the transposed ones.
    assert parameters(expanded) == {"a": 224, "b": 0, "c": 0, "add": 0}
    assert [expanded.by_name[name].op.weights for name in "abc"] == ["", "a", "a"]


def test_sharing_inside_a_block_stays_inside_each_copy() -> None:
    unit = block(point(3, name="a"), point(3, name="b", weights="a"))
    expanded = graph(spec({"name": "u", "block": "unit", "repeat": 2}, blocks={"unit": unit}))
    assert parameters(expanded) == {"u.0.a": 9, "u.0.b": 0, "u.1.a": 9, "u.1.b": 0}
    assert expanded.by_name["u.1.b"].op.weights == "u.1.a"


def test_unpooling_reads_the_flow_and_what_its_pooling_pooled() -> None:
    expanded = graph(
        spec(
            relu("a"),
            {"name": "p", "op": "max_pool2d", "kernel_size": 3, "stride": 2},
            relu("b"),
            {"op": "max_unpool2d", "of": "p"},
        )
    )
    assert listed(expanded) == ["a < input", "p < a", "b < p", "max_unpool2d < b, a"]
    assert expanded.nodes[-1].shape == (3, 32, 32)


def test_copies_of_a_block_are_alike_unless_they_read_their_number() -> None:
    unit = block(conv(out_channels="n", kernel_size=1), arguments={"n": None})
    use = {"name": "u", "block": "unit", "repeat": 3}
    assert channels({**use, "n": "4 + index // 2"}, blocks={"unit": unit}) == [4, 4, 5]
    inside = {"name": "g", "repeat": 3, "layers": [{"block": "unit", "n": "4 + index // 2"}]}
    assert channels(inside, blocks={"unit": unit}) == [4, 4, 5]


def test_copy_0_differs_from_a_copy_of_the_same_input() -> None:
    unit = block(
        conv(out_channels="in_channels", kernel_size=1, bias="bias"), arguments={"bias": True}
    )
    use = {"name": "u", "block": "unit", "repeat": 3, "first": {"bias": False}}
    found = graph(spec(use, blocks={"unit": unit})).nodes
    assert [node.op.bias for node in found] == [0, 1, 1]  # type: ignore[attr-defined]


def test_networks_of_a_file_share_layers_and_are_what_each_is_alone() -> None:
    """As a table reads them; only equal layers are the same."""
    shared = 0
    for names in of_files().values():
        budget, layers = Budget(), set[int]()
        for name in names:
            budget = budget.afresh()
            one = expand(*catalog.find(name), budget=budget)
            alone = expand(*catalog.find(name))
            assert one.nodes == alone.nodes
            assert (one.outputs, one.groups) == (alone.outputs, alone.groups)
            ops = {id(node.op) for node in one.nodes}
            shared += len(ops & layers)
            layers |= ops
    assert shared > 1000


def test_a_block_is_expanded_again_where_it_sees_another_argument_of_its_network() -> None:
    """Also through a block in it, and in train mode, where side outputs are there."""
    inner = block(point("outputs"), {**point(7), "auxiliary": {"loss_weight": 1}})
    file = spec(
        {"block": "outer"},
        arguments={"outputs": 4, "unseen": 1},
        blocks={"inner": inner, "outer": block({"block": "inner"})},
    )
    budget, read = Budget(), from_json(file, "test.json", "test")
    (preset,) = read.presets.values()
    for outputs, unseen, train, made in (
        (4, 1, False, 2),
        (4, 2, False, 2),  # nothing that a block sees
        (5, 1, False, 4),
        (4, 1, True, 6),
        (5, 2, False, 6),
    ):
        arguments = {"outputs": outputs, "unseen": unseen}
        found = expand(read, preset, arguments=arguments, train=train, budget=budget)
        assert [node.shape.channels for node in found.nodes] == [outputs, 7][: 1 + train]
        assert sum(map(len, budget.fragments.values())) == made


def of_files() -> dict[str, list[str]]:
    """The built-in networks by the file that they are in."""
    found: dict[str, list[str]] = {}
    for name in catalog.built_in():
        found.setdefault(str(catalog.spec_file(name)), []).append(name)
    return found
