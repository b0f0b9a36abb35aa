"""What installed tools print, compared with what `archcalc reconcile` derives.

    python bench/installed.py                            # built-in networks in eval mode
    python bench/installed.py resnet50 --mode train --batch 2 --tools thop,fvcore
    python bench/installed.py --examples --batch 2       # every example of every op
    python bench/installed.py --examples lstm conv1d     # those of some
    python bench/installed.py --spelling torchvision     # torchvision's modules of the networks
    python bench/installed.py --random 300 --seed 1      # random specs, from number 1 on
    python bench/installed.py --own                      # modules as people write them
    python bench/installed.py ... --done FILE            # go on where an earlier run ended

Tools are imported once, and each run is a process forked from that, so that what one of them
patches does not change what another counts. Prints a line for each comparison that is not equal,
and at the end how many are equal, unequal and unknown for each tool.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from archcalc.analysis.count import readings
from archcalc.counters.alike import Alike, NetworkInputs
from archcalc.counters.installed import (
    MOST_SECONDS,
    Specimen,
    in_use,
    installed_version,
    numbers_of,
    said_of_own,
    specimen_of,
)
from archcalc.counters.libraries import Library, libraries, library_named
from archcalc.counters.reconciliation import (
    ALL_COUNTERS,
    chosen_counters,
    reconcile,
    without_softmax,
)
from archcalc.counters.rules import Counter
from archcalc.counters.terms import derived_by, sights_of
from archcalc.counters.tool_runs import RUNS
from archcalc.graph import INPUT, Graph, NamedInputs, Node
from archcalc.network import load, models
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape

ON_META = {"thop", "torchinfo", "torchscan"}
"""Packages whose numbers do not depend on whether tensors have memory."""
OF_PARAMETERS = {"calflops", "torch_flops"}
"""Packages that count no network without parameters."""
TOO_LARGE = 700e9
"""Multiply-adds of a run beyond which no tool is given tensors with memory."""


class Task(NamedTuple):
    """A network to be counted."""

    what: str
    specimen: Specimen
    seen: Sequence[Alike] | None = None
    """What counters see of it, where that is not what archcalc builds."""
    may_be_meta: bool = True


def networks(names: Sequence[str], mode: Any, batch: int) -> Iterator[Task]:
    """Built-in networks without the softmax at their ends."""
    for name in names:
        net = without_softmax(load(name, mode=mode, batch=batch))
        if mode == "eval" or net.graph.nodes != without_softmax(load(name)).graph.nodes:
            yield Task(name, Specimen(net.graph, batch))


def in_library(library: Library, names: Sequence[str], batch: int) -> Iterator[Task]:
    """A library's own modules of built-in networks."""
    for name in names or library.models:
        found = reconcile(load(name, batch=batch), [], spelling=library.name)
        yield Task(name, specimen_of(found), found.seen)


def own_modules(names: Sequence[str], batch: int, counters: Sequence[Counter]) -> Iterator[Task]:
    """Modules of a user's own, which are built anew for each tool."""
    from own_modules import OWN

    for name in names or OWN:
        file = Path(__file__).parent / "own_modules.py"
        net = load(f"{file}:{name}", input=OWN[name], batch=batch)
        found = reconcile(net, [counter.name for counter in counters])
        yield Task(name, specimen_of(found), found.seen, may_be_meta=False)


def random_networks(count: int, first: int) -> Iterator[Task]:
    """So many random specs, from the number of the first one on."""
    from random_specs import drawn_spec

    for number in range(first, first + count):
        tree, batch, mode = drawn_spec(number)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "random.json"
            path.write_text(json.dumps(tree))
            net = without_softmax(load(str(path), batch=batch, mode=mode))
        yield Task(f"random {number}", Specimen(net.graph, batch), may_be_meta=False)


def examples(names: Sequence[str], batch: int) -> Iterator[Task]:
    """A network of one layer for every example of ops."""
    for name in names or OPS:
        cls = OPS[name]
        for i, example in enumerate(cls.examples):
            fields = {key: _tuples(value) for key, value in example.fields.items()}
            shapes = [Shape(*sizes) for sizes in example.inputs]
            titles = [INPUT] if len(shapes) == 1 else [f"input{k}" for k in range(len(shapes))]
            node = Node(
                name, create(cls, fields), tuple(titles), tuple(shapes), Shape(*example.output), ""
            )
            given: Any = (
                shapes[0] if len(shapes) == 1 else NamedInputs(zip(titles, shapes, strict=True))
            )
            specimen = Specimen(Graph(given, (node,), (name,)), batch)
            yield Task(f"{name} {i}", specimen, may_be_meta=False)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def with_a_linear_layer(graph: Graph) -> Graph:
    """A network with a linear layer of its own input beside what it has."""
    beside, one = "beside", Shape(1)
    layer = Node(beside, create(OPS["linear"], {"out_features": 1}), ("one",), (one,), one, "")
    shapes = NamedInputs({**graph.inputs, "one": one})
    return Graph(shapes, (*graph.nodes, layer), (*graph.outputs, beside))


def seen_of(specimen: Specimen) -> list[Alike]:
    """What counters see of a network as archcalc builds it."""
    found = Tally(readings(specimen.graph, specimen.batch).values())
    return [*sights_of(found), NetworkInputs(specimen.graph, specimen.batch)]


def said_by(name: str, model: Any, specimen: Specimen, device: str) -> list[Any]:
    """What a tool says, in a process of its own: its number, the parameters, or a problem."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        signal.alarm(MOST_SECONDS)
        with contextlib.suppress(BaseException):
            os.write(write, json.dumps(_attempt(name, model, specimen, device)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    found: list[Any] = json.loads(text) if text else [None, None, "it died"]
    return found


def _attempt(name: str, model: Any, specimen: Specimen, device: str) -> list[Any]:
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        try:
            said = said_of_own(name, specimen.own) if specimen.own else None
            return [*(said or numbers_of(name, model, specimen, device))[:2], ""]
        except Exception as error:
            return [None, None, f"{type(error).__name__}: {str(error).splitlines()[:1]}"]


def compared(task: Task, counters: Sequence[Counter]) -> Iterator[tuple[str, str, str]]:
    """Each tool with a verdict, and what there is to say of it."""
    model = None if task.specimen.own else in_use(task.specimen)
    has_parameters = model is None or any(True for _ in model.parameters())
    for counter in counters:
        specimen, used = task.specimen, model
        if counter.package in OF_PARAMETERS and not has_parameters:
            specimen = specimen._replace(graph=with_a_linear_layer(specimen.graph))
            used = in_use(specimen)
        if counter.package == "ptflops" and task.seen and specimen.batch > 1:
            yield counter.name, "not run", ""
            continue
        if counter.package == "ptflops" and not specimen.own:
            specimen = specimen._replace(batch=1)
        seen = task.seen
        if specimen != task.specimen or seen is None:
            seen = seen_of(specimen)
        (derived,) = derived_by([counter], seen)
        on_meta = task.may_be_meta and counter.package in ON_META
        macs = sum(alike.macs for alike in seen)
        if counter.package != "torch" and not on_meta and macs > TOO_LARGE:
            yield counter.name, "not run", ""
            continue
        number, parameters, problem = said_by(
            counter.name, used, specimen, "meta" if on_meta else "cpu"
        )
        if number is None:
            yield counter.name, "tool fails", problem or "says no number"
        elif derived.number is None:
            yield counter.name, "unknown", f"says {number:,}; {derived.unknown}"
        elif number != derived.number:
            difference = f"{number - derived.number:+,}"
            yield counter.name, "unequal", f"says {number:,} for {derived.number:,}: {difference}"
        elif None not in (parameters, derived.parameters) and parameters != derived.parameters:
            yield counter.name, "unequal", f"parameters {parameters:,} for {derived.parameters:,}"
        else:
            yield counter.name, "equal", ""


def only_derived(task: Task, counters: Sequence[Counter]) -> Iterator[tuple[str, str, str]]:
    """Whether the terms of each number sum to it, of which no tool is run."""
    specimen = task.specimen
    seen = task.seen or seen_of(specimen)
    for derived in derived_by(counters, seen):
        if derived.number is None:
            yield derived.counter.name, "unknown", ""
        elif sum(term.number for term in derived.terms) == derived.number:
            yield derived.counter.name, "equal", ""
        else:
            yield derived.counter.name, "unequal", f"{derived.number:,} is not the sum of its terms"


def main() -> int:
    """Compare, and say 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("models", nargs="*")
    parser.add_argument("--examples", action="store_true")
    parser.add_argument("--mode", default="eval", choices=["eval", "train"])
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--tools")
    parser.add_argument("--spelling", choices=libraries())
    parser.add_argument("--random", type=int, default=0, metavar="COUNT")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--own", action="store_true")
    parser.add_argument("--derive", action="store_true", help="only sum terms, run nothing")
    parser.add_argument("--done", type=Path, metavar="FILE", help="what earlier runs have found")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    counters = chosen_counters(asked.tools.split(",") if asked.tools else ALL_COUNTERS)
    if not asked.derive:
        counters = [*installed(counters)]
    if asked.examples:
        tasks = examples(asked.models, asked.batch)
    elif asked.random:
        tasks = random_networks(asked.random, asked.seed)
    elif asked.own:
        tasks = own_modules(asked.models, asked.batch, counters)
    elif asked.spelling:
        tasks = in_library(library_named(asked.spelling), asked.models, asked.batch)
    else:
        tasks = networks(asked.models or models(), asked.mode, asked.batch)
    done = read_done(asked.done)
    for task in tasks:
        key = f"{task.what} {asked.spelling or asked.mode} {task.specimen.batch}"
        left = [counter for counter in counters if counter.name not in done.get(key, {})]
        if not left:
            continue
        start, here = time.monotonic(), Tally[str]()
        for name, verdict, said in (only_derived if asked.derive else compared)(task, left):
            done.setdefault(key, {})[name] = verdict
            here[verdict] += 1
            if verdict != "equal" and said:
                print(f"{task.what:28} {name:16} {verdict}: {said}", flush=True)
        counts = ", ".join(f"{count} {verdict}" for verdict, count in here.items())
        print(f"{task.what:28} {counts}; {time.monotonic() - start:.1f} s", file=sys.stderr)
        if asked.done is not None:
            asked.done.write_text(json.dumps(done, indent=0))
    kinds = ("equal", "unequal", "unknown", "tool fails", "not run")
    print(f"{len(done):,} networks")
    print(f"{'tool':22}" + "".join(f"{kind:>12}" for kind in kinds))
    for counter in counters:
        tally = Tally(found.get(counter.name, "") for found in done.values())
        print(f"{counter.name:22}" + "".join(f"{tally[kind]:12,}" for kind in kinds))
    return int(any("unequal" in found.values() for found in done.values()))


def installed(counters: Sequence[Counter]) -> Iterator[Counter]:
    """Those of some counters that can be run; their tools are imported before anything of torch's
    is patched."""
    import torch

    torch.set_num_threads(1)
    for counter in counters:
        if counter.name in RUNS and not installed_version(counter.package):
            print(f"{counter.name}: {counter.package} is not installed")
        elif counter.name in RUNS:
            if counter.package not in ("calflops", "deepspeed"):
                importlib.import_module(counter.package)
            yield counter


def read_done(file: Path | None) -> dict[str, dict[str, str]]:
    """What earlier runs have found: of each network, what of each tool."""
    if file is None or not file.exists():
        return {}
    found: dict[str, dict[str, str]] = json.loads(file.read_text())
    return found


if __name__ == "__main__":
    raise SystemExit(main())
