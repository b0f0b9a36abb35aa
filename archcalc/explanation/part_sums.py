"""The sum of a quantity over the parts of a part, as arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from archcalc.analysis.count import Reading
from archcalc.arithmetic import Number, Zero
from archcalc.explanation.working import Working
from archcalc.parts.part import Part
from archcalc.quantities.quantity import Sum
from archcalc.traced import Traced, summed


def of_sum(part: Part, quantity: Sum) -> Working:
    """The sum over the parts of a part, or what its only layer that has any computes."""
    return sum_of_parts(quantity.name, part, quantity.of, quantity.of_layer)


def sum_of_parts(
    name: str,
    part: Part,
    count: Callable[[Part], int],
    of_layer: Callable[[Reading], Number],
) -> Working:
    """The sum of a part's parts; what the only layer that counts computes; or why there is none."""
    found = holder(part, count)
    if found.node is None and not count(found):
        if part.main is None:
            return Working.of(name, Zero("none of its layers has any"))
        found = part.main
    if found.node is not None:
        at = "" if found.node is part.node else part.name_of(found.path)
        return Working.of(name, of_layer(found.traced))._replace(at=at)
    counting = [child for child in found.children if count(child)]
    return Working(name, summed(terms_of_parts(found, counting, count)))


def holder(part: Part, count: Callable[[Part], int]) -> Part:
    """The innermost part in it that has all that it has of something; itself where several of its
    parts have some, or none."""
    while part.node is None:
        counting = [child for child in part.children if count(child)]
        if len(counting) != 1:
            return part
        part = counting[0]
    return part


def terms_of_parts(
    part: Part, counting: list[Part], count: Callable[[Part], int]
) -> Iterator[Traced]:
    """What a group's sum adds: its parts, equal repetitions taken together."""

    def same(child: Part) -> tuple[str, int]:
        is_copy = child.path.rpartition(".")[2].isdigit()
        return "" if is_copy else child.path, count(child)

    for (_, number), run in groupby(counting, key=same):
        copies = list(run)
        leaf = Traced(number, _term(part.name_of(copies[0].path)), computed=True)
        yield leaf if len(copies) == 1 else Traced(len(copies)) * leaf


def _term(name: str) -> str:
    """What a part is called in a sum: `[0]` where its name would be a number there."""
    return f"[{name}]" if name.isdecimal() else name
