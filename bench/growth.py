"""How every command grows with the nodes of a network, and reading with the layers of a chain."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measure import in_turn

from archcalc.analysis.count import readings
from archcalc.errors import ArchcalcError
from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.network import Network, load

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.large_networks import COMMANDS, NETWORKS, chain

MOST = 1.6
"""How much more a node may cost in the largest network than in the smallest."""


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
        with tempfile.TemporaryDirectory() as folder:
            files = {nodes: Path(folder, f"{name}-{nodes}.json") for nodes in sizes}
            for nodes, file in files.items():
                file.write_text(json.dumps(of(nodes), separators=(",", ":")))
            row(name, "read", files, lambda file: partial(load, file, mode="train"))
            for command, run in COMMANDS.items():
                if chosen in command:
                    row(name, command, files, partial(ready, run))


def ready(run: Callable[[Network], object], file: Path) -> Callable[[], object]:
    """A command with the network of a file, which is read before."""
    return partial(run, load(file, mode="train"))


def row(
    name: str,
    command: str,
    files: dict[int, Path],
    prepared: Callable[[Path], Callable[[], object]],
) -> None:
    """Print one line, which says where costs grow faster than nodes, and what is refused."""
    line, costs, refused = f"{name:12} {command:25}", [], ""
    for nodes, file in files.items():
        try:
            cost = microseconds(prepared(file), nodes)
        except ArchcalcError as error:
            line += f"{'':>10}"
            refused = f"  {nodes:,} nodes are refused: {str(error).splitlines()[0]}"
        else:
            costs.append(cost)
            line += f"{cost:10.1f}"
    grown = costs[-1] / costs[0] if costs else 0
    print(line + (f"  {grown:.1f}x" if grown > MOST else "") + refused, flush=True)


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
