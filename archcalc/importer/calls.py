"""Which layers of a heard module are modules of torch.nn by themselves, and which are calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import starmap, zip_longest
from math import prod

from archcalc.importer.called import Unread
from archcalc.importer.drafts import Draft
from archcalc.importer.heard import LITERAL, Listening, ModuleKind, SpelledCall
from archcalc.ops.in_torch import OF_SIZES, PRODUCTS, AsCalled, HeardCall, TorchModule, word_of
from archcalc.ops.op import OpError

_UNKNOWN = ModuleKind("", is_exact=False, is_leaf=False)


def as_called(
    drafts: Sequence[Draft],
    left_out: Collection[Draft],
    ends: Collection[Draft],
    record: Listening,
) -> Mapping[int, AsCalled]:
    """How nodes were called that are no modules of torch.nn by themselves, or shared ones, by their
    ids.

    A run of such a module is the one node of it that consists of that very class; what else it
    makes only arranges numbers.

    Args:
        drafts: the nodes in the order in which they run.
        left_out: those that no output needs, and that have no node.
        ends: those that are outputs.
        record: what was heard of them.
    """
    read = _read(drafts, ends)
    modules: dict[tuple[str, int], list[Draft]] = {}
    for draft in drafts:
        if _is_module(draft, record.kinds.get(draft.path, _UNKNOWN)):
            modules.setdefault((draft.path, draft.run), []).append(draft)
    heard = _heard_first(drafts)
    found = {}
    for draft in drafts:
        runs = modules.get((draft.path, draft.run), ())
        kind = record.kinds.get(draft.path, _UNKNOWN)
        called = AsCalled(
            "", True, draft.operator, len(runs) == 1 and runs[0] is draft,
            draft.has_samples_first, kind.places, draft.run > 1, draft.is_part, id(draft) in read,
        )  # fmt: skip
        if not called.is_module:
            if len(runs) == 1 or isinstance(draft.op, Unread):
                kind = _UNKNOWN
            calls = None if record.spelled is None else tuple(map(_heard_call, heard[id(draft)]))
            called = called._replace(module=kind.of_torch, is_leaf=kind.is_leaf, calls=calls)
        elif called == AsCalled("", True, draft.operator, is_module=True):
            continue
        found[id(draft)] = called
    of_layers = {id(spelled) for group in heard.values() for spelled in group}
    others = frozenset(each.name for each in record.spelled or () if id(each) not in of_layers)
    others |= {
        record.kinds[draft.path].of_torch for draft in left_out if draft.path in record.kinds
    } - {""}
    if any(c.word == "mul" and c.makes[0].kind == LITERAL for c in record.calls):
        others |= {OF_SIZES}
    if others:
        first = drafts[0]
        called = found.get(id(first), AsCalled("", True, first.operator, is_module=True))
        found[id(first)] = called._replace(beside=others)
    return found


def _read(drafts: Sequence[Draft], ends: Collection[Draft]) -> Collection[int]:
    """The ids of the nodes that outputs depend on."""
    read = set(map(id, ends))
    for draft in reversed(drafts):
        if id(draft) in read:
            read.update(map(id, draft.inputs))
    return read


def _heard_first(drafts: Sequence[Draft]) -> Mapping[int, Sequence[SpelledCall]]:
    """Of each node the calls that were heard where it ran, and in no node before."""
    known: set[int] = set()
    found = {}
    for draft in drafts:
        found[id(draft)] = [each for each in draft.spelled if id(each) not in known]
        known.update(map(id, draft.spelled))
    return found


def _heard_call(spelled: SpelledCall) -> HeardCall:
    macs = None
    if word_of(spelled.name) in PRODUCTS:
        left, right = [(), (), *spelled.takes][-2:]
        macs = prod(left) * right[-1] if right and spelled.is_plain else 0
    first, second, *_ = (*spelled.takes, (), ())
    from_first = prod(starmap(max, zip_longest(first, second, fillvalue=1)))
    return HeardCall(spelled.name, prod(first), prod(spelled.made), macs, from_first)


def _is_module(draft: Draft, kind: ModuleKind) -> bool:
    if not kind.is_exact or not draft.operator:
        return False
    try:
        parts = draft.op.consists_of(draft.shape, *draft.input_shapes)
    except OpError:
        return False
    names = [part.name.partition("(")[0] for part in parts if isinstance(part, TorchModule)]
    return names == [kind.of_torch]
