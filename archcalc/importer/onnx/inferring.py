"""ONNX's own inference: the shapes of what a node makes, by those of what it takes.

One node at a time, so that nothing grows from node to node that has not been bounded on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import onnx
import torch

from archcalc.importer.onnx.reading import DTYPES
from archcalc.language.nodes import HIGHEST_RANK

MOST_INFERRED_OF = 2 * HIGHEST_RANK
"""The most numbers of a tensor that shapes are inferred of: a padding has two for each axis."""
_NUMBERS = {dtype: number for number, dtype in DTYPES.items()}


def inferred(
    node: Any, version: int, tensors: Mapping[str, Any], known: Mapping[str, Any]
) -> Mapping[str, tuple[int, ...]]:
    """The shapes of those of a node's outputs of which ONNX infers all sizes.

    Args:
        node: the node.
        version: of ONNX's operators.
        tensors: what it takes, by name; only sizes and types are read.
        known: tensors of the numbers of those whose numbers are known, by name.
    """
    names = [name for name in node.input if name]
    types = {name: _type(tensors[name].dtype, tuple(tensors[name].shape)) for name in names}
    few = {name: known[name] for name in names if name in known}
    numbers = {
        name: onnx.numpy_helper.from_array(x.numpy(), name)
        for name, x in few.items()
        if x.numel() <= MOST_INFERRED_OF
    }
    try:
        found = onnx.shape_inference.infer_node_outputs(
            _schema(node.op_type, version), node, types, numbers, None, [_version(version)]
        )
    except Exception:  # it does not infer of such nodes; C++ raises what it has, an IndexError too
        return {}
    shapes = {name: of.tensor_type.shape.dim for name, of in found.items() if _has_shape(of)}
    return {
        name: tuple([dim.dim_value for dim in dims])
        for name, dims in shapes.items()
        if all(dim.HasField("dim_value") for dim in dims)
    }


def _has_shape(of: Any) -> bool:
    return bool(of.tensor_type.HasField("shape"))


@lru_cache(maxsize=256)
def _schema(name: str, version: int) -> Any:
    return onnx.defs.get_schema(name, version, "")


@lru_cache(maxsize=1)
def _version(version: int) -> Any:
    return onnx.helper.make_opsetid("", version)


@lru_cache(maxsize=256)
def _type(dtype: torch.dtype, sizes: tuple[int, ...]) -> Any:
    """A tensor's type, as ONNX writes it."""
    return onnx.helper.make_tensor_type_proto(_NUMBERS.get(dtype, 0), sizes)
