"""Forward passes: one that is written down, and another that has to be the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from archcalc.importer.heard import DATA, Listening, Root, Trouble
from archcalc.importer.listening import Ended, Listener
from archcalc.importer.operators import ASKS, REAL, known_output, shape_of_linear, taken_apart
from archcalc.importer.place import Place


@contextmanager
def below_autograd() -> Iterator[None]:
    """No gradients, and operators as they were called: autograd, which takes them apart, is off."""
    was_fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # one operator for a whole encoder layer
    try:
        with torch.no_grad(), torch._C._AutoDispatchBelowAutograd():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(was_fast)


def listen(
    module: Any,
    inputs: Sequence[Any],
    named: Mapping[str, Any],
    knows: Callable[[Any], bool],
    is_free: Callable[[Any], bool] | None = None,
) -> Listening:
    """Run a module once, and write down what it calls.

    Args:
        module: a copy: without memory, unless `is_free` is given.
        inputs: what its forward takes, tensors without memory among it.
        named: the same by name.
        knows: whether there is a rule for an operator; others are taken apart where they can be.
        is_free: as of Listener, where module and inputs have numbers.
    """
    record, place = Listening(), Place(module.named_modules())
    record.classes = {name: type(m).__name__ for name, m in module.named_modules()}
    listener = Listener(record, knows, place, is_free)
    known: set[int] = set()
    for name, parameter in module.named_parameters(remove_duplicate=False):
        if id(parameter) not in known:
            root = Root(name, True, tuple(parameter.shape), id(parameter))
            listener.introduce_root(parameter, root)
        known.add(id(parameter))
    for name, buffer in module.named_buffers():
        listener.introduce_root(buffer, Root(name, False, tuple(buffer.shape), id(buffer)))
    for tensor in tensors_in((inputs, named)).values():
        record.inputs.append(listener.introduce(tensor, DATA))
    with place.followed():
        hear(listener, lambda: module(*inputs, **named))
    return record


def hear(listener: Listener, run: Callable[[], Any]) -> None:
    """Run something under a listener, whose record has then its outputs, or what went wrong."""
    record = listener.record
    try:
        with below_autograd(), listener:
            output = run()
    except Ended:
        return
    except Exception as error:
        if not record.troubles:
            record.troubles.append(Trouble(listener.at.path, _raised(error, record)))
        return
    for name, tensor in tensors_in(output).items():
        record.outputs[name] = listener.holds(tensor)


def _raised(error: Exception, record: Listening) -> str:
    text = (str(error).strip() or type(error).__name__).split("\n")[0]
    if "meta tensor" in text or "Meta tensor" in text or "meta device" in text:
        return f"its cost depends on values, which the meta device has none of: {text}; {REAL}"
    given = ", ".join("x".join(map(str, heard.shape)) for heard in record.inputs)
    said = f"forward raised {type(error).__name__}: {text}; the input was {given}"
    if "Long, Int" in text:
        said += "; an input of whole numbers is given as --input 16:int64"
    return said


def is_of_two_devices(record: Listening) -> bool:
    """Whether a pass ended since the forward makes tensors without saying on which device."""
    return any(
        "device" in t.reason and "cpu" in t.reason and "meta" in t.reason for t in record.troubles
    )


def tensors_in(value: Any, name: str = "") -> dict[str, Any]:
    """The tensors in what a forward takes or gives, by where they are in it: `out`, `aux.0`."""
    if isinstance(value, torch.Tensor):
        return {name: value}
    if isinstance(value, Mapping):
        items: Any = value.items()
    elif hasattr(value, "_fields"):
        items = zip(value._fields, value, strict=True)
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    elif hasattr(value, "__dataclass_fields__"):
        items = ((key, getattr(value, key)) for key in value.__dataclass_fields__)
    else:
        return {}
    found: dict[str, Any] = {}
    for key, inner in items:
        found |= tensors_in(inner, f"{name}.{key}" if name else str(key))
    return found


class _Sequence(TorchDispatchMode):  # type: ignore[misc]
    """Notes which operators are called."""

    def __init__(self, knows: Callable[[Any], bool]):
        super().__init__()
        self.knows = knows
        self.seen: list[Any] = []

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if function.namespace == "prim" or function.overloadpacket.__name__ in ASKS:
            return NotImplemented if function.namespace != "prim" else function(*args, **kwargs)
        if function.overloadpacket.__name__ == "_assert_async":
            return None
        if not self.knows(function):
            with self:
                out = taken_apart(function, args, kwargs)
            if out is not NotImplemented:
                return out
        self.seen.append(function)
        known = known_output(function, args, kwargs)
        if known is None:
            known = shape_of_linear(function, args, kwargs)
        return function(*args, **kwargs) if known is None else known


def hear_again(
    module: Any, inputs: Sequence[Any], named: Mapping[str, Any], knows: Callable[[Any], bool]
) -> list[Any]:
    """Run a module once more: the operators that it calls."""
    sequence = _Sequence(knows)
    with below_autograd(), sequence:
        module(*inputs, **named)
    return sequence.seen
