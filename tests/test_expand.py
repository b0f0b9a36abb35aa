"""What a list of items means: names, inputs, repetitions; node lists written out by hand.

A node is written `name < its inputs`, as in `add < conv2d, input`.
"""

from __future__ import annotations

from tests.spec_files import (
    RELU,
    block,
    channels,
    conv,
    graph,
    message,
    nodes,
    point,
    relu,
    spec,
)  # fmt: skip

# --- names ----------------------------------------------------------------------------------------


def test_unnamed_ops_are_numbered_by_kind_and_position_present_or_not() -> None:
    items = [RELU, conv(), {**RELU, "when": "n"}, RELU, conv()]
    assert nodes(*items, arguments={"n": 1}) == [
        "relu < input",
        "conv2d < relu",
        "relu_2 < conv2d",
        "relu_3 < relu_2",
        "conv2d_2 < relu_3",
    ]
    assert nodes(*items, arguments={"n": 0}) == [
        "relu < input",
        "conv2d < relu",
        "relu_3 < conv2d",
        "conv2d_2 < relu_3",
    ]


def test_only_what_someone_wrote_makes_a_level() -> None:
    unit = block(conv(), {"layers": [RELU]}, {"branches": {"a": [], "b": []}, "join": "add"})
    assert nodes({"name": "stage", "block": "unit"}, {"block": "unit"}, blocks={"unit": unit}) == [
        "stage.conv2d < input",
        "stage.relu < stage.conv2d",
        "stage.add < stage.relu, stage.relu",
        "conv2d < stage.add",
        "relu < conv2d",
        "add < relu, relu",
    ]


def test_an_op_that_an_argument_holds_has_the_arguments_name() -> None:
    held = {"arguments": {"activation": "relu"}}
    assert nodes({"block": "activation"}, **held) == ["activation < input"]
    assert nodes({"block": "activation", "name": "a"}, **held) == ["a < input"]


def test_a_join_stands_under_its_items_name() -> None:
    assert nodes(
        {"name": "mixed", "branches": {"a": [RELU], "b": []}, "join": "concat"},
        {"branches": {"c": conv(), "d": conv()}, "join": "concat"},
    ) == [
        "mixed.a.relu < input",
        "mixed.concat < mixed.a.relu, input",
        "c.conv2d < mixed.concat",
        "d.conv2d < mixed.concat",
        "concat < c.conv2d, d.conv2d",
    ]


def test_unnamed_joins_are_numbered_as_ops_are() -> None:
    assert nodes(
        {"branches": {"a": [], "b": []}, "join": "add"},
        {"branches": {"c": [], "d": []}, "join": "add"},
        {"op": "add", "inputs": ["add", "add_2"]},
    ) == ["add < input, input", "add_2 < add, add", "add_3 < add, add_2"]


# --- what is absent -------------------------------------------------------------------------------


def test_the_name_of_an_absent_item_means_its_input() -> None:
    items = [
        relu("a"),
        conv(padding=1, out_channels=3, name="main"),
        point(3, name="shortcut", inputs="a", when="project"),
        {"op": "add", "inputs": ["main", "shortcut"]},
    ]
    start = ["a < input", "main < a"]
    with_it = [*start, "shortcut < a", "add < main, shortcut"]
    assert nodes(*items, arguments={"project": 1}) == with_it
    assert nodes(*items, arguments={"project": 0}) == [*start, "add < main, a"]


def test_an_absent_items_input_may_be_absent_itself() -> None:
    absent = {"when": False}
    assert nodes(
        relu("shared", **absent),
        relu("main"),
        relu("shortcut", inputs="shared", **absent),
        {"op": "add", "inputs": ["main", "shortcut"]},
    ) == ["main < input", "add < main, input"]


def test_an_unnamed_op_can_be_named_as_input_present_or_not() -> None:
    items = [
        relu("bn2"),
        {"op": "drop_path", "survival": "survival", "when": "survival < 1"},
        {"op": "add", "inputs": ["drop_path", "input"]},
    ]
    assert nodes(*items, arguments={"survival": 0.5}) == [
        "bn2 < input",
        "drop_path < bn2",
        "add < drop_path, input",
    ]
    assert nodes(*items, arguments={"survival": 1}) == ["bn2 < input", "add < bn2, input"]


def test_an_unnamed_join_can_be_named_as_input() -> None:
    paths = {"branches": {"a": [RELU], "b": []}, "join": "concat"}
    assert nodes(paths, relu("c"), {"op": "concat", "inputs": ["c", "concat"]}) == [
        "a.relu < input",
        "concat < a.relu, input",
        "c < concat",
        "concat_2 < c, concat",
    ]


def test_a_cell_that_may_be_absent_takes_its_own_first_inputs() -> None:
    cell = {"op": "add", "name": "cell", "repeat": 2, "inputs": [-1, -2], "when": "cells",
            "first": {"inputs": [-1, -1]}}  # fmt: skip
    assert nodes(cell, RELU, arguments={"cells": 1}) == [
        "cell.0 < input, input",
        "cell.1 < cell.0, input",
        "relu < cell.1",
    ]
    assert nodes(cell, RELU, arguments={"cells": 0}) == ["relu < input"]


def test_no_copies_are_absence() -> None:
    assert nodes(relu("a"), relu("b", repeat=0), {"op": "add", "inputs": ["b", "a"]}) == [
        "a < input",
        "add < a, a",
    ]


# --- inputs ---------------------------------------------------------------------------------------


def test_steps_back_are_results_of_the_same_list() -> None:
    assert nodes(
        relu("a", when=False),
        relu("b"),
        relu("side", auxiliary={"loss_weight": 1}),
        relu("c", repeat=2),
        {"op": "add", "inputs": [-1, -2, -3, -4]},
    ) == ["b < input", "c.0 < b", "c.1 < c.0", "add < c.1, c.0, b, input"]


def test_cells_that_read_the_two_results_before_them() -> None:
    cell = block({"op": "add", "inputs": ["now", "before"]}, inputs=["now", "before"])
    assert nodes(
        relu("stem"),
        {"name": "cell", "block": "cell", "repeat": 3, "inputs": [-1, -2],
         "first": {"inputs": [-1, "-older"]}},
        blocks={"cell": cell},
        arguments={"older": 1},
    ) == [
        "stem < input",
        "cell.0.add < stem, stem",
        "cell.1.add < cell.0.add, stem",
        "cell.2.add < cell.1.add, cell.0.add",
    ]  # fmt: skip


def test_paths_reach_into_groups_branches_blocks_and_repetitions() -> None:
    down = block(relu("convs", repeat=2), {"op": "max_pool2d", "kernel_size": 1})
    assert nodes(
        {"name": "down1", "block": "down"},
        {"name": "g", "layers": [relu("a"), relu("b")]},
        {"name": "m", "branches": {"x": [relu("y")], "z": []}, "join": "add"},
        {"op": "add", "inputs": ["down1.convs", "down1.convs.0", "g.a", "m.x", "m.x.y", "m"]},
        {"name": "r", "layers": [relu("s"), relu("t")], "repeat": 2},
        {"op": "add", "inputs": ["r", "r.0", "r.0.s"]},
        blocks={"down": down},
    ) == [
        "down1.convs.0 < input",
        "down1.convs.1 < down1.convs.0",
        "down1.max_pool2d < down1.convs.1",
        "g.a < down1.max_pool2d",
        "g.b < g.a",
        "m.x.y < g.b",
        "m.add < m.x.y, g.b",
        "add < down1.convs.1, down1.convs.0, g.a, m.x.y, m.x.y, m.add",
        "r.0.s < add",
        "r.0.t < r.0.s",
        "r.1.s < r.0.t",
        "r.1.t < r.1.s",
        "add_2 < r.1.t, r.0.t, r.0.s",
    ]


def test_parallel_copies_are_collected_by_a_star() -> None:
    path = {"name": "path", "repeat": 3, "inputs": "input", "layers": [point(2), RELU]}
    assert nodes(path, {"op": "concat", "inputs": "path.*"}) == [
        "path.0.conv2d < input",
        "path.0.relu < path.0.conv2d",
        "path.1.conv2d < input",
        "path.1.relu < path.1.conv2d",
        "path.2.conv2d < input",
        "path.2.relu < path.2.conv2d",
        "concat < path.0.relu, path.1.relu, path.2.relu",
    ]


def test_names_are_sought_from_the_inside_out() -> None:
    assert nodes(
        relu("a"),
        relu("b"),
        {"name": "g", "layers": [relu("a"), {"op": "add", "inputs": ["a", "b", "input"]}]},
    ) == ["a < input", "b < a", "g.a < b", "g.add < g.a, b, input"]
    inner = {"name": "h", "layers": [{"op": "add", "inputs": ["c", "a"]}]}
    assert nodes(relu("a"), relu("c"), {"name": "g", "layers": [relu("a"), inner]}) == [
        "a < input",
        "c < a",
        "g.a < c",
        "g.h.add < c, g.a",
    ]


def test_input_is_the_blocks_own() -> None:
    unit = block(relu("a"), {"op": "add", "inputs": ["a", "input"]})
    assert nodes(RELU, {"name": "u", "block": "unit"}, blocks={"unit": unit}) == [
        "relu < input",
        "u.a < relu",
        "u.add < u.a, relu",
    ]


# --- repetitions ----------------------------------------------------------------------------------


def test_first_overrides_fields_and_arguments_in_copy_0() -> None:
    unit = block(point("channels", stride="stride"), arguments={"channels": None, "stride": 1})
    expanded = graph(
        spec(
            point(4, name="a", repeat=2, first={"stride": 2}),
            {"name": "b", "block": "unit", "repeat": 2, "channels": 8, "first": {"stride": 2}},
            blocks={"unit": unit},
        )
    )
    assert [(node.name, *node.shape) for node in expanded.nodes] == [
        ("a.0", 4, 16, 16),
        ("a.1", 4, 16, 16),
        ("b.0.conv2d", 8, 8, 8),
        ("b.1.conv2d", 8, 8, 8),
    ]


def test_index_is_the_copys_number_and_the_outer_one_after_an_inner_repetition() -> None:
    group = {
        "name": "g",
        "repeat": 2,
        "layers": [
            point("10*index + 1", name="a"),
            point("100*index + 1", name="b", repeat=3),
            point("10*index + 2", name="c"),
        ],
    }
    assert channels(group) == [1, 1, 101, 201, 2, 11, 1, 101, 201, 12]


def test_in_channels_is_of_the_items_own_first_input() -> None:
    assert channels(
        point(5, name="a"),
        point(7, name="b"),
        point("2*in_channels", inputs="a"),
        point("in_channels", name="c", repeat=2),
        point(9, name="d", when="in_channels == 7", inputs="b"),
        point("in_channels", name="e", repeat="in_channels // 3", inputs="a"),
        {"op": "concat", "inputs": ["conv2d", "c", "d", "e"]},
    ) == [5, 7, 10, 10, 10, 9, 5, 10 + 10 + 9 + 5]


def test_in_channels_is_taken_anew_for_each_copy() -> None:
    assert channels(point("2*in_channels", name="a", repeat=3)) == [6, 12, 24]


def test_repeats_that_are_no_number_are_refused_inside_others_too() -> None:
    inner = {"name": "b", **RELU, "repeat": "n"}
    file = spec({"name": "a", "repeat": 2, "layers": [inner]}, arguments={"n": [1, 2]})
    assert message(file) == (
        "layers[0].layers[0] 'b' (relu), as a.0.b: repeat \"n\" is [1, 2]; it needs a whole number"
    )


def test_what_may_be_absent_is_no_reason_to_refuse_repeats() -> None:
    absent = {"name": "b", **RELU, "repeat": 200_000, "when": 0}
    assert nodes({"name": "a", "repeat": 2, "layers": [absent, RELU]}) == [
        "a.0.relu < input",
        "a.1.relu < a.0.relu",
    ]


def test_copies_of_one_layer_stand_behind_one_another_or_side_by_side() -> None:
    behind = ["a.0 < input", "a.1 < a.0", "a.2 < a.1", "a.3 < a.2"]
    assert nodes(relu("a", repeat=4)) == behind
    assert nodes(point(3, name="a", repeat=4, first={"kernel_size": 1})) == behind
    add = {"op": "add", "inputs": "g.a.*"}
    inside = {"name": "g", "layers": [relu("x"), relu("a", repeat=4, inputs=["x"])]}
    assert nodes(inside, add) == [
        "g.x < input",
        *(f"g.a.{i} < g.x" for i in range(4)),
        "add < g.a.0, g.a.1, g.a.2, g.a.3",
    ]
    two = relu("a", inputs="input", repeat=4, first={"inputs": "x"})
    assert nodes(relu("x"), two, {"op": "add", "inputs": "a.*"})[1:-1] == [
        "a.0 < x",
        *(f"a.{i} < input" for i in range(1, 4)),
    ]


def test_copies_whose_fields_read_what_is_before_them_are_layers_of_their_own() -> None:
    assert channels(point("3 + index // 2", name="a", repeat=6)) == [3, 3, 4, 4, 5, 5]
    fewer = point("in_channels - in_channels // 9", name="a", repeat=6)
    assert channels(fewer, input=[12, 8, 8]) == [11, 10, 9, 8, 8, 8]
