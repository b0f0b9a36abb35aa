"""What installed tools print of a network: each runs in a process of its own, on the CPU.

A tool patches functions of torch's and does not always take that back, so that it would change what
the next one counts.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

from archcalc.counters.own_specimen import OwnSpecimen, own_in_use, own_specimen
from archcalc.counters.printed import Printed
from archcalc.counters.reconciliation import Reconciliation
from archcalc.counters.rules import Counter, counter_named
from archcalc.counters.tool_runs import RUNS
from archcalc.errors import ArchcalcError
from archcalc.extras import require
from archcalc.graph import Graph

MOST_SECONDS = 600
"""How long a tool may take for a network."""


class Specimen(NamedTuple):
    """What tools are run on: a network's twin, a library's module of it, or a user's own."""

    graph: Graph
    batch: int = 1
    module: str = ""
    """Of a library's module, the Python module and the function in it that builds it."""
    arguments: Mapping[str, Any] = {}
    """What that function is given."""
    own: OwnSpecimen | None = None
    """A module of a user's own, where it is one."""


def specimen_of(found: Reconciliation) -> Specimen:
    """What tools are run on for a reconciled network.

    Raises:
        ArchcalcError: a library's module cannot be built with the network's settings, or a module
            of a user's own cannot be given to tools.
    """
    net, written = found.net, found.written
    if net.heard is not None:
        return Specimen(Graph(net.graph.input, (), ()), net.batch, own=own_specimen(net))
    if written is None:
        return Specimen(net.graph, net.batch)
    library = written.library
    if net.settings:
        given = ", ".join(net.settings)
        raise ArchcalcError(f"--run builds {library.name}'s {written.model} without {given}")
    arguments = library.arguments.get(written.model, {})
    return Specimen(net.graph, net.batch, f"{library.module}:{written.model}", arguments)


def printed_by(counter: Counter, specimen: Specimen) -> Printed:
    """What an installed tool says of a network in use; nothing is run where it is not installed."""
    if counter.name not in RUNS:
        return Printed(problem="archcalc does not run it")
    found = installed_version(counter.package)
    if not found:
        return Printed(problem="is not installed")
    if specimen.batch != 1 and counter.package == "ptflops":
        return Printed(found, problem="takes no batch")
    task = pickle.dumps((counter.name, specimen))
    try:
        done = subprocess.run(
            [sys.executable, "-c", f"from {__name__} import run_task; run_task()"],
            input=task,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Printed(found, problem=f"took longer than {MOST_SECONDS} seconds")
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it ended"]
        return Printed(found, problem=f"fails: {lines[-1]}")
    number, parameters, layers = json.loads(done.stdout.decode().rpartition(_MARK)[2])
    return Printed(found, number, parameters, {} if specimen.module else layers)


def said_by_installed(found: Reconciliation) -> dict[str, Printed]:
    """What installed tools say of a network, for each counter that it was reconciled with.

    Raises:
        ArchcalcError: torch or the library is missing, or cannot build the network.
    """
    require("reconcile --run", "torch", "torch")
    specimen = specimen_of(found)
    if found.written is not None and not installed_version(found.written.library.name):
        name = found.written.library.name
        raise ArchcalcError(f"reconcile --run --spelling {name} needs {name}: pip install {name}")
    return {name: printed_by(each.counter, specimen) for name, each in found.derived.items()}


def installed_version(package: str) -> str:
    """The version of a package that is installed; nothing where it is not."""
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        return ""


_MARK = "archcalc hears: "
"""What the numbers stand behind, as tools print things of their own."""


def run_task() -> None:
    """Run the tool on what is pickled on standard input; its numbers are printed."""
    name, specimen = pickle.load(sys.stdin.buffer)
    own = specimen.own
    numbers = said_of_own(name, own) if own else numbers_of(name, in_use(specimen), specimen)
    sys.stdout.write(_MARK + json.dumps(numbers))


def in_use(specimen: Specimen) -> Any:
    """What tools are run on, on the meta device, with all that it learns of its first input."""
    import torch
    import torch._dynamo  # torch imports it while it runs on meta, between the patches of a tool

    from archcalc.twin.module import empty_inputs, on_meta

    torch.set_num_threads(1)
    if not specimen.module:
        model = on_meta(specimen.graph)
        with torch.no_grad():
            model(*empty_inputs(specimen.graph, 2))
        return model
    source, _, name = specimen.module.partition(":")
    build = getattr(import_module(source), name)
    try:
        with torch.device("meta"):
            return build(weights=None, **specimen.arguments).eval()
    except NotImplementedError:  # it reads numbers that it makes
        return build(weights=None, **specimen.arguments).to("meta").eval()


def numbers_of(
    name: str, model: Any, specimen: Specimen, device: str = "cpu"
) -> tuple[int | None, int | None, dict[str, int]]:
    """What a tool says of what is in use, in this process: its number, the parameters, and its
    number of each module that it says one of."""
    from archcalc.twin.module import empty_inputs, fill_with_zeros, zero_inputs

    xs = empty_inputs(specimen.graph, specimen.batch)
    if device == "cpu" and counter_named(name).package != "torch":
        model.to_empty(device="cpu") if specimen.module else model.allocate("cpu")
        fill_with_zeros(model)
        xs = zero_inputs(specimen.graph, specimen.batch)
    return _in_ints(*RUNS[name](model.eval(), tuple(xs)))


def said_of_own(name: str, specimen: OwnSpecimen) -> tuple[int | None, int | None, dict[str, int]]:
    """What a tool says of a module of a user's own, as `numbers_of` says it of others."""
    is_meta = counter_named(name).package == "torch"
    return _in_ints(*RUNS[name](*own_in_use(specimen, is_meta=is_meta)))


def _in_ints(
    number: Any, parameters: Any, layers: Mapping[str, Any]
) -> tuple[int | None, int | None, dict[str, int]]:
    return (
        None if number is None else int(number),
        None if parameters is None else int(parameters),
        {path: int(own) for path, own in layers.items()},
    )
