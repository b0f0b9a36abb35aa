"""A network's torch module as a file of torch.export or ONNX."""

from __future__ import annotations

import io
import warnings
from typing import Literal

from archcalc.extras import require
from archcalc.network import Network
from archcalc.twin.building import build

FileKind = Literal["torch", "onnx"]
FILE_KINDS: tuple[FileKind, ...] = ("torch", "onnx")


def exported(net: Network, to: FileKind) -> bytes:
    """What a file of a network's torch module holds, with torch's own initial weights.

    The module is traced in the network's mode, with its input and its batch.

    Args:
        net: the network.
        to: "torch" is what `torch.export.load` reads; "onnx" what ONNX's tools read.

    Raises:
        ArchcalcError: torch or ONNX is missing, or a layer of an import has no op of its own.
    """
    if to == "onnx":
        require("export --to onnx", "onnx", "torch", "onnx", "onnxscript")
    module = build(net).train(net.mode == "train")
    import torch

    from archcalc.twin.module import zero_inputs

    inputs = tuple(zero_inputs(net.graph, net.batch))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own parts, on their way out
        program = torch.export.export(module, inputs)
        if to == "torch":
            file = io.BytesIO()
            torch.export.save(program, file)
            return file.getvalue()
        converted = torch.onnx.export(program, inputs, dynamo=True, verbose=False)
    data: bytes = converted.model_proto.SerializeToString()
    return data
