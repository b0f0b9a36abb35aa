"""Bad items, and exactly what is said of them: fields, names, inputs, shapes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spec_files import NO_NAME, RELU, conv, ids, message, spec

BODIES = "an item has one of op, block, branches, layers"

REFERENCES = "takes names of earlier items, or steps back such as -1"

ITEMS = [
    ([3], "layers[0]: an item is an object, got 3"),
    ([{"name": "a"}], f"layers[0]: {BODIES}; got none of them"),
    ([{"opp": "relu"}], f"layers[0]: {BODIES}; got none of them; did you mean 'op'?"),
    ([{"op": "relu", "block": "b"}], f"layers[0]: {BODIES}; got 'op' and 'block'"),
    ([{"op": "conv2"}], "layers[0]: unknown op 'conv2'; did you mean 'conv2d'?"),
    ([{"op": ["relu"]}], "layers[0]: op takes a name, got ['relu']"),
    ([{"block": 3}], "layers[0]: block takes a name, got 3"),
    ([{"branches": {"a": []}, "join": 3}], "layers[0]: join takes a name, got 3"),
    ([{"block": "uint"}], "layers[0] (uint): no block or argument 'uint'"),
    ([{"block": "relu"}], "layers[0] (relu): 'relu' is an op, not a block; \"op\": \"relu\""),
    # fields
    (
        [conv(name="c1", out_channel=6)],
        "layers[0] 'c1' (conv2d): unknown field 'out_channel'; did you mean 'out_channels'?",
    ),
    (
        [{"op": "conv2d"}],
        "layers[0] (conv2d): field 'out_channels' is missing\n"
        "layers[0] (conv2d): field 'kernel_size' is missing\n2 problems",
    ),
    *(
        (
            [conv(out_channels=value)],
            f"layers[0] (conv2d): out_channels takes a whole number of at least 1, got {got}",
        )
        for value, got in (
            (0, "0"), (-1, "-1"), (True, "true"), (1.5, "1.5"), (None, "null"), ([8], "[8]"),
            ({}, "an object"), ("7 / 2", "3.5"), ("1 - 1", "0"),
        )
    ),
    *(
        (
            [conv(kernel_size=value)],
            "layers[0] (conv2d): kernel_size takes a whole number of at least 1, "
            f"or [height, width], got {got}",
        )
        for value, got in ((0, "0"), ([3, 3, 3], "[3, 3, 3]"), ([3, 0], "[3, 0]"),
                           ("[3, 3] / 2", "[1.5, 1.5]"))
    ),
    (
        [conv(padding=-1)],
        "layers[0] (conv2d): padding takes a whole number of at least 0, or [height, width], "
        "got -1",
    ),
    ([conv(bias=2)], "layers[0] (conv2d): bias takes true or false, got 2"),
    (  # the size of a vector is not the number of an input
        [{"op": "linear", "out_features": 20}, {"op": "linear", "out_features": 2, "axis": 1}],
        "layers[1] (linear): linear takes axis 1; its input 20 has 1, from 0",
    ),
    (
        [conv(padding_mode="same")],
        "layers[0] (conv2d): padding_mode takes 'zeros' or 'reflect', got 'same'",
    ),
    ([{"op": "dropout", "p": 1.5}], "layers[0] (dropout): p is a probability, got 1.5"),
    (
        [conv(connections=[[0, 0]])],
        "layers[0] (conv2d): connections takes a list that gives each output map the input maps "
        "it reads, got [[0, 0]]",
    ),
    # names: nothing that a terminal, a table, a path or a module could take otherwise
    *(
        ([{**RELU, "name": name}], f"layers[0] '{name}' (relu): '{name}' {NO_NAME}")
        for name in ("a.b", "a|b", "a/b", "../a", "a b", "a`b", "<b>", "12", "é")
    ),
    ([{**RELU, "name": 5}], f"layers[0] '5' (relu): 5 {NO_NAME}"),
    ([{**RELU, "name": ""}], f"layers[0] (relu): '' {NO_NAME}"),
    (
        [{**RELU, "name": "x" * 65}],
        f"layers[0] '{'x' * 57}...' (relu): '{'x' * 57}...' {NO_NAME}",
    ),
    (
        [{**RELU, "name": "input"}],
        "layers[0] 'input' (relu): 'input' cannot be a name; it means the input",
    ),
    (
        [{**RELU, "name": "a\x1b[2J"}],
        "layers[0].name: 'a\\x1b[2J' has characters that cannot be printed",
    ),
    (
        [{**RELU, "name": "a"}, {**RELU, "name": "a"}],
        "layers[1] 'a' (relu): the name 'a' is taken in this list",
    ),
    (
        [{**RELU, "name": "relu_2"}, RELU, RELU],
        "layers[2] (relu): the name 'relu_2' is taken in this list",
    ),
    (
        [{**RELU, "name": "a"}, {"branches": {"a": [], "b": []}, "join": "add"}],
        "layers[1] (add): the name 'a' is taken in this list",
    ),
    # repeat, first, when, auxiliary
    ([{**RELU, "repeat": 2}], "layers[0] (relu): an item that repeats needs a name"),
    (
        [{**RELU, "name": "a", "repeat": True}],
        "layers[0] 'a' (relu): repeat takes a whole number or an expression, got true",
    ),
    (
        [{**RELU, "name": "a", "repeat": -1}],
        "layers[0] 'a' (relu): repeat \"-1\" is -1; it needs a whole number of at least 0",
    ),
    (
        [{**RELU, "name": "a", "repeat": "7 / 2"}],
        "layers[0] 'a' (relu): repeat \"7 / 2\" is 3.5; it needs a whole number",
    ),
    ([conv(name="a", first={"stride": 2})], "layers[0] 'a' (conv2d): 'first' needs 'repeat'"),
    (
        [conv(name="a", repeat=2, first={"strid": 2})],
        "layers[0] 'a' (conv2d): first: unknown field 'strid'; did you mean 'stride'?",
    ),
    (
        [{"name": "a", "repeat": 2, "layers": [RELU], "first": {"stride": 2}}],
        "layers[0] 'a' (layers): first: cannot set 'stride' of inline layers",
    ),
    (
        [conv(name="a", repeat=2, first=[2])],
        "layers[0] 'a' (conv2d): first takes an object, got [2]",
    ),
    (
        [conv(name="a", repeat=2, first={"weights": "a"})],
        "layers[0] 'a' (conv2d): first: unknown field 'weights'",
    ),
    (
        [conv(out_channels="index + 1")],
        "layers[0] (conv2d): out_channels takes a whole number of at least 1: "
        "unknown name 'index' in 'index + 1'",
    ),
    ([{**RELU, "when": None}], "layers[0] (relu): when takes a condition, got null"),
    (
        [{**RELU, "when": "1 < 2 < 3"}],
        "layers[0] (relu): when: '1 < 2 < 3' is not allowed here; only == != < <= > >= of two "
        "values; 'and' joins comparisons",
    ),
    ([{**RELU, "when": "[1]"}], "layers[0] (relu): when \"[1]\" is [1]; it needs a number"),
    *(
        (
            [{**RELU, "name": "a", "auxiliary": value}, RELU],
            f"layers[0] 'a' (relu): auxiliary takes {{\"loss_weight\": number}}, got {got}",
        )
        for value, got in (
            ({"stride": 2}, "an object"),
            ({}, "an object"),
            ([1], "[1]"),
            (1, "1"),
        )
    ),
    *(
        (
            [{**RELU, "name": "a", "auxiliary": {"loss_weight": weight}}, RELU],
            f"layers[0] 'a' (relu): auxiliary: loss_weight takes a number, got {got}",
        )
        for weight, got in (
            ("x", "'x'"), (True, "true"), (None, "null"), ([1], "[1]"), ({}, "an object"),
        )
    ),
    (
        [{**RELU, "name": "a", "auxiliary": {"loss_weight": 1, "stride": 2}}, RELU],
        "layers[0] 'a' (relu): auxiliary: unknown key 'stride'",
    ),
    (
        [{**RELU, "name": "a", "auxiliary": {"loss_weight": 1}, "repeat": 2}, RELU],
        "layers[0] 'a' (relu): 'auxiliary' and 'repeat' do not go together",
    ),
    # branches
    ([{"branches": {}}], "layers[0] (branches): branches is empty"),
    ([{"branches": []}], "layers[0] (branches): branches takes an object, got []\n"
     "layers[0] (branches): branches is empty\n2 problems"),
    (
        [{"branches": {"a": []}, "join": "sum"}],
        "layers[0] (sum): unknown join 'sum'; one of concat, add, multiply, mean",
    ),
    (
        [{"branches": {"a": {**RELU, "when": 1}, "b": []}, "join": "add"}],
        "layers[0].branches.a: a branch of one item has no 'when'; write a list",
    ),
    ([{"branches": {"a/b": []}}], f"layers[0].branches.a/b: 'a/b' {NO_NAME}"),
    (
        [{"branches": {"a": 3, "b": []}, "join": "add"}],
        "layers[0].branches.a: takes a list of items, got 3",
    ),
    (
        [{"name": "m", "branches": {"add": [RELU], "b": []}, "join": "add"}],
        "layers[0] 'm' (add): branch 'add' is named like its join",
    ),
    ([{"layers": [], "join": "add"}], "layers[0] (layers): unknown key 'join'"),
    (
        [conv(in_channels=3)],
        "layers[0] (conv2d): unknown field 'in_channels'; it follows from the input of the layer",
    ),
    # inputs
    ([{**RELU, "inputs": "b"}], "layers[0] (relu): no earlier item 'b'"),
    (
        [{**RELU, "inputs": "b"}, {**RELU, "name": "b"}],
        "layers[0] (relu): no earlier item 'b'; it comes later",
    ),
    (
        [{**RELU, "name": "a", "inputs": "b"}, {**RELU, "name": "b", "inputs": "a"}],
        "layers[0] 'a' (relu): no earlier item 'b'; it comes later",
    ),
    (
        [{"name": "g", "layers": [{**RELU, "inputs": "h.a"}]},
         {"name": "h", "layers": [{**RELU, "name": "a"}]}],
        "layers[0].layers[0] (relu): no earlier item 'h.a'; it comes later",
    ),
    ([{**RELU, "name": "a", "inputs": "a"}], "layers[0] 'a' (relu): no earlier item 'a'"),
    *(  # what refers to an item that cannot be read is no second problem
        ([{**unread, "name": "w"}, {"op": "add", "inputs": ["w", "input"]}], problem)
        for unread, problem in (
            ({"op": "learned"}, "layers[0]: unknown op 'learned'"),
            ({}, "layers[0]: an item has one of op, block, branches, layers; got none of them"),
            ({"op": 3}, "layers[0]: op takes a name, got 3"),
        )
    ),
    (
        [{**RELU, "name": "conv1"}, {**RELU, "inputs": "conv_1"}],
        "layers[1] (relu): no earlier item 'conv_1'; did you mean 'conv1'?",
    ),
    (
        [{"name": "g", "layers": [{**RELU, "name": "a"}]}, {**RELU, "inputs": "g.b"}],
        "layers[1] (relu): no earlier item 'g.b'",
    ),
    (  # only what makes a node can be named without a name of its own
        [{"layers": [RELU]}, {**RELU, "name": "b", "inputs": "layers"}],
        "layers[1] 'b' (relu): no earlier item 'layers'",
    ),
    (
        [{**RELU, "name": "a"}, {**RELU, "inputs": "a.*"}],
        "layers[1] (relu): no earlier item 'a.*' here",
    ),
    ([{**RELU, "inputs": []}], "layers[0] (relu): inputs is empty"),
    (
        [{**RELU, "inputs": None}],
        f"layers[0] (relu): inputs {REFERENCES}; got null",
    ),
    *(
        ([{**RELU, "inputs": [wrong]}], f"layers[0] (relu): inputs {REFERENCES}; got {got}")
        for wrong, got in ((["a"], "['a']"), (-1.5, "-1.5"), (True, "true"))
    ),
    (
        [{**RELU, "name": "a", "repeat": 2, "first": {"inputs": None}}],
        f"layers[0] 'a' (relu): first: inputs {REFERENCES}; got null",
    ),
    (
        [{**RELU, "inputs": -3}],
        "layers[0] (relu): inputs -3 goes back beyond the input of its list",
    ),
    (
        [{**RELU, "inputs": 0}],
        "layers[0] (relu): inputs 0 is no step back; -1 is the last result",
    ),
    (
        [{**RELU, "inputs": "-1/2"}],
        "layers[0] (relu): inputs -0.5 is no step back; -1 is the last result",
    ),
    (
        [{"name": "g", "layers": [{**RELU, "name": name, "inputs": "input"} for name in "abc"]}],
        "layers[0].layers[0] 'a' (relu), as g.a: its result is never used\n"
        "layers[0].layers[1] 'b' (relu), as g.b: its result is never used\n2 problems",
    ),
    # shapes
    (
        [{"branches": {"a": [RELU], "b": [RELU]}}, RELU],
        "layers[1] (relu): relu takes one input, got 2 (branches without a join?)",
    ),
    (
        [RELU, {"op": "einsum", "equation": "chw,chw->chw"}],
        "layers[1] (einsum): einsum takes 2 inputs, got 1",
    ),
    (
        [
            {"name": "a", "op": "max_pool2d", "kernel_size": 2},
            {"name": "b", "op": "max_pool2d", "kernel_size": 3, "inputs": "input"},
            {"name": "merge", "op": "concat", "inputs": ["a", "b"]},
        ],
        "layers[2] 'merge' (concat): 'a' is 3x16x16, 'b' is 3x10x10; height and width must agree",
    ),
    (
        [conv(name="a"), {"op": "add", "inputs": ["a", "input"]}],
        "layers[1] (add): 'a' is 8x30x30, 'input' is 3x32x32; sizes must agree or be 1",
    ),
    (
        [{"name": "pool5", "op": "max_pool2d", "kernel_size": 33}],
        "layers[0] 'pool5' (max_pool2d): gets 3x32x32, smaller than its kernel: "
        "height 32 + padding is 32, the kernel spans 33",
    ),
    (  # the first makes 13 of 32
        [conv(name="c", kernel_size=20, repeat=2)],
        "layers[0] 'c' (conv2d), as c.1: gets 8x13x13, smaller than its kernel: "
        "height 13 + padding is 13, the kernel spans 20",
    ),
    (
        [conv(groups=2)],
        "layers[0] (conv2d): in_channels (=3) is not divisible by groups (=2)",
    ),
    (
        [conv(out_channels=10, groups=3)],
        "layers[0] (conv2d): out_channels (=10) is not divisible by groups (=3)",
    ),
    (
        [{"op": "linear", "out_features": 5}, conv()],
        "layers[1] (conv2d): conv2d takes a map CxHxW, got a vector of 5 features; "
        'the op "reshape" makes a map of it',
    ),
    (
        [{"op": "max_pool2d", "kernel_size": 3, "padding": 2}],
        "layers[0] (max_pool2d): padding (=2) is more than half of kernel_size (=3)",
    ),
    # weights and of
    ([conv(weights="a")], "layers[0] (conv2d): no earlier item 'a'"),
    ([conv(weights=3)], "layers[0] (conv2d): weights takes the name of an earlier item, got 3"),
    ([conv(xyzzy=1)], "layers[0] (conv2d): unknown field 'xyzzy'; see archcalc ops conv2d"),
    ([{**RELU, "weights": "a"}], "layers[0] (relu): unknown field 'weights'; relu has none"),
    (
        [{**RELU, "name": "a"}, conv(weights="a")],
        "layers[1] (conv2d): weights: 'a' has no weight to share",
    ),
    (
        [conv(name="a"), conv(weights="a")],
        "layers[1] (conv2d): weights: the weight of 'a' is 8x3x3x3, this one's 8x8x3x3",
    ),
    (
        [
            conv(name="a", bias=False),
            {"op": "conv_transpose2d", "out_channels": 3, "kernel_size": 3, "weights": "a"},
        ],
        "layers[1] (conv_transpose2d): weights: 'a' has no bias to share",
    ),
    (
        [
            {"name": "a", "op": "linear", "out_features": 2, "bias": False},
            {"op": "linear", "out_features": 2, "weights": "a", "inputs": "input"},
        ],
        "layers[1] (linear): weights: 'a' has no bias to share",
    ),
    (
        [{**RELU, "name": "a"}, {"op": "max_unpool2d", "of": "a"}],
        "layers[1] (max_unpool2d): of 'a' is a relu, no max_pool2d",
    ),
    (
        [{"op": "max_pool2d", "kernel_size": 2}, RELU, {"op": "max_unpool2d", "of": "input"}],
        "layers[2] (max_unpool2d): 'input' is not one layer here",
    ),
    (
        [
            {"name": "a", "op": "max_pool2d", "kernel_size": 2},
            {"op": "max_pool2d", "kernel_size": 2},
            {"op": "max_unpool2d", "of": "a"},
        ],
        "layers[2] (max_unpool2d): takes 3x16x16, which its pooling made of 3x32x32; got 3x8x8",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("items", "said"), ITEMS, ids=ids(ITEMS))
def test_what_is_wrong_with_an_item(items: list[Any], said: str) -> None:
    assert message(spec(*items)) == said
