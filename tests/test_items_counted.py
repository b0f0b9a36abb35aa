"""How many items everything in a file counts as, exactly: files at the bound, and one beyond it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archcalc.cli import main
from archcalc.names import catalog
from tests.spec_files import RELU, Tree, block, message, point, relu, spec


def test_exactly_125_000_items_are_taken() -> None:
    """The group, two for each of its copies, the relu, and four for it, since it is like no layer
    before: 2·62,497 + 6 = 125,000, whichever comes last."""
    for copies, said in ((62_497, "nothing is wrong"), (62_498, "more than 125,000 items")):
        group = {"name": "a", "repeat": copies, "layers": []}
        assert said in message(spec(group, RELU))
        assert said in message(spec(RELU, group))


def test_a_use_of_a_block_counts_its_arguments_and_the_values_that_these_allow() -> None:
    """A copy, the use and its argument, the relu in it, and an eighth of the values; once the item,
    three for the block and four for a new layer. 8 + 4·31,248 = 125,000; with 64 values
    8 + 12·10,416 = 125,000."""
    for values, copies in ((0, 31_248), (64, 10_416)):
        allowed = {"values": list(range(values))} if values else {}
        uses = {"b": block({**RELU, "when": "n + 1"}, arguments={"n": {"default": 0, **allowed}})}
        for more, said in ((0, "nothing is wrong"), (1, "more than 125,000 items")):
            use = {"name": "a", "block": "b", "n": 1, "repeat": copies + more}
            assert said in message(spec(use, blocks=uses))


def bound(costs: int, once: int, file: Callable[[int], Tree]) -> None:
    """Check that a file of so many copies is taken and one of one more is not, where a copy comes
    to some items and the rest to others, once."""
    copies = (125_000 - once) // costs
    assert message(file(copies)) == "nothing is wrong"
    assert "more than 125,000 items" in message(file(copies + 1))


def test_a_block_in_a_block_counts_as_a_use_and_what_is_in_it() -> None:
    """A copy, the use, the use in it, and the relu in that. Once: the item, three for each block
    and four for a new layer; and one more for the first copy, in which both items of blocks are
    read."""
    blocks = {"outer": block({"block": "inner"}), "inner": block(RELU)}
    bound(4, 12, lambda n: spec({"name": "u", "block": "outer", "repeat": n}, blocks=blocks))


def test_a_block_for_other_arguments_counts_as_three_items_more() -> None:
    """A copy, the use and its argument, three for the block, and the relu in it. Once: the item
    and four for the layer, which is the same in all."""
    uses = {"b": block({**RELU, "when": "n + 1"}, arguments={"n": None})}
    use = {"name": "a", "block": "b", "n": "index"}
    bound(7, 5, lambda n: spec({**use, "repeat": n}, blocks=uses))


def test_a_join_counts_as_an_item_and_a_fifth_of_its_inputs() -> None:
    """The copy is one, and so is the join. Once: the item, four for the layer, and what the first
    copy takes, which is looked at before it is known that there is one."""
    for inputs, costs in (2, 2), (4, 2), (5, 3), (10, 4):
        item = {"name": "a", "op": "add", "inputs": [-1] * inputs}
        bound(costs, 5 + costs - 1, lambda n, item=item: spec({**item, "repeat": n}))


def test_long_names_count_by_64_letters() -> None:
    """The names of two nodes have 129 letters in their block, 258 together: four 64s, two free.

    Under `PP...P.7.` they have 64 more and the digits of the copy, 388 to 396 together: six 64s,
    two of them more than before. A copy is one, its use one, these two, the two nodes and the two
    64s of their names in the block: eight. The first reads the block instead, which is three, where
    four are for each new layer, two for each name, and three items: 18 in place of four. The item
    is one.
    """
    x, y, z = ("x" * 64, "y" * 64, "z" * 64)
    group = {"name": x, "layers": [relu(y), relu(z)]}
    blocks = {"b": block(group)}
    bound(8, 15, lambda n: spec({"name": "P" * 62, "block": "b", "repeat": n}, blocks=blocks))


def test_a_long_path_counts_by_its_parts() -> None:
    """One more for eight dots, for each copy and where the item stands. A copy is one, and a fifth
    as an input of the sum, which is one more; the others are eight groups and three items, and four
    for each of three new layers: 2n + n//5 + 25 at 56,807 copies is 125,000."""
    items: list[Any] = [relu("i")]
    for name in "hgfedcba":
        items = [{"name": name, "layers": items}]
    for copies, said in ((56_807, "nothing is wrong"), (56_808, "more than 125,000 items")):
        read = relu("z", inputs="a.b.c.d.e.f.g.h.i", repeat=copies)
        assert said in message(spec(*items, read, {"op": "add", "inputs": "z.*"}))


def test_eight_steps_of_an_expression_count_as_one_item() -> None:
    """Nine names and signs are one beside the copy, five are none; the item, and four for the one
    layer that all are."""
    for text, costs in (("3 + index - index", 1), ("3 + index - index + index - index", 2)):
        bound(costs, 5, lambda n, text=text: spec({**point(text), "name": "a", "repeat": n}))


def test_steps_on_a_list_count_as_sixteen() -> None:
    """The list, its item and the number of that are three steps: 48, six items; the network's
    argument is one."""
    arguments = {"sizes": [3, 3]}
    item = {**point("sizes[0]"), "name": "a"}
    bound(7, 6, lambda n: spec({**item, "repeat": n}, arguments=arguments))


def test_the_join_of_branches_counts_as_an_item() -> None:
    """A copy of the item is two, and the join of its ends one. Once: the item, and four for it."""
    ends = {"name": "s", "branches": {"a": [], "b": []}, "join": "add"}
    bound(3, 5, lambda n: spec({**ends, "repeat": n}))


def test_a_list_that_a_block_is_given_counts_by_its_values() -> None:
    """Seven values and their list are one, beside the copy, the use, its argument and the relu.

    Once: the item, three for the block, four for the layer, and six for three steps on a list.
    """
    uses = {"b": block({**RELU, "when": "n[0]"}, arguments={"n": None})}
    item = {"name": "a", "block": "b", "n": [1] * 7}
    bound(5, 14, lambda n: spec({**item, "repeat": n}, blocks=uses))


def test_a_list_in_a_list_is_expected_as_what_it_comes_to() -> None:
    """A copy is two and the two items in it. Once: the item, and four for the layer."""
    inner = {"name": "h", "layers": [RELU]}
    bound(4, 5, lambda n: spec({"name": "g", "layers": [inner], "repeat": n}))


def test_a_list_of_names_counts_its_places_and_its_names() -> None:
    """Four of each are eight steps, one item beside the copy. Once: the item, the argument, and
    four for the layer."""
    item = {"name": "a", "op": "reshape", "shape": ["n"] * 4}
    bound(2, 6, lambda n: spec({**item, "repeat": n}, arguments={"n": 1}, input=[1] * 4))


def test_an_argument_counts_as_one_and_an_eighth_of_the_values_it_allows() -> None:
    """The relu's item is one, and four for the layer."""
    for values, once in ((0, 6), (64, 14)):
        allowed = {"values": list(range(values))} if values else {}
        arguments = {"n": {"default": 1, **allowed}}
        item = {**RELU, "name": "a", "when": "n + 1"}
        bound(1, once, lambda n, of=arguments, item=item: spec({**item, "repeat": n}, arguments=of))


def test_a_padding_by_a_word_counts_as_three_items() -> None:
    """Beside its copy; once the item, and four for each of two new layers: 9 + 4·31,247."""
    even = {"name": "a", "op": "conv2d", "out_channels": 3, "kernel_size": 4, "padding": "tf_same"}
    for copies, said in ((31_247, "nothing is wrong"), (31_248, "more than 125,000 items")):
        assert said in message(spec({**even, "repeat": copies}))


THREE_USES = [
    [{"name": "a", "block": "b", "repeat": 3}],
    [{"name": name, "block": "b"} for name in "abc"],
]


@pytest.mark.parametrize("uses", THREE_USES, ids=["repeated", "used again"])
def test_a_block_comes_to_the_same_repeated_or_used_again(uses: list[Tree]) -> None:
    """Three uses and what is in them; the first also has its item, three for the block and four for
    a new layer.

    That is 3 + (1 + 3 + 4 + 41,661) + 2·41,661 = 124,994, and at most 4 for the items outside.
    """
    for copies, said in ((41_661, "nothing is wrong"), (41_663, "more than 125,000 items")):
        relus = block({**RELU, "name": "g", "repeat": copies})
        assert said in message(spec(*uses, blocks={"b": relus}))


@pytest.mark.parametrize("command", ["table", "plot networks"])
def test_networks_of_a_file_are_bounded_together_and_built_in_ones_each_alone(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of them is of about 80,000 items."""
    names = [f"resnet{depth}-cifar[depth=20000]" for depth in (56, 110)]
    text, _, _ = catalog.file_text("resnet56-cifar")
    file = tmp_path / "mine.json"
    file.write_text(text)
    assert main([*command.split(), *names]) == 0
    assert main([*command.split(), *(f"{file}:{name}" for name in names)]) == 2
    assert "more than 125,000 items" in capsys.readouterr().err
