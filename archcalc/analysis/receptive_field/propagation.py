"""What one output position of every node sees of the network's input.

Of each node two things are kept: what it sees along paths side by side, which those behind it go on
from, and that as one figure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from archcalc.analysis.receptive_field.axis import LARGEST_FIELD, ONE, SEES_NOTHING, FieldBudget
from archcalc.analysis.receptive_field.copies import Growth, grown, most_seen, seen_more
from archcalc.analysis.receptive_field.of_inputs import (
    are_several_followed,
    as_ids,
    inputs_read,
    of_several,
    shapes_of_inputs,
)
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined
from archcalc.analysis.receptive_field.single_figure import single_figure
from archcalc.analysis.receptive_field.through import through
from archcalc.analysis.receptive_field.together import positions_along
from archcalc.arithmetic import plain
from archcalc.graph import Copy, Graph, Node
from archcalc.ops.window import POINT
from archcalc.shape import Shape, Signal, Tokens

FEWEST_NODES = 8
"""The fewest nodes of a copy that is not worked out itself: of fewer that takes no longer."""


def receptive_fields(graph: Graph) -> Mapping[str, Seen]:
    """What every node sees of the network's input, which itself sees one position.

    Of several inputs, what it sees of the one that it is computed of, if it is of one alone.
    """
    is_signal, shapes = _reads_signals(graph), shapes_of_inputs(graph)
    if len(graph.inputs) == 1:
        (name,) = graph.inputs
        return SeenOfInput(name, shapes[name], graph.nodes, graph.copies, is_signal=is_signal)
    every = tuple(graph.inputs)
    read = inputs_read(graph)
    are_followed = are_several_followed(graph, read)
    nodes: dict[str, list[Node]] = {name: [] for name in every}
    for node in graph.nodes:
        of = read[node.name] or every
        for name in of if len(of) == 1 or are_followed else ():
            nodes[name].append(node)
    of_input = {i: SeenOfInput(i, shapes[i], nodes[i], is_signal=is_signal) for i in every}
    nothing = of_input[every[0]].nothing
    not_followed = {
        count: Undefined(f"is computed of {count} inputs, which are not followed so far")
        for count in {*map(len, read.values())}
    }
    table: dict[str, Seen] = {}
    for name, of in read.items():
        if len(of) < 2 or are_followed:
            found = {i: of_input[i].get(name, nothing) for i in of or every}
            table[name] = of_several(found) if len(found) > 1 else next(iter(found.values()))
        else:
            table[name] = not_followed[len(of)]
    return table


class SeenOfInput(Mapping[str, Seen]):
    """What some nodes see of one of a network's inputs; others see nothing of it.

    What copies of a block see is worked out once it is asked for, from what an earlier one sees.
    """

    def __init__(
        self,
        input: str,
        shape: Shape,
        nodes: Sequence[Node],
        copies: Sequence[Copy] = (),
        *,
        is_signal: bool,
    ):
        sizes = positions_along(_as_signal(shape) if is_signal else shape)
        self.nothing: Seen = ReceptiveField((SEES_NOTHING,) * len(sizes), sizes)
        itself = ReceptiveField((ONE,) * len(sizes), sizes)
        self._input, self._nodes, self._is_signal = input, nodes, is_signal
        self._unseen: _Both = self.nothing, self.nothing
        self._table: dict[str, _Both] = {input: (itself, itself)}
        self._budget = FieldBudget()
        self._alike: dict[tuple[int, ...], _Both] = {}
        """What nodes see that one op of the same shapes makes of what is seen."""
        self._kept: dict[_Both, _Both] = {}
        """What nodes see, each once: of what is equal and one object, `_alike` knows more."""
        self._like: list[_Like] = []
        self._first: dict[int, tuple[int, str]] = {}
        """Of each of these copies the first node of the one that was worked out, and what that
        takes."""
        self._most: dict[tuple[range, tuple[int, ...]], int | None] = {}
        """The most that nodes of blocks see along some axes; None where that does not grow."""
        self._follow(copies)

    def __getitem__(self, name: str) -> Seen:
        found = self._table.get(name) or self._late(name)
        if found is None:
            raise KeyError(name)
        return found[1]

    def __iter__(self) -> Iterator[str]:
        yield self._input
        yield from (node.name for node in self._nodes)

    def __len__(self) -> int:
        return 1 + len(self._nodes)

    def _both(self, name: str) -> _Both:
        return self._table.get(name) or self._late(name) or self._unseen

    # --- node by node -----------------------------------------------------------------------------

    def _follow(self, copies: Sequence[Copy]) -> None:
        at = 0
        for copy in copies:
            if copy.start >= at and copy.stop - copy.start >= FEWEST_NODES:
                self._work_out(self._nodes[at : copy.start])
                at = copy.stop if self._is_like(copy) else copy.start
        self._work_out(self._nodes[at:])

    def _work_out(self, nodes: Iterable[Node]) -> None:
        table, alike, unseen, kept = self._table, self._alike, self._unseen, self._kept
        for name, op, inputs, xs, y, _ in nodes:
            read = [table.get(i) or self._both(i) for i in inputs]
            key = (id(op), id(xs), *map(id, read))
            if key in alike:
                table[name] = alike[key]
                continue
            if self._is_signal:
                xs, y = tuple(map(_as_signal, xs)), _as_signal(y)
            if op.takes_indices:
                xs = tuple(map(as_ids, xs))
            window = op.window(*xs)
            found, is_single = unseen, len(read) == 1
            if is_single and window == POINT:  # a kernel of 1x1 too
                (found,) = read
            elif seen := [both[0] for both in read[: op.value_inputs]]:
                paths = through(window, seen, xs[: op.value_inputs], y, self._budget)
                if is_single and paths == seen[0] and y == xs[0]:
                    (found,) = read
                else:
                    found = paths, single_figure(paths, y, self._budget)
            table[name] = alike[key] = kept.setdefault(found, found)

    # --- copies -----------------------------------------------------------------------------------

    def _is_like(self, copy: Copy) -> bool:
        """Whether a copy sees as an earlier one does, so that it need not be worked out."""
        start, source = self._first.get(copy.earlier, (copy.earlier, copy.earlier_source))
        taken, takes = self._both(source), self._both(copy.source)
        more = seen_more(taken[0], takes[0])
        if more is None or not self._grows(range(start, start + copy.stop - copy.start), more):
            return False
        like = _Like(copy.start, start, more, {id(taken): takes})
        self._like.append(like)
        self._first[copy.start] = start, source
        self._as_earlier(like, copy.stop - 1)
        return True

    def _grows(self, block: range, more: Growth) -> bool:
        """Whether all that the nodes of a block see grows so, and to no more than can be said."""
        grown = tuple(axis for axis, by in enumerate(more) if by is not None)
        if not grown:
            return True
        key = (block, grown)
        if key not in self._most:
            seen = (self._both(self._nodes[number].name)[0] for number in block)
            self._most[key] = most_seen(seen, grown)
        most = self._most[key]
        return most is not None and all(
            most + plain(by.size) <= LARGEST_FIELD for by in more if by is not None
        )

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {node.name: number for number, node in enumerate(self._nodes)}

    def _late(self, name: str) -> _Both | None:
        """What a node of a copy sees; None of a node that nothing is known of."""
        number = self._numbers.get(name) if self._like else None
        if number is None:
            return None
        at = bisect_right(self._like, number, key=attrgetter("start"))
        return self._as_earlier(self._like[at - 1], number)

    def _as_earlier(self, like: _Like, number: int) -> _Both:
        """What a node of a copy sees, from what that of the earlier one does."""
        name, node = self._nodes[number].name, self._nodes[like.first + number - like.start]
        both = self._both(node.name)
        found = like.made.get(id(both)) if like.more else both
        if found is None:
            paths = shown = grown(both[0], like.more)
            if both[0] is not both[1]:
                y = _as_signal(node.shape) if self._is_signal else node.shape
                shown = single_figure(paths, y, self._budget)
            found = like.made[id(both)] = paths, shown
        self._table[name] = found
        return found


_Both = tuple[Seen, Seen]
"""What a node sees along paths side by side, and that as one figure."""


class _Like(NamedTuple):
    """A copy of a block that sees so much more than an earlier one, both from these nodes on."""

    start: int
    first: int
    more: Growth
    made: dict[int, _Both]
    """What its nodes see, by what those of the earlier one do."""


def _reads_signals(graph: Graph) -> bool:
    """Whether sequences of which nothing else is known have their channels first, as what slides
    along one takes it."""
    taken = [node.input_shapes[0] for node in graph.nodes if node.op.takes_signals]
    return any(len(shape) == 2 and not isinstance(shape, Tokens | Signal) for shape in taken)


def _as_signal(shape: Shape) -> Shape:
    is_read_as_such = len(shape) != 2 or isinstance(shape, Tokens | Signal)
    return shape if is_read_as_such else Signal(*shape)
