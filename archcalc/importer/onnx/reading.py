"""An ONNX file taken apart. Nothing of it is believed: its size, its operators and its shapes are
bounded, and no file beside it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import onnx
import torch

from archcalc.errors import ArchcalcError, Problem, parameter, quote
from archcalc.expressions.expression import LARGEST
from archcalc.importer.onnx.opening import OWN_DOMAINS, first_line, open_model, version_of
from archcalc.importer.onnx.places import place_of
from archcalc.importer.refusal import ImportRefused
from archcalc.language.nodes import HIGHEST_RANK

MOST_NUMBERS = 2**16
"""The most numbers of a tensor whose numbers are looked at: those of shapes, axes and the like."""

_Sizes = tuple[int, ...]


@dataclass(frozen=True)
class StoredTensor:
    """A tensor that a file holds."""

    shape: _Sizes
    dtype: torch.dtype
    numbers: Any
    """A torch tensor on the CPU, of a small one that is in the file itself; else None."""

    @property
    def is_weight(self) -> bool:
        """Whether it is more than one number of a formula, and no index or size."""
        return self.dtype.is_floating_point and bool(self.shape)


@dataclass(frozen=True)
class OnnxFile:
    """What is in a file, taken apart."""

    nodes: Sequence[Any]
    version: int
    """Of ONNX's own operators."""
    stored: Mapping[str, StoredTensor]
    inputs: Mapping[str, tuple[_Sizes, torch.dtype]]
    outputs: Sequence[str]


def read_onnx(
    path: str, asked: Callable[[Sequence[str]], Mapping[str, _Sizes]], batch: int, known: Any
) -> OnnxFile:
    """Take a file apart.

    Args:
        path: the file.
        asked: the sizes of inputs that are asked for, given the inputs' names.
        batch: samples, where the file leaves the first size of an input open.
        known: the names of the operators that there is a call of torch for.

    Raises:
        ImportRefused: something in it is not known, or depends on values; all that was found.
        ArchcalcError: it cannot be read.
    """
    model = open_model(path)
    said = quote(path, "")
    problems = list(_problems(model.graph, known))
    if problems:
        raise ImportRefused(path, problems)
    stored = {tensor.name: _stored(tensor, said) for tensor in model.graph.initializer}
    inputs = _inputs(model.graph, stored, asked, batch, said)
    return OnnxFile(
        model.graph.node,
        version_of(model),
        stored,
        inputs,
        [value.name for value in model.graph.output],
    )


# --- what is in it -------------------------------------------------------------------------------

_BY_VALUES = {"NonZero", "Compress", "Unique", "NonMaxSuppression", "StringNormalizer"}


def _problems(graph: Any, known: Any) -> Iterator[Problem]:
    """What keeps a graph from being counted, by node."""
    if graph.sparse_initializer:
        yield Problem(graph.sparse_initializer[0].values.name, "no rule for sparse tensors")
    for node in graph.node:
        where = place_of(node).path or quote(node.name, "") or "graph"
        name = quote(node.op_type, "")
        if any(a.type in (a.GRAPH, a.GRAPHS) for a in node.attribute):
            yield Problem(where, f"{name} is control flow: what runs depends on values")
        elif node.domain not in OWN_DOMAINS:
            domain = quote(node.domain, "")
            yield Problem(where, f"no rule for {name} of {domain}; what it costs is unknown")
        elif node.op_type in _BY_VALUES:
            yield Problem(
                where, f"its cost depends on values: {name} reads the numbers of a tensor"
            )
        elif node.op_type not in known:
            yield Problem(where, f"no rule for {name}; what it costs is unknown")


# --- tensors --------------------------------------------------------------------------------------

DTYPES = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 5: torch.int16, 6: torch.int32,
    7: torch.int64, 9: torch.bool, 10: torch.float16, 11: torch.float64, 16: torch.bfloat16,
}  # fmt: skip
"""Torch's types by the numbers that ONNX gives them."""


def dtype_of(number: int, where: str) -> torch.dtype:
    """Torch's type of a number in ONNX.

    Raises:
        ArchcalcError: there is none.
    """
    if number not in DTYPES:
        names = {value: name for name, value in onnx.TensorProto.DataType.items()}
        raise ArchcalcError(f"{where}: tensors of {names.get(number, number)} are not known")
    return DTYPES[number]


def _stored(tensor: Any, said: str) -> StoredTensor:
    where = f"{said}: {quote(tensor.name)}"
    shape = _sizes(tensor, where)
    dtype = dtype_of(tensor.data_type, where)
    return StoredTensor(shape, dtype, read_tensor(tensor, dtype, where))


def _sizes(tensor: Any, where: str) -> _Sizes:
    """The sizes of a stored tensor.

    Raises:
        ArchcalcError: it cannot have them.
    """
    shape = tuple(tensor.dims)
    if len(shape) > HIGHEST_RANK or min(shape, default=0) < 0 or prod(shape) > LARGEST:
        raise ArchcalcError(f"{where}: has no such sizes: {quote(list(shape), '')}")
    return shape


def read_tensor(tensor: Any, dtype: torch.dtype, where: str) -> Any:
    """The numbers of a small tensor that are in the file itself; None of any other.

    Raises:
        ArchcalcError: there are not as many as its sizes say, or it cannot have those.
    """
    is_outside = tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data
    if is_outside or prod(_sizes(tensor, where)) > MOST_NUMBERS or dtype == torch.bfloat16:
        return None
    try:
        return torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
    except Exception as error:
        raise ArchcalcError(f"{where}: {first_line(error)}") from None


def _inputs(
    graph: Any,
    stored: Mapping[str, StoredTensor],
    asked: Callable[[Sequence[str]], Mapping[str, _Sizes]],
    batch: int,
    said: str,
) -> dict[str, tuple[_Sizes, torch.dtype]]:
    """The sizes and the type of each input; those that are asked for go before the file's."""
    values = [value for value in graph.input if value.name not in stored]
    if not values:
        raise ArchcalcError(f"{said}: takes no input")
    wanted = asked([value.name for value in values])
    found, problems = {}, []
    for value in values:
        where = f"{said}: input {quote(value.name)}"
        if not value.type.HasField("tensor_type"):
            raise ArchcalcError(f"{where}: is no tensor")
        tensor = value.type.tensor_type
        sizes = wanted.get(value.name)
        if sizes is None:
            sizes = _own_sizes(tensor.shape.dim, batch) if tensor.HasField("shape") else None
        if sizes is None:
            given = "x".join(_dim_text(dim) for dim in tensor.shape.dim) or "of unknown rank"
            such = parameter("input", "3x224x224")
            text = f"is {given}; say its sizes without the batch: {such}, say"
            problems.append(Problem(f"input {quote(value.name)}", text))
            continue
        if len(sizes) > HIGHEST_RANK or max(sizes, default=0) > LARGEST or prod(sizes) > LARGEST**2:
            raise ArchcalcError(f"{where}: has no such sizes: {quote(list(sizes), '')}")
        found[value.name] = sizes, dtype_of(tensor.elem_type, where)
    if problems:
        raise ImportRefused(said, problems)
    return found


def _own_sizes(dims: Any, batch: int) -> _Sizes | None:
    """An input's sizes where the file has all but the first, which is that of samples; None of
    others."""
    sizes = [dim.dim_value if dim.HasField("dim_value") else 0 for dim in dims]
    if len(sizes) > 1 and (sizes[0] < 1 or (sizes[0] == 1 and batch > 1)):
        sizes[0] = batch
    return tuple(sizes) if min(sizes, default=1) > 0 else None


def _dim_text(dim: Any) -> str:
    return str(dim.dim_value) if dim.HasField("dim_value") else quote(dim.dim_param, "") or "?"
