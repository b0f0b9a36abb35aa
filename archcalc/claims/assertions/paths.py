"""Statements of how layers are connected: parallel branches, and what reads what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.claims.assertions.assertion import (
    LIST,
    MAPPING,
    TEXT,
    Assertion,
    ClaimError,
    Finding,
    assertion,
    key,
    structure,
)
from archcalc.claims.assertions.structures import stated_phrases
from archcalc.claims.subject import Networks, Part
from archcalc.claims.words import Vocabulary, spelled
from archcalc.errors import ArchcalcError
from archcalc.graph import Node
from archcalc.ops.op import MANY

if TYPE_CHECKING:
    from archcalc.claims.ledger import Claim

IDENTITY = "identity"
"""A branch without layers of its own: a shortcut."""


@assertion("branches")
class Branches(Assertion):
    """The parallel paths of a module and what joins them:
    `conv 1x1 | conv 1x1 - conv 3x3 | maxpool 3x3 - conv 1x1`."""

    join: str = key(TEXT, "the op that joins them", default="")
    words: dict[str, Any] = key(MAPPING, "which kinds of layers a word means here", default={})

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        texts = [branch.strip() for branch in str(claim.stated).split("|")]
        stated = [[] if text == IDENTITY else stated_phrases(claim, text) for text in texts]
        vocabulary = Vocabulary([phrase for branch in stated for phrase in branch], self.words)
        join = self._join(part)
        paths = [
            spelled(vocabulary.spell(part.network, path)) or IDENTITY for path in _paths(part, join)
        ]
        wanted = [spelled(branch) or IDENTITY for branch in stated]
        joined = f", joined by {join.op.name}" if self.join else ""
        if self.join and join.op.name != self.join:
            return Finding(paths, " | ".join(paths) + joined, "contradicted")
        return structure(claim, sorted(wanted), sorted(paths), " | ".join(paths) + joined)

    def _join(self, part: Part) -> Node:
        joins = [node for node in part.nodes if node.op.arity == MANY]
        if not joins:
            raise ArchcalcError(f"{part.subject.name} joins no branches")
        return next((node for node in reversed(joins) if node.op.name == self.join), joins[-1])


def _paths(part: Part, join: Node) -> list[list[Node]]:
    """For each input of a join, the layers of the part on the way to it."""
    inside = {node.name: node for node in part.nodes}
    paths = []
    for name in join.inputs:
        path: list[Node] = []
        while name in inside:
            node = inside[name]
            path.append(node)
            name = node.inputs[0]
        paths.append(path[::-1])
    return _without_shared(paths)


def _without_shared(paths: list[list[Node]]) -> list[list[Node]]:
    """The paths from where they part: a beginning that all share is no branch."""
    while all(paths) and len({path[0].name for path in paths}) == 1:
        paths = [path[1:] for path in paths]
    return paths


@assertion("reads")
class Reads(Assertion):
    """From how far back the parts of a list read: `all earlier`, or `the last 2`.

    A concatenation is looked through to what it joins; a sum is not.
    """

    parts: list[Any] = key(LIST, "the parts in order, dotted paths or PATH.*")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        paths = [path for pattern in self.parts for path in _expanded(part, str(pattern))]
        if len(paths) < 3:
            raise ClaimError(f"reads needs at least 3 parts, got {paths}")
        reach = [self._earlier(part, paths, i) for i in range(len(paths))]
        text = _reach_text(reach)
        return structure(claim, str(claim.stated), text, text)

    def _earlier(self, part: Part, paths: list[str], index: int) -> list[int]:
        """Which earlier parts a part reads from, as steps back."""
        network = part.network
        graph = network.graph
        own = network[paths[index]].nodes
        inside = {node.name for node in own}
        todo = [name for node in own for name in node.inputs if name not in inside]
        producers: set[str] = set()
        seen: set[str] = set()
        while todo:
            name = todo.pop()
            if name in seen or name not in graph.by_name:
                continue
            seen.add(name)
            node = graph.by_name[name]
            if node.op.name == "concat":
                todo += node.inputs
            else:
                producers.add(name)
        return [
            index - earlier
            for earlier in range(index)
            if any(name.startswith(paths[earlier] + ".") for name in producers)
        ]


def _expanded(part: Part, pattern: str) -> list[str]:
    if not pattern.endswith(".*"):
        return [pattern]
    prefix = pattern[:-1]
    keys = (n.name[len(prefix) :].split(".")[0] for n in part.nodes if n.name.startswith(prefix))
    return [prefix + key for key in dict.fromkeys(keys)]


def _reach_text(reach: list[list[int]]) -> str:
    if all(len(back) == i for i, back in enumerate(reach)):
        return "all earlier"
    farthest = max((max(back, default=0) for back in reach), default=0)
    return f"the last {farthest}" if farthest > 1 else "the one before"
