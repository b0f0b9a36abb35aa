"""The totals of one network on its page: one row, and what training and stochastic depth change."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc import field_figures, figures
from archcalc.formats import Column, Row, Table, render
from archcalc.network import Network
from archcalc.quantities import drops_paths

_TOTALS = (
    Column("parameters", "parameters", figures.count),
    Column("macs", "MACs", figures.count),
    Column("flops", "FLOPs = 2 x MACs", figures.count),
    Column("activations", "activations", figures.count),
    Column("depth", "depth"),
    Column("receptive_field", "RF", field_figures.receptive_field),
    Column("memory_peak", "peak live outputs", figures.memory),
)


def totals_row(net: Network) -> str:
    """The figures of a network, in a table of one row."""
    row = Row({column.key: getattr(net, column.key) for column in _TOTALS})
    return render(Table("", _TOTALS, [row]), "markdown")


def conditions_said(net: Network) -> str:
    """What the figures hold for, and what a training step has otherwise."""
    held = f"Its parameters take {figures.memory(net.memory_parameters)}"
    held += f"; it has {figures.count(net.buffers)} buffers." if net.buffers else "."
    said = [f"Input {net.input}, {net.conditions}.", held, *_training(net, net.in_training)]
    return " ".join(said)


def _training(net: Network, train: Network) -> Iterator[str]:
    if train.parameters != net.parameters:
        yield (
            f"In train mode, with its auxiliary classifiers, {figures.count(train.parameters)} "
            f"parameters and {figures.count(train.macs)} MACs."
        )
    if train.why_no_average:
        yield f"MACs of a training step: {train.why_no_average}."
    if drops_paths(train):
        survive = figures.decimal(train.surviving_paths)
        yield (
            f"In training {survive} of {len(train.dropped_paths)} paths survive on average: "
            f"{figures.decimal(train.expected_macs)} MACs a step, {train.least_macs:,} to "
            f"{train.most_macs:,}."
        )
