"""Products of two tensors that are both computed: matrix products, and any other by an equation."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, Zero, plain, product
from archcalc.errors import quote
from archcalc.ops.common import as_module, no_operations, nothing
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import FLAG, PLAIN_TEXT
from archcalc.ops.op import Example, Op, OpError
from archcalc.ops.registry import op
from archcalc.ops.saved import Saved, input_at
from archcalc.ops.window import WHOLE
from archcalc.shape import Shape


class Product(Op):
    """A product of two tensors, which sees all of both."""

    arity = 2
    operations = no_operations
    parameters = nothing("it multiplies two inputs, and has no weights")

    def window(self, *inputs: Shape) -> None:
        return WHOLE

    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        return input_at(0).only_for(1), input_at(1).only_for(0)


@op("matmul")
class MatMul(Product):
    """Matrix products of two inputs: rows x inner times inner x columns, for each of the sizes in
    front, which they share."""

    transpose: int = field(FLAG, "take the second as columns x inner", default=0)

    has_activations = True
    examples = (
        Example({}, ((7, 4), (4, 5)), (7, 5), macs=140, note="7·5 outputs of 4 multiply-adds"),
        Example(
            {"transpose": True},
            inputs=((2, 7, 4), (2, 5, 4)),
            output=(2, 7, 5),
            macs=280,
            note="scores of 7 queries and 5 keys in 2 heads of 4 features",
        ),
    )

    def _columns(self, b: Shape) -> Number:
        return b[-2] if self.transpose else b[-1]

    def output(self, a: Shape, b: Shape) -> Shape:
        return a.with_size(-1, self._columns(b))

    def axis_names(self, a: Shape, b: Shape) -> tuple[tuple[str, ...], ...]:
        front = tuple("times" if i == len(a) - 3 else f"times {i + 1}" for i in range(len(a) - 2))
        second = ("columns", "inner") if self.transpose else ("inner", "columns")
        return (*front, "rows", "inner"), (*front, *second), (*front, "rows", "columns")

    def position_axes(self, y: Shape) -> tuple[int, ...]:
        """The rows: the sizes in front are heads, or windows."""
        return (len(y) - 2,)

    def macs(self, y: Shape, a: Shape, b: Shape) -> Number:
        return product(*a[:-1], a[-1], self._columns(b))

    def check(self, a: Shape, b: Shape) -> None:
        inner = b[-1] if self.transpose or len(b) < 2 else b[-2]
        if min(len(a), len(b)) < 2 or a[:-2] != b[:-2] or a[-1] != inner:
            how = ", transposed" if self.transpose else ""
            raise OpError(f"cannot multiply {a} and {b}{how}")

    def consists_of(self, y: Shape, a: Shape, b: Shape) -> Sequence[TorchPart]:
        return (TorchCall("@", a.elements, y.elements),)

    def module(self, torch: Any, *channels: int) -> Any:
        if self.transpose:
            return as_module(torch, lambda a, b: a @ b.transpose(-2, -1))
        return as_module(torch, lambda a, b: a @ b)


@op("einsum")
class Einsum(Product):
    """The product of two inputs by an equation such as `hqd,hkd->hqk`, in Einstein's notation.

    Each letter is an axis; those that the output lacks are summed over.
    """

    equation: str = field(PLAIN_TEXT, "the axes of both inputs and of the output, a letter each")

    examples = (
        Example(
            {"equation": "hqd,hkd->hqk"},
            inputs=((2, 7, 4), (2, 5, 4)),
            output=(2, 7, 5),
            macs=280,
            note="2·7·5 outputs of 4 multiply-adds",
        ),
        Example(
            {"equation": "chw,dhw->cd"},
            inputs=((3, 5, 4), (2, 5, 4)),
            output=(3, 2),
            macs=120,
            note="3·2 outputs of 5·4 multiply-adds",
        ),
        Example({"equation": "ik,kj->ij"}, ((23, 29), (29, 31)), (23, 31), macs=20_677),
        Example(
            {"equation": "i,j->ij"},
            inputs=((3,), (4,)),
            output=(3, 4),
            operations={"multiply": 12},
            note="nothing is summed: products alone",
        ),
    )

    def _letters(self) -> tuple[str, str, str]:
        inputs, _, output = self.equation.replace(" ", "").partition("->")
        first, _, second = inputs.partition(",")
        return first, second, output

    def _sizes(self, *inputs: Shape) -> dict[str, Number]:
        first, second, _ = self._letters()
        return dict([*zip(second, inputs[1], strict=True), *zip(first, inputs[0], strict=True)])

    def output(self, *inputs: Shape) -> Shape:
        sizes = self._sizes(*inputs)
        return Shape(*(sizes[letter] for letter in self._letters()[2]))

    def axis_names(self, *inputs: Shape) -> tuple[tuple[str, ...], ...]:
        return tuple(map(tuple, self._letters()))

    @property
    def _is_sum(self) -> bool:
        first, second, output = self._letters()
        return bool(set(first) & set(second) - set(output))

    @property
    def has_activations(self) -> bool:
        return self._is_sum

    def macs(self, y: Shape, *inputs: Shape) -> Number:
        return product(*self._sizes(*inputs).values()) if self._is_sum else _NO_SUM

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        return {} if self._is_sum else {"multiply": y.elements}

    def check(self, *inputs: Shape) -> None:
        letters = self._letters()
        says = f"equation {quote(self.equation)}"
        if self.equation.count("->") != 1 or self.equation.count(",") != 1 or not all(letters):
            raise OpError(f"{says} is not like 'hqd,hkd->hqk'")
        for axes in letters:
            if len(set(axes)) < len(axes) or not (axes.isascii() and axes.isalpha()):
                raise OpError(f"{says} takes letters, each once in a tensor")
        first, second, output = map(set, letters)
        if (first ^ second) - output or output - (first | second):
            letter = min((first ^ second) - output or output - (first | second))
            where = "summed in one input alone" if letter in first | second else "in no input"
            raise OpError(f"{says} has {letter}, which is {where}")
        for i, (axes, x) in enumerate(zip(letters, inputs, strict=False), start=1):
            if len(axes) != len(x):
                raise OpError(f"{says} takes {len(axes)} sizes as input {i}, which is {x}")
        sizes = self._sizes(*inputs)
        for letter, size in zip(letters[1], inputs[1], strict=True):
            if sizes[letter] != size:
                raise OpError(f"{says} has {letter} as {sizes[letter]} and as {size}")

    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        """The tensors as a matrix product takes them: copies where no view has its layout."""
        if not self._is_sum:
            return super().saved(y, *inputs)
        first, second, output = self._letters()
        batch = "".join(c for c in output if c in first and c in second)
        rows = "".join(c for c in output if c not in second)
        columns = "".join(c for c in output if c not in first)
        inner = "".join(sorted(set(first) & set(second) - set(output)))
        orders = ((first, (batch, rows, inner)), (second, (batch, inner, columns)))
        kept = []
        for i, (axes, groups) in enumerate(orders):
            is_view = _are_together(axes, groups, [plain(size) for size in inputs[i]])
            copy = Saved(f"input {i + 1} in the order of a product", inputs[i].elements)
            kept.append((input_at(i) if is_view else copy).only_for(1 - i))
        return kept

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        return (TorchCall("torch.einsum", inputs[0].elements, y.elements),)

    def module(self, torch: Any, *channels: int) -> Any:
        first, second, output = self._letters()
        batch = next(c for c in string.ascii_letters if c not in self.equation)
        equation = f"{batch}{first},{batch}{second}->{batch}{output}"
        return as_module(torch, lambda a, b: torch.einsum(equation, a, b).contiguous())


_NO_SUM = Zero("products of two inputs; counted apart as multiplications")


def _are_together(axes: str, groups: Sequence[str], sizes: Sequence[int]) -> bool:
    """Whether the axes of each group lie behind one another in memory, so that they are one axis
    without a copy; the samples of a batch lie in front of all, and go with the first group."""
    place = {letter: i for i, letter in enumerate(axes)}
    for number, group in enumerate(groups):
        places = [place[letter] for letter in group if sizes[place[letter]] != 1]
        before = -1 if number == 0 and places else None
        for position in places:
            between = range(0 if before is None else before + 1, position)
            if before is not None and any(sizes[i] != 1 for i in between):
                return False
            before = position
    return True
