"""The nodes of a graph that is being made, and who reads which numbers of its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from archcalc.importer.called import NOT_MADE, Unread
from archcalc.importer.heard import Heard, Root, SpelledCall
from archcalc.ops.op import Op
from archcalc.shape import Shape


@dataclass(eq=False)
class Draft:
    """A node before it has a name."""

    op: Op
    inputs: list[Draft | Heard]
    """Where its inputs come from: nodes, or inputs of the network."""
    input_shapes: tuple[Shape, ...]
    shape: Shape
    times: int
    path: str
    """The module that ran."""
    run: int
    word: str
    """What it is called beside its module's name."""
    owner: str = ""
    """The name of the parameter that it reads first."""
    weights: Draft | None = None
    """The node whose parameters it uses."""
    operator: str = ""
    """The aten operator that was called; nothing of what is only stored."""
    spelled: Sequence[SpelledCall] = ()
    """The calls by torch's names in which it was called, the outer ones first."""
    has_samples_first: bool = True
    """Whether the first axis of the tensor that it makes is that of the network's samples."""
    is_part: bool = False
    """Whether the operator is a part of the one that was called."""
    is_arranging: bool = False
    """Whether nothing is lost where nobody reads it."""


class Ownership:
    """Who reads which part of each parameter and buffer first."""

    def __init__(self, roots: Iterable[Root]):
        self._roots = {root.key: root for root in roots}
        self._claims: dict[int, list[tuple[int, int, Draft]]] = {}

    def claim(self, root: Root, span: tuple[int, int], draft: Draft) -> tuple[int, list[Draft]]:
        """How many numbers of a root nobody has read before, and who has read the others."""
        start, count = span
        claims = self._claims.setdefault(root.key, [])
        others = [
            by for begin, length, by in claims if begin < start + count and start < begin + length
        ]
        if others:
            return 0, others
        claims.append((start, count, draft))
        return count, []

    def unread(self) -> list[Draft]:
        """A node for each module with parameters or buffers that nothing reads."""
        left: dict[str, list[int]] = {}
        for root in self._roots.values():
            read = sum(count for _, count, _ in self._claims.get(root.key, ()))
            if read < prod(root.shape):
                owner = root.name.rpartition(".")[0] or root.name
                left.setdefault(owner, [0, 0])[not root.is_parameter] += prod(root.shape) - read
        return [
            Draft(Unread(own=own, own_buffers=buffers), [], (), NOT_MADE, 1, owner, 0, "unread")
            for owner, (own, buffers) in left.items()
        ]
