"""The names of an input's axes, by what reads it: of two sizes those of CxL or of LxC."""

from __future__ import annotations

from archcalc.graph import INPUT, Graph
from archcalc.ops.window import POINT
from archcalc.shape import Shape, Signal, axes_of, names_of_axes

FEATURE_AXES = ("in_channels", "in_features")
"""What the axis of an input is called that is none of positions."""


def axes_of_input(graph: Graph, name: str = INPUT) -> tuple[str, ...]:
    """What the axes of an input are called.

    A sequence is `in_channels` and `length` where the first op that tells reads it as CxL, such as
    a convolution, and else `tokens` and `in_features`. A list of numbers that are looked up is one
    of `tokens`.

    >>> from archcalc.network import load
    >>> axes_of_input(load("resnet50").graph), axes_of_input(load("gpt2").graph)
    (('in_channels', 'height', 'width'), ('tokens',))
    """
    shape = graph.inputs[name]
    usual = names_of_axes(len(shape), *FEATURE_AXES)
    if len(shape) > 2:
        return usual
    alike = {name}  # the input, and what is made of it position by position
    for node in graph.nodes:
        if alike.isdisjoint(node.inputs[: node.op.value_inputs]):
            continue
        if node.op.takes_indices and len(shape) == 1:
            return ("tokens",)
        if node.op.takes_signals or isinstance(node.shape, Signal):
            return axes_of(Signal(*shape), *FEATURE_AXES)
        if type(node.shape) is not Shape or node.op.window(*node.input_shapes) != POINT:
            return usual
        alike.add(node.name)
    return usual
