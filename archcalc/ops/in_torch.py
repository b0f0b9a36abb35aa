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


class AsCalled(NamedTuple):
    """How a layer of an imported module was called, where it is no module of torch.nn by itself."""

    module: str
    """The class of torch.nn that called it, or from which what called it derives; else nothing."""
    is_leaf: bool
    """Whether what called it holds no modules."""
    operator: str
    """The aten operator that was called; nothing of what is only stored."""
    is_module: bool = False
    """Whether it is such a module nevertheless, of which samples are not the first axis."""


TorchPart: TypeAlias = TorchModule | TorchCall
"""A module, or a call that is made outside of torch's own modules."""


def all_calls(parts: Sequence[TorchPart]) -> Iterator[TorchCall]:
    """The calls among some parts, and those that modules make."""
    for part in parts:
        if isinstance(part, TorchModule):
            yield from part.called
        else:
            yield part


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
