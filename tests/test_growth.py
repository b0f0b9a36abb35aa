"""How the work of commands grows with the nodes of a network, in calls and not in seconds.

What one call of C does is not seen here; `bench/growth.py` takes the time of larger networks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archcalc import network
from archcalc.analysis import count
from archcalc.errors import ArchcalcError
from archcalc.explanation import explain
from archcalc.explanation.formats import Explained
from archcalc.formats import render
from archcalc.formulas.closed_forms import formula
from archcalc.language.expand import expand
from archcalc.network import Network, load
from archcalc.ops.op import Op
from archcalc.parts.part import Part
from archcalc.tables.network_table import COLUMNS as ALL
from archcalc.tables.network_table import network_table
from tests.large_networks import COMMANDS, NETWORKS, POINT, tree

FEW, MANY = 80, 240
MOST = 1.02
"""How much more a node may cost in the larger network."""
LONGER = 1.05
"""How much more is written of a node in the larger network, whose numbers and names are longer."""
SHAPES = ("chain", "residual", "fan_in", "nested", "heads", "listed", "alive", "unlike")
DRAWN = {"fan_in", "nested"}
"""The networks that have a diagram at any size: of others the parts are too many boxes."""


def made(folder: Path, network: str, nodes: int) -> Network:
    file = folder / f"{network}-{nodes}.json"
    file.write_text(json.dumps(NETWORKS[network](nodes)))
    return load(file, mode="train")


def calls(run: Callable[[], object]) -> int:
    """How many functions are called, C's among them."""
    count = 0

    def noted(frame: object, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(noted)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("command", "network"),
    [
        (command, network)
        for command in COMMANDS
        for network in (
            "chain",
            "residual",
            "fan_in",
            "nested",
            "heads",
            "listed",
            "alive",
            "unlike",
        )
        if command != "diagram" or network in DRAWN
    ],
)
def test_a_node_costs_no_more_in_a_larger_network(
    command: str, network: str, tmp_path: Path
) -> None:
    run = COMMANDS[command]
    run(made(tmp_path, network, FEW))  # what is read once a process
    few, many = (made(tmp_path, network, nodes) for nodes in (FEW, MANY))
    ratio = len(many.nodes) / len(few.nodes)
    assert calls(lambda: run(many)) <= MOST * ratio * calls(lambda: run(few))


@pytest.mark.parametrize("network", ["chain", "residual", "listed", "alive", "unlike", "undefined"])
@pytest.mark.parametrize("format", ["json", "csv"])
def test_a_record_of_a_layer_costs_no_more_in_a_larger_network(
    format: str, network: str, tmp_path: Path
) -> None:
    written = []

    def run(net: Network) -> None:
        written.append(len(render(Explained(explain(net, None, "all")), format)))

    run(made(tmp_path, network, FEW))  # what is read once a process
    few, many = (made(tmp_path, network, nodes) for nodes in (FEW, MANY))
    ratio = len(many.nodes) / len(few.nodes)
    assert calls(lambda: run(many)) <= MOST * ratio * calls(lambda: run(few))
    assert written[2] <= LONGER * ratio * written[1]


class Gone(dict[str, Part]):
    """The parts of a part, which say how often someone goes through all of them."""

    times = 0

    def __iter__(self) -> Iterator[str]:
        Gone.times += 1
        return super().__iter__()


def test_the_copies_of_a_repetition_are_looked_through_once(tmp_path: Path) -> None:
    """To know that it is one, each time that one of them is called by its name."""
    net = made(tmp_path, "unlike", FEW)
    copies = net["conv"]
    copies.__dict__["by_word"] = Gone(copies.by_word)
    assert len({copies.name_of(node.name) for node in net.nodes}) == FEW
    assert Gone.times == 1


def test_what_trains_as_it_infers_is_expanded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All columns are there without it; an auxiliary layer is there in training only."""
    modes: list[bool] = []
    monkeypatch.setattr(
        network, "expand", lambda *of, train, **given: (modes.append(train),
                                                        expand(*of, train=train, **given))[1]
    )  # fmt: skip
    head = {"name": "head", **POINT, "out_channels": 2}
    for side, expected in ({}, [False]), ({"auxiliary": {"loss_weight": 0.3}}, [False, True]):
        side_by_side = {"name": "a", "op": "relu"}, {**head, "inputs": "a", **side}
        file = tmp_path / f"{len(side)}.json"
        file.write_text(json.dumps(tree(*side_by_side, {**head, "name": "end", "inputs": "a"})))
        modes.clear()
        assert render(network_table([load(file)], columns=list(ALL)), "json")
        assert modes == expected


def test_an_open_size_costs_no_more_where_there_are_more_inputs(tmp_path: Path) -> None:
    """Maps whose heights have to agree: a condition for each input, of two names of all."""

    def run(inputs: int) -> None:
        names = [f"i{i}" for i in range(inputs)]
        file = tmp_path / f"{inputs}.json"
        tree = {
            "input": {name: [3, 8, 8] for name in names},
            "layers": [{"op": "concat", "inputs": names}],
        }
        file.write_text(json.dumps(tree))
        with pytest.raises(ArchcalcError, match="it would hold only where"):
            formula(load(file))

    run(FEW)  # what is read once a process
    assert calls(lambda: run(MANY)) <= MOST * MANY / FEW * calls(lambda: run(FEW))


def test_copies_are_explained_and_described_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked, said = [], []
    explained, summary = count.explained, Op.summary
    monkeypatch.setattr(
        count, "explained", lambda node, *of: (worked.append(node), explained(node, *of))[1]
    )
    monkeypatch.setattr(Op, "summary", lambda op, *xs: (said.append(op), summary(op, *xs))[1])

    def counts(command: str, nodes: int) -> tuple[int, int]:
        net = made(tmp_path, "chain", nodes)
        worked.clear()
        said.clear()
        COMMANDS[command](net)
        return len(worked), len(said)

    for command in ("layers", "explain", "explain --quantity all", "plot cost", "report"):
        assert counts(command, FEW) == counts(command, MANY) != (0, 0), command
