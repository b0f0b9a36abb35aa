"""Networks of any number of nodes, and the commands that are run on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archcalc import network
from archcalc.counters.reconciliation import reconcile
from archcalc.differences import compare
from archcalc.explanation import explain
from archcalc.formats import render
from archcalc.formulas import formula
from archcalc.network import Network
from archcalc.page import page
from archcalc.pictures import plot
from archcalc.pictures.diagram import diagram
from archcalc.report.network_page import network_page
from archcalc.tables.layer_table import COLUMNS, layer_table
from archcalc.tables.network_table import COLUMNS as COLUMNS_OF_NETWORKS
from archcalc.tables.network_table import network_table

# --- networks of any size -------------------------------------------------------------------------

CONV = {"op": "conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}
POINT = {"op": "conv2d", "kernel_size": 1}
RESIDUAL = [CONV, {"op": "relu"}, {"name": "bn", "op": "batch_norm"},
            {"op": "add", "inputs": ["bn", "input"]}]  # fmt: skip
DROPPED = [CONV, {"name": "drop", "op": "drop_path", "survival": "1/n"},
           {"op": "add", "inputs": ["drop", "input"]}]  # fmt: skip


def tree(*layers: Any, **keys: Any) -> dict[str, Any]:
    """A spec file of some layers."""
    start = {"title": "T", "year": 2024, "source": "bench", "input": [4, 8, 8]}
    return {**start, "layers": list(layers), **keys}


def chain(nodes: int) -> dict[str, Any]:
    """Convolutions one after the other."""
    return tree({"name": "conv", **CONV, "repeat": nodes})


def residual(nodes: int) -> dict[str, Any]:
    """Residual units of four nodes each, by a block."""
    block = {"blocks": {"unit": {"layers": RESIDUAL}}}
    return tree({"name": "units", "block": "unit", "repeat": nodes // 4}, **block)


def fan_in(nodes: int) -> dict[str, Any]:
    """One concatenation of everything else."""
    wide = {"name": "wide", "op": "relu", "inputs": "input", "repeat": nodes - 1}
    return tree(wide, {"op": "concat", "inputs": "wide.*"})


def down_and_up(nodes: int) -> dict[str, Any]:
    """Convolutions behind an upsampling, where positions see different windows."""
    down = {"name": "down", "op": "max_pool2d", "kernel_size": 2}
    up = {"name": "up", "op": "upsample", "scale_factor": 2}
    return tree(down, up, {"op": "add", "inputs": ["up", "input"]},
                {"name": "conv", **CONV, "repeat": nodes - 3})  # fmt: skip


def dropped(nodes: int) -> dict[str, Any]:
    """Residual units of three nodes each, every one dropped by a chance of its own."""
    block = {"blocks": {"unit": {"arguments": {"n": None}, "layers": DROPPED}}}
    units = {"name": "units", "block": "unit", "n": "index + 2", "repeat": nodes // 3}
    return tree(units, **block)


def activations(nodes: int) -> dict[str, Any]:
    """Layers that all join the row of the first."""
    return tree({"name": "relu", "op": "relu", "repeat": nodes})


def deep(nodes: int) -> dict[str, Any]:
    """Blocks within blocks, as deep as they may be, around a chain."""
    inner = {"name": "conv", **CONV, "repeat": nodes}
    blocks = {f"b{i}": {"layers": [{"name": "x", "block": f"b{i + 1}"}]} for i in range(60)}
    return tree({"name": "x", "block": "b0"}, blocks={**blocks, "b60": {"layers": [inner]}})


def nested(nodes: int) -> dict[str, Any]:
    """Tens of tens of groups."""
    layers: Any = CONV
    while nodes >= 10:
        layers, nodes = {"name": "ten", "layers": [layers], "repeat": 10}, nodes // 10
    return tree(layers)


def heads(nodes: int) -> dict[str, Any]:
    """As many outputs as layers."""
    return tree(*({"name": f"head{i}", **CONV, "inputs": "input"} for i in range(nodes)))


def listed(nodes: int) -> dict[str, Any]:
    """As many stages as layers, unlike their neighbours; a file has room for 10,000 of them."""
    return tree(*({**POINT, "out_channels": 4 + i % 7} for i in range(nodes)))


def shared(nodes: int) -> dict[str, Any]:
    """One convolution's weights, used everywhere."""
    owner = {"name": "owner", **CONV}
    return tree(owner, {"name": "user", **CONV, "weights": "owner", "repeat": nodes - 1})


def vectors(nodes: int) -> dict[str, Any]:
    """Linear layers, which see the whole input, and gates."""
    unit = [{"op": "linear", "out_features": 4}, {"name": "gate", "op": "sigmoid"},
            {"op": "multiply", "inputs": ["gate", "input"]}]  # fmt: skip
    pool = [{"op": "global_avg_pool2d"}, {"op": "flatten"}]
    return tree(*pool, {"name": "units", "layers": unit, "repeat": nodes // 3})


def alive(nodes: int) -> dict[str, Any]:
    """A chain whose outputs are all needed at its end."""
    return tree({"name": "conv", **CONV, "repeat": nodes - 1}, {"op": "concat", "inputs": "conv.*"})


def unlike(nodes: int) -> dict[str, Any]:
    """Copies of one layer, each with a width of its own."""
    return tree({"name": "conv", **POINT, "out_channels": "4 + index", "repeat": nodes})


def undefined(nodes: int) -> dict[str, Any]:
    """A chain behind two inputs, of which each layer sees a window."""
    join = {"op": "concat", "inputs": ["a", "b"]}
    conv = {"name": "conv", **CONV, "repeat": nodes - 1}
    return tree(join, conv, input={"a": [4, 8, 8], "b": [4, 8, 8]})


NETWORKS = {
    each.__name__: each
    for each in (chain, residual, fan_in, down_and_up, dropped, activations, deep, nested, heads,
                 listed, shared, vectors, alive, unlike,
                 undefined)
}  # fmt: skip


# --- what commands do with them -------------------------------------------------------------------

COMMANDS: dict[str, Callable[[Network], object]] = {
    "table": lambda net: render(network_table([net]), "text"),
    "table --columns all": lambda net: render(
        network_table([net], columns=list(COLUMNS_OF_NETWORKS)), "text"
    ),
    "receptive fields": lambda net: net.receptive_field,
    "memory": lambda net: (net.memory_peak, net.memory_training),
    "stochastic depth": lambda net: (net.expected_macs, net.surviving_paths),
    "layers --columns all": lambda net: render(layer_table(net, columns=list(COLUMNS)), "text"),
    "layers": lambda net: render(layer_table(net), "text"),
    "layers --sort macs": lambda net: render(layer_table(net, sort="macs"), "text"),
    "layers --format json": lambda net: render(layer_table(net), "json"),
    "explain": lambda net: str(explain(net)),
    "explain --quantity all": lambda net: str(explain(net, None, "all")),
    "compare": lambda net: str(compare(net, network.load(net.spelled, input=(4, 16, 16)))),
    "formula --open height": lambda net: str(formula(net, ["height"])),
    "reconcile": lambda net: str(reconcile(net)),
    "plot cost": lambda net: plot("cost", net).svg,
    "diagram": lambda net: diagram(net).svg,
    "page": lambda net: page([net]),
    "report": lambda net: network_page(net, []),
}
