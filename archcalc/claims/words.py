"""The words that statements use for layers, and the sequences that they spell.

`conv 3x3/2 64` is a convolution with its kernel, stride and output channels; a statement is
compared in the details that it gives itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from archcalc.graph import Node
from archcalc.network import Network
from archcalc.ops.activation import Activation
from archcalc.ops.registry import OPS

WEIGHTED = frozenset(name for name, cls in OPS.items() if cls.is_weighted)
ACTIVATIONS = frozenset(name for name, cls in OPS.items() if issubclass(cls, Activation))

WORDS: Mapping[str, frozenset[str]] = {
    "weighted": WEIGHTED,
    "layer": WEIGHTED | {"max_pool2d", "avg_pool2d", "subsampling"},
    "activation": ACTIVATIONS,
} | {
    word: frozenset(ops.split())
    for word, ops in {
        "conv": "conv2d",
        "deconv": "conv_transpose2d",
        "pool": "max_pool2d avg_pool2d subsampling",
        "maxpool": "max_pool2d",
        "avgpool": "avg_pool2d subsampling global_avg_pool2d",
        "subsampling": "subsampling",
        "gap": "global_avg_pool2d",
        "unpool": "max_unpool2d",
        "fc": "linear",
        "rbf": "rbf",
        "relu": "relu",
        "tanh": "tanh",
        "sigmoid": "sigmoid",
        "bn": "batch_norm",
        "lrn": "local_response_norm",
        "dropout": "dropout",
        "softmax": "softmax",
        "add": "add",
        "concat": "concat",
        "mean": "mean",
    }.items()
}
"""Which ops a word means. The name of an op means that op."""

WHOLE_MAP_CONV = "whole-map conv"
"""A convolution whose kernel is its whole input: the same function as a fully connected layer."""


def words_of(network: Network, node: Node) -> frozenset[str]:
    """All the words that mean a node."""
    names = {node.op.name, *(word for word, ops in WORDS.items() if node.op.name in ops)}
    if node.op.name == "conv2d" and _is_whole_map(network, node):
        names.add(WHOLE_MAP_CONV)
    return frozenset(names)


def _is_whole_map(network: Network, node: Node) -> bool:
    shape = node.input_shapes[0]
    return node.shape[1:] == (1, 1) and (shape.height, shape.width) == node.op.kernel_size  # type: ignore[attr-defined]


class Phrase(NamedTuple):
    """One word of a sequence, with the details given."""

    word: str
    kernel: str = ""
    stride: str = ""
    out: str = ""

    def __str__(self) -> str:
        stride = f"/{self.stride}" if self.stride else ""
        return " ".join(filter(None, [self.word, self.kernel + stride, self.out]))


_PHRASE = re.compile(
    r"(?P<word>[a-z][a-z _-]*?)(?: (?P<kernel>[0-9]+x[0-9]+))?(?:/(?P<stride>[0-9]+))?"
    r"(?: (?P<out>[0-9]+))?"
)


def phrases(text: str) -> list[Phrase]:
    """The phrases that a statement spells: `conv 1x1 - conv 3x3 - add`.

    >>> phrases("avgpool 5x5/3 - fc 1024")[0]
    Phrase(word='avgpool', kernel='5x5', stride='3', out='')

    Raises:
        ValueError: a part is no phrase.
    """
    read = []
    for part in filter(None, (part.strip() for part in text.split(" - "))):
        match = _PHRASE.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} describes no layer, as 'conv 3x3/2 64'")
        read.append(Phrase(**{key: value or "" for key, value in match.groupdict().items()}))
    return read


def matches(network: Network, node: Node, text: str) -> bool:
    """Whether a node is what one of some words says, with their details: `conv 1x1, fc`."""
    names = words_of(network, node)
    for part in text.split(","):
        [phrase] = phrases(part)
        details = (name for name in DETAILS if getattr(phrase, name))
        if phrase.word in names and all(DETAILS[d](node) == getattr(phrase, d) for d in details):
            return True
    return False


class Vocabulary:
    """The words of one statement, in the meaning that the claim gives them."""

    def __init__(self, stated: Iterable[Phrase], meanings: Mapping[str, Sequence[str]]):
        stated = list(stated)
        spoken = [*(phrase.word for phrase in stated), *meanings]
        self.meanings = {word: set(meanings.get(word, [word])) for word in spoken}
        self.details: dict[str, set[str]] = {}
        for phrase in stated:
            given = {name for name in ("kernel", "stride", "out") if getattr(phrase, name)}
            self.details.setdefault(phrase.word, set()).update(given)

    def spell(self, network: Network, nodes: Iterable[Node]) -> list[Phrase]:
        """The nodes that the statement has words for, in the details that it gives."""
        return list(self._spelled(network, nodes))

    def _spelled(self, network: Network, nodes: Iterable[Node]) -> Iterator[Phrase]:
        for node in nodes:
            names = words_of(network, node)
            # Of two words for a node, the one that says more: a whole-map conv may count as fc.
            fitting = [word for word, means in self.meanings.items() if means & names]
            if fitting:
                word = min(
                    fitting,
                    key=lambda w: (
                        WHOLE_MAP_CONV not in self.meanings[w] or WHOLE_MAP_CONV not in names
                    ),
                )
                yield self._phrase(word, node)

    def _phrase(self, word: str, node: Node) -> Phrase:
        details = self.details.get(word, set())
        given = {name: detail(node) for name, detail in DETAILS.items() if name in details}
        return Phrase(word, **given)


def _kernel(node: Node) -> str:
    return "x".join(map(str, getattr(node.op, "kernel_size", ())))


def _stride(node: Node) -> str:
    stride: Any = getattr(node.op, "stride", (1, 1))
    return str(stride[0])


def _out(node: Node) -> str:
    return str(node.shape.channels)


DETAILS = {"kernel": _kernel, "stride": _stride, "out": _out}


def spelled(sequence: Iterable[Phrase]) -> str:
    """A sequence as people read it."""
    return " - ".join(map(str, sequence))
