"""The vocabulary of counters' rules: amounts of an op and of what it consists of, and flags.

A rule adds so many times an amount: `{"inputs": "1 + affine"}` is the values that come in, twice
where there are a scale and a shift. Amounts are formulas like those of ops, so that they count
with ints and show their working with Traced numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from archcalc.analysis.count import Reading
from archcalc.arithmetic import Number, exact_div, plain, product
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.op import Op
from archcalc.shape import Shape

Formula = Callable[[Reading, TorchPart], Number]


class Amount(NamedTuple):
    """What a rule can count of an op: what it is, how a sum calls it, and its formula."""

    doc: str
    compute: Formula
    label: str = ""
    """What a sum calls it behind the op's name: `batch norm parameters`; nothing for its values."""
    needs: tuple[str, ...] = ()
    """What an op has that has it at all: fields and methods."""

    def is_of(self, op: Op) -> bool:
        """Whether an op has such an amount."""
        return all(hasattr(op, name) for name in self.needs)


def _kernel(reading: Reading) -> Number:
    """Steps in a window, where one number for all sides is not multiplied by itself."""
    op = getattr(reading.op, "of", reading.op)  # unpooling pools once more for the places
    sizes = getattr(op, "kernel_size", (getattr(op, "size", 1),))
    return sizes[0] if len({plain(size) for size in sizes}) == 1 else product(*sizes)


def _adaptive_steps(reading: Reading, part: TorchPart) -> Number:
    """Steps in the windows of an adaptive pooling, by the quotient of sizes or, where it is not
    whole, by the rest and one."""
    op: Any = reading.op
    windows = (
        before // after if plain(before) % plain(after) == 0 else before % after + 1
        for before, after in zip(op.sizes_of(reading.xs[0]), op.sizes_of(reading.y), strict=True)
    )
    return reading.batch * part.outputs * product(*windows)


def _as_convolution(reading: Reading, part: TorchPart) -> Number:
    """A transposed convolution's multiply-adds, were it a convolution with this output."""
    op: Any = reading.op
    per_output = product(*op.kernel_size, exact_div(op.channels_of(reading.xs[0]), op.groups))
    return reading.batch * part.outputs * per_output


def _by_groups(reading: Reading, part: TorchPart) -> Number:
    """A transposed convolution's multiply-adds, its filters divided by the groups twice."""
    op: Any = reading.op
    filters = exact_div(op.out_channels, op.groups) // op.groups
    return reading.batch * part.inputs * product(*op.kernel_size, filters)


def _bias_of_shrunk_map(reading: Reading, part: TorchPart) -> Number:
    """A transposed convolution's bias additions, were its output that of a convolution."""
    op: Any = reading.op
    sizes = (
        (size + 2 * padding - ((kernel - 1) * dilation + 1)) // stride + 1
        for size, padding, kernel, dilation, stride in zip(
            op.sizes_of(reading.xs[0]),
            op.padding,
            op.kernel_size,
            op.dilation,
            op.stride,
            strict=True,
        )
    )
    channels = exact_div(op.out_channels, op.groups)
    return op.bias * reading.batch * product(channels, *sizes)


def _of_kind(kind: str) -> Formula:
    return lambda reading, part: reading.operations.get(kind, 0)


def _rows(reading: Reading, part: TorchPart) -> Number:
    """How many rows are normalised, each by itself."""
    op: Any = reading.op
    axis = op.axis_of(reading.y)
    others = [size for i, size in enumerate(reading.y) if i != axis]
    return reading.batch * product(*others) if others else reading.batch


def _macs(reading: Reading, part: TorchPart) -> Number:
    own = part.macs if isinstance(part, TorchCall) else None
    return reading.macs if own is None else reading.batch * own


def _bias(reading: Reading, part: TorchPart) -> Number:
    own = part.bias if isinstance(part, TorchCall) else None
    return reading.operations.get("bias", 0) if own is None else reading.batch * own


def _left_aligned(reading: Reading, part: TorchPart) -> Number:
    own = part.left_aligned if isinstance(part, TorchCall) else None
    return reading.batch * part.outputs if own is None else own


def _states(reading: Reading, part: TorchPart) -> Number:
    """Values of the states that a recurrent layer computes, of all its layers and directions."""
    op: Any = reading.op
    runs = op.num_layers * (1 + op.bidirectional)
    return reading.batch * (runs * product(reading.xs[0][0], op.hidden_size))


def _axes(reading: Reading) -> int:
    """Along how many axes a window lies."""
    return len(reading.op.sizes_of(reading.y)) if hasattr(reading.op, "sizes_of") else 0


def _positions(reading: Reading) -> Number:
    """The positions of the output: all but its channels, or its features."""
    op: Any = reading.op
    return product(*(op.sizes_of(reading.y) if hasattr(op, "sizes_of") else reading.y[:-1]))


AMOUNTS: Mapping[str, Amount] = {
    "macs": Amount("multiply-adds", _macs, "MACs"),
    "inputs": Amount(
        "numbers in the (first) input", lambda reading, part: reading.batch * part.inputs
    ),
    "outputs": Amount("numbers in the output", lambda reading, part: reading.batch * part.outputs),
    "left_aligned": Amount(
        "numbers in the output, were the sizes of two inputs aligned on the left",
        _left_aligned,
    ),
    "bias": Amount("additions of biases", _bias, "bias"),
    "add": Amount("additions", _of_kind("add"), "additions"),
    "subtract": Amount("subtractions", _of_kind("subtract"), "subtractions"),
    "multiply": Amount(
        "multiplications that are no multiply-adds", _of_kind("multiply"), "multiplications"
    ),
    "divide": Amount("divisions", _of_kind("divide"), "divisions"),
    "compare": Amount("comparisons", _of_kind("compare"), "comparisons"),
    "exp": Amount("exponentials", _of_kind("exp"), "exponentials"),
    "parameters": Amount(
        "parameters that it reads", lambda reading, part: reading.parameters_read, "parameters"
    ),
    "channels": Amount(
        "channels of the input", lambda reading, part: reading.xs[0].channels, "channels"
    ),
    "positions": Amount(
        "rows times columns of the output",
        lambda reading, part: product(*reading.y[1:]),
        "positions",
    ),
    "axes": Amount(
        "the axes that a window lies along", lambda reading, part: _axes(reading), "axes"
    ),
    "states": Amount(
        "values of a recurrent layer's states at all steps", _states, "states", ("hidden_size",)
    ),
    "inputs_per_output": Amount(
        "numbers in the input to each in the output, rounded down",
        lambda reading, part: part.inputs // part.outputs,
        "inputs per output",
    ),
    "rows": Amount("rows that are normalised", _rows, "rows", ("axis_of",)),
    "window_steps": Amount(
        "outputs times the window; a window of equal sides counts one of them",
        lambda reading, part: reading.batch * part.outputs * _kernel(reading),
        "window steps",
    ),
    "adaptive_steps": Amount(
        "outputs times the window of an adaptive pooling",
        _adaptive_steps,
        "window steps",
        ("sizes_of",),
    ),
    "sums_without_bias": Amount(
        "outputs to which no bias is added",
        lambda reading, part: (
            (1 - getattr(reading.op, "bias", 0)) * reading.batch * reading.y.elements
        ),
        "sums without bias",
    ),
    "as_convolution": Amount(
        "a transposed convolution's multiply-adds, were it a convolution with this output",
        _as_convolution,
        "as a convolution",
        ("kernel_size", "groups"),
    ),
    "macs_by_groups": Amount(
        "a transposed convolution's multiply-adds, its filters divided by the groups twice",
        _by_groups,
        "MACs by groups",
        ("kernel_size", "groups", "out_channels"),
    ),
    "bias_of_shrunk_map": Amount(
        "a transposed convolution's bias additions, were its output that of a convolution",
        _bias_of_shrunk_map,
        "bias of a shrunk map",
        ("dilation", "out_channels"),
    ),
    "parameters_at_outputs": Amount(
        "parameters times the positions of the output",
        lambda reading, part: reading.batch * reading.parameters_read * _positions(reading),
        "parameters at each output",
    ),
}
"""What rules can count, by the names that they give it."""


OF_INPUTS: Mapping[str, tuple[str, str]] = {
    "values": ("numbers in the network's inputs", ""),
    "bytes": ("bytes of the network's inputs, four a number where they are not known", "bytes"),
    "tensors": ("the network's inputs, each as one", "tensors"),
}
"""What can be counted of the inputs of a network: what it is, and how a sum calls it."""


def _channels(reading: Reading, x: Shape) -> int:
    channels_of = getattr(reading.op, "channels_of", None)
    channels: int = plain(channels_of(x) if channels_of else x.channels)
    return channels


def _keeps_channels(reading: Reading) -> bool:
    """Whether as many channels go out as come in; not where nothing, or a lone number, does."""
    if not reading.xs or not reading.xs[0] or not reading.y:
        return False
    return _channels(reading, reading.xs[0]) == _channels(reading, reading.y)


FLAGS: Mapping[str, tuple[str, Callable[[Reading], Number]]] = {
    "affine": (
        "1 where a norm has a scale and a shift",
        lambda reading: getattr(reading.op, "affine", 0),
    ),
    "bilinear": (
        "1 where a map is resized bilinearly",
        lambda reading: int(getattr(reading.op, "mode", "") == "bilinear"),
    ),
    "sized": (
        "1 where a map is resized to a size, not by a factor",
        lambda reading: int(
            reading.op.torch_name == "Upsample" and getattr(reading.op, "size", None) is not None
        ),
    ),
    "transposed": (
        "1 of a transposed convolution",
        lambda reading: int(reading.op.torch_name.startswith("ConvTranspose")),
    ),
    "groups": ("the groups of a convolution", lambda reading: getattr(reading.op, "groups", 1)),
    "same_channels": (
        "1 where as many channels go out as come in",
        lambda reading: int(_keeps_channels(reading)),
    ),
    "axes": ("the axes that a window lies along", _axes),
    "causal": (
        "1 of attention to what is before alone",
        lambda reading: int(bool(getattr(reading.op, "causal", False))),
    ),
    "learned": (
        "1 where it reads parameters",
        lambda reading: int(plain(reading.parameters_read) > 0),
    ),
    "drops": (
        "1 of a dropout with a probability above 0",
        lambda reading: int(getattr(reading.op, "p", 0) > 0),
    ),
    "places": (
        "how many ways lead from the root to the module that runs: 2 where two modules hold it",
        lambda reading: reading.as_called.places if reading.as_called else 1,
    ),
    "again": (
        "1 where the module that runs has run before",
        lambda reading: int(bool(reading.as_called and reading.as_called.is_again)),
    ),
    "sequence": (
        "1 where the output has several positions",
        lambda reading: int(len(reading.y) > 1),
    ),
    "batch": ("the batch", lambda reading: reading.batch),
}
"""What coefficients can depend on, each with what it is."""
