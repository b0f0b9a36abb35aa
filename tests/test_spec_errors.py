"""Bad spec files and exactly what is said of them, in both phases of reading.

A row is a file and the lines of its message; tests/test_item_errors.py has those of single items.
"""

from __future__ import annotations

import pytest

from tests.spec_files import NO_NAME, RELU, Tree, block, conv, ids, message, spec

JSON = [
    ("", "my.json:1:1: not JSON: expecting value"),
    ('{\n  "title": "T"\n  "year": 2024\n}', "my.json:3:3: not JSON: expecting ',' delimiter"),
    ("{} {}", "my.json:1:4: not JSON: extra data"),
    ('{"title": "a\tb"}', "my.json:1:13: not JSON: invalid control character"),
    ('{"title": "a', "my.json:1:11: not JSON: unterminated string"),
    ('{"input": [3,]}', "my.json:1:13: not JSON: a trailing comma, in front of the closing ']'"),
    ('{"input": ]}', "my.json:1:11: not JSON: expecting value"),
    ('{"year": 1\n ,\n\n}', "my.json:2:2: not JSON: a trailing comma, in front of the closing '}'"),
    ('{"year": 1, // one\n}', "my.json:1:13: not JSON: a comment, which JSON has not"),
    ("{'year': 1}", "my.json:1:2: not JSON: a text stands in double quotes"),
    ('{"year": True}', "my.json:1:10: not JSON: it is written true"),
    ("[1]", "a spec is an object, got [1]"),
    ("null", "a spec is an object, got null"),
    ('{"title": "T", "title": "U"}', "key 'title' is given twice"),
    ('{"title": "T", "title": "U", "year": 1}', "key 'title' is given twice"),
    ('{"layers": [{"op": 1, "op": 1}]}', "layers[0]: key 'op' is given twice"),
    ('{"year": NaN}', "year: NaN is no number of a spec"),
    ('{"year": -Infinity}', "year: -Infinity is no number of a spec"),
    ('{"year": 1e999}', "year: '1e999' is no number; at most 24 digits, no exponent"),
    (
        '{"year": ' + "9" * 5_000 + "}",
        f"year: '{'9' * 57}...' is no number; at most 24 digits, no exponent",
    ),
    ('{"title": "\\ud800"}', "title: '\\ud800' has characters that cannot be printed"),
    ('{"title": "\\u001b[2J"}', "title: '\\x1b[2J' has characters that cannot be printed"),
    ('{"title": "\\u202egnp"}', "title: '\\u202egnp' has characters that cannot be printed"),
    ('{"a\\u001b[2J": 1}', "'a\\x1b[2J' has characters that cannot be printed"),
    ('{"title": "' + "T" * 501 + '"}', "title: a text of 501 characters; the most is 500"),
    ("[" * 100_000, "is nested deeper than 64 levels"),
    (
        '{"layers": ' + "[" * 64 + "]" * 64 + "}",
        f"layers{'[0]' * 63}: is nested deeper than 64 levels",
    ),
]  # fmt: skip

FILES = [
    (
        {},
        "'input' is missing\n'layers' is missing\n2 problems",
    ),
    (spec(RELU, titel="x"), "unknown key 'titel'; did you mean 'title'?"),
    (spec(RELU, title=3), "title: takes a text, got 3"),
    (
        spec(RELU, title=3, titel="x"),
        "unknown key 'titel'; did you mean 'title'?\ntitle: takes a text, got 3\n2 problems",
    ),
    (spec(RELU, year=True), "year: takes a whole number, got true"),
    (spec(RELU, year=2024.5), "year: takes a whole number, got 2024.5"),
    (
        spec(RELU, input="3x32x32"),
        "input: takes 1 to 5 sizes, such as [channels, height, width], got '3x32x32'",
    ),
    (
        spec(RELU, input=[3, 2, 2, 2, 2, 2]),
        "input: takes 1 to 5 sizes, such as [channels, height, width], got [3, 2, 2, 2, 2, 2]",
    ),
    (
        spec(RELU, input=[3, 32, 1.5]),
        "input: a size takes a whole number or an expression, got 1.5",
    ),
    (
        spec(RELU, input=[3, 0, -1]),
        "input: takes whole sizes of at least 1; got [3, 0, -1]",
    ),
    (
        spec(RELU, arguments={"n": 3}, input=["n", "n / 2", 32]),
        "input: takes whole sizes of at least 1; got [3, 1.5, 32]",
    ),
    (spec(RELU, layers={}), "layers: takes a list of items, got an object"),
    (spec(), "the network has no layers"),
    (spec({**RELU, "when": False}), "the network has no layers"),
    # presets
    (spec(RELU, presets=[]), "presets: takes an object, got []\n"
     "presets: is empty; leave it out for a file of one network\n2 problems"),
    (spec(RELU, presets={}), "presets: is empty; leave it out for a file of one network"),
    (spec(RELU, args={"n": 2}), "unknown key 'args'; did you mean 'arguments'?"),
    (
        spec(RELU, arguments={"n": 2}, presets={"a": {"n": 3}}),
        "presets.a: unknown key 'n'; arguments stand in \"set\": {...}",
    ),
    (spec(RELU, presets={"a": {"sets": {}}}), "presets.a: unknown key 'sets'; did you mean 'set'?"),
    (
        spec(RELU, presets={"../a": {}}),
        "presets.../a: '../a' cannot be a name; 1 to 64 of A-Z a-z 0-9 _ . -, not . or - first",
    ),
    (
        spec(conv(out_channels="wide"), arguments={"wide": 8}, presets={"a": {"set": {"wdie": 9}}}),
        "presets.a.set: no argument 'wdie'; did you mean 'wide'?",
    ),
    (
        spec(conv(out_channels="a * b"), arguments={"a": 8, "b": 2},
             presets={"p": {"set": {"a": "b"}}}),
        "presets.p.set.a: unknown name 'b'",
    ),
    (spec(RELU, presets={"a": {"year": "x"}}), "presets.a.year: takes a whole number, got 'x'"),
    # arguments and blocks
    (spec(conv(out_channels="n"), arguments={"n": {}}), "arguments.n: needs a default"),
    (
        spec({"block": "u", "n": {}}, blocks={"u": block(RELU, arguments={"n": 1})}),
        "layers[0] (u): an argument takes a number, a list or an expression, got an object",
    ),
    (
        spec(conv(out_channels="n"), arguments={"n": None}),
        "arguments.n: an argument takes a number, a list or an expression, got null",
    ),
    (
        spec({**RELU, "when": "n[0]"}, arguments={"n": [{}]}),
        "arguments.n: a list holds numbers and expressions, got an object",
    ),
    (
        spec({**RELU, "when": "n[0]"}, arguments={"n": [1] * 300}),
        "arguments.n: a list has more than 256 values",
    ),
    (spec(conv(out_channels="b"), arguments={"b": "c", "c": 1}), "arguments.b: unknown name 'c'"),
    *(
        (
            spec(conv(out_channels=name), arguments={name: 8}),
            f"arguments.{name}: an argument cannot be named '{name}'",
        )
        for name in ("index", "in_channels")
    ),
    (
        spec(conv(out_channels="n.m"), arguments={"n.m": 8}),
        "layers[0] (conv2d): out_channels takes a whole number of at least 1: 'n.m' is not allowed "
        "here; only + - * / //, lists, names, functions\n"
        f"arguments.n.m: 'n.m' {NO_NAME}\n2 problems",
    ),
    *(
        (
            spec({"block": "u"}, blocks={"u": block(RELU, arguments={name: 8})}),
            f"blocks.u.arguments.{name}: an argument cannot be named '{name}'",
        )
        for name in ("not", "if", "None")
    ),
    (
        spec({"block": "a"}, arguments={"a": 1}, blocks={"a": block(RELU)}),
        "arguments.a: argument 'a' is named like a block",
    ),
    (spec({"block": "u"}, blocks={"u": {}}), "blocks.u: 'layers' is missing"),
    (
        spec({"block": "u"}, blocks={"u": block(RELU, layer=[])}),
        "blocks.u: unknown key 'layer'; did you mean 'layers'?",
    ),
    (
        spec({"block": "u"}, blocks={"u": block(RELU, inputs=["a", "a"])}),
        "blocks.u.inputs: takes a list of different names, got ['a', 'a']",
    ),
    (
        spec({"block": "u"}, blocks={"u": block(RELU, inputs=[])}),
        "blocks.u.inputs: takes a list of different names, got []",
    ),
    (
        spec({"block": "u"}, blocks={"u": block(RELU, inputs="ab")}),
        "blocks.u.inputs: takes a list of different names, got 'ab'",
    ),
    # problems stand in the order of the file, not of the reader
    (
        spec({"op": "conv2"}, arguments={"n": None}, titel="T"),
        "unknown key 'titel'; did you mean 'title'?\n"
        "layers[0]: unknown op 'conv2'; did you mean 'conv2d'?\n"
        "arguments.n: an argument takes a number, a list or an expression, got null\n3 problems",
    ),
]  # fmt: skip

EXPRESSIONS = [
    ("3 +", "'3 +' is no expression; is something missing?"),
    (" ", "' ' is no expression; names, numbers, + - * / // ( ) [ ]"),
    ("wide", "unknown name 'wide'"),
    ("2 * wide", "unknown name 'wide' in '2 * wide'"),
    ("3 > 2", "'3 > 2' compares; a condition belongs in 'when' or an argument"),
    ("2**9", "'2**9' is not allowed here; only + - * / //, lists, names, functions"),
    (
        "abs(3)",
        "no function 'abs(3)'; the functions are ceil, floor, round, round_to, min, max, sum, len, "
        "regnet_widths",
    ),
    ("relu.name", "'relu.name' is not allowed here; only + - * / //, lists, names, functions"),
    ("__import__('os')", "'__import__('os')' is no expression; names, numbers, + - * / // ( ) [ ]"),
    ("１", "'１' is no expression; names, numbers, + - * / // ( ) [ ]"),
    (
        "1234567890123456789012345",
        "'1234567890123456789012345' is no number; at most 24 digits, no exponent",
    ),
    ("1e3", "'1e3' is no number; at most 24 digits, no exponent"),
    ("1" + "+1" * 100, "an expression of 201 characters; the most is 200"),
]
VALUES = [
    ("1 / 0", "out_channels: '1 / 0' divides by zero"),
    ("[1, 2][3]", "out_channels: '[1, 2][3]' reads item 3 of a list of 2"),
    ("[1, 2][-1]", "out_channels: '[1, 2][-1]' reads item -1 of a list of 2"),
    ("relu + 1", "out_channels: 'relu + 1' calculates with what is no number"),
    ("1000000 * 1000000", "out_channels: '1000000 * 1000000' is 1000000000000, larger than 10^9"),
    ("-" * 199 + "1", "out_channels takes a whole number of at least 1, got -1"),
    (
        "[" * 99 + "1" + "]" * 99,
        f"out_channels takes a whole number of at least 1, got {'[' * 57}...",
    ),
]
FIELDS = [
    (
        {"padding": "valid"},
        "padding takes a whole number of at least 0, [height, width], 'same' or 'tf_same': "
        "unknown name 'valid'",
    ),
    ({"bias": "no"}, "bias takes true or false: unknown name 'no'"),
    (
        {"kernel_size": "3x3"},
        "kernel_size takes a whole number of at least 1, or [height, width]: "
        "'3x3' is no expression; is something missing?",
    ),
    (
        {"stride": [1, "two"]},
        "stride takes a whole number of at least 1, or [height, width]: unknown name 'two'",
    ),
    ({"when": "n > 1"}, "when: unknown name 'n' in 'n > 1'"),
    ({"name": "c", "repeat": "n"}, "repeat: unknown name 'n'"),
]

UNIT = {"unit": block(conv(out_channels="wide", padding=1), arguments={"wide": None})}
DEEP = {"stage": block({"name": "c", **conv(kernel_size=20)})}
FAMILY: Tree = {"arguments": {"depth": 40, "n": "(depth - 4) / 6"}, "blocks": {"unit": block(RELU)}}

IN_BLOCKS = [
    (
        spec({"block": "unit", "wide": 3, "wdie": 4}, blocks=UNIT),
        "layers[0] (unit): block 'unit' has no argument 'wdie'; did you mean 'wide'?",
    ),
    (  # before anything is expanded, so in what is absent too
        spec({"block": "unit", "wide": 3, "wdie": 4, "when": 0}, RELU, blocks=UNIT),
        "layers[0] (unit): block 'unit' has no argument 'wdie'; did you mean 'wide'?",
    ),
    (
        spec({"block": "unit"}, blocks=UNIT),
        "layers[0] (unit): argument 'wide' of block 'unit' is missing",
    ),
    (
        spec({**RELU, "name": "a", "repeat": "n"}, {"block": "n", "wide": 3}, blocks=UNIT,
             arguments={"n": "unit"}),
        "layers[0] 'a' (relu): repeat \"n\" is 'unit'; it needs a whole number",
    ),
    (
        spec({"name": "s", "block": "held", "repeat": 2, "wdie": 4}, blocks=UNIT,
             arguments={"held": "unit"}),
        "layers[0] 's' (held): block 'unit' has no argument 'wdie'; did you mean 'wide'?",
    ),
    (
        spec({"block": "held"}, blocks=UNIT, arguments={"held": "unit"}, presets={"a": {
            "set": {"held": 3}}}),
        "layers[0] (held): argument 'held' is 3, no block or op, with held=3",
    ),
    (
        spec({"block": "act", "slope": 1}, arguments={"act": "relu"}),
        "layers[0] (act): relu has no field 'slope'",
    ),
    (
        spec({"block": "layer"}, arguments={"layer": "batch_norm + 1"}),
        "arguments.layer: 'batch_norm + 1' calculates with what is no number",
    ),
    (
        spec({"name": "stage", "block": "stage", "repeat": 2}, blocks=DEEP),
        "blocks.stage.layers[0] 'c' (conv2d), as stage.1.c: gets 8x13x13, smaller than its "
        "kernel: height 13 + padding is 13, the kernel spans 20",
    ),
    (
        spec({"name": "g", "block": "unit", "repeat": "n"}, **FAMILY,
             presets={"a": {"set": {"depth": 41}}}),
        "layers[0] 'g' (unit): repeat \"n\" is 37/6; it needs a whole number, with depth=41",
    ),
    (
        spec({"branches": {"a": [], "b": []}}, {"block": "u"}, blocks={"u": block(RELU)}),
        "layers[1] (u): block 'u' takes one input, got 2 (branches without a join?)",
    ),
    (
        spec({"block": "u"}, blocks={"u": block({"op": "add", "inputs": ["x", "y"]},
                                                inputs=["x", "y"])}),
        "layers[0] (u): block 'u' takes 2 inputs, got 1",
    ),
    (
        spec({**RELU, "name": "a"}, {"block": "u"}, blocks={"u": block({**RELU, "inputs": "a"})}),
        "blocks.u.layers[0] (relu): no earlier item 'a'",
    ),
    (
        spec({"block": "u"}, {"block": "u"}, blocks={"u": block(RELU)}),
        "blocks.u.layers[0] (relu): the name 'relu' is taken; give one of them a name",
    ),
    (
        spec({"name": "relu", "layers": [{"name": "x", **RELU}]}, {"block": "u"},
             blocks={"u": block(RELU)}),
        "blocks.u.layers[0] (relu): the name 'relu' is taken; give one of them a name",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("file", "said"), JSON, ids=ids(JSON))
def test_what_is_no_strict_json(file: str, said: str) -> None:
    assert message(file) == said


@pytest.mark.parametrize(("file", "said"), FILES, ids=ids(FILES))
def test_what_is_wrong_around_the_items(file: Tree, said: str) -> None:
    assert message(file) == said


@pytest.mark.parametrize(("text", "said"), EXPRESSIONS, ids=ids(EXPRESSIONS))
def test_what_is_no_expression_of_a_size(text: str, said: str) -> None:
    takes = "out_channels takes a whole number of at least 1"
    assert message(spec(conv(out_channels=text))) == f"layers[0] (conv2d): {takes}: {said}"


@pytest.mark.parametrize(("text", "said"), VALUES, ids=ids(VALUES))
def test_what_comes_to_no_size(text: str, said: str) -> None:
    assert message(spec(conv(out_channels=text))) == f"layers[0] (conv2d): {said}"


@pytest.mark.parametrize(("fields", "said"), FIELDS, ids=ids(FIELDS))
def test_an_expression_that_is_wrong_is_named_by_its_field(fields: Tree, said: str) -> None:
    label = "'c' (conv2d)" if "name" in fields else "(conv2d)"
    assert message(spec(conv(**fields))) == f"layers[0] {label}: {said}"


def test_what_all_presets_take_from_the_file_is_reported_once() -> None:
    presets: Tree = {"a": {}, "b": {}}
    assert message(spec(RELU, year="x", presets=presets)) == "year: takes a whole number, got 'x'"


@pytest.mark.parametrize(("file", "said"), IN_BLOCKS, ids=ids(IN_BLOCKS))
def test_what_is_wrong_with_a_block_or_its_use(file: Tree, said: str) -> None:
    assert message(file) == said
