"""The layers of a network folded for people: an element-wise op joins the layer before it, and
equal siblings become one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from archcalc.analysis.count import Reading
from archcalc.graph import GroupInfo, Node
from archcalc.parts.part import Network, Part


@dataclass(frozen=True)
class LayerRow:
    """One printed row: a layer with what joined it, or a group with the rows inside it."""

    part: Part
    """All that it stands for; the last one's output is its output."""
    name: str
    op: str
    inside: tuple[LayerRow, ...] = ()
    copies: int = 1
    block: GroupInfo | None = None
    """The block that made it, with what it is given."""

    @property
    def kind(self) -> str:
        """Its op, or its block without what that is given."""
        return self.block.block if self.block is not None else self.op

    def same_as(self, other: LayerRow) -> bool:
        """Whether two siblings are of one kind and have the same figures."""
        return (
            self.kind == other.kind
            and self.part.output == other.part.output
            and _have_equal_figures(self.part, other.part)
            and len(self.inside) == len(other.inside)
            and all(
                a.name == b.name and a.same_as(b)
                for a, b in zip(self.inside, other.inside, strict=True)
            )
        )


def _have_equal_figures(a: Part, b: Part) -> bool:
    """Copies are counted alike, so that nothing need be added up to compare them."""
    sums = ("parameters", "macs", "activations", "buffers")
    return a.readings == b.readings or all(getattr(a, key) == getattr(b, key) for key in sums)


def folded(part: Part) -> tuple[LayerRow, ...]:
    """The rows of what is in a part, folded for people."""
    return _Folding(part.network).rows(part)


class _Folding:
    """How the parts of a network are folded; what equal layers are is said once."""

    def __init__(self, net: Network):
        self._readings = net.readings_by_name
        self._summaries: dict[Reading, str] = {}

    def rows(self, part: Part) -> tuple[LayerRow, ...]:
        """The rows of what is in a part."""
        found: list[LayerRow] = []
        joining: list[Node] = []
        for child in part.children:
            if found and not found[-1].inside and _joins(child, _last(found[-1], joining)):
                joining += child.nodes
            else:
                _join(found, joining)
                joining = []
                found.append(self._row(child))
        _join(found, joining)
        return tuple(_without_copies(found))

    def _row(self, part: Part) -> LayerRow:
        name = part.path.rpartition(".")[2]
        if part.node is not None:
            return LayerRow(part, name, self._summary(part.node))
        inside = self.rows(part)
        if len(inside) == 1 and inside[0].copies == 1 and not inside[0].inside:
            return LayerRow(part, name, inside[0].op)
        return LayerRow(part, name, _op_of_group(part, inside), inside, block=part.block)

    def _summary(self, node: Node) -> str:
        reading = self._readings[node.name]
        if reading not in self._summaries:
            self._summaries[reading] = node.op.summary(*node.input_shapes)
        return self._summaries[reading]


def _op_of_group(part: Part, inside: Sequence[LayerRow]) -> str:
    if part.block is not None:
        return str(part.block)
    if part.is_repetition:
        return f"{len(part.children)} blocks" if len(part.children) > 1 else "1 block"
    return f"{len(inside)} layers" if len(inside) > 1 else "1 layer"


def _last(row: LayerRow, joining: Sequence[Node]) -> Node:
    """The last node of a row, or of those that are joining it."""
    return (joining or row.part.nodes)[-1]


def _joins(part: Part, last: Node) -> bool:
    """Element-wise ops without parameters, right behind the layer before them."""
    is_behind = part.nodes[0].inputs == (last.name,)
    return is_behind and all(node.op.is_elementwise for node in part) and not part.parameters


def _join(found: list[LayerRow], joining: Sequence[Node]) -> None:
    """Let nodes join the last row."""
    if joining:
        last = found[-1]
        part = Part(last.part.network, last.part.path, (*last.part.nodes, *joining))
        runs = [(name, len([*run])) for name, run in groupby(node.op.name for node in joining)]
        ops = (f"{n} x {name}" if n > 2 else ", ".join([name] * n) for name, n in runs)
        found[-1] = replace(last, part=part, op=", ".join((last.op, *ops)))


def _without_copies(found: list[LayerRow]) -> Iterator[LayerRow]:
    """Consecutive repetitions that are equal, as one row."""
    for _, run in groupby(_keyed(found), key=lambda pair: pair[0]):
        same = [row for _, row in run]
        first, last = same[0], same[-1]
        if len(same) == 1:
            yield first
            continue
        nodes = tuple(node for row in same for node in row.part)
        yield LayerRow(
            Part(first.part.network, f"{first.part.path}..{last.name}", nodes),
            name=f"{first.name}..{last.name}",
            op=f"{len(same)} x {_shared_op(same)}",
            copies=len(same),
        )


def _shared_op(same: Sequence[LayerRow]) -> str:
    """What rows of one kind are: of a block, with what all of them are given."""
    first, *others = [row.block for row in same]
    if first is None:
        return same[0].op
    shared = {
        name: value
        for name, value in first.arguments.items()
        if all(other is not None and other.arguments.get(name) == value for other in others)
    }
    return str(GroupInfo(first.block, shared))


def _keyed(found: list[LayerRow]) -> Iterator[tuple[int, LayerRow]]:
    """Rows with the number of the run of equal repetitions that they are in."""
    run = 0
    for i, row in enumerate(found):
        previous = found[i - 1] if i else None
        if previous is None or not (
            row.name.isdigit() and previous.name.isdigit() and row.same_as(previous)
        ):
            run += 1
        yield run, row
