"""What of an imported network no spec can say, and why."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.errors import Problem, quote
from archcalc.figures import count_of
from archcalc.graph import Node
from archcalc.importer.called import Applied, Constant
from archcalc.ops.registry import OPS
from archcalc.parts.part import Network


def unwritable(net: Network) -> Iterator[Problem]:
    """A problem for each node that no item of a spec is."""
    read = {name for node in net.nodes for name in node.inputs} | {*net.graph.outputs}
    for node in net.nodes:
        if OPS.get(node.op.name) is not type(node.op):
            yield Problem(node.name, _of_no_op(node))
        elif node.name not in read and node.name not in net.graph.auxiliary:
            yield Problem(node.name, "it runs, but nobody reads its result")
        elif node.name in net.graph.samples and node.op.arity and node.op.value_inputs != 0:
            samples = count_of(net.graph.samples[node.name], "sample")
            text = f"it runs over {samples}, where layers of a spec run over a batch of them"
            yield Problem(node.name, text)


def _of_no_op(node: Node) -> str:
    """Why no op of a spec is what a node does."""
    match node.op:
        case Applied():
            return _of_weights(node, node.op)
        case Constant():
            return "it is made of no input, as nothing in a spec is but parameters"
    word, shapes = node.op.name, " and ".join(map(str, node.input_shapes))
    if word not in OPS:
        return f"no spec has an op for {word}"
    return f"specs have {word}, but not as it is used here: {shapes} -> {node.shape}"


def _of_weights(node: Node, op: Applied) -> str:
    """Why no op of a spec has the weights of another layer, or reads more than its input."""
    own, others = node.input_shapes[: op.reads], node.inputs[op.reads :]
    names = " and ".join(map(quote, dict.fromkeys(others)))
    needed = op.op.parameters(*own) + op.op.buffers(*own)
    if not others:
        has = f"{op.own + op.own_buffers:,} of its {needed:,} weights are its own"
        return f"{has}; {op.name} of a spec has all of its own, or those of another by 'weights'"
    if op.own + op.own_buffers == needed:
        return f"it is given {names} beside its input, which {op.name} of a spec does not take"
    return f"its weights are what {names} gives, and {op.name} of a spec has learned ones"


def difference(ours: Network, theirs: Network) -> Problem:
    """Where two graphs, which are not the same, part."""
    if len(ours.nodes) != len(theirs.nodes):
        return Problem("", f"as a spec it has {len(theirs.nodes):,} nodes, not {len(ours.nodes):,}")
    for node, other in zip(ours.nodes, theirs.nodes, strict=True):
        mine, its = (
            f"{each.op.summary(*each.input_shapes)} on {' and '.join(map(str, each.input_shapes))}"
            for each in (node, other)
        )
        if (mine, node.shape) != (its, other.shape):
            return Problem(node.name, f"as a spec it is {its}, not {mine}")
    return Problem("", "as a spec its layers read others, or are set otherwise")
