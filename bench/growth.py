"""How every command grows with the nodes of a network, and reading with the layers of a chain."""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from measure import in_turn

from archcalc.analysis.count import readings
from archcalc.errors import SpecError
from archcalc.explanation import explain
from archcalc.formats import render
from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.network import Network
from archcalc.report.network_page import network_page
from archcalc.tables.layer_table import COLUMNS, layer_table
from archcalc.tables.network_table import network_table

# --- networks of any size -------------------------------------------------------------------------

CONV = {"op": "conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}
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


NETWORKS = {
    each.__name__: each
    for each in (chain, residual, fan_in, down_and_up, dropped, activations, deep, nested, heads,
                 shared, vectors)
}  # fmt: skip


def load(file: dict[str, Any]) -> Network:
    """The network of a file, as it is trained."""
    spec = from_json(file, "growth.json", "growth")
    preset = spec.presets["growth"]
    return Network("growth", preset, expand(spec, preset, train=True), mode="train")


# --- what commands do with them -------------------------------------------------------------------

COMMANDS: dict[str, Callable[[Network], object]] = {
    "table": lambda net: render(network_table([net]), "text"),
    "receptive fields": lambda net: net.receptive_field,
    "memory": lambda net: (net.memory_peak, net.memory_training),
    "stochastic depth": lambda net: (net.expected_macs, net.surviving_paths),
    "layers --columns all": lambda net: render(layer_table(net, columns=list(COLUMNS)), "text"),
    "layers": lambda net: render(layer_table(net), "text"),
    "layers --format json": lambda net: render(layer_table(net), "json"),
    "explain": lambda net: str(explain(net)),
    "explain --quantity all": lambda net: str(explain(net, None, "all")),
    "report": lambda net: network_page(net, []),
}


MOST = 1.6
"""How much more a node may cost in a network of ten times as many."""


def microseconds(run: Callable[[], object], nodes: int) -> float:
    """The CPU time of one call, a node."""
    gc.collect()
    start = time.process_time()
    run()
    return (time.process_time() - start) / nodes * 1e6


def commands(sizes: list[int], chosen: str, networks: str) -> None:
    """Print what each command costs a node, at each size."""
    print(f"{'CPU time a node, in us':38}" + "".join(f"{nodes:>10,}" for nodes in sizes))
    for name, of in ((name, of) for name, of in NETWORKS.items() if networks in name):
        files, read = [], []
        for nodes in sizes:
            file = of(nodes)
            try:
                read.append(microseconds(partial(load, file), nodes))
            except SpecError as error:
                print(f"{name}: {nodes:,} nodes are refused: {error}")
            else:
                files.append((nodes, file))
        row(name, "read", read)
        for command, run in COMMANDS.items():
            if chosen in command:
                row(name, command, [microseconds(partial(run, load(f)), n) for n, f in files])


def row(network: str, command: str, costs: list[float]) -> None:
    """Print one line, which says where costs grow faster than nodes."""
    line = f"{network:12} {command:25}" + "".join(f"{cost:10.1f}" for cost in costs)
    ratios = [more / less for less, more in pairwise(costs)]
    grows = f"  {max(ratios):.1f}x" if max(ratios, default=0) > MOST else ""
    print(line + grows, flush=True)


def counted(layers: int) -> None:
    """Read, expand and count a chain of so many convolutions."""
    spec = from_json(chain(layers), "chain.json", "chain")
    graph = expand(spec, spec.presets["chain"])
    assert sum(reading.parameters for reading in readings(graph).values()) == layers * 148


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=int, default=5, help="up to 10^5 nodes, unless said otherwise")
    parser.add_argument("--command", default="", help="only commands with this in their names")
    parser.add_argument("--network", default="", help="only networks with this in their names")
    options = parser.parse_args()
    gc.disable()  # as in the commands
    commands(
        [10**exponent for exponent in range(3, options.to + 1)], options.command, options.network
    )
    _, _, ratio = in_turn(lambda: counted(50_000), lambda: counted(100_000), pairs=5)
    print(f"a chain of 100,000 layers costs {ratio:.2f}x what 50,000 cost (median of 5 pairs)")
