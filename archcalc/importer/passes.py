"""Forward passes: one that is written down, and another that has to be the same again."""

from __future__ import annotations

import re
from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import torch
from torch.distributions import Distribution
from torch.nn.modules import transformer

from archcalc.errors import told
from archcalc.importer.heard import DATA, Listening, ModuleKind, Root, Trouble
from archcalc.importer.listening import Ended, Listener
from archcalc.importer.nested import sizes_alone, tensors_in
from archcalc.importer.operators import counted_for_real, on_values, reads_values
from archcalc.importer.own_code import (
    is_raised_by_code,
    line_that_raised,
    own_code,
    raised,
)
from archcalc.importer.place import Place
from archcalc.importer.seen_calls import key_of
from archcalc.importer.spelled_calls import spelling_heard
from archcalc.importer.whole_calls import CallNumber, WholeCalls


@contextmanager
def as_told() -> Iterator[None]:
    """No gradients, transformers as they are written, and distributions as they are given.

    Torch's own transformers ask of the numbers of a mask whether it is causal, only to choose a
    kernel; here they are told what the caller has said. Its distributions ask whether the numbers
    that they are given are possible.
    """
    validates = Distribution._validate_args
    was_fast = torch.backends.mha.get_fastpath_enabled()
    asks = transformer._detect_is_causal_mask
    torch.backends.mha.set_fastpath_enabled(False)  # one operator for a whole encoder layer
    transformer._detect_is_causal_mask = lambda mask, is_causal=None, size=None: bool(is_causal)
    Distribution.set_default_validate_args(False)
    try:
        with torch.no_grad():
            yield
    finally:
        Distribution.set_default_validate_args(validates)
        transformer._detect_is_causal_mask = asks
        torch.backends.mha.set_fastpath_enabled(was_fast)


@contextmanager
def below_autograd() -> Iterator[None]:
    """No gradients, and operators as they were called: autograd, which takes them apart, is off."""
    with as_told(), torch._C._AutoDispatchBelowAutograd():
        yield


def listen(
    module: Any,
    inputs: Sequence[Any],
    named: Mapping[str, Any],
    knows: Callable[[Any], bool],
    is_free: Callable[[Any], bool] | None = None,
    apart: frozenset[CallNumber] = frozenset(),
    numbers: Mapping[str, Any] = MappingProxyType({}),
    spelled: Collection[str] = (),
    replies: Sequence[bool] = (),
) -> Listening:
    """Run a module once, and write down what it calls.

    Args:
        module: a copy: without memory, unless `is_free` is given.
        inputs: what its forward takes, tensors without memory among it.
        named: the same by name.
        knows: whether there is a rule for an operator; others are taken apart where they can be.
        is_free: as of Listener, where module and inputs have numbers.
        apart: as of Listener.
        numbers: tensors with the numbers of buffers that a forward may ask for, by their names.
        spelled: names of torch's, such as `F.relu`: calls by these are heard too.
        replies: as of Listener.
    """
    record, place = Listening(), Place(module.named_modules())
    record.classes = {name: type(m).__name__ for name, m in module.named_modules()}
    places = _places_of(module)
    record.kinds = {name: _kind_of(m, places[m]) for name, m in module.named_modules()}
    listener = Listener(record, knows, place, is_free, apart, replies)
    known: set[int] = set()
    for name, parameter in module.named_parameters(remove_duplicate=False):
        if id(parameter) not in known:
            root = Root(name, True, tuple(parameter.shape), id(parameter))
            listener.introduce_root(parameter, root)
        known.add(id(parameter))
    for name, buffer in module.named_buffers():
        root = Root(name, False, tuple(buffer.shape), id(buffer))
        listener.introduce_root(buffer, root, numbers.get(name))
    for tensor in tensors_in((inputs, named)).values():
        record.inputs.append(listener.introduce(tensor, DATA))
    with place.followed(), spelling_heard(spelled, listener) as all_heard:
        hear(listener, lambda: module(*inputs, **named))
    record.spelled = all_heard if spelled else None
    return record


def _places_of(module: Any) -> Mapping[Any, int]:
    """How many ways lead to each module from the root, those that hold it being the steps."""
    places: dict[Any, int] = dict.fromkeys(module.modules(), 0)
    holders = Tally(child for m in places for child in m.children())
    places[module], ready = 1, [module]
    while ready:
        holder = ready.pop()
        for child in holder.children():
            places[child] += places[holder]
            holders[child] -= 1
            if not holders[child]:
                ready.append(child)
    return places


def _kind_of(module: Any, places: int) -> ModuleKind:
    classes = [c for c in type(module).__mro__ if c.__module__.startswith("torch.nn.modules.")]
    name = classes[0].__name__ if classes and classes[0] is not torch.nn.Module else ""
    is_exact = bool(name) and type(module) is classes[0]
    return ModuleKind(name, is_exact, next(module.children(), None) is None, places)


def hear(listener: Listener, run: Callable[[], Any]) -> None:
    """Run something under a listener, whose record has then its outputs, or what went wrong."""
    record = listener.record
    try:
        with own_code(), below_autograd(), listener:
            output = run()
    except Ended:
        return
    except Exception as error:
        if not record.troubles:
            record.troubles.append(Trouble(listener.at.path, _raised(error, record)))
            record.is_raised_by_code = is_raised_by_code(error)
        return
    for name, tensor in tensors_in(output).items():
        record.outputs[name] = listener.holds(tensor)


def _raised(error: Exception, record: Listening) -> str:
    name, text = raised(error)
    if "no fake impl or Meta kernel" in text:
        return f"torch cannot run {text.partition(': ')[0]} without numbers; {counted_for_real()}"
    if "register_meta function for torch.nonzero" in text:
        return on_values("a mask chooses numbers", line_that_raised(error))
    if re.search(r"\bmeta\b", text, re.IGNORECASE):
        why = f"which the meta device has none of: {text}; {counted_for_real()}"
        return f"its cost depends on values, {why}"
    if "does not require grad" in text:
        return f"asks for gradients, whose cost is not known: {text}"
    given = ", ".join("x".join(map(str, heard.shape)) for heard in record.inputs)
    said = f"forward raised {name}: {text}; the input was {given} with the batch"
    if re.search(r"Expected .*\b[2-5]D \(batched\)", text):
        such = told("--input 3x224x224", "input='3x224x224', or as a tensor with a batch")
        said += f"; the sizes of one sample are given as {such}"
    if "Long, Int" in text:
        such = told("--input 16:int64", "input='16:int64', or as a tensor of int64")
        said += f"; an input of whole numbers is given as {such}"
    return said


class _Sequence(WholeCalls):
    """Notes which operators are called."""

    def __init__(
        self,
        record: Listening,
        knows: Callable[[Any], bool],
        apart: frozenset[CallNumber],
        real: bool,
    ):
        super().__init__(knows, apart)
        self.seen: list[Any] = []
        self.answers, self.seen_before = iter(record.answers), record.seen
        self.real = real

    def whole(self, function: Any, args: Any, kwargs: Any) -> Any:
        """Note a call."""
        self.seen.append(function)
        if self.real:
            return function(*args, **kwargs)
        if reads_values(function):
            return sizes_alone(next(self.answers))
        return self.placed(self._on_meta, function, args, kwargs)

    def _on_meta(self, function: Any, args: Any, kwargs: Any) -> Any:
        seen = self.seen_before.find(key_of(function, args, kwargs))
        return function(*args, **kwargs) if seen is None else seen.made(args)


def hear_again(
    module: Any,
    inputs: Sequence[Any],
    named: Mapping[str, Any],
    knows: Callable[[Any], bool],
    record: Listening,
    apart: frozenset[CallNumber],
    real: bool,
) -> list[Any]:
    """Run a module once more: the operators that it calls; what it asks of constants is answered
    as it was in `record`.

    Raises:
        StopIteration: it asks more. Exception: whatever it raises.
    """
    sequence = _Sequence(record, knows, apart, real)
    with own_code(), below_autograd(), sequence:
        module(*inputs, **named)
    return sequence.seen
