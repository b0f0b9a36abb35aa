"""Statements of how layers are connected: parallel branches, and what reads what."""

from __future__ import annotations

from typing import Any

from archcalc.claims import measures
from archcalc.claims.assertions.assertion import LIST, MAPPING, TEXT, Assertion, assertion, key
from archcalc.claims.statement import ClaimError, Finding, Statement
from archcalc.claims.subject import Networks
from archcalc.claims.words import Vocabulary, spelled
from archcalc.errors import ArchcalcError
from archcalc.graph import Node
from archcalc.ops.op import MANY
from archcalc.parts.part import Part

IDENTITY = "identity"
"""A branch without layers of its own: a shortcut."""


@assertion("branches")
class Branches(Assertion):
    """The parallel paths of a module and what joins them:
    `conv 1x1 | conv 1x1 - conv 3x3 | maxpool 3x3 - conv 1x1`."""

    join: str = key(TEXT, "the op that joins them", default="")
    words: dict[str, Any] = key(MAPPING, "which kinds of layers a word means here", default={})

    def find(self, networks: Networks, statement: Statement) -> Finding:
        part = networks.part(statement.subject)
        texts = [branch.strip() for branch in statement.text.split("|")]
        stated = [[] if text == IDENTITY else statement.phrases(text) for text in texts]
        vocabulary = Vocabulary([phrase for branch in stated for phrase in branch], self.words)
        join = self._join(part)
        paths = [spelled(vocabulary.spell(path)) or IDENTITY for path in _paths(part, join)]
        wanted = [spelled(branch) or IDENTITY for branch in stated]
        joined = f", joined by {join.op.name}" if self.join else ""
        if self.join and join.op.name != self.join:
            return Finding(paths, " | ".join(paths) + joined, "contradicted")
        return statement.against(sorted(paths), " | ".join(paths) + joined, sorted(wanted))

    def _join(self, part: Part) -> Node:
        joins = [node for node in part.nodes if node.op.arity == MANY]
        if not joins:
            raise ArchcalcError(f"{measures.called(part)} joins no branches")
        return next((node for node in reversed(joins) if node.op.name == self.join), joins[-1])


def _paths(part: Part, join: Node) -> list[list[Node]]:
    """For each input of a join, the layers of the part on the way to it."""
    inside = {node.name: node for node in part.nodes}
    paths = []
    for name in join.inputs:
        path: list[Node] = []
        while name in inside:
            path.append(inside[name])
            name = path[-1].inputs[0]
        paths.append(path[::-1])
    # A beginning that all share is no branch.
    while all(paths) and len({path[0].name for path in paths}) == 1:
        paths = [path[1:] for path in paths]
    return paths


@assertion("reads")
class Reads(Assertion):
    """From how far back the parts of a list read: `all earlier`, or `the last 2`.

    A concatenation is looked through to what it joins; a sum is not.
    """

    parts: list[Any] = key(LIST, "the parts in order, dotted paths or PATH.*")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        part = networks.part(statement.subject)
        paths = [path for pattern in self.parts for path in _expanded(part, str(pattern))]
        if len(paths) < 3:
            raise ClaimError(f"reads needs at least 3 parts, got {paths}")
        text = _reach(
            [
                [i - j for j in range(i) if _reads(part, paths[i], paths[j])]
                for i in range(len(paths))
            ]
        )
        return statement.against(text, text)


def _reads(part: Part, later: str, earlier: str) -> bool:
    """Whether nodes under one path take what those under another make."""
    by_name = part.network.graph.by_name
    own = {node.name for node in part.network[later].nodes}
    todo = {name for node in own for name in by_name[node].inputs} - own
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        seen.add(name)
        if name in by_name and by_name[name].op.name == "concat":
            todo |= {*by_name[name].inputs} - seen
        elif name.startswith(earlier + "."):
            return True
    return False


def _expanded(part: Part, pattern: str) -> list[str]:
    if not pattern.endswith(".*"):
        return [pattern]
    prefix = pattern[:-1]
    keys = (n.name[len(prefix) :].split(".")[0] for n in part.nodes if n.name.startswith(prefix))
    return [prefix + key for key in dict.fromkeys(keys)]


def _reach(back: list[list[int]]) -> str:
    if all(len(steps) == i for i, steps in enumerate(back)):
        return "all earlier"
    farthest = max(max(steps, default=0) for steps in back)
    return f"the last {farthest}" if farthest > 1 else "the one before"
