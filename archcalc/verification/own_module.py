"""What PyTorch says of a user's own module, from which a network was imported.

Nothing of archcalc's is built: the module itself says its parameters and buffers, FlopCounterMode
watches it without numbers, and fvcore traces a copy of it with real tensors, module by module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from archcalc.importer.copying import meta_copy, real_copy
from archcalc.importer.nested import sizes_alone
from archcalc.importer.operators import formulas_of_what_is_missing, reads_values
from archcalc.importer.passes import as_told
from archcalc.network import Network
from archcalc.verification.disagreements import Disagreement, Expected
from archcalc.verification.witness import MAC_KINDS, ROOT, analysis_of_flops

BLIND = {
    "addbmm", "addmv", "addr", "baddbmm", "bilinear", "chain_matmul", "conv_tbc", "deform_conv2d",
    "dot", "gru", "gru_cell", "inner", "lstm", "lstm_cell", "mv", "rnn_relu", "rnn_relu_cell",
    "rnn_tanh", "rnn_tanh_cell", "scaled_dot_product_attention", "tensordot", "vdot",
}  # fmt: skip
"""Operators that multiply, and that fvcore has no count of."""


class OwnModule:
    """A user's module, as witnesses see it."""

    def __init__(self, net: Network):
        assert net.heard is not None
        self.net = net
        self.module, self.inputs, self.named = net.heard

    def stored(self) -> dict[str, int]:
        """How many numbers its parameters and its buffers of floats hold, shared ones once."""
        buffers = {id(b): b for b in self.module.buffers() if b.is_floating_point()}
        return {
            "parameters": sum(p.numel() for p in self.module.parameters()),
            "buffers": sum(buffer.numel() for buffer in buffers.values()),
        }

    def flop_counter(self) -> int:
        """Half of what FlopCounterMode counts of a run without numbers. Products that it takes for
        nothing are counted by their sizes."""
        module = meta_copy(self.module).train(self.net.mode == "train")
        counter = FlopCounterMode(display=False, custom_mapping=formulas_of_what_is_missing())
        answered = _Answered(self.net.answers)
        with torch.no_grad(), as_told(), torch.device("meta"), counter, answered:
            module(*sizes_alone(self.inputs), **sizes_alone(self.named))
        return int(counter.get_total_flops()) // 2

    def fvcore(self) -> tuple[Mapping[str, int], Mapping[str, frozenset[str]]]:
        """What fvcore counts in each module on the CPU, and what of it it cannot count exactly.

        Raises:
            CannotCopy: it cannot be copied with its numbers.
        """
        module = self._with_numbers().train(self.net.mode == "train")
        inputs = tuple(_filled(x) for x in (*self.inputs, *self.named.values()))
        by_position = _ByPosition(module, len(self.inputs), tuple(self.named))
        analysis = analysis_of_flops(by_position, inputs)
        with as_told():
            kinds = analysis.by_module_and_operator()
        counts, blind = {}, {}
        for name, found in kinds.items():
            if name != ROOT:
                path = name.removeprefix("inner").removeprefix(".")
                counts[path] = sum(int(n) for kind, n in found.items() if kind in MAC_KINDS)
                met = {op.rpartition("::")[2] for op in analysis.unsupported_ops(name)} & BLIND
                blind[path] = frozenset(met | ({"einsum"} & found.keys()))
        return counts, blind

    def _with_numbers(self) -> Any:
        if not any(t.is_meta for t in (*self.module.parameters(), *self.module.buffers())):
            return real_copy(self.module)
        copied = meta_copy(self.module).to_empty(device="cpu").requires_grad_(False)
        with torch.no_grad():
            for tensor in (*copied.parameters(), *copied.buffers()):
                tensor.zero_()
        return copied


class _Answered(TorchDispatchMode):  # type: ignore[misc]
    """Answers what a forward asks of numbers as it was answered when it was imported."""

    def __init__(self, answers: Sequence[Any]):
        super().__init__()
        self.answers = iter(answers)

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if reads_values(function):
            return sizes_alone(next(self.answers))
        return function(*args, **(kwargs or {}))


class _ByPosition(torch.nn.Module):  # type: ignore[misc]
    """A module whose named inputs are given behind the others, as torch.jit takes them."""

    def __init__(self, inner: Any, alone: int, names: tuple[str, ...]):
        super().__init__()
        self.inner, self.alone, self.names = inner, alone, names

    def forward(self, *inputs: Any) -> Any:
        named = dict(zip(self.names, inputs[self.alone :], strict=True))
        return self.inner(*inputs[: self.alone], **named)


def _filled(value: Any) -> Any:
    """A tensor of zeros in the place of one without numbers."""
    is_meta = isinstance(value, torch.Tensor) and value.is_meta
    return torch.zeros(value.shape, dtype=value.dtype) if is_meta else value


def of_modules(
    expected: Expected, counts: Mapping[str, int], blind: Mapping[str, frozenset[str]]
) -> Iterator[Disagreement]:
    """The modules of which fvcore counts otherwise than its rules would of our nodes, but for those
    in which it has no exact count."""
    ours: dict[str, int] = {}
    missed: set[str] = set()
    for node in expected.net.layers:
        said = expected.by_fvcores_rules[node.name]
        macs = sum(addend.number for addend in said.addends if addend.amount == "macs")
        for path in _levels(node.place):
            ours[path] = ours.get(path, 0) + int(macs)
            if said.unknown and expected.net.readings_by_name[node.name].macs:
                missed.add(path)
    for path, count in counts.items():
        if not blind[path] and path not in missed and ours.get(path, 0) != count:
            yield Disagreement(path or None, "macs", ours.get(path, 0), count, "fvcore")


def _levels(path: str) -> Iterator[str]:
    """A path and those that it is in, down to the root."""
    yield path
    while path:
        path = path.rpartition(".")[0]
        yield path
