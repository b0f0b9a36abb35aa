"""Questions that are answered yes or no, and that only the numbers of an input decide.

Each is answered both ways. Where all answers lead to the same graph, or to an error that the code
itself raises, the cost does not depend on them: a warning, an assertion.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from archcalc.errors import Problem
from archcalc.importer.graphs import Imported, graph_of
from archcalc.importer.heard import Listening
from archcalc.importer.refusal import ImportRefused
from archcalc.importer.whole_calls import CallNumber

MOST_WAYS = 32
"""The most ways of answering that are tried."""

Replies = tuple[bool, ...]
"""What the first questions of a pass are answered; later ones are answered with no."""


class _Way(NamedTuple):
    """One way of answering, and what it led to."""

    replies: Replies
    made: Imported


def graph_of_all_answers(
    listen: Callable[[Replies, frozenset[CallNumber]], Listening], called: str
) -> tuple[Imported, Replies]:
    """The graph of what is heard, whatever its questions are answered; and answers that lead to it.

    Args:
        listen: makes a pass in which questions are answered so, and these calls are taken apart.
        called: the network's name.

    Raises:
        ImportRefused: something in it is not known, or an answer leads to another graph.
    """
    heard: list[Listening] = []

    def noted(replies: Replies, apart: frozenset[CallNumber]) -> Listening:
        heard[:] = [listen(replies, apart)]
        return heard[0]

    found: _Way | None = None
    raised: ImportRefused | None = None
    replies: Replies = ()
    for _ in range(MOST_WAYS):
        try:
            made = graph_of(partial(noted, replies), called)
        except ImportRefused as refused:
            if not heard[0].is_raised_by_code:
                if found is not None:
                    break
                questions = (Problem(*question) for question in heard[0].questions)
                raise ImportRefused(called, [*refused.problems, *questions]) from None
            raised = raised or refused
        else:
            if found is not None and made.graph != found.made.graph:
                break
            found = found or _Way(replies, made)
        asked = heard[0].questions
        replies = (*replies, *(False,) * (len(asked) - len(replies)))
        while replies and replies[-1]:
            replies = replies[:-1]
        if not replies:  # every one has been answered both ways
            if found is None:
                assert raised is not None
                raise raised
            return found.made, found.replies
        replies = (*replies[:-1], True)
    asked = heard[0].questions
    raise ImportRefused(called, [Problem(*asked[max(len(replies) - 1, 0)])])
