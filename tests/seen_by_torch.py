"""What an output position sees, found by torch: where the gradient of the input is not zero.

Nothing is used of what archcalc says of receptive fields: only the twin's modules, made to hide
nothing. Their weights are positive, so that no two paths cancel; a maximum, which would show one
place at a time, is a mean over the same window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from archcalc.graph import INPUT, Graph, Node
from archcalc.shape import Shape
from archcalc.twin.building import build

Ends = tuple[int, int]
"""The first and the last position along an axis."""


class Probe:
    """A network run once, so that any node can be asked what its positions see."""

    def __init__(self, graph: Graph):
        torch.manual_seed(0)
        twin = build(graph).double().eval()
        with torch.no_grad():
            for parameter in twin.parameters():
                fan_in = parameter.numel() // parameter.shape[0]
                parameter.copy_(_positive(parameter.shape) / fan_in)
        self.input = _positive((1, *graph.input.sizes)).requires_grad_()
        self.values: dict[str, Any] = {INPUT: self.input}
        for node, turn in zip(graph.nodes, twin.turns, strict=True):
            module = SHOWING.get(node.op.name, _as_it_is)(node, twin.at(turn.path))
            given = node.op.prepared(*[self.values[name] for name in node.inputs])
            self.values[node.name] = module(*given)

    def size(self, name: str) -> tuple[int, int]:
        height, width = self.values[name].shape[2:]
        return height, width

    def sees(self, name: str, row: int, column: int) -> tuple[Ends, Ends] | None:
        """The rows and the columns of the input that one position of a node sees, if any."""
        values = self.values[name][0]
        values = values[:, row, column] if values.dim() == 3 else values
        weighted = (values * _positive(values.shape)).sum()
        (gradient,) = torch.autograd.grad(weighted, self.input, retain_graph=True)
        touched = (gradient[0] != 0).any(dim=0)
        if not touched.any():
            return None
        return _ends(touched.any(dim=1)), _ends(touched.any(dim=0))

    def lines(self, name: str, axis: int, many: int = 1000) -> dict[int, Ends | None]:
        """What each row of a node sees of the input's rows, through any of its columns; or, along
        axis 1, what each column sees of the input's columns. By position, `many` in the middle."""
        values = self.values[name][0]
        weighted = (values * _positive(values.shape)).sum(dim=(0, 2 - axis))
        start = max(0, (len(weighted) - many) // 2)
        each = torch.eye(len(weighted), dtype=torch.float64)[start : start + many]
        (gradients,) = torch.autograd.grad(
            weighted, self.input, each, retain_graph=True, is_grads_batched=True
        )
        touched = (gradients[:, 0] != 0).any(dim=1).any(dim=2 - axis)
        return {start + i: _ends(line) if line.any() else None for i, line in enumerate(touched)}


def _positive(shape: Any) -> Any:
    return torch.rand(shape, dtype=torch.float64) * 0.1 + 0.1


def _ends(along: Any) -> Ends:
    positions = along.nonzero()
    return int(positions[0]), int(positions[-1])


RUN = 6
"""Neighbouring output positions that are compared where a network is large."""


def around_the_middle(probe: Probe, name: str, many: int = RUN) -> list[dict[int, Ends]]:
    """What some neighbouring positions of a node see, along each axis, by position."""
    sizes = probe.size(name)
    starts = [max(0, (size - many) // 2) for size in sizes]
    runs: list[dict[int, Ends]] = [{}, {}]
    for k in range(min(many, *sizes)):
        position = [start + k for start in starts]
        rectangle = probe.sees(name, *position)
        for run, o, ends in zip(runs, position, rectangle or (), strict=bool(rectangle)):
            run[o] = ends
    return runs


def compare(
    said: Callable[[int], Ends | None],
    found: Mapping[int, Ends | None],
    size: int,
    margin: int = 1,
) -> int:
    """Hold what is said of each row of a node, or of each column, against what was found: exactly
    where it is so far inside the input, and as the most near its borders.

    Returns how many are inside.
    """
    inside = 0
    for position, seen in found.items():
        ends = said(position)
        if seen is not None:
            assert ends is not None
            assert ends[0] <= seen[0]
            assert seen[1] <= ends[1]
        if ends is None or (ends[0] >= margin and ends[1] < size - margin):
            assert seen == ends, f"position {position}"
            inside += 1
    return inside


# --- modules that show all that they read ---------------------------------------------------------


def _as_it_is(node: Node, module: Any) -> Any:
    return module


def _mean(node: Node, module: Any) -> Any:
    return torch.nn.AvgPool2d(
        module.kernel_size, module.stride, module.padding, ceil_mode=module.ceil_mode
    )


def _spread(node: Node, module: Any) -> Any:
    """Unpooling to every place of a window, where switches would choose one."""
    pool: Any = node.op.of  # type: ignore[attr-defined]

    def spread(x: Any, pooled: Any) -> Any:
        kernel = torch.ones(x.shape[1], 1, *pool.kernel_size, dtype=x.dtype)
        settings = {"stride": pool.stride, "padding": pool.padding, "groups": x.shape[1]}
        y = torch.nn.functional.conv_transpose2d(x, kernel, **settings)
        (height, width), (has_height, has_width) = pooled.shape[2:], y.shape[2:]
        return torch.nn.functional.pad(y, (0, width - has_width, 0, height - has_height))

    return spread


SHOWING: Mapping[str, Any] = {"max_pool2d": _mean, "max_unpool2d": _spread}


# --- the same geometry with fewer channels --------------------------------------------------------


def thin(graph: Graph, last: str, input: tuple[int, int, int]) -> Graph:
    """A network up to one node, with two channels wherever a layer makes them, and another input.

    Receptive fields do not depend on channels; the time to find them with torch does.
    """
    shapes = {INPUT: Shape(*input)}
    nodes = []
    for node in graph.nodes:
        op, xs = node.op, [shapes[name] for name in node.inputs]
        if hasattr(op, "out_channels"):
            groups = {"groups": 1} if op.groups > 1 else {}  # type: ignore[attr-defined]
            op = op.replaced(out_channels=2, connections=None, **groups)
        shapes[node.name] = op.output(*xs)
        nodes.append(node._replace(op=op, input_shapes=tuple(xs), shape=shapes[node.name]))
        if node.name == last:
            break
    return Graph(shapes[INPUT], tuple(nodes), (last,))
