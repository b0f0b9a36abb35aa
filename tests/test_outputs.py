"""The outputs of a network: named by the spec, or results of its own list that nothing reads."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spec_files import RELU, block, conv, graph, message, point, relu, spec, warnings

UNREAD = "nothing reads its result, so it is an output of the network; 'outputs' names them"
HEADS = [
    relu("trunk"),
    point(2, name="cls"),
    {"op": "softmax"},
    point(4, name="box", inputs="trunk"),
]


def outputs(*items: Any, **keys: Any) -> dict[str, str]:
    return dict(graph(spec(*items, **keys)).output_names)


def test_a_chain_has_one_output_by_the_name_of_its_last_item() -> None:
    assert outputs(RELU, relu("last")) == {"last": "last"}
    assert outputs(RELU) == {"relu": "relu"}
    assert outputs({"name": "head", "layers": [RELU, conv()]}) == {"head": "head.conv2d"}


def test_outputs_have_the_spec_s_own_words_and_order() -> None:
    named = graph(spec(*HEADS, outputs={"boxes": "box", "scores": "softmax"}))
    assert named.output_names == {"boxes": "box", "scores": "softmax"}
    assert named.outputs == ("box", "softmax")
    assert named.warnings == ()
    assert [named.shapes[name].channels for name in named.outputs] == [4, 2]


def test_an_output_may_be_read_too_and_two_names_may_be_one_node() -> None:
    both = graph(spec(relu("a"), relu("b"), outputs={"features": "a", "last": "b", "end": "b"}))
    assert both.output_names == {"features": "a", "last": "b", "end": "b"}
    assert both.outputs == ("a", "b")


def test_heads_that_nothing_reads_are_outputs_and_said_to_be() -> None:
    file = spec(*HEADS)
    assert graph(file).output_names == {"softmax": "softmax", "box": "box"}
    assert warnings(file) == [f"layers[2] (softmax): {UNREAD}"]


def test_heads_at_two_scales() -> None:
    file = spec(
        {"name": "a", "layers": [conv(), RELU]},
        {"name": "b", "layers": [conv(), RELU]},
        {"name": "loc_a", "inputs": "a", "layers": [conv()]},
        {"name": "loc_b", "inputs": "b", "layers": [conv()]},
    )
    assert graph(file).output_names == {"loc_a": "loc_a.conv2d", "loc_b": "loc_b.conv2d"}
    assert warnings(file) == [f"layers[2].layers[0] (conv2d), as loc_a.conv2d: {UNREAD}"]


def test_open_branches_are_outputs_by_their_names() -> None:
    branches = {"name": "heads", "branches": {"cls": point(2), "box": [RELU, point(4)]}}
    assert outputs(branches) == {"heads.cls": "heads.cls.conv2d", "heads.box": "heads.box.conv2d"}
    assert warnings(spec(branches)) == []
    named = {"scores": "heads.cls", "boxes": "heads.box"}
    assert outputs(branches, outputs=named) == {
        "scores": "heads.cls.conv2d",
        "boxes": "heads.box.conv2d",
    }


def test_open_ends_of_a_block_are_outputs_by_their_nodes_names() -> None:
    heads = block({"branches": {"cls": point(2), "box": point(4)}})
    assert outputs({"name": "h", "block": "heads"}, blocks={"heads": heads}) == {
        "h.cls.conv2d": "h.cls.conv2d",
        "h.box.conv2d": "h.box.conv2d",
    }


@pytest.mark.parametrize(
    ("items", "given", "said"),
    [
        (HEADS, {"boxes": "box"},
         "layers[2] (softmax): its result is never used"),
        (HEADS, {"boxes": "boxx"}, "outputs.boxes: no earlier item 'boxx'; did you mean 'box'?"),
        (HEADS, {"a b": "box"},
         "outputs.a b: 'a b' cannot be a name; 1 to 64 of A-Z a-z 0-9 _, not digits alone"),
        (HEADS, {"boxes": 3}, "outputs.boxes: takes the name of an earlier item, got 3"),
        (HEADS, {}, "outputs: is empty; leave it out for the last result"),
        (HEADS, ["box"], "outputs: takes an object, got ['box']\n"
                         "outputs: is empty; leave it out for the last result\n2 problems"),
        ([{"name": "m", "branches": {"x": [RELU], "y": []}}], {"out": "m"},
         "outputs.out: 'm' is 2 outputs; name each"),
        ([relu("a", repeat=0), RELU], {"out": "a.0"}, "outputs.out: no item 'a.0' here"),
        # inside a block, what nothing reads is still a mistake
        ([{"name": "g", "layers": [relu("a"), relu("b", inputs="input")]}], None,
         "layers[0].layers[0] 'a' (relu), as g.a: its result is never used"),
        ([relu("a", repeat=2, inputs="input")], None,
         "layers[0] 'a' (relu), as a.0: its result is never used"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_outputs(items: list[Any], given: Any, said: str) -> None:
    keys = {} if given is None else {"outputs": given}
    assert message(spec(*items, **keys)) == said
