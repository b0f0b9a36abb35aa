"""Every built-in network from its spec to a torch module and back: each node must cost the same.

python bench/round_trip.py            # all of them
python bench/round_trip.py 'resnet*'
"""

from __future__ import annotations

import sys

import torch

import archcalc
from archcalc.network import Network
from archcalc.selection.selected import read_models
from archcalc.twin import module as twin

QUANTITIES = ("parameters", "macs", "buffers", "output")


def differences(net: Network) -> list[str]:
    """What a network and its import have otherwise, node by node and in total."""
    module = twin.on_meta(net.graph)
    inputs = [torch.empty(1, *shape, device="meta") for shape in net.graph.inputs.values()]
    module(*inputs)  # lazy layers find their sizes
    back = archcalc.from_torch(module, *inputs, name=net.name)
    found = []
    for node in net.nodes:
        if node.name not in back:
            if node.op.macs(node.shape, *node.input_shapes) or net[node.name].parameters:
                found.append(f"{node.name} is not there")
            continue
        for quantity in QUANTITIES:
            ours, theirs = (getattr(n[node.name], quantity) for n in (net, back))
            if ours != theirs:
                found.append(f"{node.name}: {quantity} {ours}, {theirs} after the import")
    for quantity in ("parameters", "macs", "buffers"):
        if getattr(net, quantity) != getattr(back, quantity):
            found.append(f"total {quantity}")
    return found


def main() -> None:
    """Print what differs; exit with 1 if anything does."""
    nodes = differing = 0
    for name in read_models(sys.argv[1:] or ["all"]):
        net = archcalc.load(name)
        nodes += len(net)
        found = differences(net)
        differing += bool(found)
        for line in found[:5]:
            print(f"{name}: {line}", flush=True)
    print(f"{nodes:,} nodes compared, {differing} networks differ")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
