"""Small networks of tokens and volumes, worked out by hand and verified in PyTorch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

import archcalc
from archcalc.analysis.receptive_field.seen import Undefined
from tests.spec_files import Tree, block, spec

torch.set_num_threads(1)


def linear(name: str, out_features: Any, **keys: Any) -> Tree:
    return {"name": name, "op": "linear", "out_features": out_features, **keys}


def op(name: str, of: str, **keys: Any) -> Tree:
    return {"name": name, "op": of, **keys}


def third(name: str, start: str, stop: str) -> Tree:
    """One of queries, keys and values of a linear layer to all three."""
    return op(name, "slice", inputs="qkv", start=start, stop=stop, axis="last")


ENCODER = block(
    op("norm1", "layer_norm"),
    linear("qkv", "3 * width"),
    third("q", "0", "width"),
    third("k", "width", "2 * width"),
    third("v", "2 * width", "3 * width"),
    op("attention", "attention", num_heads="heads", inputs=["q", "k", "v"]),
    linear("project", "width"),
    op("add1", "add", inputs=["input", "project"]),
    op("norm2", "layer_norm"),
    linear("fc1", "4 * width"),
    op("gelu", "gelu"),
    linear("fc2", "width"),
    op("add2", "add", inputs=["add1", "fc2"]),
    arguments={"width": None, "heads": None},
)

VIT = spec(
    op("patches", "conv2d", out_channels="width", kernel_size=8, stride=8),
    op("flat", "reshape", shape=["width", -1]),
    op("tokens", "permute", order=[1, 0]),
    op("class", "parameter", shape=[1, "width"]),
    op("all", "concat", inputs=["class", "tokens"], axis=0),
    op("position", "parameter", shape=[17, "width"]),
    op("placed", "add", inputs=["all", "position"]),
    {"name": "encoder", "block": "encoder", "repeat": 2, "width": "width", "heads": 3},
    op("norm", "layer_norm"),
    op("first", "slice", stop=1, axis=0),
    op("vector", "flatten"),
    linear("head", 10),
    arguments={"width": 12},
    blocks={"encoder": ENCODER},
)

ROTARY = block(
    op("heads", "reshape", shape=["tokens(input)", "heads", -1]),
    op("cos", "parameter", shape=["tokens(input)", 1, "size"], learned=False),
    op("kept", "multiply", inputs=["heads", "cos"]),
    op("low", "slice", inputs="heads", stop="size / 2", axis="last"),
    op("high", "slice", inputs="heads", start="size / 2", stop="size", axis="last"),
    op("turned", "scale", factor=-1),
    op("rotated", "concat", inputs=["turned", "low"], axis="last"),
    op("sin", "parameter", shape=["tokens(input)", 1, "size"], learned=False),
    op("moved", "multiply", inputs=["rotated", "sin"]),
    op("sum", "add", inputs=["kept", "moved"]),
    op("flat", "reshape", shape=["tokens(input)", -1]),
    arguments={"heads": None, "size": None},
)

DECODER = block(
    op("norm1", "rms_norm"),
    {"name": "q", "layers": [
        linear("proj", 16, bias=False, inputs="norm1"),
        {"name": "turn", "block": "rotary", "heads": 4, "size": 4}]},
    {"name": "k", "layers": [
        linear("proj", 8, bias=False, inputs="norm1"),
        {"name": "turn", "block": "rotary", "heads": 2, "size": 4}]},
    linear("v", 8, bias=False, inputs="norm1"),
    op("attention", "attention", num_heads=4, causal=True, inputs=["q", "k", "v"]),
    linear("o", 16, bias=False),
    op("add1", "add", inputs=["input", "o"]),
    op("norm2", "rms_norm"),
    linear("gate", 40, bias=False),
    op("silu", "silu"),
    linear("up", 40, bias=False, inputs="norm2"),
    op("both", "multiply", inputs=["silu", "up"]),
    linear("down", 16, bias=False),
    op("add2", "add", inputs=["add1", "down"]),
)  # fmt: skip

GPT = spec(
    op("embed", "embedding", num_embeddings=50, embedding_dim=16),
    {"name": "layer", "block": "decoder", "repeat": 2},
    op("norm", "rms_norm"),
    linear("head", 50, bias=False, weights="embed"),
    input=[9],
    blocks={"rotary": ROTARY, "decoder": DECODER},
)

TWICE = block(
    op("conv1", "conv3d", out_channels="channels", kernel_size=3, padding="same", bias=False),
    op("norm1", "group_norm", num_groups=2),
    op("relu1", "relu"),
    op("conv2", "conv3d", out_channels="channels", kernel_size=3, padding="same", bias=False),
    op("bn2", "batch_norm"),
    op("relu2", "relu"),
    arguments={"channels": None},
)

UNET = spec(
    {"name": "down", "block": "twice", "channels": 4},
    op("pool", "max_pool3d", kernel_size=2),
    {"name": "bottom", "block": "twice", "channels": 8},
    op("up", "conv_transpose3d", out_channels=4, kernel_size=2, stride=2),
    op("joined", "concat", inputs=["down", "up"]),
    {"name": "merge", "block": "twice", "channels": 4},
    op("classes", "conv3d", out_channels=3, kernel_size=1),
    input=[2, 4, 8, 6],
    blocks={"twice": TWICE},
)


class Known(NamedTuple):
    """A network with what it comes to by hand."""

    tree: Tree
    parameters: int
    macs: int
    depth: int


# A ViT of 17 tokens of 12 features: patches of 8·8·3, a class token, positions; a block has two
# norms, 3·12 and 12 outputs of attention's projections, 48 and 12 of its MLP.
VIT_BLOCK = 2 * 24 + 13 * 36 + 13 * 12 + 13 * 48 + 49 * 12
VIT_BLOCK_MACS = 17 * 12 * (36 + 12 + 48 + 48) + 2 * 3 * 17 * 17 * 4
# 9 tokens of 16 features: 16 queries, 8 keys and 8 values; a SwiGLU of 40.
GPT_BLOCK = 2 * 16 + 16 * (16 + 8 + 8 + 16) + 3 * 16 * 40
GPT_BLOCK_MACS = 9 * 16 * (16 + 8 + 8 + 16 + 3 * 40) + 2 * 4 * 9 * 9 * 4
# Two convolutions of 27 places a level, a group norm and a batch norm; 192 and 24 positions.
LEVELS = 27 * (2 * 4 + 4 * 4) + 16, 27 * (4 * 8 + 8 * 8) + 32, 27 * (8 * 4 + 4 * 4) + 16

KNOWN = {
    "vit": Known(
        VIT,
        parameters=193 * 12 + 12 + 17 * 12 + 2 * VIT_BLOCK + 24 + 13 * 10,
        macs=16 * 12 * 192 + 2 * VIT_BLOCK_MACS + 120,
        depth=1 + 2 * 4 + 1,
    ),
    "gpt": Known(
        GPT,
        parameters=50 * 16 + 2 * GPT_BLOCK + 16,
        macs=2 * GPT_BLOCK_MACS + 9 * 16 * 50,
        depth=2 * 4 + 1,
    ),
    "unet3d": Known(
        UNET,
        parameters=sum(LEVELS) + (8 * 8 + 1) * 4 + (4 + 1) * 3,
        macs=192 * 27 * (24 + 48) + 24 * 27 * 96 + 24 * 8 * 8 * 4 + 192 * 4 * 3,
        depth=2 + 2 + 1 + 2 + 1,
    ),
}


@pytest.fixture(params=KNOWN)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def file(name: str, tmp_path: Path) -> str:
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(KNOWN[name].tree))
    return str(path)


def test_figures_by_hand(name: str, file: str) -> None:
    net = archcalc.load(file)
    known = KNOWN[name]
    assert (net.parameters, net.macs, net.depth) == (known.parameters, known.macs, known.depth)


@pytest.mark.parametrize("mode", ["eval", "train"])
def test_pytorch_agrees(file: str, mode: Any) -> None:
    result = archcalc.verify(archcalc.load(file, batch=2, mode=mode))
    assert result.disagreements == ()


def test_what_is_seen_is_the_whole_or_said_to_have_no_size(name: str, file: str) -> None:
    """What moves positions has no size, attention sees all; windows in a volume have one."""
    net = archcalc.load(file)
    fields = net.receptive_fields
    if name == "vit":
        assert fields["patches"].size == [8, 8]  # type: ignore[union-attr]
        assert isinstance(fields["tokens"], Undefined)
        assert fields["encoder.0.attention"].is_whole  # type: ignore[union-attr]
        assert net.receptive_field.is_whole
    elif name == "gpt":
        assert fields["layer.0.norm1"].size == [1]  # type: ignore[union-attr]
        assert isinstance(fields["layer.0.q.turn.heads"], Undefined)
        assert fields["layer.0.attention"].is_whole  # type: ignore[union-attr]
        assert net.receptive_field.is_whole
    else:
        # Group norms see all; without them 5, pooled 6, at a stride of 2 then 6 + 2·2·2 = 14, and
        # two windows of 3 over what was turned back read two more of those.
        assert fields["pool"].trunk.size == [6, 6, 6]  # type: ignore[union-attr]
        assert net.receptive_field.is_whole
        assert net.receptive_field.trunk.size == [18, 18, 18]


def test_weighted_layers_and_activations_of_attention(file: str) -> None:
    """Attention is no weighted layer, and its outputs are activations, as of a matrix product."""
    net = archcalc.load(file)
    for node in net:
        if node.op.name == "attention":
            part = net[node.name]
            assert part.depth == 0
            assert part.activations == part.output.elements > 0


@pytest.mark.parametrize("name", ["bert-base", "gpt2", "llama3-8b", "swin-t", "vit-b-16"])
def test_attention_reads_what_is_called_queries_keys_and_values(name: str) -> None:
    """Layers of one form could stand for each other without any figure being another."""
    first = next(node for node in archcalc.load(name).nodes if node.op.name == "attention")
    read = [source.rpartition(".")[2] for source in first.inputs[:3]]
    assert read in (["queries", "keys", "values"], ["query", "key", "value"])
