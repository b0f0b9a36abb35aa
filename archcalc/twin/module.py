"""The PyTorch twin: the same network as a torch module, built from the same graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partialmethod
from typing import Any, NamedTuple

import torch

from archcalc.graph import Graph
from archcalc.ops.op import Op


class Turn(NamedTuple):
    """One node's turn in `forward`."""

    name: str
    path: tuple[str, ...]
    """Where its module is, from the root."""
    inputs: tuple[str, ...]
    last_uses: tuple[str, ...]
    """Inputs that no later turn and no output needs."""
    op: Op


class _Plan(NamedTuple):
    """What a Twin knows of its graph."""

    turns: tuple[Turn, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    sharing: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """The paths of layers that use another's parameters, each with the path of that other."""


PLAN = "plan of the network"
"""The attribute in which a Twin holds its plan; no layer can have a name with spaces."""


class Level(torch.nn.Module):  # type: ignore[misc]
    """A level of dotted names; what is in it may have any name, `training` too."""

    def train(self, mode: bool = True) -> Level:
        """Set the flag of torch's own `train`, which would take a layer of that name for it."""
        self.__dict__["training"] = mode
        for child in self._modules.values():
            child.train(mode)
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            # Python asks for these itself, and must not be answered by a layer of that name.
            raise AttributeError(name)
        return super().__getattr__(name)


class Twin(Level):
    """A network as a torch module, its submodules nested along the dots of the nodes' names.

    Every op makes its module from its own fields and its inputs' channel counts alone; sizes of
    maps and of vectors are torch's own finding. Every end of the graph is an output, side outputs
    too, since tracing drops what leads to none.
    """

    def __init__(self, graph: Graph):
        super().__init__()
        outputs = tuple(dict.fromkeys([*graph.outputs, *graph.auxiliary]))
        self.__dict__[PLAN] = _Plan(
            _turns(graph, outputs), tuple(graph.inputs), outputs, _sharing(graph)
        )
        for node, turn in zip(graph.nodes, self.turns, strict=True):
            channels = node.op.in_channels(*node.input_shapes)
            with _at(node.name):
                self._register(turn.path, made(node.op, channels))
        self._share_parameters()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The nodes in the order in which they run."""
        return self._plan.turns

    @property
    def _plan(self) -> _Plan:
        plan: _Plan = self.__dict__[PLAN]
        return plan

    def _share_parameters(self) -> None:
        """Give layers that use another's parameters those, in place of their own."""
        for path, other in self._plan.sharing:
            others = _homes(self.at(other))
            for name, home in _homes(self.at(path)).items():
                home._parameters[name] = others[name]._parameters[name]

    def _register(self, path: tuple[str, ...], module: Any) -> None:
        # Not add_module: it refuses the names of Module's own methods, such as `type`.
        parent: Any = self
        for part in path[:-1]:
            parent = parent._modules.setdefault(part, Level())
        parent._modules[path[-1]] = module

    def at(self, path: tuple[str, ...]) -> Any:
        """The module at a path from the root."""
        module: Any = self
        for part in path:
            module = module._modules[part]
        return module

    def allocate(self, device: str) -> None:
        """Move a twin from the meta device to one with memory, with whatever lies there."""
        self.to_empty(device=device)
        self._share_parameters()  # to_empty has made each layer its own again

    def forward(self, *inputs: Any) -> Any:
        """The output, or a tuple of all outputs, for the inputs in the network's order."""
        values = dict(zip(self._plan.inputs, inputs, strict=True))
        for turn in self.turns:
            with _at(turn.name):
                given = turn.op.prepared(*[values[name] for name in turn.inputs])
                values[turn.name] = self.at(turn.path)(*given)
            for name in turn.last_uses:
                del values[name]
        outputs = [values[name] for name in self._plan.outputs]
        return outputs[0] if len(outputs) == 1 else tuple(outputs)


@contextmanager
def _at(name: str) -> Iterator[None]:
    """Says in which node torch raised an error."""
    try:
        yield
    except Exception as error:
        error.add_note(f"at node {name!r}")
        raise


def _turns(graph: Graph, outputs: tuple[str, ...]) -> tuple[Turn, ...]:
    needed = set(outputs)
    turns = []
    for node in reversed(graph.nodes):
        last_uses = tuple(name for name in dict.fromkeys(node.inputs) if name not in needed)
        needed.update(last_uses)
        turns.append(Turn(node.name, _path(node.name), node.inputs, last_uses, node.op))
    return tuple(reversed(turns))


def _sharing(graph: Graph) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    return tuple(
        (_path(node.name), _path(weights))
        for node in graph.nodes
        if (weights := getattr(node.op, "weights", ""))
    )


def _path(name: str) -> tuple[str, ...]:
    return tuple(name.split("."))


def _homes(module: Any) -> dict[str, Any]:
    """The part of a module that holds each parameter, by the parameter's own name."""
    return {
        name: part
        for part in module.modules()
        for name, parameter in part._parameters.items()
        if parameter is not None
    }


# --- modules that can be pickled ------------------------------------------------------------------


def made(op: Op, channels: tuple[int, ...]) -> Any:
    """The module of an op, for inputs of so many channels.

    Ops define classes of modules where torch is at hand, in functions, which pickle cannot find by
    name. It finds them here through the op that makes them.
    """
    module = op.module(torch, *channels)
    for path, part in module.named_modules():
        for cls in _classes(part):
            if "<locals>" in cls.__qualname__:
                cls.__reduce__ = partialmethod(_reduced, op, channels, path)
    return module


def _classes(module: Any) -> list[Any]:
    """A module's class and, of one that waits for its first input, the class that it becomes."""
    becomes = getattr(type(module), "cls_to_become", None)
    return [type(module)] if becomes is None else [type(module), becomes]


def _reduced(module: Any, op: Op, channels: tuple[int, ...], path: str) -> tuple[Any, ...]:
    """How to make a module again, as pickle wants it: a function, its arguments and the state."""
    return _empty, (op, channels, path, type(module).__qualname__), module.__dict__


def _empty(op: Op, channels: tuple[int, ...], path: str, name: str) -> Any:
    """A module without any state, of one of the classes that an op makes."""
    with torch.device("meta"):
        part = made(op, channels).get_submodule(path)
    (cls,) = (cls for cls in _classes(part) if cls.__qualname__ == name)
    return cls.__new__(cls)


def on_meta(graph: Graph) -> Twin:
    """The twin on torch's meta device, where tensors have shapes but no memory, in eval mode.

    Its linear layers are lazy: the first input that passes tells them their in_features.
    """
    with torch.device("meta"):
        twin = Twin(graph)
    twin.eval()
    return twin


def fill_with_zeros(module: Any) -> None:
    """Set all weights of a module to zero."""
    for tensor in (*module.parameters(), *module.buffers()):
        tensor.detach().zero_()


def empty_inputs(graph: Graph, batch: int) -> list[Any]:
    """Inputs for so many samples on the meta device."""
    return [torch.empty(batch, *shape, device="meta") for shape in graph.inputs.values()]


def zero_inputs(graph: Graph, batch: int, device: str = "cpu") -> list[Any]:
    """Inputs of zeros for so many samples."""
    return [torch.zeros(batch, *shape, device=device) for shape in graph.inputs.values()]
