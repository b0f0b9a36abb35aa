"""Padding by a word: torch's "same" and TensorFlow's SAME, as what each really adds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spec_files import conv, graph, message, spec


def listed(item: dict[str, Any], *input: int) -> list[str]:
    """Each node as its name, its output and what it is."""
    nodes = graph(spec(item, input=list(input))).nodes
    return [f"{n.name} {n.shape} {n.op.summary(*n.input_shapes)}" for n in nodes]


def window(**fields: Any) -> dict[str, Any]:
    return conv(name="c", **fields)


@pytest.mark.parametrize("padding", ["same", "tf_same"])
@pytest.mark.parametrize(
    ("fields", "nodes"),
    [
        ({"kernel_size": 1}, ["c 8x7x8 conv2d 1x1"]),
        ({"kernel_size": 3}, ["c 8x7x8 conv2d 3x3 pad 1"]),
        ({"kernel_size": [1, 7]}, ["c 8x7x8 conv2d 1x7 pad 0x3"]),
        ({"kernel_size": 3, "dilation": 2}, ["c 8x7x8 conv2d 3x3 pad 2 dilation 2"]),
        # An even kernel adds one more at the end: 3 rows as 1 and 2.
        (
            {"kernel_size": 4},
            ["c_pad 3x10x11 pad height 1+2 width 1+2", "c 8x7x8 conv2d 4x4"],
        ),
        (
            {"kernel_size": [2, 3]},
            ["c_pad 3x8x10 pad height 0+1 width 1+1", "c 8x7x8 conv2d 2x3"],
        ),
    ],
)
def test_a_stride_of_1_keeps_the_map_s_size(
    padding: str, fields: dict[str, Any], nodes: list[str]
) -> None:
    assert listed(window(padding=padding, **fields), 3, 7, 8) == nodes


# TensorFlow: `out = ceil(n / s)`, and `(out - 1)*s + k - n` rows are added, half of them before,
# rounded down (tf.nn.convolution's documentation).
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "ends", "output"),
    [
        (224, 3, 2, (0, 1), 112),  # MobileNet's stem in Keras: (111·2 + 3) - 224 = 1
        (225, 3, 2, (1, 1), 113),
        (224, 7, 2, (2, 3), 112),  # (111·2 + 7) - 224 = 5
        (7, 5, 3, (2, 2), 3),  # (2·3 + 5) - 7 = 4
        (5, 1, 2, (0, 0), 3),
        (6, 2, 4, (0, 0), 2),  # (1·4 + 2) - 6 = 0
        (6, 1, 3, (0, 0), 2),  # (1·3 + 1) - 6 = -2: none is added, and none taken away
    ],
)
def test_tensorflow_s_padding_depends_on_the_size(
    size: int, kernel: int, stride: int, ends: tuple[int, int], output: int
) -> None:
    item = window(kernel_size=[1, kernel], stride=[1, stride], padding="tf_same")
    last = graph(spec(item, input=[3, 1, size]))
    assert last.nodes[-1].shape == (8, 1, output)
    if ends[0] == ends[1]:
        assert last.nodes[0].op.padding == (0, ends[0])  # type: ignore[attr-defined]
    else:
        assert last.nodes[0].op.width == ends  # type: ignore[attr-defined]
        assert last.nodes[1].inputs == ("c_pad",)


@pytest.mark.parametrize("op", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "ceil_mode", "output"),
    [(3, 2, 0, 1, 112), (2, 2, 0, 0, 112), (3, 1, 1, 0, 224), (5, 3, 1, 1, 75), (5, 2, 1, 1, 112)],
)
def test_a_pooling_reads_what_is_there(
    op: str, kernel: int, stride: int, padding: int, ceil_mode: int, output: int
) -> None:
    """No values are added: a border of its own, or a last partial window."""
    item = {"op": op, "kernel_size": kernel, "stride": stride, "padding": "tf_same"}
    (node,) = graph(spec(item, input=[3, 224, 224])).nodes
    assert node.shape == (3, output, output)
    pool: Any = node.op
    assert (pool.padding, pool.ceil_mode) == ((padding, padding), ceil_mode)
    assert getattr(pool, "count_include_pad", 0) == 0


def test_each_copy_settles_its_own_padding() -> None:
    item = window(kernel_size=3, stride=2, padding="tf_same", repeat=3, out_channels=3)
    nodes = graph(spec(item, input=[3, 10, 10])).nodes
    assert [f"{node.name} {node.shape}" for node in nodes] == [
        "c.0_pad 3x11x11",  # 10 -> 5: 0 and 1
        "c.0 3x5x5",
        "c.1 3x3x3",  # 5 -> 3: 1 and 1
        "c.2 3x2x2",  # 3 -> 2: 1 and 1
    ]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_pytorch_agrees_on_what_same_is() -> None:
    torch = pytest.importorskip("torch")
    for kernel, dilation in ((4, 1), (2, 3), (3, 1)):
        nodes = graph(spec(window(kernel_size=kernel, dilation=dilation, padding="same"))).nodes
        theirs = torch.nn.Conv2d(3, 8, kernel, padding="same", dilation=dilation)
        x = torch.randn(1, 3, 32, 32)
        ours = x
        for node in nodes:
            module = node.op.module(torch, *node.op.in_channels(*node.input_shapes))
            if node.name == "c":
                module.load_state_dict(theirs.state_dict())
            ours = module(ours)
        assert torch.allclose(ours, theirs(x), atol=1e-6)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (
            window(stride=2, padding="same"),
            "layers[0] 'c' (conv2d): padding 'same' takes stride 1, as torch's; "
            "TensorFlow's is 'tf_same'",
        ),
        (
            window(kernel_size=2, padding="same", padding_mode="reflect"),
            "layers[0] 'c' (conv2d): padding 'same' is uneven here, and of zeros",
        ),
        (
            {"op": "max_pool2d", "kernel_size": 2, "stride": 1, "padding": "tf_same"},
            "layers[0] (max_pool2d): padding 'tf_same' is uneven here: 0 and 1; no pooling has "
            "that; put a pad before it",
        ),
        (
            {"op": "max_pool2d", "kernel_size": 3, "padding": "same"},
            "layers[0] (max_pool2d): padding takes a whole number of at least 0, "
            "[height, width] or 'tf_same': unknown name 'same'; did you mean 'tf_same'?",
        ),
        (
            window(padding="SAME"),
            "layers[0] 'c' (conv2d): padding takes a whole number of at least 0, "
            "[height, width], 'same' or 'tf_same': unknown name 'SAME'; did you mean 'same'?",
        ),
        (
            window(padding=[1, 2, 1, 2]),
            "layers[0] 'c' (conv2d): padding takes a whole number of at least 0, or "
            "[height, width], got [1, 2, 1, 2]; uneven sides are an item before: "
            '{"op": "pad", "height": [1, 2], "width": [1, 2]}',
        ),
        (
            window(padding=[[1, 2], [0, 1]]),  # as Keras and TensorFlow write it
            "layers[0] 'c' (conv2d): padding takes a whole number of at least 0, or "
            "[height, width], got [[1, 2], [0, 1]]; uneven sides are an item before: "
            '{"op": "pad", "height": [1, 2], "width": [1, 2]}',
        ),
        (
            [{"op": "flatten"}, window(padding="same")],
            "layers[1] 'c' (conv2d): conv2d takes a map CxHxW, got a vector of 3072 features; "
            'the op "reshape" makes a map of it',
        ),
    ],
)
def test_what_is_wrong_with_a_padding(item: Any, said: str) -> None:
    assert message(spec(*(item if isinstance(item, list) else [item]))) == said
