"""Arguments that say what they are and what they allow; and those that nothing uses."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc.errors import SpecError
from archcalc.expressions.expression import Expression
from archcalc.expressions.parsing import parse
from archcalc.language.read import from_json, read
from archcalc.names import catalog
from tests.mutations import spec_files
from tests.spec_files import RELU, block, channels, conv, graph, message, point, spec, warnings


def of(declared: Any, given: Any, text: str = "n") -> str:
    """What is said of a network whose argument `n` is declared so, and given a value."""
    file = spec({**RELU, "when": f"{text} == {text}"}, RELU, arguments={"n": declared})
    try:
        graph(file, arguments={"n": given})
    except SpecError as error:
        return str(error).removeprefix("my.json: argument 'n': ")
    return "nothing is wrong"


def test_an_argument_can_be_declared_with_a_sentence() -> None:
    declared = {"default": 10, "note": "Classes of the classifier.", "minimum": 1}
    file = spec(point("n"), arguments={"n": declared, "twice": {"default": "2 * n"}})
    file["layers"].append(point("twice"))
    assert channels(*file["layers"], arguments=file["arguments"]) == [10, 20]
    argument = from_json(file, "my.json", "my").arguments["n"]
    assert (argument.default, argument.note, argument.minimum) == (10, declared["note"], 1)


@pytest.mark.parametrize(
    ("declared", "given", "said"),
    [
        ({"default": 1, "values": [1, 2, 32]}, 32, "nothing is wrong"),
        ({"default": 1, "values": [1, 2, 32]}, 3, "takes 1, 2 or 32; got 3"),
        ({"default": 8, "minimum": 1}, 0, "takes numbers of at least 1; got 0"),
        ({"default": 8, "minimum": 1, "maximum": 9}, 9, "nothing is wrong"),
        ({"default": 0.5, "maximum": 1}, parse("3/2"), "takes numbers of at most 1; got 1.5"),
        ({"default": [1, 2], "minimum": 1}, (0, 2), "takes numbers of at least 1; got [0, 2]"),
        # A list is as long as its default, or some of its values would be ignored.
        ([2, 1], (1, 2), "nothing is wrong"),
        ([2, 1], (1, 2, 2), "takes a list of 2 values, as [2, 1] has; got 3: [1, 2, 2]"),
        ([2, 1], (1,), "takes a list of 2 values, as [2, 1] has; got 1: [1]"),
        ([2, 1], 1, "takes a list of 2 values, such as [2, 1]; got 1"),
        ({"default": [2, 1], "any_length": True}, (1, 2, 2), "nothing is wrong"),
        (3, (1, 7), "nothing is wrong"),  # a size may be a pair
        # What is true or false takes nothing else, 0 and 1 aside, which are the same.
        (False, 1, "nothing is wrong"),
        (True, parse("2 < 1"), "nothing is wrong"),
        (False, 2, "takes true or false; got 2"),
        ({"default": True}, parse("1/2"), "takes true or false; got 0.5"),
        # What it is is said with what it takes.
        ({"default": 8, "minimum": 1, "note": "channels"}, 0,
         "takes numbers of at least 1; got 0; it is: channels"),
    ],
)  # fmt: skip
def test_what_an_argument_allows(declared: Any, given: Any, said: str) -> None:
    assert of(declared, given) == said


def test_a_list_can_be_as_long_as_another() -> None:
    layers = {"name": "u", "repeat": "len(widths)", **point("widths[index] * steps[index]")}
    declared = {
        "widths": {"default": [4, 8], "any_length": True},
        "steps": {"default": [1, 1], "as_long_as": "widths"},
    }

    def said(**given: Any) -> str:
        try:
            return str(
                [n.shape[0] for n in graph(spec(layers, arguments=declared), arguments=given).nodes]
            )
        except SpecError as error:
            return str(error).removeprefix("my.json: ")

    assert said() == "[4, 8]"
    assert said(widths=(4, 8, 8), steps=(1, 2, 1)) == "[4, 16, 8]"
    many = "takes a list of 3 values, as many as widths has; got "
    assert said(widths=(4, 8, 8)) == f"arguments.steps: {many}2: [1, 1]"
    given = "argument 'steps': " + many
    assert said(widths=(4, 8, 8), steps=(1, 1, 1, 1)) == given + "4: [1, 1, 1, 1]"
    assert said(widths=(4, 8, 8), steps=1) == given + "1"


def test_a_list_of_a_block_can_be_as_long_as_one_of_the_network() -> None:
    declared = {"steps": {"default": [1, 1], "as_long_as": "widths"}}
    unit = block(point("steps[0] * widths[0]"), arguments=declared)
    use = {"name": "u", "block": "unit", "steps": [1, 1, 1]}
    said = message(spec(use, blocks={"unit": unit}, arguments={"widths": [4, 8]}))
    many = "takes a list of 2 values, as many as widths has; got 3: [1, 1, 1]"
    assert said == f"layers[0] 'u' (unit): argument 'steps' of block 'unit' {many}"


def test_a_preset_is_held_to_what_an_argument_allows_and_placed() -> None:
    file = spec(point("n"), arguments={"n": {"default": 1, "values": [1, 2]}},
                presets={"small": {}, "large": {"set": {"n": 3}}})  # fmt: skip
    read = from_json(file, "my.json", "my")
    from archcalc.language.expand import expand

    with pytest.raises(SpecError) as caught:
        expand(read, read.presets["large"])
    assert str(caught.value) == "my.json: presets.large.set.n: takes 1 or 2; got 3"


def test_an_argument_can_allow_some_blocks() -> None:
    blocks = {"plain": block(RELU), "residual": block(RELU, RELU)}
    declared = {"default": "plain", "values": ["plain", "residual"]}
    file = spec({"block": "unit"}, blocks=blocks, arguments={"unit": declared})
    assert len(graph(file, arguments={"unit": parse("residual")}).nodes) == 2
    with pytest.raises(SpecError, match="argument 'unit': takes plain or residual; got relu"):
        graph(file, arguments={"unit": parse("relu")})


def test_a_block_s_arguments_are_declared_likewise() -> None:
    declared = {"channels": {"note": "Channels of its output.", "maximum": 64}, "strides": [1, 1]}
    unit = block(point("channels", stride="strides[0]"), arguments=declared)

    def said(**given: Any) -> str:
        return message(spec({"name": "u", "block": "unit", **given}, blocks={"unit": unit}))

    assert said(channels=64) == "nothing is wrong"
    assert said() == "layers[0] 'u' (unit): argument 'channels' of block 'unit' is missing"
    of_unit = "layers[0] 'u' (unit): argument '{}' of block 'unit' takes {}"
    too_many = "numbers of at most 64; got 65; it is: Channels of its output."
    assert said(channels=65) == of_unit.format("channels", too_many)
    assert said(channels=8, strides=[1]) == of_unit.format(
        "strides", "a list of 2 values, as [1, 1] has; got 1: [1]"
    )


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"note": "n"}, "arguments.n: needs a default"),
        ({"default": 1, "not": 2}, "arguments.n: unknown key 'not'; did you mean 'note'?"),
        ({"default": 1, "note": 3}, "arguments.n.note: takes a text, got 3"),
        ({"default": 1, "values": []}, "arguments.n.values: takes a list of allowed values"),
        ({"default": 1, "values": 3}, "arguments.n.values: takes a list of allowed values"),
        ({"default": 1, "values": ["m"]}, "arguments.n.values[0]: unknown name 'm'"),
        ({"default": 1, "minimum": "2"}, "arguments.n.minimum: takes a number, got '2'"),
        ({"default": 1, "maximum": True}, "arguments.n.maximum: takes a number, got true"),
        ({"default": [1], "any_length": 1}, "arguments.n.any_length: takes true or false, got 1"),
        ({"default": [1], "as_long_as": "m"}, "arguments.n.as_long_as: no earlier argument 'm'"),
        ({"default": {}}, "arguments.n.default: an argument takes a number, a list or an "
                          "expression, got an object"),
        ({"default": 3, "values": [1, 2]}, "arguments.n: takes 1 or 2; got 3"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_declaration(declared: Any, said: str) -> None:
    assert message(spec(conv(out_channels="n"), arguments={"n": declared})) == said


def test_every_argument_of_a_built_in_spec_says_what_it_is() -> None:
    for file in spec_files():
        for name, argument in read(file).arguments.items():
            where = f"{file.name}: {name}"
            assert argument.note, where
            # A phrase that goes on after the name: no sentence of its own with a full stop.
            assert not argument.note.endswith("."), where
            if isinstance(argument.default, int) and not argument.is_flag:
                assert argument.values or argument.minimum is not None, where


def test_what_is_said_of_built_in_networks_is_what_their_files_say() -> None:
    """The catalog reads it without their layers, and trusts that their JSON is strict."""
    for file, names in spec_files().items():
        strict = read(file)
        for name in names:
            family, preset = catalog.described(name)
            assert (family.arguments, family.presets) == (strict.arguments, strict.presets)
            assert preset == strict.presets[name] == catalog.find(name)[1]


def test_an_argument_that_names_a_block_says_which_it_takes() -> None:
    for file in spec_files():
        found = read(file)
        for name, argument in found.arguments.items():
            if isinstance(argument.default, Expression) and argument.default.text in found.blocks:
                assert len(argument.values) > 1, f"{file.name}: {name}"


def test_arguments_are_named_as_in_the_papers() -> None:
    """Width multipliers are called `width`; nothing else in an expression is."""
    names = ("height", "width", "batch")
    assert channels(*map(point, names), arguments=dict.fromkeys(names, 8)) == [8, 8, 8]


@pytest.mark.parametrize("name", ["first", "when", "name", "block", "note"])
def test_a_block_s_argument_is_not_named_like_a_key_of_items(name: str) -> None:
    """No use of the block could give it."""
    file = spec({"block": "u"}, blocks={"u": block(point(name), arguments={name: 8})})
    place = f"blocks.u.arguments.{name}"
    assert message(file) == f"{place}: an argument cannot be named '{name}'"


def test_an_argument_names_64_values_at_most() -> None:
    for many, said in (
        (64, "nothing is wrong"),
        (65, "arguments.a.values: has more than 64 values"),
    ):
        declared = {"default": 0, "values": list(range(many))}
        assert message(spec({**RELU, "when": "1 + a"}, arguments={"a": declared})) == said


def test_more_than_a_thousand_arguments_presets_or_inputs_are_refused() -> None:
    many = {f"a{i}": 1 for i in range(1_001)}
    assert message(spec(RELU, arguments=many)) == "arguments: has more than 1,000 arguments"
    presets = {name: {} for name in many}
    assert message(spec(RELU, presets=presets)) == "presets: has more than 1,000 presets"
    inputs = {f"i{i}": [1] for i in range(1_001)}
    join = {"op": "add", "inputs": list(inputs)}
    assert message(spec(join, input=inputs)) == "input: has more than 1,000 inputs"


# --- what nothing uses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (spec(RELU, arguments={"n": 1}), ["arguments.n: is never used"]),
        (spec(RELU, blocks={"unit": block(RELU)}), ["blocks.unit: is never used"]),
        # A block's own use of itself is none.
        (spec(RELU, blocks={"unit": block({"block": "unit"})}), ["blocks.unit: is never used"]),
        (
            spec(RELU, blocks={"a": block({"block": "b"}), "b": block({"block": "a"})}),
            ["blocks.a: is never used", "blocks.b: is never used"],
        ),
        (
            spec({"block": "unit"}, blocks={"unit": block(RELU, arguments={"n": 1})}),
            ["blocks.unit.arguments.n: is never used"],
        ),
        (spec(point("n"), arguments={"n": "m", "m": 1}), None),
        (spec(point("n"), arguments={"m": 1, "n": "m"}), []),
        (
            spec({"block": "u"}, arguments={"m": 1},
                 blocks={"u": block(point("n"), arguments={"n": "m"})}),
            [],
        ),
        # What only a block's items read is used.
        (spec({"block": "u"}, arguments={"m": 1}, blocks={"u": block(point("m"))}), []),
        # The default of a block's m is the network's n; its own n is another.
        (
            spec({"block": "u"}, arguments={"n": 1},
                 blocks={"u": block(point("m + n"), arguments={"m": "n", "n": 2})}),
            [],
        ),
        (
            spec({"block": "u"}, arguments={"n": 1},
                 blocks={"u": block(point("m"), arguments={"n": 2, "m": "n"})}),
            ["arguments.n: is never used"],
        ),
    ],
)  # fmt: skip
def test_what_nothing_uses_is_a_warning(file: dict[str, Any], said: list[str] | None) -> None:
    """A copied spec can be trimmed step by step."""
    if said is None:
        assert message(file) == "arguments.n: unknown name 'm'"
    else:
        assert warnings(file) == said
