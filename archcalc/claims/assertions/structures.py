"""Statements of structure: sequences, kinds of layers, which layers have something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from archcalc.claims import measures
from archcalc.claims.assertions.assertion import LIST, MAPPING, TEXT, Assertion, assertion, key
from archcalc.claims.statement import ClaimError, Finding, Statement
from archcalc.claims.subject import Networks
from archcalc.claims.words import Vocabulary, matches, spelled, words_of
from archcalc.errors import ArchcalcError
from archcalc.expressions.expression import ExpressionError
from archcalc.expressions.parsing import parse
from archcalc.graph import Node
from archcalc.parts.part import Network, Part


@assertion("sequence")
class Sequence_(Assertion):
    """The layers of a part in execution order: `conv - pool - fc`.

    Kinds of layers that the statement does not mention are left out.
    """

    words: dict[str, Any] = key(MAPPING, "which kinds of layers a word means here", default={})
    repeats: str = key(TEXT, "words that repeat: said; said once in a row; or once", default="said")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        part = networks.part(statement.subject)
        stated = statement.phrases()
        computed = Vocabulary(stated, self.words).spell(part.nodes)
        if self.repeats == "once in a row":
            computed = [phrase for phrase, _ in groupby(computed)]
        elif self.repeats == "once":
            computed = list(dict.fromkeys(computed))
        text = spelled(computed)
        return statement.against(list(map(str, computed)), text, list(map(str, stated)))


@assertion("count")
class Count(Assertion):
    """How many layers or blocks of each kind there are: `5 conv, 3 fc`; or `yes`: some of each."""

    has: list[Any] = key(LIST, "words for layers, such as conv 1x1", default=[])
    blocks: list[Any] = key(LIST, "names of blocks", default=[])

    def find(self, networks: Networks, statement: Statement) -> Finding:
        part = networks.part(statement.subject)
        words = self.has
        if not self.has and not self.blocks:
            words = [name.partition(" ")[2] for name in statement.names]
        counts = {word: sum(matches(node, word) for node in part.nodes) for word in words}
        groups = [info.block for info in part.network.graph.groups.values()]
        counts |= {block: groups.count(block) for block in self.blocks}
        computed = [f"{count} {name}" for name, count in counts.items()]
        text = ", ".join(computed)
        if statement.stated not in ("yes", "no"):
            return statement.against(computed, text, statement.names)
        answer = "yes" if all(counts.values()) else "no"
        return Finding(text, f"{answer}: {text}", statement.against(answer, text).verdict)


@assertion("kind")
class LayerKind(Assertion):
    """Which ops do a job: the pooling of a network is average, its activation ReLU; or which take
    the output of a layer."""

    among: str = key(TEXT, "the word for the job: pool, activation", default="")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        part = networks.part(statement.subject)
        nodes = [n for n in part.nodes if self.among in words_of(n)]
        if not self.among:
            nodes = consumers(part.network, part.nodes[-1])
        computed: dict[str, None] = {}
        for node in nodes:
            names = words_of(node)
            computed.setdefault(next((w for w in statement.names if w in names), node.op.name))
        text = ", ".join(computed) or "none"
        return statement.against(sorted(computed), text, sorted(statement.names))


def consumers(network: Network, node: Node) -> list[Node]:
    """The nodes that take a node's output."""
    return [other for other in network.graph.nodes if node.name in other.inputs]


@assertion("which")
class Which(Assertion):
    """Which of the layers (or blocks) of a kind have something, by their numbers, `1, 3, 8`, or by
    their names, `conv2, conv4`."""

    among: str = key(TEXT, "a word, or words, for the layers that are looked at", default="")
    block: str = key(TEXT, "or the block whose uses are looked at", default="")
    are: str = key(TEXT, "a word for those that are meant", default="")
    after: str = key(TEXT, "a word for what those that are meant come right after", default="")
    followed_by: str = key(TEXT, "a word for what follows those that are meant", default="")
    where: str = key(TEXT, "a condition over quantities of those that are meant", default="")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        part = networks.part(statement.subject)
        ends = list(self._looked_at(part))
        meant = [i for i, (first, last) in enumerate(ends) if self._is_meant(part, first, last)]
        if self.where:
            names = [ends[i][1].name for i in meant]
            return statement.against(names, ", ".join(names) or "none", statement.names)
        numbers = [i + 1 for i in meant]
        return statement.against(numbers, _runs(numbers), _ordinals(statement.text))

    def _looked_at(self, part: Part) -> Iterator[tuple[Node, Node]]:
        """The first and the last node of everything that is numbered."""
        network = part.network
        if self.block:
            inside = set(part.nodes)
            for path, info in network.graph.groups.items():
                if info.block != self.block:
                    continue
                nodes = [n for n in network.graph.nodes if n.name.startswith(path + ".")]
                if nodes and nodes[0] in inside:
                    yield nodes[0], nodes[-1]
        for node in part.nodes:
            if self.among and matches(node, self.among):
                yield node, node

    def _is_meant(self, part: Part, first: Node, last: Node) -> bool:
        network = part.network
        by_name = network.graph.by_name
        before = [by_name[name] for name in first.inputs if name in by_name]
        neighbours = [(self.are, [last]), (self.after, before)]
        if self.followed_by:
            neighbours.append((self.followed_by, consumers(network, last)))
        for word, nodes in neighbours:
            if word and not any(word in words_of(node) for node in nodes):
                return False
        return not self.where or self._holds(Part(network, last.name, (last,)))

    def _holds(self, one: Part) -> bool:
        try:
            condition = parse(self.where)
            scope = {name: measures.measure_named(name).of(one) for name in condition.names}
            return bool(condition.evaluate(scope))
        except ExpressionError as error:
            raise ArchcalcError(str(error)) from None


def _ordinals(text: str) -> list[int]:
    """`1, 3, 8` or `1 to 15` as numbers."""
    ordinals: list[int] = []
    for part in text.split(","):
        low, _, high = part.strip().partition(" to ")
        if not low.isdigit() or (high and not high.isdigit()):
            raise ClaimError(f"{text!r} states no positions such as '1, 3' or '1 to 15'")
        ordinals += range(int(low), int(high or low) + 1)
    return ordinals


def _runs(numbers: Sequence[int]) -> str:
    """Numbers as `1, 3, 8` or `1 to 15`."""
    texts = []
    for _, pairs in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in pairs]
        texts.append(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)))
    return ", ".join(texts) or "none"


@assertion("field")
class Field(Assertion):
    """What a field of a layer is, such as the table of connections of a convolution."""

    field: str = key(TEXT, "the field of the op")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        computed = _as_list(measures.layer_field(networks.part(statement.subject), self.field))
        return statement.against(computed, str(computed), statement.stated)


def _as_list(value: Any) -> Any:
    return [_as_list(item) for item in value] if isinstance(value, tuple) else value


@assertion("mode")
class ModeOf(Assertion):
    """Which parts a network has in train mode only."""

    def find(self, networks: Networks, statement: Statement) -> Finding:
        subject = statement.subject
        train = networks.part(subject.changed({"mode": "train"})).network
        evaluation = networks.part(subject.changed({"mode": "eval"})).network
        kept = {node.name.split(".")[0] for node in evaluation}
        heads = dict.fromkeys(node.name.split(".")[0] for node in train)
        computed = [head for head in heads if head not in kept]
        dropped = train.parameters - evaluation.parameters
        text = f"{', '.join(computed) or 'none'}; {dropped:,} parameters"
        return statement.against(computed, text, statement.names)
