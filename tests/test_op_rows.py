"""What a row says of an op, and the defaults that a spec file can leave out, which are torch's."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import jsonschema
import pytest
import torch

from archcalc.ops.activation import Activation, Relu
from archcalc.ops.fields import field
from archcalc.ops.kinds import CONNECTIONS, PAIR, Pair
from archcalc.ops.op import Op
from archcalc.ops.registry import (
    OPS,
    create,
    doc_line,
    op,
    traced,
)
from archcalc.ops.saved import saves_output
from archcalc.ops.window import POINT, Resampling, Window
from archcalc.shape import Shape
from tests.op_examples import fields_of

MAP, VECTOR = Shape(4, 9, 9), Shape(84)

ROWS: list[tuple[str, dict[str, Any], Shape, str]] = [
    ("conv2d", {"kernel_size": 7, "stride": 2, "padding": 3, "bias": 0}, MAP, "conv2d 7x7/2 pad 3"),
    ("conv2d", {"kernel_size": 3, "stride": (2, 1)}, MAP, "conv2d 3x3/2x1"),
    ("conv2d", {"kernel_size": (3, 2), "stride": (1, 2), "padding": (0, 1), "dilation": 2,
                "groups": 2, "padding_mode": "reflect"}, MAP,
     "conv2d 3x2/1x2 pad 0x1 dilation 2 groups 2 padding_mode reflect"),
    ("conv2d", {"kernel_size": 1, "connections": ((0,), (1, 2), (3,))}, MAP, "conv2d 1x1 by table"),
    ("conv2d", {"kernel_size": 1, "weights": "c1"}, MAP, "conv2d 1x1 weights c1"),
    ("max_pool2d", {"kernel_size": 2}, MAP, "max_pool2d 2x2/2"),
    ("max_pool2d", {"kernel_size": 3, "stride": 2, "ceil_mode": 1}, MAP,
     "max_pool2d 3x3/2 ceil_mode"),
    ("avg_pool2d", {"kernel_size": 3, "stride": 1, "padding": 1, "count_include_pad": 0}, MAP,
     "avg_pool2d 3x3 pad 1 no count_include_pad"),
    ("linear", {"out_features": 3}, MAP, "linear 324 -> 3"),
    ("rbf", {"out_features": 10}, VECTOR, "rbf 84 -> 10, 840 fixed weights"),
    ("tanh", {}, MAP, "tanh"),
    ("tanh", {"amplitude": 2}, MAP, "scaled tanh"),
    ("tanh", {"slope": 2}, MAP, "scaled tanh"),
    ("batch_norm", {}, MAP, "batch_norm"),
    ("batch_norm", {"affine": 0}, MAP, "batch_norm no affine"),
    ("dropout", {"p": Fraction(2, 5)}, MAP, "dropout p 0.4"),
    ("drop_path", {"survival": Fraction(2, 3)}, MAP, "drop_path survival 2/3"),
    ("prelu", {"shared": 1}, MAP, "prelu shared"),
    ("pad", {"height": (0, 1), "width": (2, 3)}, MAP, "pad height 0+1 width 2+3"),
    ("pad", {"channels": (0, 2)}, MAP, "pad channels 0+2"),
    ("crop", {"width": 1}, MAP, "crop width 1+1"),
    ("slice", {"start": 1, "stop": 3}, MAP, "slice channels 1 to 2"),
    ("upsample", {"scale_factor": (2, 3), "mode": "bilinear"}, MAP,
     "upsample scale_factor 2x3 mode bilinear"),
    ("reduce", {"axes": (-2, -1), "mode": "max"}, MAP, "reduce axes -2 and -1 mode max"),
    ("reduce", {"axes": (0, 1, 2)}, MAP, "reduce axes 0, 1 and 2"),
    ("roll", {"shifts": (1, -3)}, MAP, "roll shifts 1 and -3"),
    ("roll", {"shifts": (-3, -3)}, MAP, "roll shifts -3"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "x", "said"), ROWS, ids=lambda x: str(x)[:50])
def test_a_row_says_the_window_and_what_is_not_the_default(
    name: str, fields: dict[str, Any], x: Shape, said: str
) -> None:
    channels = {"out_channels": 3} if name == "conv2d" else {}
    assert create(OPS[name], channels | fields).summary(x) == said


def test_a_row_of_a_window_without_a_stride() -> None:
    @op("median")
    class Median(Relu):
        kernel_size: Pair = field(PAIR, "the window")

    del OPS["median"]
    assert Median(kernel_size=(3, 5)).summary(MAP) == "median 3x5"


def test_the_first_sentences_of_a_docstring() -> None:
    assert doc_line(OPS["relu"]) == "Rectified linear unit, max(0, x)."
    assert doc_line(OPS["rbf"]) == (
        "Euclidean radial basis function units: squared distances to fixed prototypes."
    )
    assert [name for name, op in OPS.items() if not doc_line(op).endswith(".")] == []
    assert doc_line(lambda: None) == ""


def test_a_name_is_an_op_s_own() -> None:
    with pytest.raises(ValueError, match="op 'relu' is declared twice"):
        op("relu")(OPS["tanh"])
    assert OPS["relu"].__name__ == "Relu"


def test_an_op_is_its_fields_and_keeps_them() -> None:
    three, other = (create(OPS["linear"], {"out_features": 3}) for _ in range(2))
    assert three == other != create(OPS["linear"], {"out_features": 4})
    assert hash(three) == hash(other)
    with pytest.raises(AttributeError):
        three.out_features = 4  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name, cls in OPS.items() if cls.is_elementwise])
def test_what_needs_no_row_of_its_own_keeps_its_shape_and_multiplies_by_no_weight(
    name: str,
) -> None:
    cls = OPS[name]
    assert cls.arity == 1
    assert not cls.is_weighted
    for example in cls.examples:
        assert (example.output,) == example.inputs
        assert example.macs == 0
        inputs = [Shape(*sizes) for sizes in example.inputs]
        window = create(cls, fields_of(example)).window(*inputs)
        assert window == POINT or not isinstance(window, Window | Resampling)


def test_activations_without_weights_need_no_row_and_one_with_weights_has_its_own() -> None:
    activations = {name: cls for name, cls in OPS.items() if issubclass(cls, Activation)}
    assert "relu" in activations
    for cls in activations.values():
        has_weights = any(example.parameters for example in cls.examples)
        assert cls.is_elementwise is not has_weights


def test_a_reason_says_in_words_what_a_value_takes() -> None:
    def reason(*kinds: str) -> str:
        @op("drawn")
        class Drawn(Activation):
            per_value = kinds
            saved = saves_output

        del OPS["drawn"]
        return Drawn().macs(VECTOR, VECTOR).reason  # type: ignore[no-any-return]

    assert reason("compare") == "one comparison a value"
    assert reason("exp", "add") == "an exponential and an addition a value"
    assert reason("erf", "add", "multiply", "multiply") == (
        "an erf, an addition and 2 multiplications a value"
    )


def test_the_ends_of_an_axis_are_before_and_after_where_a_window_has_two_sides() -> None:
    ends = traced(create(OPS["pad"], {"height": (1, 2)})).height  # type: ignore[attr-defined]
    assert [end.label for end in ends] == ["padding_before", "padding_after"]
    sides = traced(create(OPS["max_pool2d"], {"kernel_size": (1, 2)})).kernel_size  # type: ignore[attr-defined]
    assert [side.label for side in sides] == ["kernel_height", "kernel_width"]


def test_in_training_a_path_survives_whole_or_not_at_all() -> None:
    torch.manual_seed(0)
    module = create(OPS["drop_path"], {"survival": Fraction(1, 4)}).module(torch, 3).train()
    x = torch.full((2, 3), 7.0)
    sums = [float(module(x).sum()) for _ in range(400)]
    assert set(sums) == {0.0, 42.0}
    assert 60 < sums.count(42.0) < 140  # 100 expected; 8.7 is one standard deviation
    assert float(module.eval()(x).sum()) == 42 / 4


def test_in_training_a_join_leaves_inputs_out_but_never_all() -> None:
    torch.manual_seed(0)
    module = create(OPS["mean"], {"drop_path": Fraction(1, 2)}).module(torch, 1, 1)
    x, y = torch.tensor([[2.0]]), torch.tensor([[4.0]])
    means = [float(module.train()(x, y)) for _ in range(400)]
    assert set(means) == {2.0, 3.0, 4.0}
    assert 60 < means.count(3.0) < 140  # both: 100 expected; 8.7 is one standard deviation
    assert {float(module.eval()(x, y)) for _ in range(20)} == {3.0}


def test_formulas_leave_out_what_is_not_asked_for() -> None:
    """The default of a field, a bias that is not there, or a flag that is a factor of 1."""
    for cls in OPS.values():
        for name, info in cls.field_infos.items():
            if info.silent is not None:
                default = info.default
                usual = default[0] if isinstance(default, tuple) else default
                usual = {"bias": 0, "affine": 1}.get(name, usual)
                assert info.silent == usual, (cls, name)


def torch_defaults(module: Any) -> Iterator[tuple[str, Any]]:
    """The defaults of the arguments with which torch makes such a module."""
    for cls in type(module).__mro__:
        if cls.__module__.startswith("torch.nn.modules"):
            parameters = inspect.signature(cls.__init__).parameters.values()
            yield from ((p.name, p.default) for p in parameters if p.default is not p.empty)
            return


def with_defaults(cls: type[Op]) -> tuple[Op, list[int]]:
    """An op with the fields of its first example that must be given, and its inputs' channels."""
    example = cls.examples[0]
    given = {name: fields_of(example)[name] for name in cls.required_fields}
    return create(cls, given), [sizes[0] for sizes in example.inputs]


def test_defaults_are_torchs() -> None:
    compared = set()
    for name, cls in OPS.items():
        made, channels = with_defaults(cls)
        optional = cls.field_infos.keys() - set(cls.required_fields)
        for key, default in torch_defaults(made.module(torch, *channels)):
            if key not in optional:
                continue
            value = getattr(made, key)
            if default is None:  # torch's way to say that a stride is the kernel's size
                assert value in (None, getattr(made, "kernel_size", None))
            else:
                value = value[0] if isinstance(value, tuple) and len({*value}) == 1 else value
                assert (value if isinstance(value, str) else float(value)) == default, (name, key)
            compared.add((name, key))
    assert {
        ("leaky_relu", "negative_slope"), ("dropout", "p"), ("local_response_norm", "k"),
        ("local_response_norm", "alpha"), ("local_response_norm", "beta"), ("conv2d", "bias"),
        ("conv2d", "dilation"), ("max_pool2d", "stride"), ("avg_pool2d", "count_include_pad"),
        ("conv_transpose2d", "output_padding"), ("batch_norm", "affine"), ("upsample", "mode"),
    } <= compared  # fmt: skip


def test_the_schema_of_a_table_refuses_what_the_reader_refuses() -> None:
    jsonschema.validate([[0, 1], [2]], CONNECTIONS.schema)
    for table in ([], [[]], [[0, 0]], [[-1]], [0], [["a"]]):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(table, CONNECTIONS.schema)
