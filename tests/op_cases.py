"""Every op's hand-worked examples, ready to be asked."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from archcalc.analysis.count import Reading
from archcalc.counters.derivation import Said, Sight
from archcalc.counters.rules import counter_named
from archcalc.ops.op import Example, Op
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape
from tests.op_examples import fields_of

BATCH = 2
"""More than one sample, so that a count that forgets the batch shows."""


class Case(NamedTuple):
    """An op's example, ready to be asked."""

    op: Op
    example: Example
    inputs: list[Shape]

    @property
    def output(self) -> Shape:
        return Shape(*self.example.output)

    def module(self) -> Any:
        """The op's module in use, its lazy parts told their sizes."""
        module = self.op.module(torch, *self.op.in_channels(*self.inputs)).eval()
        with torch.no_grad():
            module(*self.tensors())
        return module

    def tensors(self, device: str = "cpu") -> tuple[Any, ...]:
        zeros = [torch.zeros(BATCH, *x.sizes, device=device) for x in self.inputs]
        return tuple(self.op.prepared(*zeros))

    def said_by_fvcore(self) -> Said:
        """What fvcore's rules say of it."""
        reading = Reading(self.op, self.output, self.inputs, BATCH)
        return Sight(reading).said_by(counter_named("fvcore"))

    @property
    def is_missed(self) -> bool:
        """Whether fvcore does not count its multiply-adds as they are."""
        said = self.said_by_fvcore()
        counted = sum(addend.number for addend in said.addends if addend.amount == "macs")
        return bool(said.unknown) or counted != BATCH * self.example.macs


def case_of(name: str, number: int) -> Case:
    example = OPS[name].examples[number]
    op = create(OPS[name], fields_of(example))
    return Case(op, example, [Shape(*sizes) for sizes in example.inputs])


EXAMPLES = [(name, number) for name, op in OPS.items() for number in range(len(op.examples))]


def formulas(op: Op, inputs: list[Shape], output: Shape) -> dict[str, Any]:
    """Every count that an op's formulas give."""
    shape = op.output(*inputs)
    return {
        **{f"output axis {axis}": size for axis, size in enumerate(shape)},
        "parameters": op.parameters(*inputs),
        "macs": op.macs(output, *inputs),
        "buffers": op.buffers(*inputs),
        **{f"in torch {i}": part.outputs for i, part in enumerate(op.consists_of(output, *inputs))},
        **op.operations(output, *inputs),
        **{f"saved {saved.name}": saved.elements for saved in op.saved(output, *inputs)},
    }
