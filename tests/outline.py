"""Outlines: what a network consists of, as its paper gives it, and whether a graph is just that.

tests/outlines/README.md explains the notation. An outline knows nothing of the spec: layers come
from its own text, and a graph is the outline's where both have the same layers, with the same
fields, reading the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from archcalc.expressions.parsing import parse
from archcalc.graph import Graph
from archcalc.ops.op import MANY, Op
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape

FOLDER = Path(__file__).parent / "outlines"
WORDS = {
    "conv": "conv2d", "deconv": "conv_transpose2d", "fc": "linear", "maxpool": "max_pool2d",
    "avgpool": "avg_pool2d", "gap": "global_avg_pool2d", "unpool": "max_unpool2d",
    "bn": "batch_norm", "lrn": "local_response_norm",
}  # fmt: skip
FIRST = {
    "conv2d": ("kernel_size", "out_channels"),
    "conv_transpose2d": ("kernel_size", "out_channels"),
    "max_pool2d": ("kernel_size",),
    "avg_pool2d": ("kernel_size",),
    "subsampling": ("kernel_size",),
    "linear": ("out_features",),
    "rbf": ("out_features",),
    "local_response_norm": ("size",),
    "dropout": ("p",),
    "drop_path": ("survival",),
    "scale": ("factor",),
    "slice": ("stop",),
    "channel_shuffle": ("groups",),
}
"""The fields that stand first behind the word for an op, without their names."""
COMMUTATIVE = ("add", "mean", "multiply")
INPUT = -1
Word = Any
"""A word of an item; a list of chains where the text has brackets."""
Chain = list[list[Word]]
Ends = tuple[int, ...]
"""What flows: the numbers of the layers whose outputs an item takes; several behind branches."""


@dataclass(frozen=True)
class Block:
    """A definition: the names of what it is given and of what it takes, and its items."""

    parameters: Mapping[str, str | None]
    takes: Sequence[str]
    chain: Chain


@dataclass(frozen=True)
class Layer:
    """A layer of an outline: its op, what it reads, the layers that it refers to, and its text."""

    op: Op
    inputs: Ends
    shape: Shape
    refers: Ends
    text: str


@dataclass
class Outline:
    """One network, written out."""

    blocks: Mapping[str, Block]
    input: Shape
    layers: list[Layer] = field(default_factory=list)
    auxiliary: dict[int, Any] = field(default_factory=dict)
    ends: Ends = (INPUT,)

    def run(self, chain: Chain, ends: Ends, scope: dict[str, Any]) -> Ends:
        """What leaves a chain of items."""
        history = [ends]
        for item in chain:
            words = list(item)
            label = words.pop(0)[:-1] if str(words[0]).endswith(":") else ""
            times = 1
            if len(words) > 2 and words[1] == "x":
                times = self.value(words[0], ends, scope)
                words = words[2:]
            for i in range(1, times + 1) if words else ():
                ends = self.item(words, ends, {**scope, "i": i}, history)
                if words[0] != "aux":
                    history.append(ends)
            if label:
                scope[f"@{label}"] = ends
        return ends

    def item(self, words: list[Word], ends: Ends, scope: dict[str, Any], history: Any) -> Ends:
        """What leaves one item."""
        if words[0] == "aux":
            [[head]] = words[2:]
            [end] = self.run(head, ends, dict(scope))
            self.auxiliary[end] = self.value(words[1], ends, scope)
            return ends
        if isinstance(words[0], list):
            ends = tuple(end for b in words[0] for end in self.run(b, ends, dict(scope)))
            return self.item(words[1:], ends, scope, history) if len(words) > 1 else ends
        if words[0].startswith("@"):
            return self.referred(words[0], scope, history)
        taken = [ends]
        if "of" in words:
            split = words.index("of")
            taken = [self.referred(word, scope, history) for word in words[split + 1 :]]
            words = words[:split]
        if words[0] in self.blocks:
            return self.block(words, taken, scope)
        return self.op(words, tuple(end for ends in taken for end in ends), scope)

    def referred(self, word: str, scope: Mapping[str, Any], history: Sequence[Ends]) -> Ends:
        """`@name`, or `@-2` for the result before the last."""
        back = re.fullmatch(r"@-([0-9]+)", word)
        ends: Ends = history[-int(back[1])] if back else scope[word]
        return ends

    def block(self, words: list[Word], taken: list[Ends], scope: Mapping[str, Any]) -> Ends:
        """What leaves the use of a block: its values stand in order or with their names."""
        block = self.blocks[words[0]]
        inner: dict[str, Any] = {}
        unnamed = iter(block.parameters)
        for word in words[1:]:
            name, _, text = ("s", "/", word[1:]) if word[0] == "/" else word.rpartition("=")
            inner[name or next(unnamed)] = self.value(text, taken[0], scope)
        for name, default in block.parameters.items():
            if name not in inner:
                assert default is not None, f"{words}: {name} is missing"
                inner[name] = self.value(default, taken[0], inner)
        assert set(inner) == set(block.parameters), words
        if block.takes:
            inner |= {f"@{n}": ends for n, ends in zip(block.takes, taken, strict=True)}
        return self.run(block.chain, taken[0], inner)

    def op(self, words: list[Word], ends: Ends, scope: Mapping[str, Any]) -> Ends:
        """A layer from its words: `conv 3x3 64 /2 pad 1 no bias`."""
        cls = OPS[WORDS.get(words[0], words[0])]
        values: dict[str, Any] = {}
        refers: Ends = ()
        unnamed = iter(FIRST.get(cls.name, ()))
        rest = iter(words[1:])
        for word in rest:
            name, _, text = word.partition("=")
            if word.startswith("/"):
                values["stride"] = self.value(word[1:], ends, scope)
            elif word == "no":
                values[next(rest)] = False
            elif word == "pad":
                values["padding"] = self.value(next(rest), ends, scope)
            elif word == "same":
                kernel = values["kernel_size"]
                values["padding"] = self.value("k // 2", ends, {"k": kernel})
            elif text.startswith("@"):
                refers = scope[text]
                values[name] = self.layers[refers[0]].op if name == "of" else "a layer"
                if name == "of":
                    ends += self.layers[refers[0]].inputs
            elif text:
                values[name] = self.value(text, ends, scope)
            else:
                values[next(unnamed)] = self.value(word, ends, scope)
        op = create(cls, values)
        assert cls.arity in (MANY, len(ends)), f"{words} of {len(ends)} ends"
        shape = op.output(*map(self.shape, ends))
        self.layers.append(Layer(op, ends, shape, refers, " ".join(words)))
        return (len(self.layers) - 1,)

    def shape(self, end: int) -> Shape:
        """The shape of the output of a layer, or of the input."""
        return self.input if end == INPUT else self.layers[end].shape

    def value(self, text: str, ends: Ends, scope: Mapping[str, Any]) -> Any:
        """A number, `3x3`, `1,2;3,4`, a quoted word, or an expression; `channels` are those that
        come in."""
        if text[0] == "'":
            return text[1:-1]
        if re.fullmatch(r"[0-9]+x[0-9]+", text):
            return tuple(map(int, text.split("x")))
        if re.fullmatch(r"[0-9]*\.[0-9]+", text):
            return Fraction(text)
        for separator in (";", ","):
            if separator in text:
                return tuple(self.value(part, ends, scope) for part in text.split(separator))
        known = {name: value for name, value in scope.items() if name[0] != "@"}
        return parse(text).evaluate({**known, "channels": self.shape(ends[0]).channels})


# --- reading --------------------------------------------------------------------------------------

_HEAD = re.compile(
    r"(?P<name>\S+?)(?:\((?P<given>[^)]*)\))?(?: of (?P<takes>[\w, ]+?))? =(?P<rest>.*)"
)
_NETWORK = re.compile(r"(?P<name>[\w.-]+): (?P<input>[0-9x]+)(?P<rest>.*)")


@cache
def outlines() -> dict[str, tuple[Mapping[str, Block], Shape, Chain]]:
    """All that is outlined, by the name of the network, with the blocks of its file."""
    found: dict[str, tuple[Mapping[str, Block], Shape, Chain]] = {}
    for file in sorted(FOLDER.glob("*.txt")):
        blocks: dict[str, Block] = {}
        text = re.sub(r" *#.*", "", file.read_text("utf-8"))
        for definition in re.split(r"\n(?=\S)", text.strip()):
            line = definition.replace("\n", " - ")
            if match := _NETWORK.fullmatch(line):
                shape = Shape(*map(int, match["input"].split("x")))
                assert match["name"] not in found, match["name"]
                found[match["name"]] = blocks, shape, _chain(_tokens(match["rest"]))
            else:
                match = _HEAD.fullmatch(line)
                assert match, f"{file.name}: {definition}"
                blocks[match["name"]] = _block(match)
    return found


@cache
def outline(name: str) -> Outline:
    """The outline of a network, written out."""
    blocks, input, chain = outlines()[name]
    written = Outline(blocks, input)
    written.ends = written.run(chain, (INPUT,), {})
    return written


def _block(match: re.Match[str]) -> Block:
    given = [part.strip() for part in (match["given"] or "").split(",") if part.strip()]
    parameters = {name: default or None for name, _, default in (p.partition("=") for p in given)}
    takes = [name.strip() for name in (match["takes"] or "").split(",") if name.strip()]
    return Block(parameters, takes, _chain(_tokens(match["rest"])))


def _tokens(text: str) -> list[str]:
    return re.findall(r"[\[\]|]|[^\s\[\]|]+", text)


def _chain(tokens: list[str]) -> Chain:
    chain: Chain = [[]]
    while tokens and tokens[0] not in ("|", "]"):
        token = tokens.pop(0)
        if token == "-":
            chain.append([])
        elif token == "[":
            branches = [_chain(tokens)]
            while tokens.pop(0) == "|":
                branches.append(_chain(tokens))
            chain[-1].append(branches)
        else:
            chain[-1].append(token)
    return [item for item in chain if item]


# --- comparing ------------------------------------------------------------------------------------

_NUMBERS: dict[Any, int] = {}


def _number(key: Any) -> int:
    """A number for what a layer is: equal for equal layers that read equal layers."""
    return _NUMBERS.setdefault(key, len(_NUMBERS))


def _layer_number(op: Op, inputs: Sequence[int], refers: Sequence[int]) -> int:
    if getattr(op, "weights", ""):
        op = op.replaced(weights="")
    read = tuple(sorted(inputs) if op.name in COMMUTATIVE else inputs)
    return _number((op, read, tuple(refers)))


@dataclass(frozen=True)
class Structure:
    """What a graph is, names aside: its layers by number, its outputs and its side outputs."""

    input: Shape
    layers: Mapping[str, int]
    texts: Mapping[str, str]
    outputs: tuple[int, ...]
    auxiliary: Mapping[int, Any]

    def differences(self, other: Structure) -> Iterator[str]:
        """What of this is not in another, the first place first."""
        if self.input != other.input:
            yield f"input {self.input}"
        left = Counter(other.layers.values())
        for name, number in self.layers.items():
            if left[number]:
                left[number] -= 1
            else:
                yield f"{name}: {self.texts[name]}"
        if self.outputs != other.outputs:
            yield "the output"
        if self.auxiliary != other.auxiliary:
            yield "the auxiliary heads or the weights of their losses"

    @property
    def key(self) -> Any:
        """Equal for graphs that are the same but for names."""
        layers = tuple(sorted(self.layers.values()))
        return self.input, layers, self.outputs, tuple(sorted(self.auxiliary.items()))


def of_graph(graph: Graph) -> Structure:
    """The structure of a graph."""
    numbers = {"input": _number(graph.input)}
    for node in graph.nodes:
        refers = [numbers[node.op.weights]] if getattr(node.op, "weights", "") else []  # type: ignore[attr-defined]
        numbers[node.name] = _layer_number(node.op, [numbers[i] for i in node.inputs], refers)
    texts = {node.name: node.op.summary(*node.input_shapes) for node in graph.nodes}
    auxiliary = {numbers[name]: weight for name, weight in graph.auxiliary.items()}
    outputs = tuple(numbers[name] for name in graph.outputs)
    del numbers["input"]
    return Structure(graph.input, numbers, texts, outputs, auxiliary)


def of_outline(outline: Outline, *, train: bool = False) -> Structure:
    """The structure of an outline; auxiliary heads are there in training only."""
    numbers = {INPUT: _number(outline.input)}
    for i, layer in enumerate(outline.layers):
        refers = [] if layer.op.name == "max_unpool2d" else [numbers[r] for r in layer.refers]
        numbers[i] = _layer_number(layer.op, [numbers[end] for end in layer.inputs], refers)
    kept = set(numbers) if train else _leading_to(outline, outline.ends)
    layers = {f"layer {i}": numbers[i] for i in range(len(outline.layers)) if i in kept}
    texts = {f"layer {i}": layer.text for i, layer in enumerate(outline.layers)}
    auxiliary = {numbers[end]: w for end, w in outline.auxiliary.items()} if train else {}
    outputs = tuple(numbers[end] for end in outline.ends)
    return Structure(outline.input, layers, texts, outputs, auxiliary)


def _leading_to(outline: Outline, ends: Ends) -> set[int]:
    found: set[int] = set()
    todo = list(ends)
    while todo:
        end = todo.pop()
        if end not in found and end != INPUT:
            found.add(end)
            todo += outline.layers[end].inputs
    return found


def differences(graph: Graph, outline: Outline, *, train: bool = False) -> list[str]:
    """What a graph has and its outline has not, then what the outline has more."""
    built, stated = of_graph(graph), of_outline(outline, train=train)
    more = [f"the graph has {text}" for text in built.differences(stated)]
    return more + [f"the outline has {text}" for text in stated.differences(built)]
