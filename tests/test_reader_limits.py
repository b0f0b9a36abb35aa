"""What the reader takes at the very limit, and refuses one step beyond."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

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
