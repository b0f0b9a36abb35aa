"""A module as a graph of `torch.fx` that tools can count, where its own code asks for sizes.

A symbolic trace has no sizes, and ends where a module decides by them, as archcalc's do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.fx import GraphModule, Proxy, Tracer
from torch.fx.node import map_aggregate


def sized_graph(model: Any, xs: Sequence[Any]) -> GraphModule:
    """The graph of torch's modules and calls that a module makes of its inputs."""
    named: dict[str, Any] = {}
    for members in (model.named_modules, model.named_parameters, model.named_buffers):
        named.update(members(remove_duplicate=False))
    with torch.no_grad():
        graph = _SizeTracer(xs, named).trace(model)
    known = vars(model) | named  # a trace puts numbers that depend on no input among the former
    root = {}
    for i, node in enumerate(graph.nodes):
        if node.op in ("call_module", "get_attr"):
            # Under a name of its own: a graph cannot hold a layer called `forward`.
            root[f"at_{i}"], node.target = known[node.target], f"at_{i}"
    return GraphModule(root, graph)


class _Sized(Proxy):  # type: ignore[misc]
    """What stands for a tensor in a trace, and knows the tensor's sizes."""

    value: Any

    def dim(self) -> int:
        rank: int = self.value.dim()
        return rank

    def __len__(self) -> int:
        return len(self.value)

    @property
    def shape(self) -> Any:
        return self.value.shape


class _SizeTracer(Tracer):  # type: ignore[misc]
    """Follows a module, and computes beside what it does."""

    proxy_buffer_attributes = True

    def __init__(self, xs: Sequence[Any], named: Mapping[str, Any]) -> None:
        super().__init__()
        self._inputs, self._named = tuple(xs), named
        self._computes = False

    def proxy(self, node: Any) -> Proxy:
        return _Sized(node, self)

    def iter(self, obj: Any) -> Iterator[Any]:
        """The members of a tuple."""
        return (obj[i] for i in range(len(obj.value)))

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: Any) -> Any:
        """What stands for a parameter; itself, where something is computed."""
        if self._computes:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)

    def create_proxy(
        self, kind: str, target: Any, args: Any, kwargs: Any, *rest: Any, **more: Any
    ) -> Any:
        proxy = super().create_proxy(kind, target, args, kwargs, *rest, **more)
        if kind == "placeholder":
            proxy.value = self._inputs if target.startswith("*") else self._inputs[0]
        elif kind == "get_attr":
            proxy.value = self._named[target]
        elif kind == "call_function":
            proxy.value = self._computed(target, args, kwargs)
        elif kind == "call_method":
            proxy.value = self._computed(
                lambda x, *xs, **by_name: getattr(x, target)(*xs, **by_name), args, kwargs
            )
        return proxy

    def call_module(self, m: Any, forward: Any, args: Any, kwargs: Any) -> Any:
        result = super().call_module(m, forward, args, kwargs)
        if isinstance(result, _Sized) and "value" not in vars(result):
            result.value = self._computed(forward, args, kwargs)
        return result

    def _computed(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        given = map_aggregate((args, kwargs), lambda x: x.value if isinstance(x, _Sized) else x)
        self._computes = True
        try:
            return function(*given[0], **given[1])
        finally:
            self._computes = False
