"""An ONNX file opened: of bounded size, alone, with its functions written out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from typing import Any

import onnx
import onnx.inliner

from archcalc.errors import ArchcalcError, quote
from archcalc.untrusted import untrusted_file

_LARGEST_FILE = 2**31 - 1
"""The largest file, as large as Protocol Buffers allow one to be."""
MOST_NODES = 20_000
"""The most nodes, with those of functions where they are called; as many as a spec has items."""
USUAL_INPUTS = 8
"""How many inputs of a node are free; each further one counts as a node."""
_OLDEST = 7
"""The oldest version of ONNX's own operators whose arithmetic broadcasts as it does today."""
OWN_DOMAINS = ("", "ai.onnx")
"""What ONNX's own operators are under."""


def open_model(path: str) -> Any:
    """The model in a file, whose functions are written out and whose constants are all stored.

    Raises:
        ArchcalcError: it cannot be read, or is too large.
    """
    model = _read(path)
    said = quote(path, "")
    version = version_of(model)
    newest = onnx.defs.onnx_opset_version()
    if not _OLDEST <= version <= newest:
        wanted = f"versions {_OLDEST} to {newest} of ONNX's operators are known"
        raise ArchcalcError(f"{said}: {wanted}, got {version}")
    if _nodes_in_all(model, said) > MOST_NODES:
        raise ArchcalcError(f"{said}: has more than {MOST_NODES:,} nodes, or inputs of nodes")
    if model.functions:
        model = _inlined(model, said)
    _store_constants(model.graph)
    return model


def version_of(model: Any) -> int:
    """The version of ONNX's own operators that a model uses."""
    found: int = next((o.version for o in model.opset_import if o.domain in OWN_DOMAINS), 0)
    return found


def _read(path: str) -> Any:
    said = quote(path, "")
    try:
        with untrusted_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > _LARGEST_FILE:
                most = f"at most {_LARGEST_FILE:,} are read"
                raise ArchcalcError(f"{said}: has {size:,} bytes, {most}")
            model = onnx.load(file, load_external_data=False)
    except ArchcalcError:
        raise
    except Exception as error:  # of Protocol Buffers, which has several implementations
        raise ArchcalcError(f"{said}: is no ONNX file: {first_line(error)}") from None
    if not model.graph.node:
        raise ArchcalcError(f"{said}: is no ONNX file, or has no nodes")
    try:
        "".join(_names(model))
    except (TypeError, UnicodeError):  # Protocol Buffers give what is no text as bytes
        raise ArchcalcError(f"{said}: is no ONNX file: a name in it is no UTF-8 text") from None
    return model


def _names(model: Any) -> Iterator[str]:
    """Every name that is read of a model."""
    graph = model.graph
    for opset in model.opset_import:
        yield opset.domain
    for function in model.functions:
        yield from (function.domain, function.name, *function.input, *function.output)
    for node in chain(graph.node, *(function.node for function in model.functions)):
        yield from (node.domain, node.op_type, node.name, *node.input, *node.output)
        for attribute in node.attribute:
            yield attribute.name
    for named in (*graph.initializer, *graph.input, *graph.output):
        yield named.name
    for given in graph.input:
        for size in given.type.tensor_type.shape.dim:
            yield size.dim_param


def first_line(error: Exception) -> str:
    """What a library says of what it could not do."""
    return quote((str(error).strip() or type(error).__name__).split("\n")[0], "")


def _nodes_in_all(model: Any, said: str) -> int:
    """How many nodes a model has once its own functions are written out where they are called."""
    functions = {(f.domain, f.name): f for f in model.functions}
    known: dict[tuple[str, str], int] = {}

    def nodes_of(key: tuple[str, str], inside: tuple[tuple[str, str], ...]) -> int:
        if key in inside:
            raise ArchcalcError(f"{said}: function {quote(key[1])} calls itself")
        if key not in known:
            known[key] = sum(count(node, (*inside, key)) for node in functions[key].node)
        return known[key]

    def count(node: Any, inside: tuple[tuple[str, str], ...]) -> int:
        key = (node.domain, node.op_type)
        return nodes_of(key, inside) if key in functions else max(1, len(node.input) - USUAL_INPUTS)

    try:
        return sum(count(node, ()) for node in model.graph.node)
    except RecursionError:
        raise ArchcalcError(f"{said}: its functions call one another too deeply") from None


def _inlined(model: Any, said: str) -> Any:
    """A model whose own functions are written out where they are called."""
    try:
        return onnx.inliner.inline_local_functions(model)
    except Exception as error:
        raise ArchcalcError(f"{said}: its functions: {first_line(error)}") from None


def _store_constants(graph: Any) -> None:
    """Put tensors of nodes `Constant` beside the others that a graph stores."""
    left = []
    for node in graph.node:
        tensors = [a.t for a in node.attribute if a.type == a.TENSOR and a.name == "value"]
        if node.op_type == "Constant" and node.domain in OWN_DOMAINS and tensors:
            tensors[0].name = node.output[0]
            graph.initializer.append(tensors[0])
        else:
            left.append(node)
    if len(left) < len(graph.node):
        left = [type(node).FromString(node.SerializeToString()) for node in left]
        del graph.node[:]
        graph.node.extend(left)
