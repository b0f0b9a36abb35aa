"""A node of an ONNX file as the functions in `operators/` see it, and the table of those."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

from archcalc.errors import quote
from archcalc.language.nodes import HIGHEST_RANK

MORE_THAN_MOST = f"more than {HIGHEST_RANK}"
"""What is said of axes that are too many."""


class Unknown(Exception):
    """What a node's cost or shape depends on, and nobody can say."""


class OnnxCall:
    """A node with its inputs, some of whose numbers are known."""

    def __init__(self, node: Any, version: int, tensors: Sequence[Any], known: Sequence[Any]):
        """
        Args:
            node: the node.
            version: of ONNX's operators.
            tensors: its inputs, all with numbers or all without; None for one that is left out.
            known: tensors of the numbers of each; None where those are not known.
        """
        self.version, self._tensors, self._known = version, tensors, known
        self.outputs = len(node.output)
        self._attributes = {attribute.name: attribute for attribute in node.attribute}

    def __len__(self) -> int:
        return len(self._tensors)

    @property
    def tensors(self) -> list[Any]:
        """All its inputs."""
        return [self.tensor(i) for i in range(len(self))]

    def has(self, index: int) -> bool:
        """Whether an input is given."""
        return index < len(self._tensors) and self._tensors[index] is not None

    def tensor(self, index: int) -> Any:
        """An input.

        Raises:
            Unknown: it is not there.
        """
        if not self.has(index):
            raise Unknown(f"has no input {index + 1}")
        return self._tensors[index]

    def optional(self, index: int) -> Any:
        """An input, or None."""
        return self._tensors[index] if self.has(index) else None

    def is_known(self, index: int) -> bool:
        """Whether the numbers of an input are known."""
        return self.has(index) and self._known[index] is not None

    def numbers(self, index: int) -> list[Any]:
        """The numbers of an input, in one list.

        Raises:
            Unknown: they are computed of the network's input.
        """
        if not self.is_known(index):
            raise Unknown(f"its input {index + 1} is wanted in numbers, and depends on values")
        with _disable_current_modes():
            return list(self._known[index].flatten().tolist())

    def sizes(self, index: int) -> list[int]:
        """The numbers of an input, one for each axis.

        Raises:
            Unknown: they are computed of the network's input, or are more than tensors have axes.
        """
        numbers = self.numbers(index)
        if len(numbers) > HIGHEST_RANK:
            raise Unknown(f"its input {index + 1} is of {len(numbers)} axes, {MORE_THAN_MOST}")
        return [int(number) for number in numbers]

    def given(self, index: int, attribute: str, default: Any = None) -> Any:
        """What newer versions take as an input, in numbers, and older ones as an attribute."""
        return self.numbers(index) if self.has(index) else self.attribute(attribute, default)

    def operand(self, index: int) -> Any:
        """An input of arithmetic: a single number that is known as such."""
        known = self._known[index] if self.has(index) else None
        if known is not None and known.dim() == 0:
            return self.numbers(index)[0]
        return self.tensor(index)

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute: a number, a text, or a list of numbers."""
        found = self._attributes.get(name)
        if found is None:
            return default
        if found.type == found.INT:
            return found.i
        if found.type == found.FLOAT:
            return found.f
        if found.type == found.STRING:
            return found.s.decode("utf-8", "replace")
        if found.type in (found.INTS, found.FLOATS):
            return list(found.ints or found.floats)
        if found.type == found.TENSOR:
            return found.t
        raise Unknown(f"has an attribute {quote(name)} of a kind that is not known")


def axis_in(axis: int, tensor: Any) -> int:
    """An axis counted from the first.

    Raises:
        Unknown: the tensor has none such.
    """
    rank = tensor.dim()
    if not -rank <= axis < max(rank, 1):
        raise Unknown(f"has no axis {axis} of {rank}")
    return int(axis % rank) if rank else 0


Operator = Callable[[OnnxCall], Any]

OPERATORS: dict[str, Operator] = {}
"""The call of torch that each operator of ONNX is, by its name."""


NOT_COMPUTED: set[str] = set()
"""Those that take each number of a tensor many times, as products and windows do: nothing that they
come to is computed of known numbers."""


def operator(*names: str) -> Callable[[Operator], Operator]:
    """Register a function as what some operators are.

    Raises:
        ValueError: one is there.
    """

    def register(function: Operator) -> Operator:
        for name in names:
            if name in OPERATORS:
                raise ValueError(f"{name} is there twice")
            OPERATORS[name] = function
        return function

    return register


def uncomputed_operator(*names: str) -> Callable[[Operator], Operator]:
    """Register a function as what some operators are that are not computed of known numbers."""
    NOT_COMPUTED.update(names)
    return operator(*names)


def each_of(**functions: Callable[..., Any]) -> None:
    """Register operators whose inputs a function of torch takes as they are, single numbers as
    such."""
    for name, function in functions.items():

        def of_inputs(call: OnnxCall, function: Callable[..., Any] = function) -> Any:
            operands = [call.operand(i) for i in range(len(call))]
            if not any(isinstance(value, torch.Tensor) for value in operands):
                operands[0] = call.tensor(0)
            return function(*operands)

        operator(name)(of_inputs)
