"""Which layers of a heard module are modules of torch.nn by themselves, and which are calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.importer.called import Unread
from archcalc.importer.drafts import Draft
from archcalc.importer.heard import Listening, ModuleKind
from archcalc.ops.in_torch import AsCalled, TorchModule
from archcalc.ops.op import OpError

_UNKNOWN = ModuleKind("", is_exact=False, is_leaf=False)


def as_called(drafts: Sequence[Draft], record: Listening) -> Mapping[int, AsCalled]:
    """How nodes were called that are no modules of torch.nn by themselves, by their ids.

    A run of such a module is the one node of it that consists of that very class; what else it
    makes only arranges numbers.
    """
    modules: dict[tuple[str, int], list[Draft]] = {}
    for draft in drafts:
        if _is_module(draft, record.kinds.get(draft.path, _UNKNOWN)):
            modules.setdefault((draft.path, draft.run), []).append(draft)
    found = {}
    for draft in drafts:
        runs = modules.get((draft.path, draft.run), ())
        kind = record.kinds.get(draft.path, _UNKNOWN)
        if len(runs) == 1 or isinstance(draft.op, Unread):
            kind = _UNKNOWN
        if len(runs) != 1 or runs[0] is not draft:
            found[id(draft)] = AsCalled(kind.of_torch, kind.is_leaf, draft.operator)
        elif not draft.has_samples_first:
            found[id(draft)] = AsCalled("", True, draft.operator, is_module=True)
    return found


def _is_module(draft: Draft, kind: ModuleKind) -> bool:
    if not kind.is_exact or not draft.operator:
        return False
    try:
        parts = draft.op.consists_of(draft.shape, *draft.input_shapes)
    except OpError:
        return False
    names = [part.name.partition("(")[0] for part in parts if isinstance(part, TorchModule)]
    return names == [kind.of_torch]
