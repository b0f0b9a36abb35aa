"""Which module a node of an ONNX file was in, by what exporters of torch write beside it."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

_SCOPES, _CLASSES = "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"
_RULES = "pkg.onnxscript.rewriter.rule_name"
_LONGEST = 200
"""The longest name; what is longer is cut in front."""
_LONGEST_LIST = 100_000


class NodePlace(NamedTuple):
    """Where a node was."""

    path: str
    """The module's name in the network; empty where nobody knows."""
    classes: dict[str, str]
    """The class of that module and of those around it, by their names."""
    is_folded_norm: bool
    """Whether a batch norm was folded into it."""


def place_of(node: Any) -> NodePlace:
    """Where a node was: by torch's own record, by the name that its older exporter gives it, or,
    of any other file, the node's name."""
    said = {entry.key: entry.value for entry in node.metadata_props}
    scopes, classes = (_listed(said.get(key, "")) for key in (_SCOPES, _CLASSES))
    found: dict[str, str] = {}
    path = _of_name(node.name)
    if scopes:
        path = as_name(scopes[-2] if len(scopes) > 1 else "")
        if len(classes) == len(scopes):
            found = {
                as_name(scope): name.rpartition(".")[2]
                for scope, name in zip(scopes[:-1], classes, strict=False)
                if scope
            }
    return NodePlace(path, found, "FuseBatchNorm" in said.get(_RULES, ""))


def _listed(text: str) -> list[str]:
    """A list of texts as Python writes one."""
    if not text or len(text) > _LONGEST_LIST:
        return []
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    is_list = isinstance(found, list) and all(isinstance(word, str) for word in found)
    return found if is_list else []


def _of_name(name: str) -> str:
    """`layer1.0.conv1` of `/layer1/layer1.0/conv1/Conv`, as torch's older exporter writes it."""
    if not name.startswith("/"):
        return as_name(name)
    path: list[str] = []
    for word in name.strip("/").split("/")[:-1]:
        if path and word.startswith(f"{path[-1]}."):
            path.pop()
        path.append(word)
    return as_name(".".join(path))


def as_name(text: str) -> str:
    """A text as a name of modules: words of letters, digits and `_` with dots between them.

    >>> as_name("resnet/conv 0::fwd"), as_name(".."), as_name("a..b")
    ('resnet.conv_0_fwd', '', 'a.b')
    """
    words = re.split(r"[./]+", text[-_LONGEST:])
    return ".".join(filter(None, (re.sub(r"[^A-Za-z0-9_]+", "_", word) for word in words)))
