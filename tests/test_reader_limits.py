"""What the reader takes at the very limit, and refuses one step beyond."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archcalc.errors import SpecError
from archcalc.expressions.expression import LARGEST, ExpressionError, length
from archcalc.expressions.functions import LONGEST_OPERAND
from archcalc.expressions.parsing import literal, parse
from archcalc.language.read import read
from archcalc.language.schema import schema
from archcalc.language.strict_json import shortened
from tests.spec_files import (
    NO_NAME,
    RELU,
    Tree,
    block,
    conv,
    graph,
    message,
    nodes,
    point,
    relu,
    spec,
)


def test_the_names_of_a_block_s_inputs_are_names() -> None:
    file = spec({"block": "b"}, blocks={"b": block(RELU, inputs=["a b"])})
    assert message(file) == f"blocks.b.inputs: 'a b' {NO_NAME}"


def test_an_item_without_a_name_is_placed_by_its_list() -> None:
    unnamed = {"layers": [RELU], "when": "[1, 2]"}
    said = message(spec({"name": "group", "layers": [{"name": "inner", "layers": [unnamed]}]}))
    place = "layers[0].layers[0].layers[0] (layers), as group.inner"
    assert said == f'{place}: when "[1, 2]" is [1, 2]; it needs a number'


def test_an_item_with_a_name_is_placed_by_its_path() -> None:
    divides = conv(name="c", out_channels="8 / (in_channels - 3)")
    said = message(spec({"name": "group", "layers": [divides]}))
    assert said.startswith("layers[0].layers[0] 'c' (conv2d), as group.c: ")


def test_a_block_that_an_argument_holds_is_given_what_it_needs() -> None:
    held = block(point("channels"), arguments={"channels": None})
    file = spec({"block": "body", "name": "x"}, arguments={"body": "b"}, blocks={"b": held})
    assert message(file) == "layers[0] 'x' (body): argument 'channels' of block 'b' is missing"


def test_a_block_of_absent_items_hands_on_its_own_input() -> None:
    """Not what happens to stand before it."""
    empty = block({**RELU, "when": "0"})
    layers = [relu("a"), relu("b"), {"name": "x", "block": "none", "inputs": "a"},
              {"op": "add", "inputs": ["b", "x"]}]  # fmt: skip
    assert nodes(*layers, blocks={"none": empty}) == ["a < input", "b < a", "add < b, a"]


def test_an_op_that_an_argument_holds_is_given_what_it_needs() -> None:
    file = spec({"block": "act", "name": "x", "kernel_size": 1}, arguments={"act": "conv2d"})
    assert message(file) == "layers[0] 'x' (act): field 'out_channels' of conv2d is missing"


def test_constants_that_are_no_value_of_a_field_are_all_reported() -> None:
    file = spec(conv(kernel_size=[3, 0]), conv(stride=0))
    takes = "takes a whole number of at least 1, or [height, width], got"
    assert message(file) == (
        f"layers[0] (conv2d): kernel_size {takes} [3, 0]\n"
        f"layers[1] (conv2d): stride {takes} 0\n2 problems"
    )


def test_a_note_is_a_text_and_branches_have_no_fields() -> None:
    assert message(spec({**RELU, "note": 3})) == "layers[0] (relu): note takes a text, got 3"
    item = {"branches": {"a": []}, "join": "add", "stride": 2}
    assert message(spec(item)) == "layers[0] (add): unknown key 'stride'"


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_file_with_a_byte_order_mark_is_to_be_saved_without(mark: bytes, tmp_path: Path) -> None:
    """As Windows' Notepad saves `UTF-8 with BOM` and `Unicode`."""
    file = tmp_path / "my.json"
    file.write_bytes(mark + json.dumps(spec(RELU)).encode())
    with pytest.raises(SpecError) as caught:
        read(file)
    said = f"{file}: starts with a byte-order mark; save it as plain UTF-8"
    assert str(caught.value) == said


def test_a_long_place_is_said_without_its_middle() -> None:
    """200 characters: 100, three dots, and the last 97."""
    place = "".join(f"{i:04}" for i in range(51))
    assert shortened(place[:200]) == place[:200]
    assert shortened(place) == f"{place[:100]}...{place[-97:]}"
    assert len(shortened(place)) == 200


def test_an_input_of_three_characters_is_no_shape() -> None:
    shapes = "1 to 5 sizes, such as [channels, height, width]"
    assert message(spec(RELU, input="345")) == f"input: takes {shapes}, got '345'"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spec(RELU, input=[]), schema())


def test_inputs_have_up_to_five_sizes_of_at_least_1() -> None:
    for sizes in ([1], [3, 32], [1, 1, 1], [3, 8, 32, 32], [1, 2, 3, 4, 5]):
        assert graph(spec(RELU, input=sizes)).nodes[0].shape.sizes == sizes
        other = [size + 1 for size in sizes]
        assert graph(spec(RELU, input=sizes), input=tuple(other)).nodes[0].shape.sizes == other
    assert graph(spec(RELU), input=(3, 8, 32, 32)).nodes[0].shape.sizes == [3, 8, 32, 32]
    for wrong in ((0,), (3, 0), (3, 32, 0), (3, 32, 32, -1)):
        with pytest.raises(SpecError) as caught:
            graph(spec(RELU), input=wrong)
        takes = "input takes whole sizes of at least 1"
        assert f"{takes}; got {[*wrong]}" in str(caught.value)


def test_exactly_125_000_items_are_taken() -> None:
    """The group, two for each of its copies, the relu, and four for it, since it is like no layer
    before: 2·62,497 + 6 = 125,000, whichever comes last."""
    for copies, said in ((62_497, "nothing is wrong"), (62_498, "more than 125,000 items")):
        group = {"name": "a", "repeat": copies, "layers": []}
        assert said in message(spec(group, RELU))
        assert said in message(spec(RELU, group))


def test_a_use_of_a_block_counts_its_arguments_and_the_values_that_these_allow() -> None:
    """A copy, the use and its argument, the relu in it, and an eighth of the values; once the item
    and four for a new layer. 5 + 4·31,248 = 124,997; with 64 values 5 + 12·10,416 = 124,997."""
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
    """A copy, the use, the use in it, and the relu in that. Once: the item and four for a new
    layer; and one more for the first copy, in which both items of blocks are read."""
    blocks = {"outer": block({"block": "inner"}), "inner": block(RELU)}
    bound(4, 6, lambda n: spec({"name": "u", "block": "outer", "repeat": n}, blocks=blocks))


def test_long_names_count_by_64_letters() -> None:
    """The names of two nodes have 129 letters in their block, 258 together: four 64s, two free.

    Under `PP...P.7.` they have 64 more and the digits of the copy, 388 to 396 together: six 64s,
    two of them more than before. A copy is one, its use one, these two, the two nodes and the two
    64s of their names in the block: eight. The first reads the block instead, where four are for
    each new layer, two for each name, and three items: 15 in place of four. The item is one.
    """
    x, y, z = ("x" * 64, "y" * 64, "z" * 64)
    group = {"name": x, "layers": [relu(y), relu(z)]}
    blocks = {"b": block(group)}
    bound(8, 12, lambda n: spec({"name": "P" * 62, "block": "b", "repeat": n}, blocks=blocks))


def test_a_long_path_counts_by_its_parts() -> None:
    """One more for eight dots, for each copy and where the item stands. A copy is one, and a fifth
    as an input of the sum; the others are eight groups and three items, and four for each of three
    new layers: 2n + n//5 + 24 at 56,807 copies is 124,999."""
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


def test_the_ends_of_branches_are_inputs_that_count_for_nothing_alone() -> None:
    """A copy of the item is two; the item is one, and the sum four."""
    ends = {"name": "s", "branches": {"a": [], "b": []}, "join": "add"}
    bound(2, 5, lambda n: spec({**ends, "repeat": n}))


def test_a_list_that_a_block_is_given_counts_by_its_values() -> None:
    """Seven values and their list are one, beside the copy, the use, its argument and the relu.

    Once: the item, four for the layer, and six for three steps on a list.
    """
    uses = {"b": block({**RELU, "when": "n[0]"}, arguments={"n": None})}
    item = {"name": "a", "block": "b", "n": [1] * 7}
    bound(5, 11, lambda n: spec({**item, "repeat": n}, blocks=uses))


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
    """Three uses and what is in them; the first also has its item and four for a new layer.

    That is 3 + (1 + 4 + 41,662) + 2·41,662 = 124,994, and at most 4 for the items outside.
    """
    for copies, said in ((41_662, "nothing is wrong"), (41_664, "more than 125,000 items")):
        relus = block({**RELU, "name": "g", "repeat": copies})
        assert said in message(spec(*uses, blocks={"b": relus}))


def test_lists_within_lists_go_64_deep() -> None:
    """The network's own, and those of 63 blocks."""
    for blocks, said in ((63, "nothing is wrong"), (64, "lists and blocks are more than 64 deep")):
        uses = {f"b{i}": block({"block": f"b{i + 1}"}) for i in range(blocks - 1)}
        uses[f"b{blocks - 1}"] = block(RELU)
        assert said in message(spec({"block": "b0"}, blocks=uses))


def test_what_may_be_absent_is_not_counted_before_it_is_known() -> None:
    absent = {**RELU, "name": "a", "repeat": "n", "when": "n < 10"}
    group = {"name": "g", "repeat": 2, "layers": [absent, RELU]}
    assert message(spec(group, arguments={"n": 200_000})) == "nothing is wrong"
    many = {**RELU, "name": "b", "repeat": 200_000}
    none: Tree = {"name": "a", "repeat": "in_channels - 3", "layers": [many]}
    assert message(spec({**group, "layers": [none, RELU]})) == "nothing is wrong"
    # Of four channels, as it has them in the group, it comes to none; of three it would to many.
    none = {**RELU, "name": "a", "repeat": "200000 * (4 - in_channels)"}
    assert message(spec({**group, "layers": [point(4), none, point(3)]})) == "nothing is wrong"


def test_a_setting_is_of_an_argument_that_is_there() -> None:
    file = spec({**RELU, "when": "depth"}, arguments={"depth": 1})
    with pytest.raises(SpecError) as caught:
        graph(file, arguments={"dpeth": 2})
    assert str(caught.value) == "my.json: no argument 'dpeth'; did you mean 'depth'?"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("uint", "argument 'body': unknown name 'uint'; did you mean 'unit'?"),
        ("2 * wdie", "argument 'body': unknown name 'wdie' in '2 * wdie'; did you mean 'wide'?"),
        ("rleu", "argument 'body': unknown name 'rleu'"),
    ],
)
def test_a_setting_names_arguments_and_blocks(setting: str, said: str) -> None:
    """An op can be meant too, but its name is no guess of ours."""
    file = spec({"block": "body"}, {**RELU, "when": "wide"}, blocks={"unit": block(conv())},
                arguments={"wide": 8, "body": "unit"})  # fmt: skip
    with pytest.raises(SpecError) as caught:
        graph(file, arguments={"body": parse(setting)})
    assert str(caught.value) == f"my.json: {said}"


def test_the_schema_takes_one_branch_or_input_of_a_block_and_not_none() -> None:
    one: Tree = {"branches": {"a": [RELU]}}
    jsonschema.validate(spec(one, blocks={"b": block(RELU, inputs=["x"])}), schema())
    for file in (spec({"branches": {}}), spec(RELU, blocks={"b": block(RELU, inputs=[])})):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(file, schema())


def test_constants_over_the_bound_are_reported_like_all_that_needs_no_preset() -> None:
    items = (
        conv(out_channels=10**9 + 1),
        conv(name="b", dilation=[1, 2 * 10**9], repeat=10**10, when=10**10),
        {"op": "scale", "factor": 1_000_000_000.5},
    )
    place = "layers[1] 'b' (conv2d)"
    pair = "dilation takes a whole number of at least 1, or [height, width]"
    over = "is larger than 10^9"
    assert message(spec(*items, arguments={"k": [1, 3 * 10**9]})).splitlines()[:-1] == [
        f"layers[0] (conv2d): out_channels: 1000000001 {over}",
        f"{place}: {pair}: 2000000000 {over}", f"{place}: when: 10000000000 {over}",
        f"{place}: repeat: 10000000000 {over}",
        f"layers[2] (scale): factor: 2000000001/2 {over}",
        f"arguments.k: 3000000000 {over}",
    ]  # fmt: skip
    assert message(spec(conv(out_channels=10**9))) == "nothing is wrong"


@pytest.mark.parametrize(("key", "value"), [("n", 10**9 + 1), ("n", (1, 10**10))])
def test_a_setting_over_the_bound_is_refused_too(key: str, value: object) -> None:
    file = spec(conv(out_channels="n"), arguments={"n": 4})
    with pytest.raises(SpecError, match=r"argument 'n': 10+1? is larger than 10\^9"):
        graph(file, arguments={key: value})


def test_the_schema_refuses_the_numbers_that_the_reader_refuses() -> None:
    fits = [spec(RELU, input=[1]), spec(RELU, {**RELU, "inputs": -1}), spec(relu("a", repeat=0))]
    for file in fits:
        jsonschema.validate(file, schema())
    wrong = [
        spec(RELU, input=[0]),
        spec(RELU, input=[1, 1, 1, 1, 1, 1]),
        spec({**RELU, "inputs": 0}),
        spec({**RELU, "inputs": []}),
        spec(relu("a", repeat=-1)),
    ]
    for file in wrong:
        assert message(file) != "nothing is wrong"
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(file, schema())


def test_numbers_of_24_characters_are_the_longest() -> None:
    """A float such as 0.17677669529663687, the scale of attention, is one with all its digits."""
    assert literal("1" * 24) == int("1" * 24)
    assert literal("0." + "1" * 22) == Fraction(int("1" * 22), 10**22)
    assert literal("0.17677669529663687") == Fraction("0.17677669529663687")
    for number in ("1" * 25, "0." + "1" * 23, "1e3", "", "-", "1."):
        with pytest.raises(ExpressionError, match="is no number"):
            literal(number)


def test_a_list_of_255_values_is_the_longest() -> None:
    """It is one more, and those of lists inside it count."""
    assert length([3] * 255) == length([[3] * 253, 3]) == 256
    for longest in ([3] * 255, [[3] * 253, 3]):
        file = spec({**RELU, "when": "a == a"}, arguments={"a": longest})
        assert message(file) == "nothing is wrong"
        longest.append(3)
        assert message(file) == "arguments.a: a list has more than 256 values"


def value(text: str) -> object:
    try:
        return parse(text).evaluate({"long": (1,) * LONGEST_OPERAND, "longer": (1,) * 17})
    except ExpressionError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000000000", LARGEST),
        ("1000000000 + 1", "'1000000000 + 1' is 1000000001, larger than 10^9"),
        ("-1000000000", -LARGEST),
        ("3000000001 / 3", "'3000000001 / 3' is 3000000001/3, larger than 10^9"),
        ("0 - 1000000000 - 1", "'0 - 1000000000 - 1' is -1000000001, smaller than -10^9"),
        ("[1, 1000000000 + 1]", "'[1, 1000000000 + 1]' is 1000000001, larger than 10^9"),
        ("long + long", (2,) * 16),
        ("2 * long", (2,) * 16),
        ("longer + 1", "'longer + 1' calculates with a list of more than 16"),
        ("1 + longer", "'1 + longer' calculates with a list of more than 16"),
        ("longer[16]", 1),
        ("longer[17]", "'longer[17]' reads item 17 of a list of 17"),
        ("long[0]", 1),
        ("long[0 - 1]", "'long[0 - 1]' reads item -1 of a list of 16"),
        ("[1, 2] + [3]", "'[1, 2] + [3]' calculates with lists of different lengths"),
        ("2 * x", "unknown name 'x' in '2 * x'"),
        ("if", "'if' is no expression; is something missing?"),
        ("3[0]", "'3[0]' calculates with what is no number"),
        ("long[long]", "'long[long]' calculates with what is no number"),
        ("1 < 2 and 2 < 1", 0),
        ("1 < 2 or 2 < 1", 1),
        ("not 1 < 2", 0),
        ("2 <= 2", 1),
        ("2 >= 3", 0),
        ("2 > 2", 0),
        ("2 == 2", 1),
        ("2 != 2", 0),
        ("-3 // 2", -2),
        ("7 - 2 - 1", 4),
    ],
)
def test_expressions(text: str, expected: object) -> None:
    assert value(text) == expected
