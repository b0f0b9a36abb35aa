"""A copy of a module on torch's meta device; the module itself is not touched."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from archcalc.importer.own_code import own_code, raised


class CannotCopy(Exception):
    """A module, or an input, that Python cannot copy, with the reason."""


NOT_COPIED = (TypeError, RuntimeError, NotImplementedError, copy.Error)
"""What Python raises where it cannot copy."""


def meta_copy(module: Any) -> Any:
    """The same module, of which no number is copied: each of its tensors is one without memory.

    Parameters that are shared stay shared. None needs a gradient.

    Raises:
        CannotCopy: it holds what Python cannot copy, such as a lock or an open file.
    """
    memo: dict[int, Any] = {}
    for tensor in (*module.parameters(), *module.buffers()):
        if id(tensor) not in memo:
            memo[id(tensor)] = without_memory(tensor)
    try:
        with CopiesWithoutMemory(), own_code():
            return copy.deepcopy(module, memo)
    except Exception as error:  # of a copy that is a user's own
        raise CannotCopy(raised(error)[1]) from error


def without_memory(tensor: Any) -> Any:
    """A tensor of the same sizes on meta; of a parameter a parameter."""
    made = torch.empty_strided(
        tensor.size(), tensor.stride(), dtype=tensor.dtype, device="meta", requires_grad=False
    )
    if isinstance(tensor, torch.nn.Parameter):
        return torch.nn.Parameter(made, requires_grad=False)
    return made


def real_copy(module: Any) -> Any:
    """The same module with its numbers, on the CPU. None of its parameters needs a gradient.

    Raises:
        CannotCopy: as `meta_copy`, or it has no numbers.
    """
    if any(tensor.is_meta for tensor in (*module.parameters(), *module.buffers())):
        raise CannotCopy("its parameters are on the meta device, and have no numbers")
    try:
        with torch.no_grad(), _CopiesComputed(), own_code():
            copied = copy.deepcopy(module).to("cpu")
    except Exception as error:  # of a copy that is a user's own
        raise CannotCopy(raised(error)[1]) from error
    for parameter in copied.parameters():  # modules of TorchScript do not say it as a whole
        parameter.requires_grad_(False)
    return copied


class CopiesWithoutMemory(TorchFunctionMode):  # type: ignore[misc]
    """Makes deepcopy take tensors that are no parameters or buffers by their sizes too."""

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if function is torch.Tensor.__deepcopy__:
            tensor, memo = args
            if id(tensor) not in memo:
                memo[id(tensor)] = without_memory(tensor)
            return memo[id(tensor)]
        return function(*args, **(kwargs or {}))


class _CopiesComputed(TorchFunctionMode):  # type: ignore[misc]
    """Makes deepcopy take tensors that were computed of parameters, which torch refuses to copy, by
    their numbers: what the older `weight_norm` keeps of its last run."""

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if function is torch.Tensor.__deepcopy__ and not args[0].is_leaf:
            tensor, memo = args
            if id(tensor) not in memo:
                memo[id(tensor)] = tensor.detach().clone()
            return memo[id(tensor)]
        return function(*args, **(kwargs or {}))
