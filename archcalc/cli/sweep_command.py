"""`archcalc sweep`."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import click

from archcalc.cli.files import write_by, write_file
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import model_argument
from archcalc.cli.network_options import WholeNumber, network_options
from archcalc.cli.options import several_option, sort_options
from archcalc.cli.output import FILE_OR_FOLDER, AnyPath, FolderPath, output_options, show
from archcalc.errors import ArchcalcError, quote
from archcalc.extras import require
from archcalc.figures import count_of
from archcalc.formulas.closed_forms import COUNTED
from archcalc.formulas.openable import Openable, nothing_open
from archcalc.graph import INPUT
from archcalc.names.spelling import spelling
from archcalc.network import Network
from archcalc.selection.networks import Setup
from archcalc.sweeps.blocks import Threads, Workers
from archcalc.sweeps.cluster import Cluster
from archcalc.sweeps.parquet import write_parquet
from archcalc.sweeps.parts_folder import write_parts
from archcalc.sweeps.points_file import points_axis
from archcalc.sweeps.printed import refusals, sweep_table
from archcalc.sweeps.space import Space, SpaceAxis, input_axis, read_inputs, read_values
from archcalc.sweeps.sweeping import FIRST_COLUMNS, MOST_HELD, sweep_of

PARQUET = "parquet"
MOST_THREADS = 1_000


def varied(setup: Setup, model: str, solved: str = "") -> tuple[Network, list[SpaceAxis]]:
    """The network with what has one value, and an axis for each of what has several, or is solved
    for."""
    where = spelling(model)
    if where is not None:
        raise nothing_open(model, "an ONNX file" if where.is_onnx else "a torch module")
    axes, single = {}, {}
    for name, text in setup.arguments.items():
        values = read_values(text, f"--set {name}")
        if len(values) == 1 and name != solved:
            single[name] = text
        else:
            axes[name] = SpaceAxis.of(name, values)
    net = replace(setup, arguments=single, input=None).load(model)
    if INPUT in axes and INPUT not in Openable.of(net).arguments:
        raise ArchcalcError(f"{net.name} has no argument {quote(INPUT)}; --input varies it")
    found = list(axes.values())
    has_one = setup.input is not None and len(setup.input) == 1 and solved != INPUT
    if has_one and type(setup.input[0]) in (tuple, dict):
        net = replace(setup, arguments=single, input=setup.input[0]).load(model)
    elif setup.input is not None:
        found.append(input_axis(setup.input, Openable.of(net)))
    return net, found


@click.command("sweep", cls=HelpfulCommand)
@model_argument
@several_option("--columns", COUNTED, FIRST_COLUMNS, "KEYS")
@click.option(
    "--where",
    default="",
    metavar="CONDITION",
    help="Only points that meet a condition: 'macs < 5G and widen > 2'.",
)
@click.option(
    "--pareto",
    default="",
    metavar="KEYS",
    help="Only points that no other beats in all of these figures, larger being better, or with a "
    "minus smaller: parameters,-macs.",
)
@sort_options(COUNTED, "A figure to sort by, largest first.")
@click.option("--limit", type=WholeNumber(MOST_HELD), metavar="N", help="At most N rows.")
@click.option(
    "--points",
    type=AnyPath(),
    metavar="FILE",
    help="A CSV file of points, with a column for each argument or size that varies.",
)
@click.option(
    "--threads",
    type=WholeNumber(MOST_THREADS),
    metavar="N",
    help="Threads that compute.  [default: one per processor]",
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="The scheduler of a Dask cluster that computes: tcp://10.0.0.1:8786.",
)
@network_options(read_input=read_inputs)
@output_options(kind=FILE_OR_FOLDER, by_name=[PARQUET])
def command(
    model: str,
    columns: str,
    where: str,
    pareto: str,
    sort: str,
    ascending: bool,
    limit: int | None,
    points: Path | None,
    threads: int | None,
    dask: str | None,
    setup: Setup,
    format: str,
    output: Path | None,
) -> None:
    """Figures of a network at all combinations of arguments and sizes.

    Here --set takes several values, 1,2,4, and ranges, START:STOP:STEP with both ends included;
    --input takes several sizes of height and width alike, or shapes such as 3x32x48.

    \b
    archcalc sweep wrn-28-10 --set depth=10:100:6 --set widen=1:12 --input 32,64
    archcalc sweep resnet50 --input 64:512:32 --where 'macs < 5e9' --sort macs --limit 5
    archcalc sweep mobilenetv2 --set width=0.25:2:0.05 --pareto parameters,-macs --format csv
    """
    require("a sweep", "sweep", "numpy")
    if threads and dask is not None:
        raise ArchcalcError("--threads is for this computer, and --dask for others")
    workers: Workers = Threads(threads or 0) if dask is None else Cluster(dask)
    net, axes = varied(setup, model)
    if points is not None:
        axes.insert(0, points_axis(points))
    found = sweep_of(
        net,
        Space(axes),
        columns=columns,
        where=where,
        pareto=pareto,
        sort=sort,
        ascending=ascending,
        limit=limit,
        workers=workers,
    )
    if isinstance(output, FolderPath):
        with Progress(found.space.size) as progress:
            written = write_parts(found, output, write_file, progress)
        click.echo(f"archcalc: {count_of(written, 'part')} written", err=True)
    elif format == PARQUET and output is not None:
        with Progress(found.space.size) as progress:
            write_by(output, lambda place: write_parquet(found, place, progress))
    else:
        with Progress(found.space.size) as progress:
            rows = found.rows(progress)
        show(sweep_table(found, rows), format, output)
    if format in ("csv", "json", PARQUET) or isinstance(output, FolderPath):
        for line in refusals(found):
            click.echo(f"archcalc: {quote(line, marks='')}", err=True)


class Progress:
    """How far a sweep is, in one line of a terminal."""

    def __init__(self, points: int):
        self.points = points
        self.is_shown = sys.stderr is not None and sys.stderr.isatty()
        self.last = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int) -> None:
        """Show how many points have been evaluated."""
        if self.is_shown and time.monotonic() > self.last + 0.5:
            self.last = time.monotonic()
            click.echo(f"\r{done:,} of {self.points:,} points\x1b[K", err=True, nl=False)

    def __exit__(self, *error: object) -> None:
        if self.is_shown:
            click.echo("\r\x1b[K", err=True, nl=False)
