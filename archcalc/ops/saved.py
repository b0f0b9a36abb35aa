"""What an op's module keeps of a forward pass for the backward pass: torch's saved tensors.

An op says which of its inputs, its output and the tensors made on the way its gradients need.
Tensors that several ops keep are in memory once; `archcalc.analysis.backward` finds which those
are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.arithmetic import Number
from archcalc.shape import Shape

THE_OUTPUT = -1


class Saved(NamedTuple):
    """One tensor that the gradients of an op need."""

    name: str
    """What it is, for a reader: `input`, `output`, `mask`."""
    elements: Number = 0
    """How many numbers it has, where it is neither input nor output."""
    bytes_per_element: int | None = None
    """The bytes of one of its numbers, such as 8 for int64; None for those of an output."""
    is_per_sample: bool = True
    """Whether it has so many numbers for each sample, and not for the whole batch."""
    source: int | None = None
    """Which of the op's inputs it is, or THE_OUTPUT; None for a tensor made on the way."""
    needed_by: Sequence[int] | None = None
    """The inputs whose gradients alone need it, a range of them from 0 or some; None: every
    gradient, those of parameters too."""

    def only_for(self, *inputs: int) -> Saved:
        """The same tensor, kept only where a gradient flows to one of these inputs."""
        return self._replace(needed_by=inputs)

    def only_for_first(self, count: int) -> Saved:
        """The same tensor, kept only where a gradient flows to one of so many first inputs."""
        return self._replace(needed_by=range(count))


THE_INPUT_SAVED = Saved("input", source=0)
THE_OUTPUT_SAVED = Saved("output", source=THE_OUTPUT)


def input_at(index: int) -> Saved:
    """An input of an op that has several.

    >>> input_at(1).name
    'input 2'
    """
    return Saved(f"input {index + 1}", source=index)


def saves_input_and_places(self: object, y: Shape, *inputs: Shape) -> Sequence[Saved]:
    """For pooling that chooses: its input, and where in it each value of the output was."""
    return THE_INPUT_SAVED, Saved("indices", y.elements, 8)


def saves_nothing(self: object, y: Shape, *inputs: Shape) -> Sequence[Saved]:
    """For ops whose gradient is made of the output's gradient alone, and of sizes."""
    return ()


def saves_input(self: object, y: Shape, *inputs: Shape) -> Sequence[Saved]:
    """For ops whose gradients need the values that came in."""
    return (THE_INPUT_SAVED,)


def saves_output(self: object, y: Shape, *inputs: Shape) -> Sequence[Saved]:
    """For ops whose gradient is a function of the output."""
    return (THE_OUTPUT_SAVED,)


def is_a_view(self: object, *inputs: Shape) -> bool:
    """For ops that give the numbers of their input in another arrangement, without a copy."""
    return True


def is_a_view_of_one(self: object, *inputs: Shape) -> bool:
    """For joins that pass their input on where it is the only one."""
    return len(inputs) == 1
