"""Every op against its hand-worked examples, torch, fvcore and FlopCounterMode.

Nothing here knows a layer type: an op is tested because it is registered, on its own examples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest
import torch
from fvcore.nn import ActivationCountAnalysis, FlopCountAnalysis
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from archcalc.arithmetic import Zero
from archcalc.explanation.pages.rows import brief
from archcalc.ops.in_torch import TorchModule, all_calls
from archcalc.ops.kinds import FLAG
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS, create
from tests.op_cases import BATCH, EXAMPLES, Case, case_of, formulas


@pytest.fixture(params=EXAMPLES, ids=lambda example: f"{example[0]}-{example[1]}")
def case(request: pytest.FixtureRequest) -> Case:
    return case_of(*request.param)


@pytest.mark.parametrize("name", OPS)
def test_every_op_has_examples(name: str) -> None:
    assert OPS[name].examples


# --- figures worked out by hand -------------------------------------------------------------------


def test_counts_are_the_hand_worked_ones(case: Case) -> None:
    op, example, x = case.op, case.example, case.inputs
    op.check(*x)
    assert op.output(*x) == case.output
    assert op.parameters(*x) == example.parameters
    assert op.macs(case.output, *x) == example.macs
    assert op.operations(case.output, *x) == example.operations
    assert op.buffers(*x) == example.buffers


def test_a_cost_of_nothing_says_why(case: Case) -> None:
    def costs(op: Op) -> tuple[Any, Any]:
        return op.parameters(*case.inputs), op.macs(case.output, *case.inputs)

    for i, count in enumerate(costs(case.op)):
        if count == 0 and not isinstance(count, Zero):
            # The reason is a flag that is off, as in a batch norm that is not affine.
            assert any(costs(switched_on)[i] for switched_on in with_a_flag_on(case.op))


def test_a_reason_begins_with_what_a_cell_of_a_table_can_hold(case: Case) -> None:
    """A cell ends a reason at a semicolon; commas are part of what it says."""
    for count in formulas(case.op, case.inputs, case.output).values():
        if isinstance(count, Zero):
            assert len(brief(count.reason)) <= 50, count.reason


def with_a_flag_on(op: Op) -> list[Op]:
    infos = op.field_infos
    off = [name for name, info in infos.items() if info.kind is FLAG and not getattr(op, name)]
    return [op.replaced(**{name: 1}) for name in off]


# --- torch ----------------------------------------------------------------------------------------


def test_torch_has_the_same_parameters_buffers_and_output_shape(case: Case) -> None:
    module = case.module()
    with torch.no_grad():
        y = module(*case.tensors())
    assert list(y.shape) == [BATCH, *case.example.output]
    assert sum(parameter.numel() for parameter in module.parameters()) == case.example.parameters
    learned_from_data = [buffer for buffer in module.buffers() if buffer.is_floating_point()]
    assert sum(buffer.numel() for buffer in learned_from_data) == case.example.buffers


def test_fvcore_counts_what_the_op_says_by_fvcores_own_kinds(case: Case) -> None:
    analysis = quiet(FlopCountAnalysis(case.module(), case.tensors()))
    said = case.said_by_fvcore()
    counted = {kind: count for kind, count in analysis.by_operator().items() if count}
    if said.unknown:
        assert all(name in said.unknown for name in counted)
        return
    expected: Counter[str] = Counter()
    for addend in said.addends:
        expected[FVCORES.get(addend.name, addend.name)] += addend.number
    assert counted == {kind: number for kind, number in expected.items() if number}


def test_fvcore_counts_the_outputs_of_convolutions_and_products(case: Case) -> None:
    analysis = quiet(ActivationCountAnalysis(case.module(), case.tensors()))
    if not case.is_missed:
        has_activations = case.op.has_activations
        assert analysis.total() == (BATCH * case.output.elements if has_activations else 0)


FVCORES = {"_convolution": "conv"}
"""What fvcore calls the operators that it counts, where that is not their name."""
MISSED = {"attention", "einsum", "gru", "lstm", "multihead_attention", "rnn"}
"""The ops of which fvcore does not count all multiply-adds."""


def test_what_fvcore_is_said_to_miss_it_does_miss() -> None:
    cases = [case_of(*example) for example in EXAMPLES]
    assert {case.op.name for case in cases if case.is_missed} == MISSED
    for name in MISSED:
        cases = [case_of(name, number) for number in range(len(OPS[name].examples))]
        counts = [quiet(FlopCountAnalysis(case.module(), case.tensors())).total() for case in cases]
        assert counts != [BATCH * case.example.macs for case in cases]


def test_flop_counter_mode_counts_two_a_multiply_add(case: Case) -> None:
    module = case.module().to("meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*case.tensors("meta"))
    assert counter.get_total_flops() == 2 * BATCH * case.example.macs


def test_operators_that_fvcore_cannot_count_are_declared_and_no_others(case: Case) -> None:
    analysis = quiet(FlopCountAnalysis(case.module(), case.tensors()))
    analysis.total()
    said = case.said_by_fvcore()
    assert set(analysis.unsupported_ops()) == {
        f"aten::{without_settings(name)}" for name in said.unseen
    }


class Seen(NamedTuple):
    """A module or a call, with the numbers in its first input and in its result, for one sample."""

    name: str
    inputs: int
    outputs: int


class Watch(TorchFunctionMode):  # type: ignore[misc]
    """Notes the calls that are made."""

    def __init__(self) -> None:
        super().__init__()
        self.called: list[Seen] = []

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        name = getattr(function, "__name__", "")
        first, second = _tensor(args), _tensor(result)
        if name not in ARRANGES and first is not None and second is not None:
            # A parameter or a prototype is there once, whatever the batch.
            size = max(first.numel() // BATCH, 1)
            self.called.append(Seen(name, size, second.numel() // BATCH))
        return result


def _tensor(values: Any) -> Any:
    """The first tensor among some values, one in a list of them included."""
    if isinstance(values, torch.Tensor):
        return values
    found = map(_tensor, values) if isinstance(values, (list, tuple)) else ()
    return next((tensor for tensor in found if tensor is not None), None)


def modules_in_use(module: Any, tensors: tuple[Any, ...]) -> list[tuple[Seen, bool]]:
    """The modules that run, and whether tools know them: layers of torch's, or with parameters."""
    seen = []

    def note(part: Any, inputs: Any, output: Any) -> None:
        sizes = inputs[0].numel() // BATCH, _tensor(output).numel() // BATCH
        is_known = _is_of_torch(type(part)) or any(True for _ in part.parameters())
        seen.append((Seen(_class_of(part), *sizes), is_known))

    parts = [part for part in module.modules() if not any(True for _ in part.children())]
    handles = [part.register_forward_hook(note) for part in parts]
    with torch.no_grad():
        module(*tensors)
    for handle in handles:
        handle.remove()
    return seen


def _is_of_torch(cls: Any) -> bool:
    return cls.__module__.startswith("torch.nn.modules.")


def _class_of(part: Any) -> str:
    """Its class; behind one of ours that derives from a layer of torch's, that in brackets."""
    name, base = type(part).__name__, type(part).__bases__[0]
    if _is_of_torch(type(part)) or base is torch.nn.Module:
        return name
    return f"{name}({base.__name__})"


def in_all(seen: Iterable[Seen]) -> dict[str, tuple[int, int]]:
    """By name, the numbers that go in and that come out."""
    found: dict[str, tuple[int, int]] = {}
    for name, inputs, outputs in seen:
        before = found.get(name, (0, 0))
        found[name] = before[0] + inputs, before[1] + outputs
    return found


ARRANGES = {
    "__get__", "__getitem__", "__len__", "cat", "contiguous", "dim", "expand", "flatten", "permute",
    "reshape", "roll", "size", "split", "transpose", "unsqueeze", "zeros",
}  # fmt: skip
"""What computes nothing, and no counter counts."""
SPELLED = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "@": "matmul",
    "F.max_pool2d(indices)": "max_pool2d_with_indices",
}  # fmt: skip
WHOLE = {"local_response_norm", "softsign", "tanhshrink"}
"""Functions that torch writes in Python as several calls: those which are declared, where no one
can watch."""


def test_a_module_makes_the_calls_that_it_is_said_to_consist_of(case: Case) -> None:
    module, tensors = case.module(), case.tensors()
    with torch.no_grad(), Watch() as watch:
        module(*tensors)
    parts = case.op.consists_of(case.output, *case.inputs)
    declared = [
        call._replace(name=SPELLED.get(call.name) or without_settings(call.name.rpartition(".")[2]))
        for call in all_calls(parts)
    ]
    if not {seen.name for seen in watch.called} <= WHOLE:
        assert in_all(watch.called) == in_all(Seen(*call[:3]) for call in declared)


def without_settings(name: str) -> str:
    return name.partition("(")[0]


def test_a_module_has_the_parts_that_it_is_said_to_consist_of(case: Case) -> None:
    """A convolution by a connection table is several, each over the maps that it reads."""
    parts = case.op.consists_of(case.output, *case.inputs)
    declared = [
        Seen(without_settings(part.name) if part.is_of_torch else part.name, *part[1:3])
        for part in parts
        if isinstance(part, TorchModule)
    ]
    in_use = modules_in_use(case.module(), case.tensors())
    known = in_all(seen for seen, is_known in in_use if is_known)
    all_of_them = in_all(seen for seen, _ in in_use)
    assert known.items() <= in_all(declared).items() <= all_of_them.items()


def test_the_parts_of_an_op_have_all_its_multiply_adds_and_biases(case: Case) -> None:
    calls = [*all_calls(case.op.consists_of(case.output, *case.inputs))]
    for own, all_of_it in (
        ([call.macs for call in calls if call.macs is not None], case.example.macs),
        (
            [call.bias for call in calls if call.bias is not None],
            case.example.operations.get("bias"),
        ),
    ):
        assert not own or sum(own) == all_of_it


def test_what_a_module_stores_can_be_initialised_anew(case: Case) -> None:
    """The twin is built without memory; what has no reset_parameters would hold what lay there."""
    for part in case.module().modules():
        if part._parameters or part._buffers:
            assert callable(getattr(type(part), "reset_parameters", None)), type(part)


def quiet(analysis: Any) -> Any:
    return analysis.unsupported_ops_warnings(False).tracer_warnings("none")


def test_an_op_with_other_values_of_some_fields() -> None:
    given = {"out_channels": 6, "kernel_size": 5}
    conv = create(OPS["conv2d"], given)
    other = {"groups": 2, "bias": 0}
    assert conv.replaced(**other) == create(OPS["conv2d"], {**given, **other})
    assert (conv.values["groups"], conv.values["bias"]) == (1, 1)
    with pytest.raises(TypeError, match="conv2d has no field group"):
        conv.replaced(group=2)
