"""What `archcalc verify` says of several networks: in a few lines where all agree, else by node."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from archcalc import figures
from archcalc.formats import Column, DocumentBlock, Printable, Record, Row, Table, render, wrapped
from archcalc.network import Network
from archcalc.verification.disagreement_table import (
    TOTALS,
    disagreement_table,
    quantity_header,
)
from archcalc.verification.verifying import TIME_LIMIT, Refused, Verification, verify


class Run(NamedTuple):
    """One network verified in one mode, or the reason why that was refused."""

    net: Network
    result: Verification | None
    refused: str = ""
    is_repeat: bool = False
    """The network of the run before, in another mode with another graph."""
    also_holds_for: tuple[str, ...] = ()
    """Modes in which the network has the very same graph, so that there is nothing to repeat."""

    @property
    def agrees(self) -> bool:
        """Whether it was verified without any difference."""
        return self.result is not None and self.result.agrees


def verify_all(
    networks: Sequence[Sequence[Network]],
    device: str,
    progress: Callable[[str], None],
    time_limit: int | None = TIME_LIMIT,
) -> list[Run]:
    """Verify networks, each given in one or several modes; an equal graph is not repeated.

    `progress` is told, in one line, what is about to be verified.
    """
    runs = []
    for i, (first, *others) in enumerate(networks, start=1):
        same = tuple(net.mode for net in others if net.graph == first.graph)
        for net in [first, *(net for net in others if net.mode not in same)]:
            progress(f"verify  {i}/{len(networks)}  {net.name}  {len(net)} nodes")
            is_repeat = net is not first
            also = () if is_repeat else same
            try:
                runs.append(Run(net, verify(net, device, time_limit), "", is_repeat, also))
            except Refused as refused:
                runs.append(Run(net, None, refused.reason, is_repeat, also))
    return runs


@dataclass(frozen=True)
class Agreement(Printable):
    """What came of all runs, as formats take it."""

    runs: Sequence[Run]

    def as_text(self, width: int) -> str:
        """A few lines where all agree, else an account by node."""
        everywhere = all(run.agrees for run in self.runs)
        return "\n".join(_summary(self.runs, width) if everywhere else _account(self.runs))

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """A table with a row a network and mode."""
        return _table(self.runs).as_blocks()

    def as_records(self) -> Sequence[Record]:
        """The rows of that table."""
        return _table(self.runs).as_records()

    def as_data(self) -> Sequence[Record]:
        """A record a run, with the disagreements inside it."""
        return [_record(run) for run in self.runs]


# --- for programs ---------------------------------------------------------------------------------


def _record(run: Run) -> dict[str, Any]:
    """What programs get of one run; `refused` is the reason why nothing could be compared."""
    net = run.net
    unheard: dict[str, Any] = {
        "model": net.name,
        "mode": net.mode,
        "device": None,
        "nodes": len(net),
        "parameters": {"archcalc": net.parameters, "torch": None},
        "macs": {"archcalc": net.macs, "flop_counter": None, "fvcore": None},
        "activations": {"archcalc": net.activations, "fvcore": None},
        "shapes_agree": None,
        "agrees": False,
        "disagreements": [],
    }
    heard = run.result.record() if run.result is not None else unheard
    return {**heard, "also_holds_for": list(run.also_holds_for), "refused": run.refused or None}


def _table(runs: Sequence[Run]) -> Table:
    """One row a network and mode, for spreadsheets and documents."""
    totals = [
        Column(f"{quantity}_{source}", f"{quantity_header(quantity)}, {source}", figures.count)
        for quantity, sources in TOTALS.items()
        for source in sources
    ]
    columns = [
        Column("model", "model", align="left"),
        Column("mode", "mode", align="left"),
        Column("nodes", "nodes", figures.count),
        *totals,
        Column("agrees", "agrees", lambda agrees: "yes" if agrees else "no", align="left"),
        Column("refused", "refused", str, align="left"),
    ]
    return Table("", columns, [Row(_flat(_record(run))) for run in runs])


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    totals = {
        f"{quantity}_{source}": record[quantity][source]
        for quantity, sources in TOTALS.items()
        for source in sources
    }
    return {**record, **totals}


# --- for people: all is well ----------------------------------------------------------------------


def _summary(runs: Sequence[Run], width: int) -> list[str]:
    """What was compared with what, where there is no difference."""
    result = runs[0].result
    assert result is not None
    networks = sum(not run.is_repeat for run in runs)
    nodes = sum(len(run.net) for run in runs)
    torch = result.versions["torch"].partition("+")[0]
    fvcore = result.versions["fvcore"]
    uncounted = {name for run in runs if run.result for name in run.result.uncounted}
    missed = {name for run in runs if run.result for name in run.result.missed}
    by_fvcore = result.device != "meta"
    macs = f"fvcore {fvcore} conv, linear, matmul; " if by_fvcore else ""
    if all(run.result is not None and run.result.is_own_module for run in runs):
        return _agree(networks, nodes, _compared_with_own_modules(runs, torch), width)
    compared = {
        "parameters, shapes": f"modules of torch {torch}, {result.device}",
        "MACs": f"{macs}FlopCounterMode/2 on meta",
    }
    if by_fvcore:
        compared["activations"] = "fvcore; its counts of norms and pooling as kinds of their own"
    saved = "autograd's saved tensors in training, in bytes, on meta"
    if not all(run.net.graph.has_known_gradients for run in runs):
        saved += "; unknown behind views, and not compared"
    compared["saved for backward"] = saved
    compared["modes"] = _modes(runs)
    if by_fvcore:
        compared["not MACs, and not counted by fvcore"] = ", ".join(sorted(uncounted)) or "nothing"
    else:
        compared["not asked"] = "fvcore, which needs real tensors"
    if missed and by_fvcore:
        compared["MACs that FlopCounterMode alone counts"] = ", ".join(sorted(missed))
    return _agree(networks, nodes, compared, width)


def _compared_with_own_modules(runs: Sequence[Run], torch: str) -> dict[str, str]:
    """What was compared with what, of modules of a user's own."""
    results = [run.result for run in runs if run.result is not None]
    compared = {
        "each node": f"shape, parameters and MACs with torch {torch}, when it was imported",
        "parameters": "of the module itself, and its buffers",
        "MACs": "FlopCounterMode/2 of the module on meta",
    }
    if any("fvcore" in result.macs for result in results):
        fvcore = results[0].versions["fvcore"]
        compared["MACs by module"] = f"fvcore {fvcore}, of a copy with real tensors"
        unseen = {name for result in results for names in result.blind.values() for name in names}
        if unseen:
            names = ", ".join(sorted(unseen))
            compared["not by fvcore"] = f"modules with {names}, of which it has no exact count"
    else:
        compared["not asked"] = "fvcore, which needs real tensors"
    if any(run.net.is_of_values for run in runs):
        compared["not by FlopCounterMode"] = "what was counted for one real input"
    compared["modes"] = _modes(runs)
    return compared


def _agree(networks: int, nodes: int, compared: Mapping[str, str], width: int) -> list[str]:
    text = [
        f"{figures.count_of(networks, 'network')}, {figures.count_of(nodes, 'node')}: "
        "archcalc and PyTorch agree, difference 0"
    ]
    for name, value in compared.items():
        label = f"  {name:18}   "
        first, *more = wrapped(value, width - len(label))
        text += [label + first, *(" " * len(label) + line for line in more)]
    return text


def _modes(runs: Sequence[Run]) -> str:
    """Which structures were verified, and for which networks they are the same."""
    differing = [run.net.name for run in runs if run.net.mode == "train"]
    same = sum("train" in run.also_holds_for for run in runs)
    if len(differing) == len(runs):
        return "train"
    if not differing:
        return "eval; train is the same graph" if same else "eval"
    where = ", ".join(differing)
    others = f"; the same in {figures.count_of(same, 'other')}" if same else ""
    return f"eval, and train where its graph is another one: {where}{others}"


# --- for people: node by node ---------------------------------------------------------------------


def _account(runs: Sequence[Run]) -> list[str]:
    labels = [
        f"{run.net.name} (train)" if run.net.mode == "train" else run.net.name for run in runs
    ]
    longest = max(map(len, labels))
    text = []
    for run, label in zip(runs, labels, strict=True):
        start = f"{label:{longest}}  "
        if run.result is None:
            text.append(f"{start}{run.refused}: refused")
        elif run.result.agrees:
            text.append(f"{start}{figures.count_of(len(run.net), 'node')} agree")
        else:
            differing = len({d.node for d in run.result.disagreements})
            nodes = f"{differing} of {figures.count_of(len(run.net), 'node')}"
            said = f"{differing} of its modules" if run.result.is_own_module else nodes
            text.append(f"{start}{said} disagree")
            text.append(textwrap.indent(render(disagreement_table(run.result), "text"), "  "))
    outcomes: list[bool] = []
    for run in runs:
        if run.is_repeat:
            outcomes[-1] &= run.agrees
        else:
            outcomes.append(run.agrees)
    verb = "agrees" if sum(outcomes) == 1 else "agree"
    return [*text, f"{sum(outcomes)} of {figures.count_of(len(outcomes), 'network')} {verb}"]
