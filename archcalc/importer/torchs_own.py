"""Nodes, and all of them, beside what torch says: nothing is imported that differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from archcalc.errors import Problem
from archcalc.importer.drafts import Draft
from archcalc.importer.heard import Call, Heard, Listening
from archcalc.importer.refusal import BUG, ImportRefused
from archcalc.importer.sites import Raised, without
from archcalc.importer.whole_calls import CallNumber
from archcalc.parts.part import Network
from archcalc.shape import Shape


def differences_from_torch(draft: Draft, call: Call, raised: Raised) -> Iterator[str]:
    """What a node has otherwise than torch: its shape, the shapes that it reads, its MACs."""
    xs = draft.input_shapes
    shape = draft.op.output(*xs)
    if shape != draft.shape:
        yield f"archcalc computes {shape} for it, torch {draft.shape}"
    for heard, x in raised.inputs:
        if not _fits(heard, x, draft.times):
            yield f"archcalc reads {Shape(*heard.shape)} as {x}, {draft.times} times"
    macs = int(draft.times * draft.op.macs(draft.shape, *xs))
    if macs != call.macs and raised.output == 0:
        yield f"archcalc computes {macs:,} MACs for it, torch {call.macs:,} for {call.name}"


def problems_of_parts(record: Listening, wholes: Mapping[CallNumber, Call]) -> Iterator[Problem]:
    """Calls that multiply otherwise in the parts that they were taken apart into.

    Args:
        record: what was heard of the pass in which they were taken apart.
        wholes: what was heard of each in the pass in which it was whole.
    """
    for number, whole in wholes.items():
        parts = (c.macs for c in record.calls if c.number[: len(number)] == number)
        if sum(parts) != whole.macs:
            said = f"no rule for {whole.name} as it is used here, whose parts multiply otherwise"
            yield Problem(whole.path or "forward", said)


def check_totals(net: Network, record: Listening) -> None:
    """Compare the totals of a network with the module's parameters and buffers, each once, and with
    what torch counts of all calls.

    Raises:
        ImportRefused: they differ.
    """
    stored = {True: 0, False: 0}
    for root in {root.key: root for root in record.roots.values()}.values():
        stored[root.is_parameter] += prod(root.shape)
    torchs = {
        "parameters": stored[True],
        "buffers": stored[False],
        "MACs": sum(call.macs for call in record.calls),
    }
    ours = {"parameters": net.parameters, "buffers": net.buffers, "MACs": net.macs}
    if ours != torchs:
        said = [", ".join(f"{n:,} {name}" for name, n in them.items()) for them in (ours, torchs)]
        text = f"archcalc computes {said[0]}, torch {said[1]}{BUG}"
        raise ImportRefused(net.name, [Problem("", text)])


def _fits(heard: Heard, shape: Shape, times: int) -> bool:
    """Whether a tensor may be read as one of such a shape for each of so many samples: without the
    axis along which they lie, each size as it is, or repeated."""
    sizes = heard.shape
    axes = [i for i, size in enumerate(sizes) if size in (1, times) or i == heard.axis]
    return any(_repeats(without(sizes, axis), shape) for axis in (None, *axes))


def _repeats(sizes: Shape, shape: Shape) -> bool:
    ahead = len(shape) - len(sizes)
    if ahead < 0:
        return False
    for i, (size, repeated) in enumerate(zip(sizes, shape[ahead:], strict=True)):
        is_head = len(sizes) - i > 2  # the heads of keys and values may be fewer than of queries
        if repeated != size and size != 1 and not (is_head and size and repeated % size == 0):
            return False
    return True
