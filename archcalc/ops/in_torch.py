"""What an op is in torch, as tools that count see it: modules by class, calls as they are spelled,
and the aten operators that calls become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from archcalc.arithmetic import Number


class TorchCall(NamedTuple):
    """A call of torch's, such as `F.relu`, `torch.tanh`, `Tensor.pow` or `+`."""

    name: str
    inputs: Number
    """Numbers in its first argument, for one sample."""
    outputs: Number
    """Numbers in its result, for one sample."""
    operator: str = ""
    """The aten operator that it becomes where it is traced, if that is not its usual one."""
    macs: Number | None = None
    """Its multiply-adds, for one sample, where those of the op are more."""
    bias: Number | None = None
    """Its additions of biases, for one sample, where those of the op are more."""
    left_aligned: Number | None = None
    """Of all samples, the numbers in its result, were the axes of what it is given compared from
    the first on, as torch does from the last; where that is another number."""

    @property
    def traced_as(self) -> str:
        """The aten operator that it becomes where it is traced: `F.relu` is `relu`."""
        return self.operator or _OPERATORS.get(self.name) or self.name.rpartition(".")[2]


class TorchModule(NamedTuple):
    """A module without modules inside it."""

    name: str
    """Its class. Behind a class of ours that derives from one of torch's, that in brackets; behind
    one of torch's, a setting with which tools count it otherwise."""
    inputs: Number
    """Numbers in its input, for one sample."""
    outputs: Number
    """Numbers in its output, for one sample."""
    calls: Sequence[TorchCall] = ()
    """The calls that it makes, where those are not its usual one."""
    is_of_torch: bool = True
    """Whether its class is one of torch.nn; calls of others are seen as if they stood outside."""

    @property
    def called(self) -> Sequence[TorchCall]:
        """The calls that it makes."""
        usual = _CALLS.get(self.name)
        if self.calls or not usual:
            return self.calls
        return (TorchCall(usual, self.inputs, self.outputs),)


class HeardCall(NamedTuple):
    """A call by one of torch's names, such as `F.relu`, that was heard where a layer ran."""

    name: str
    inputs: int
    """Numbers in the first tensor that it was given, of all samples."""
    outputs: int
    """Numbers in what it made, of all samples."""
    macs: int | None = None
    """Of a product of matrices as many as the left one has numbers times the columns of the right,
    0 where a factor is given for what it adds."""
    left_aligned: int = 0
    """Numbers in what it made of its first two tensors, were their axes compared from the first on
    and the longer one taken, as torch compares them from the last."""


class AsCalled(NamedTuple):
    """How a layer of an imported module was called, where it is no module of torch.nn by itself,
    or one that is shared."""

    module: str
    """The class of torch.nn that called it, or from which what called it derives; else nothing."""
    is_leaf: bool
    """Whether what called it holds no modules."""
    operator: str
    """The aten operator that was called; nothing of what is only stored."""
    is_module: bool = False
    """Whether it is a module of torch.nn nevertheless."""
    has_samples_first: bool = True
    """Whether samples are the first axis of what it makes."""
    places: int = 1
    """Along how many ways the module that called it is reached from the root: two where two
    modules hold it."""
    is_again: bool = False
    """Whether the module that called it has run before."""
    is_part: bool = False
    """Whether the operator is a part of the one that was called, which a trace shows."""
    is_read: bool = True
    """Whether an output of the network depends on it."""
    calls: Sequence[HeardCall] | None = None
    """The calls by torch's names that were heard here, each where it is heard first; None where
    none was listened for."""
    beside: frozenset[str] = frozenset()
    """What was heard that no layer stands for: calls and classes of modules that work on constants,
    or that no output needs, and OF_SIZES. The first layer says it for all."""


TorchPart: TypeAlias = TorchModule | TorchCall
"""A module, or a call that is made outside of torch's own modules."""


def all_calls(parts: Sequence[TorchPart]) -> Iterator[TorchCall]:
    """The calls among some parts, and those that modules make."""
    for part in parts:
        if isinstance(part, TorchModule):
            yield from part.called
        else:
            yield part


OF_SIZES = "* of sizes"
"""What is said of a forward that multiplies sizes of tensors, or constants: a trace shows that as
products too."""
PRODUCTS = frozenset({"matmul", "mm", "bmm", "addmm", "baddbmm"})
"""Calls that multiply matrices, by their words."""


def word_of(name: str) -> str:
    """`relu` of `F.relu`, `add` of `+` and of `add_`.

    >>> word_of("F.relu"), word_of("+"), word_of("Tensor.add_"), word_of("lstm(proj_size)")
    ('relu', 'add', 'add', 'lstm')
    """
    word = name.partition("(")[0].rpartition(".")[2]
    return _OPERATORS.get(word, word.strip("_"))


_CALLS = {
    "AdaptiveAvgPool1d": "F.adaptive_avg_pool1d",
    "AdaptiveAvgPool2d": "F.adaptive_avg_pool2d",
    "AdaptiveAvgPool3d": "F.adaptive_avg_pool3d",
    "AdaptiveMaxPool1d": "F.adaptive_max_pool1d",
    "AdaptiveMaxPool2d": "F.adaptive_max_pool2d",
    "AdaptiveMaxPool3d": "F.adaptive_max_pool3d",
    "AvgPool1d": "F.avg_pool1d",
    "AvgPool2d": "F.avg_pool2d",
    "AvgPool3d": "F.avg_pool3d",
    "BatchNorm1d": "F.batch_norm",
    "BatchNorm2d": "F.batch_norm",
    "BatchNorm3d": "F.batch_norm",
    "ChannelShuffle": "F.channel_shuffle",
    "Conv1d": "F.conv1d",
    "Conv2d": "F.conv2d",
    "Conv3d": "F.conv3d",
    "ConvTranspose1d": "F.conv_transpose1d",
    "ConvTranspose2d": "F.conv_transpose2d",
    "ConvTranspose3d": "F.conv_transpose3d",
    "Dropout": "F.dropout",
    "ELU": "F.elu",
    "Embedding": "F.embedding",
    "GELU": "F.gelu",
    "GLU": "F.glu",
    "GRU": "torch.gru",
    "GroupNorm": "F.group_norm",
    "Hardsigmoid": "F.hardsigmoid",
    "Hardswish": "F.hardswish",
    "Hardtanh": "F.hardtanh",
    "InstanceNorm1d": "F.instance_norm",
    "InstanceNorm2d": "F.instance_norm",
    "InstanceNorm3d": "F.instance_norm",
    "LayerNorm": "F.layer_norm",
    "LeakyReLU": "F.leaky_relu",
    "LSTM": "torch.lstm",
    "LSTM(proj_size)": "torch.lstm(proj_size)",
    "Linear": "F.linear",
    "LogSoftmax": "F.log_softmax",
    "MaxPool1d": "F.max_pool1d",
    "MaxPool2d": "F.max_pool2d",
    "MaxPool3d": "F.max_pool3d",
    "Mish": "F.mish",
    "PReLU": "F.prelu",
    "PixelShuffle": "F.pixel_shuffle",
    "PixelUnshuffle": "F.pixel_unshuffle",
    "RMSNorm": "F.rms_norm",
    "RNN": "torch.rnn_tanh",
    "ReLU": "F.relu",
    "ReLU6": "F.hardtanh",
    "SELU": "F.selu",
    "SiLU": "F.silu",
    "Sigmoid": "torch.sigmoid",
    "Softmax": "F.softmax",
    "Softplus": "F.softplus",
    "Tanh": "torch.tanh",
    "Unfold": "F.unfold",
    "Upsample": "F.interpolate",
}
"""The one call that each of torch's modules makes, where it is one."""

_OPERATORS = {
    **{f"F.conv{dims}d": "_convolution" for dims in (1, 2, 3)},
    **{f"F.conv_transpose{dims}d": "_convolution" for dims in (1, 2, 3)},
    "F.max_pool2d(indices)": "max_pool2d_with_indices",
    "F.unfold": "im2col",
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "@": "matmul",
}
"""The aten operators of calls, where they are not the last part of the name."""
