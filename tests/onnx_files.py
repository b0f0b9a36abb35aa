"""Small ONNX files, written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx

helper, TensorProto = onnx.helper, onnx.TensorProto


def stored(name: str, *sizes: int, kind: int = 1) -> Any:
    """A tensor of ones."""
    count = 1
    for size in sizes:
        count *= size
    return helper.make_tensor(name, kind, sizes, [1] * count)


def whole(name: str, *numbers: int) -> Any:
    return helper.make_tensor(name, TensorProto.INT64, [len(numbers)], numbers)


def taken(name: str, *sizes: int | str, kind: int = 1) -> Any:
    return helper.make_tensor_value_info(name, kind, sizes)


def node(op: str, inputs: str, output: str, **attributes: Any) -> Any:
    """A node whose inputs stand with blanks between them; `-` is one that is left out."""
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(op, names, output.split(), **attributes)


def written(
    folder: Path,
    nodes: Sequence[Any],
    inputs: Sequence[Any],
    tensors: Sequence[Any] = (),
    *,
    version: int = 18,
    functions: Sequence[Any] = (),
    domains: Sequence[str] = (),
    outputs: Sequence[str] = ("y",),
) -> str:
    """The path of a file of these nodes, whose output is `y`."""
    ends = [helper.make_tensor_value_info(name, 1, None) for name in outputs]
    graph = helper.make_graph(nodes, "net", inputs, ends, tensors)
    imports = [helper.make_opsetid("", version), *(helper.make_opsetid(d, 1) for d in domains)]
    model = helper.make_model(graph, opset_imports=imports, functions=functions)
    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return str(path)


def classifier(folder: Path, *sizes: int | str) -> str:
    """A convolution, its norm, a global pool and a linear layer."""
    return written(
        folder,
        [
            node("Conv", "x w", "a", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
            node("BatchNormalization", "a s b m v", "n"),
            node("Relu", "n", "r"),
            node("GlobalAveragePool", "r", "p"),
            node("Flatten", "p", "f"),
            node("Gemm", "f fw fb", "y", transB=1),
        ],
        [taken("x", *(sizes or (1, 3, 8, 8)))],
        [
            stored("w", 4, 3, 3, 3), *(stored(n, 4) for n in "sbmv"),
            stored("fw", 5, 4), stored("fb", 5),
        ],
    )  # fmt: skip
