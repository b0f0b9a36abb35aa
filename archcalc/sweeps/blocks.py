"""The rows of blocks of a space, computed side by side by threads of this process.

What a point comes to depends on the point alone, so blocks are computed in any order and put
together in theirs. A block for which a network has to be read first is left to the thread that puts
them together, so that a sweep reads the same networks, and names the same points, with any number.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Protocol

from archcalc.sweeps.choice import meeting
from archcalc.sweeps.evaluation import Evaluation, Unseen
from archcalc.tables.choosing import RowCondition

SpaceBlock = Sequence[range]
"""A part of a space: the range of each of its axes."""
AHEAD = 3
"""How many blocks for each worker are begun before they are wanted."""


@dataclass
class Rows:
    """Rows of a sweep: arrays of one length."""

    columns: dict[str, Any]
    refused: Any
    """The number of the reason for which the spec refuses a point, or 0."""
    accepted: int = 0
    """How many points of the block the spec takes, wanted or not."""
    refusals: Mapping[int, int] = field(default_factory=dict)
    """How many it refuses, by the number of the reason."""

    def __len__(self) -> int:
        return len(self.refused)

    @property
    def points(self) -> int:
        """How many points the block has."""
        return self.accepted + sum(self.refusals.values())

    def taken(self, chosen: Any) -> Rows:
        """Some of the rows, by their numbers or by a truth for each."""
        columns = {name: array[chosen] for name, array in self.columns.items()}
        return Rows(columns, self.refused[chosen])


def joined_rows(parts: Sequence[Rows]) -> Rows:
    """The rows of several parts, one part behind the other."""
    import numpy

    if len(parts) == 1:
        return parts[0]
    names = parts[0].columns
    columns = {name: numpy.concatenate([part.columns[name] for part in parts]) for name in names}
    return Rows(columns, numpy.concatenate([part.refused for part in parts]))


@dataclass(frozen=True)
class Task:
    """What is computed of each block of a sweep."""

    evaluation: Evaluation
    condition: RowCondition | None
    is_chosen: bool
    """Whether points that the spec refuses are left out."""

    def rows(self, part: SpaceBlock, *, may_read: bool = True) -> Rows:
        """The rows of a part of the space.

        Raises:
            Unseen: a network would have to be read, and may not be.
            ArchcalcError: the condition calculates with a text, or divides by zero.
        """
        import numpy

        figures = self.evaluation.figures(part, may_read=may_read)
        refused = figures.refused.reshape(-1)
        numbers, counts = numpy.unique(refused, return_counts=True)
        refusals = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
        accepted = refusals.pop(0, 0)
        columns = {name: array.reshape(-1) for name, array in figures.columns.items()}
        shape, space = figures.refused.shape, self.evaluation.space
        for name, k in space.columns.items():
            along = space.axes[k].shown(name)[part[k].start : part[k].stop]
            along = along.reshape([-1 if k == other else 1 for other in range(len(shape))])
            columns[name] = numpy.broadcast_to(along, shape)
        if self.is_chosen and refused.any():
            chosen = refused == 0
            columns = {name: array.reshape(-1)[chosen] for name, array in columns.items()}
            refused = refused[chosen]
        if self.condition is not None:
            flat = {key: columns[key].reshape(-1) for key in self.condition.keys}
            chosen = meeting(self.condition, flat, len(refused))
            columns = {name: array.reshape(-1)[chosen] for name, array in columns.items()}
            refused = refused[chosen]
        flat = {name: array.reshape(-1) for name, array in columns.items()}
        return Rows(flat, refused, accepted, refusals)

    def rows_known(self, part: SpaceBlock) -> Rows | None:
        """The same from networks that have been read; None where there is one to read."""
        try:
            return self.rows(part, may_read=False)
        except Unseen:
            return None


class Workers(Protocol):
    """What computes blocks side by side."""

    def computed(self, task: Task, parts: Iterable[SpaceBlock]) -> Iterator[Rows]:
        """The rows of parts of a space, in their order."""


@dataclass(frozen=True)
class Threads:
    """Threads of this process: numpy computes without Python's lock."""

    count: int = 0
    """How many; 0 for as many as there are processors for it."""

    def computed(self, task: Task, parts: Iterable[SpaceBlock]) -> Iterator[Rows]:
        """The rows of parts of a space, in their order."""
        left = iter(parts)
        yield from map(task.rows, islice(left, 1))  # for this one a network has to be read
        second = next(left, None)
        if second is None:
            return
        count = self.count or _processors()
        left = chain([second], left)
        if count == 1:
            yield from map(task.rows, left)
            return
        pool = ThreadPoolExecutor(count)
        try:
            yield from put_in_order(
                task, left, lambda part: pool.submit(task.rows_known, part).result, AHEAD * count
            )
        finally:
            pool.shutdown(cancel_futures=True)


Result = Callable[[], Rows | None]
"""Waits for what a worker finds: nothing where it leaves a block."""


def put_in_order(
    task: Task, parts: Iterator[SpaceBlock], begin: Callable[[SpaceBlock], Result], ahead: int
) -> Iterator[Rows]:
    """What workers find, `ahead` of which are at work; what they leave is computed here."""
    waiting = deque((part, begin(part)) for part in islice(parts, ahead))
    while waiting:
        part, result = waiting.popleft()
        found = result()
        yield task.rows(part) if found is None else found
        waiting.extend((part, begin(part)) for part in islice(parts, 1))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
