"""Statements of structure: sequences, orders, positions, sets, branches, connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from archcalc.claims import measures
from archcalc.claims.assertions.assertion import (
    FLAG,
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
from archcalc.claims.subject import Networks, Part
from archcalc.claims.words import Phrase, Vocabulary, matches, phrases, spelled, words_of
from archcalc.errors import ArchcalcError
from archcalc.expression import ExpressionError, parse
from archcalc.graph import Node
from archcalc.network import Network

if TYPE_CHECKING:
    from archcalc.claims.ledger import Claim


def stated_phrases(claim: Claim, text: Any = None) -> list[Phrase]:
    """The phrases that a claim states.

    Raises:
        ClaimError: they cannot be read.
    """
    try:
        return phrases(str(claim.stated if text is None else text))
    except ValueError as error:
        raise ClaimError(str(error)) from None


@assertion("sequence")
class Sequence_(Assertion):
    """The layers of a part in execution order: `conv - pool - fc`.

    Kinds of layers that the statement does not mention are left out.
    """

    words: dict[str, Any] = key(MAPPING, "which kinds of layers a word means here", default={})
    collapse: bool = key(FLAG, "say a word once where it repeats", default=False)

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        stated = stated_phrases(claim)
        computed = Vocabulary(stated, self.words).spell(part.network, part.nodes)
        if self.collapse:
            computed = [phrase for phrase, _ in groupby(computed)]
        return structure(claim, list(map(str, stated)), list(map(str, computed)), spelled(computed))


@assertion("order")
class Order(Assertion):
    """In which order kinds of layers first occur in a part: `conv - lrn - pool`."""

    words: dict[str, Any] = key(MAPPING, "which kinds of layers a word means here", default={})

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        stated = stated_phrases(claim)
        met: dict[Phrase, None] = {}
        for phrase in Vocabulary(stated, self.words).spell(part.network, part.nodes):
            met.setdefault(phrase)
        computed = list(met)
        return structure(claim, list(map(str, stated)), list(map(str, computed)), spelled(computed))


@assertion("count")
class Count(Assertion):
    """How many layers of each kind there are: `5 conv, 3 fc`."""

    words: dict[str, Any] = key(MAPPING, "which kinds of layers a word means here", default={})

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        pairs = [item.strip().partition(" ")[::2] for item in str(claim.stated).split(",")]
        vocabulary = Vocabulary(
            [phrase for _, word in pairs for phrase in stated_phrases(claim, word)], self.words
        )
        spelt = [str(phrase) for phrase in vocabulary.spell(part.network, part.nodes)]
        computed = [f"{spelt.count(word)} {word}" for _, word in pairs]
        stated = [f"{count} {word}" for count, word in pairs]
        return structure(claim, stated, computed, ", ".join(computed))


@assertion("kind")
class LayerKind(Assertion):
    """Which ops do a job: that the pooling of a network is average, its activation ReLU."""

    among: str = key(TEXT, "the word for the job: pool, activation")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        nodes = [n for n in part.nodes if self.among in words_of(part.network, n)]
        stated = [word.strip() for word in str(claim.stated).split(",")]
        computed: list[str] = []
        for node in nodes:
            names = words_of(part.network, node)
            word = next((word for word in stated if word in names), node.op.name)
            if word not in computed:
                computed.append(word)
        return structure(claim, sorted(stated), sorted(computed), ", ".join(computed) or "none")


@assertion("follows")
class Follows(Assertion):
    """Which op takes a layer's output."""

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        stated = [word.strip() for word in str(claim.stated).split(",")]
        followers = consumers(part.network, part.nodes[-1])
        computed = [
            next((word for word in stated if word in words_of(part.network, n)), n.op.name)
            for n in followers
        ]
        return structure(claim, stated, computed, ", ".join(computed) or "nothing")


def consumers(network: Network, node: Node) -> list[Node]:
    """The nodes that take a node's output."""
    return [other for other in network.graph.nodes if node.name in other.inputs]


@assertion("position")
class Position(Assertion):
    """Which of the layers (or blocks) of a kind have something: the 1st, 3rd and 8th.

    Of all `among`, those that come right after, or are followed by, a kind of layer, or are one.
    """

    among: str = key(TEXT, "a word, or words, for the layers that are numbered", default="")
    block: str = key(TEXT, "or the block whose uses are numbered", default="")
    are: str = key(TEXT, "a word for those that are meant", default="")
    after: str = key(TEXT, "a word for what those that are meant come right after", default="")
    followed_by: str = key(TEXT, "a word for what follows those that are meant", default="")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        network = part.network
        ends = list(self._numbered(part))
        computed = [
            number
            for number, (first, last) in enumerate(ends, start=1)
            if self._is_meant(network, first, last)
        ]
        return structure(claim, _ordinals(str(claim.stated)), computed, _spell_ordinals(computed))

    def _numbered(self, part: Part) -> Iterator[tuple[Node, Node]]:
        """The first and the last node of everything that is numbered."""
        network = part.network
        if self.block:
            names = {node.name for node in part.nodes}
            for path, info in network.graph.groups.items():
                nodes = [n for n in network.graph.nodes if n.name.startswith(path + ".")]
                if info.block == self.block and nodes and nodes[0].name in names:
                    yield nodes[0], nodes[-1]
        words = {word.strip() for word in self.among.split(",")}
        for node in part.nodes:
            if self.among and words & words_of(network, node):
                yield node, node

    def _is_meant(self, network: Network, first: Node, last: Node) -> bool:
        if self.are and self.are not in words_of(network, last):
            return False
        if self.after:
            before = [network.graph.by_name[i] for i in first.inputs if i in network.graph.by_name]
            if not any(self.after in words_of(network, node) for node in before):
                return False
        if self.followed_by:
            after = consumers(network, last)
            return any(self.followed_by in words_of(network, node) for node in after)
        return True


def _ordinals(text: str) -> list[int]:
    """`1, 3, 8` or `1 to 15` as numbers."""
    ordinals: list[int] = []
    for part in text.split(","):
        low, _, high = part.strip().partition(" to ")
        if not low.isdigit() or (high and not high.isdigit()):
            raise ClaimError(f"{text!r} states no positions such as '1, 3' or '1 to 15'")
        ordinals += range(int(low), int(high or low) + 1)
    return ordinals


def _spell_ordinals(numbers: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    texts = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join(texts) or "none"


@assertion("set")
class Set(Assertion):
    """Which layers of a kind fulfil a condition: the grouped ones, those with a 1x1 kernel."""

    among: str = key(TEXT, "a word, or words, for the layers that are looked at")
    where: str = key(TEXT, "a condition over quantities of the layer, such as groups > 1")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        words = {word.strip() for word in self.among.split(",")}
        computed = [
            node.name
            for node in part.nodes
            if words & words_of(part.network, node) and self._holds(part, node)
        ]
        stated = [name.strip() for name in str(claim.stated).split(",") if name.strip() != "none"]
        return structure(claim, stated, computed, ", ".join(computed) or "none")

    def _holds(self, part: Part, node: Node) -> bool:
        one = Part(part.network, (node,), part.subject)
        try:
            condition = parse(self.where)
            scope = {name: measures.find(name).of(one) for name in condition.names}
            return bool(condition.evaluate(scope))
        except ExpressionError as error:
            raise ArchcalcError(str(error)) from None


@assertion("existence")
class Existence(Assertion):
    """That a part has layers of some kinds, and a network some blocks: `yes` or `no`."""

    has: list[Any] = key(LIST, "words for layers, such as conv 1x1", default=[])
    blocks: list[Any] = key(LIST, "names of blocks", default=[])

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        counts = {
            word: sum(matches(part.network, node, word) for node in part.nodes) for word in self.has
        }
        for block in self.blocks:
            groups = part.network.graph.groups.values()
            counts[block] = sum(info.block == block for info in groups)
        answer = "yes" if all(counts.values()) else "no"
        text = ", ".join(f"{count} {name}" for name, count in counts.items())
        found = structure(claim, str(claim.stated), answer, text)
        return Finding(text, f"{answer}: {text}", found.verdict)


@assertion("field")
class Field(Assertion):
    """What a field of a layer is, such as the table of connections of a convolution."""

    field: str = key(TEXT, "the field of the op")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        node = networks.part(claim.subject).node
        if not hasattr(node.op, self.field):
            raise ArchcalcError(f"{claim.subject.name} ({node.op.name}) has no {self.field}")
        computed = _as_list(getattr(node.op, self.field))
        return structure(claim, claim.stated, computed, str(computed))


def _as_list(value: Any) -> Any:
    return [_as_list(item) for item in value] if isinstance(value, tuple) else value


@assertion("mode")
class ModeOf(Assertion):
    """Which parts a network has in train mode only."""

    def find(self, networks: Networks, claim: Claim) -> Finding:
        train = networks.part(claim.subject.changed({"mode": "train"})).network
        evaluation = networks.part(claim.subject.changed({"mode": "eval"})).network
        kept = {node.name.split(".")[0] for node in evaluation}
        computed = list(
            dict.fromkeys(name for node in train if (name := node.name.split(".")[0]) not in kept)
        )
        stated = [name.strip() for name in str(claim.stated).split(",")]
        dropped = train.parameters - evaluation.parameters
        text = f"{', '.join(computed) or 'none'}; {dropped:,} parameters"
        return structure(claim, stated, computed, text)
