"""The words that statements use for layers, and the sequences that they spell.

`conv 3x3/2 64` is a convolution with its kernel, stride and output channels; a statement is
compared in the details that it gives itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from archcalc.graph import Node

WHOLE_MAP_CONV = "whole-map conv"
"""A convolution whose kernel is its whole input: the same function as a fully connected layer."""


def words_of(node: Node) -> frozenset[str]:
    """All the words that mean a node: the name of its op and those that the op declares; `weighted`
    if it has weights, `layer` if it has weights or a window; `whole-map conv`."""
    op = node.op
    names = {op.name, *op.words}
    if op.is_weighted:
        names |= {"weighted", "layer"}
    if hasattr(op, "kernel_size"):
        names.add("layer")
        x = node.input_shapes[0]
        if "conv" in op.words and node.shape[1:] == (1, 1) and op.kernel_size == x[1:]:
            names.add(WHOLE_MAP_CONV)
    return frozenset(names)


class Phrase(NamedTuple):
    """One layer of a sequence: a word for it, and the details given."""

    word: str
    kernel: str = ""
    stride: str = ""
    out: str = ""

    def __str__(self) -> str:
        stride = f"/{self.stride}" if self.stride else ""
        return " ".join(filter(None, [self.word, self.kernel + stride, self.out]))

    @property
    def details(self) -> set[str]:
        """The names of the details given."""
        return {name for name in _DETAILS if getattr(self, name)}


_PHRASE = re.compile(
    r"(?P<word>[a-z][a-z _-]*?)(?: (?P<kernel>[0-9]+x[0-9]+))?(?:/(?P<stride>[0-9]+))?"
    r"(?: (?P<out>[0-9]+))?"
)
_DETAILS = {
    "kernel": lambda node: "x".join(map(str, getattr(node.op, "kernel_size", ()))),
    "stride": lambda node: str(getattr(node.op, "stride", (1, 1))[0]),
    "out": lambda node: str(node.shape.channels),
}


def phrases(text: str) -> list[Phrase]:
    """The layers that a statement describes: `conv 1x1 - conv 3x3 - add`.

    >>> phrases("avgpool 5x5/3 - fc 1024")[0]
    Phrase(word='avgpool', kernel='5x5', stride='3', out='')

    Raises:
        ValueError: a part describes no layer.
    """
    read = []
    for part in filter(None, (part.strip() for part in text.split(" - "))):
        match = _PHRASE.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} describes no layer, as 'conv 3x3/2 64' does")
        read.append(Phrase(**{key: value or "" for key, value in match.groupdict().items()}))
    return read


def matches(node: Node, text: str) -> bool:
    """Whether a node is what one of some phrases describes: `conv 1x1, fc`."""
    words = words_of(node)
    return any(
        phrase.word in words and _described(phrase.word, node, phrase.details) == phrase
        for phrase in _alternatives(text)
    )


@lru_cache(maxsize=4096)
def _alternatives(text: str) -> tuple[Phrase, ...]:
    return tuple(phrase for part in text.split(",") for phrase in phrases(part))


def _described(word: str, node: Node, details: Iterable[str]) -> Phrase:
    return Phrase(word, **{name: _DETAILS[name](node) for name in details})


class Vocabulary:
    """The words of one statement, in the meaning that the claim gives them."""

    def __init__(self, stated: Iterable[Phrase], meanings: Mapping[str, Sequence[str]]):
        self.details: dict[str, set[str]] = {}
        for phrase in [*stated, *map(Phrase, meanings)]:
            self.details.setdefault(phrase.word, set()).update(phrase.details)
        self.meanings = {word: set(meanings.get(word, [word])) for word in self.details}

    def spell(self, nodes: Iterable[Node]) -> list[Phrase]:
        """The nodes that the statement has words for, in the details that it gives."""
        words = ((node, self._word(node)) for node in nodes)
        return [_described(word, node, self.details[word]) for node, word in words if word]

    def _word(self, node: Node) -> str:
        """The word for a node; of two, the one that says more: a whole-map conv may be an fc."""
        names = words_of(node)
        fitting = [word for word, means in self.meanings.items() if means & names]
        whole = [word for word in fitting if WHOLE_MAP_CONV in self.meanings[word] & names]
        return next(iter([*whole, *fitting]), "")


def spelled(sequence: Iterable[Phrase]) -> str:
    """A sequence as people read it."""
    return " - ".join(map(str, sequence))
