"""A network as a torch module that can be trained; torch is loaded when one is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.extras import require
from archcalc.graph import Graph
from archcalc.network import Network
from archcalc.parts.checks import check_network
from archcalc.twin.device import choose_device

if TYPE_CHECKING:
    from archcalc.twin.module import Twin


def build(network: Network | Graph, device: str = "cpu") -> Twin:
    """The network as a torch module with torch's own initial weights.

    The device is `cpu`, `cuda`, `cuda:1`, `auto`, or `meta`, where tensors have no memory.

    >>> import torch
    >>> from archcalc.network import load
    >>> model = build(load("lenet5"))
    >>> model(torch.zeros(2, 1, 32, 32)).shape
    torch.Size([2, 10])

    Raises:
        ArchcalcError: torch is missing, that is no network, or there is no such device.
    """
    require("build", "torch", "torch")
    import torch

    from archcalc.twin.module import empty_inputs, on_meta

    if isinstance(network, Graph):
        graph = network
    else:
        check_network(network, "build")
        graph = network.graph
    kind, colon, index = str(device).partition(":")
    place = choose_device(kind) + colon + index
    twin = on_meta(graph)
    with torch.no_grad():
        twin(*empty_inputs(graph, 1))
    twin.allocate(place)
    for module in twin.modules():
        if hasattr(type(module), "reset_parameters"):
            module.reset_parameters()
    twin.train()
    return twin
