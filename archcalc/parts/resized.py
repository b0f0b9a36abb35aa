"""What another input's size changes besides shapes: the parameters of layers that depend on it."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.parts.part import Network


def what_grew(net: Network, usual: Network) -> Iterator[str]:
    """A line for each layer whose parameters depend on the input's size, unlike usual."""
    for node in net.layers:
        before = usual.graph.by_name.get(node.name)
        now, then = (n.readings_by_name.get(node.name) for n in (net, usual))
        if before and now and then and now.parameters != then.parameters:
            reads = node.op.value_inputs != 0  # else it is made of the sizes of what it names
            sizes = [
                "+".join(map(str, n.input_shapes)) if reads else str(n.shape)
                for n in (node, before)
            ]
            yield (
                f"at {net.input}, {node.name} of {net.name} has {now.parameters:,} parameters, not "
                f"the {then.parameters:,} of {usual.input}: it {'reads' if reads else 'is'} "
                f"{sizes[0]}, not {sizes[1]}"
            )
