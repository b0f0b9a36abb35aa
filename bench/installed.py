"""What installed tools print, compared with what `archcalc reconcile` derives.

    python bench/installed.py                            # built-in networks in eval mode
    python bench/installed.py resnet50 --mode train --batch 2 --tools thop,fvcore
    python bench/installed.py --examples                 # every example of every op, batch 2
    python bench/installed.py --examples lstm conv1d     # those of some

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
import time
import warnings
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archcalc.analysis.count import readings
from archcalc.counters.installed import (
    MOST_SECONDS,
    RUNS,
    installed_version,
    numbers_of,
    twin_in_use,
)
from archcalc.counters.reconciliation import ALL_COUNTERS, chosen_counters, without_softmax
from archcalc.counters.rules import Counter
from archcalc.counters.terms import derived_by
from archcalc.graph import INPUT, Graph, NamedInputs, Node
from archcalc.network import load, models
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape

ON_META = {"thop", "torchinfo", "torchscan"}
"""Packages whose numbers do not depend on whether tensors have memory."""
TOO_LARGE = 700e9
"""Multiply-adds of a run beyond which no tool is given tensors with memory."""


class Task(NamedTuple):
    """A network to be counted."""

    what: str
    graph: Graph
    batch: int
    may_be_meta: bool = True


def networks(names: Sequence[str], mode: Any, batch: int) -> Iterator[Task]:
    """Built-in networks without the softmax at their ends."""
    for name in names:
        net = without_softmax(load(name, mode=mode, batch=batch))
        if mode == "eval" or net.graph.nodes != without_softmax(load(name)).graph.nodes:
            yield Task(name, net.graph, batch)


def examples(names: Sequence[str]) -> Iterator[Task]:
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
            yield Task(f"{name} {i}", Graph(given, (node,), (name,)), 2, may_be_meta=False)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def with_a_linear_layer(graph: Graph) -> Graph:
    """A network with a linear layer of its own input beside what it has."""
    beside, one = "beside", Shape(1)
    layer = Node(beside, create(OPS["linear"], {"out_features": 1}), ("one",), (one,), one, "")
    shapes = NamedInputs({**graph.inputs, "one": one})
    return Graph(shapes, (*graph.nodes, layer), (*graph.outputs, beside))


def said_by(name: str, model: Any, graph: Graph, batch: int, device: str) -> list[Any]:
    """What a tool says, in a process of its own: its number, the parameters, or a problem."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        signal.alarm(MOST_SECONDS)
        with contextlib.suppress(BaseException):
            os.write(write, json.dumps(_attempt(name, model, graph, batch, device)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    found: list[Any] = json.loads(text) if text else [None, None, "it died"]
    return found


def _attempt(name: str, model: Any, graph: Graph, batch: int, device: str) -> list[Any]:
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        try:
            return [*numbers_of(name, model, graph, batch, device), ""]
        except Exception as error:
            return [None, None, f"{type(error).__name__}: {str(error).splitlines()[:1]}"]


def compared(task: Task, counters: Sequence[Counter]) -> Iterator[tuple[str, str, str]]:
    """Each tool with a verdict, and what there is to say of it."""
    model = twin_in_use(task.graph)
    for counter in counters:
        graph, twin = task.graph, model
        if counter.package == "calflops" and not any(True for _ in model.parameters()):
            graph = with_a_linear_layer(graph)
            twin = twin_in_use(graph)
        seen = Tally(readings(graph, task.batch).values())
        (derived,) = derived_by([counter], seen)
        on_meta = task.may_be_meta and counter.package in ON_META
        if counter.package == "ptflops" and (task.batch > 1 or len(graph.inputs) > 1):
            seen = Tally(readings(graph, 1).values())
            (derived,) = derived_by([counter], seen)
            if len(graph.inputs) > 1:
                yield counter.name, "not run", ""
                continue
        macs = sum(reading.macs * times for reading, times in seen.items())
        if counter.package != "torch" and not on_meta and macs > TOO_LARGE:
            yield counter.name, "not run", ""
            continue
        batch = 1 if counter.package == "ptflops" else task.batch
        device = "meta" if on_meta else "cpu"
        number, parameters, problem = said_by(counter.name, twin, graph, batch, device)
        if number is None:
            yield counter.name, "tool fails", problem or "says no number"
        elif derived.number is None:
            yield counter.name, "unknown", f"says {number:,}; {derived.unknown}"
        elif number != derived.number:
            difference = f"{number - derived.number:+,}"
            yield counter.name, "unequal", f"says {number:,} for {derived.number:,}: {difference}"
        elif parameters not in (None, derived.parameters):
            yield counter.name, "unequal", f"parameters {parameters:,} for {derived.parameters:,}"
        else:
            yield counter.name, "equal", ""


def main() -> int:
    """Compare, and say 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("models", nargs="*")
    parser.add_argument("--examples", action="store_true")
    parser.add_argument("--mode", default="eval", choices=["eval", "train"])
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--tools")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    counters = []
    for counter in chosen_counters(asked.tools.split(",") if asked.tools else ALL_COUNTERS):
        if counter.name in RUNS and installed_version(counter.package):
            counters.append(counter)
        elif counter.name in RUNS:
            print(f"{counter.name}: {counter.package} is not installed")
    import torch  # the tools, before anything of them is patched

    torch.set_num_threads(1)
    for package in sorted({counter.package for counter in counters} - {"calflops", "deepspeed"}):
        importlib.import_module(package)
    tasks = (
        examples(asked.models)
        if asked.examples
        else networks(asked.models or models(), asked.mode, asked.batch)
    )
    verdicts: dict[str, Tally[str]] = {counter.name: Tally() for counter in counters}
    for task in tasks:
        start, here = time.monotonic(), Tally[str]()
        for name, verdict, said in compared(task, counters):
            verdicts[name][verdict] += 1
            here[verdict] += 1
            if verdict != "equal" and said:
                print(f"{task.what:28} {name:16} {verdict}: {said}", flush=True)
        counts = ", ".join(f"{count} {verdict}" for verdict, count in here.items())
        print(f"{task.what:28} {counts}; {time.monotonic() - start:.1f} s", file=sys.stderr)
    kinds = ("equal", "unequal", "unknown", "tool fails", "not run")
    print(f"{'tool':18}" + "".join(f"{kind:>12}" for kind in kinds))
    for name, tally in verdicts.items():
        print(f"{name:18}" + "".join(f"{tally[kind]:12}" for kind in kinds))
    return int(any(tally["unequal"] for tally in verdicts.values()))


if __name__ == "__main__":
    raise SystemExit(main())
