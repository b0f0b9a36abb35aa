"""Mutation testing: small faults put into the formulas and the reader, one by one, in a copy.

A mutant that every test passes is a missing test, or changes nothing. The package is copied to a
temporary folder and changed there; this checkout is never touched. Of the tests those run that came
by the changed line when nothing was changed, the quickest first.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any, NamedTuple

# What is slow to load is loaded once, for every process that is forked.
import fvcore.nn  # noqa: F401
import hypothesis.strategies  # noqa: F401
import jsonschema  # noqa: F401
import pandas  # noqa: F401
import pytest
import torch
from mutants import ROOT, Mutant, mutants

NEEDED = ("archcalc", "specs", "tests", "docs", "README.md", "pyproject.toml")

SUBJECTS = {
    "ops": (
        ["archcalc/ops"],
        ("test_op_limits", "test_op_rows", "test_op_values", "test_fields", "test_ops",
         "test_upsampling", "test_count"),
        ("test_item_errors", "test_expand", "test_networks", "test_receptive_field",
         "test_receptive_field_of_network", "test_receptive_field_random", "test_studies",
         "test_twin", "test_layers", "test_explain", "test_random_specs"),
    ),
    "inference": (
        ["archcalc/analysis/count.py", "archcalc/analysis/memory.py",
         "archcalc/analysis/receptive_field", "archcalc/arithmetic.py", "archcalc/shape.py"],
        ("test_count", "test_memory", "test_arithmetic", "test_traced", "test_upsampling",
         "test_op_limits"),
        ("test_receptive_field", "test_receptive_field_of_network",
         "test_receptive_field_published", "test_receptive_field_random", "test_networks",
         "test_studies", "test_ops", "test_layers", "test_explain"),
    ),
    "reader": (
        ["archcalc/language", "archcalc/expressions"],
        ("test_expand", "test_expand_blocks", "test_spec_errors", "test_item_errors",
         "test_reader_limits"),
        ("test_same_padding", "test_outputs", "test_inputs", "test_declarations", "test_functions",
         "test_schema", "test_sharing", "test_short_specs", "test_spec_bounds", "test_spec_format",
         "test_closed_conditions"),
        ("test_formula", "test_formula_of_copies", "test_closed", "test_networks", "test_studies",
         "test_cli", "test_fuzz"),
    ),
}  # fmt: skip
"""What is mutated, and the tests that should notice, in stages: first the quick ones."""

SECONDS = 120
"""A mutant that runs for longer has been noticed."""


# --- running the tests on them --------------------------------------------------------------------


class Seen(NamedTuple):
    """A test: how long it takes, and the lines it comes by."""

    name: str
    seconds: float
    lines: frozenset[tuple[str, int]]
    is_open: bool
    """Whether it starts another process, whose lines nobody sees."""


class Watch:
    """A plugin of pytest that notes what each test comes by in the files that are mutated."""

    def __init__(self, folder: Path, files: list[Path]):
        self.files = {str(folder / file): str(file) for file in files}
        self.seen: list[Seen] = []
        self.lines: set[tuple[str, int]] = set()
        self.starts_process = False
        sys.addaudithook(self.hear)

    def hear(self, event: str, _: object) -> None:
        """Note that a process is started."""
        if event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
            self.starts_process = True

    def called(self, frame: Any, event: str, argument: object) -> Any:
        """What follows a call: its lines where its file is watched."""
        file = self.files.get(frame.f_code.co_filename)
        if file is None:
            return None
        add = self.lines.add

        def ran(frame: Any, event: str, argument: object) -> Any:
            add((file, frame.f_lineno))
            return ran

        add((file, frame.f_lineno))
        return ran

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """One test, which finds no cache filled by another."""
        ours = [module for name, module in sys.modules.items() if name.startswith("archcalc")]
        for value in (value for module in ours for value in list(vars(module).values())):
            if type(value) is _lru_cache_wrapper:
                value.cache_clear()
        self.lines, self.starts_process = set(), False
        start = time.process_time()
        sys.settrace(self.called)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            seconds = time.process_time() - start
            lines = frozenset(self.lines)
            self.seen.append(Seen(item.nodeid, seconds, lines, self.starts_process))


class Choice:
    """A plugin of pytest that runs some of the tests it finds, in an order."""

    def __init__(self, names: list[str]):
        self.order = {name: i for i, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave these."""
        items[:] = [item for item in items if item.nodeid in self.order]
        items.sort(key=lambda item: self.order[item.nodeid])


def run(folder: Path, paths: list[str], plugin: Watch | Choice) -> tuple[int, list[Seen]]:
    """pytest's exit status in a process of its own, which has what is slow to load already, and
    what its plugin saw."""
    notes = folder / "seen.pickle"
    notes.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        os.setsid()
        if isinstance(plugin, Choice):
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        os.environ["PYTHONPATH"] = str(folder)
        sys.dont_write_bytecode = isinstance(plugin, Choice)
        options = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider"]
        status = pytest.main([*options, *paths], plugins=[plugin])
        if isinstance(plugin, Watch):
            notes.write_bytes(pickle.dumps(plugin.seen))
        os._exit(status)
    deadline = time.monotonic() + (3 if isinstance(plugin, Choice) else 30) * SECONDS
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            seen = pickle.loads(notes.read_bytes()) if notes.exists() else []
            return os.waitstatus_to_exitcode(status), seen
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1, []


def survives(folder: Path, mutant: Mutant, stages: list[list[Seen]]) -> bool:
    """Whether no test notices a mutant."""
    path = folder / mutant.file
    data, stat = path.read_bytes(), path.stat()
    path.write_bytes(data[: mutant.start] + mutant.after.encode() + data[mutant.end :])
    own = {(str(mutant.file), line) for line in mutant.lines}
    try:
        for stage in stages:
            some = [test for test in stage if comes_by(test, mutant, own)]
            paths = list(dict.fromkeys(test.name.partition("::")[0] for test in some))
            if paths and run(folder, paths, Choice([test.name for test in some]))[0] != 0:
                return False
        return True
    finally:
        path.write_bytes(data)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def comes_by(test: Seen, mutant: Mutant, own: set[tuple[str, int]]) -> bool:
    """Whether a test runs a mutant, which has these lines."""
    return not mutant.is_late or test.is_open or not own.isdisjoint(test.lines)


def files_of(paths: list[str]) -> list[Path]:
    """The modules at some paths, each a file or a folder."""
    found = [p for path in paths for p in ([path] if path.endswith(".py") else _inside(path))]
    return [Path(path) for path in found]


def _inside(folder: str) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / folder).glob("*.py"))]


def main() -> None:
    """Mutate what the command line says, and print each survivor and the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", help=f"of {', '.join(SUBJECTS)}; all by default")
    parser.add_argument("--sample", type=int, help="so many mutants of each subject, not all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--stages", type=int, help="of the tests so many stages, the quick ones")
    parser.add_argument("--file", default="", help="only of files whose path has this in it")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in NEEDED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)
        for subject in options.subjects or SUBJECTS:
            paths, *tests = SUBJECTS[subject]
            files = [file for file in files_of(paths) if options.file in str(file)]
            stages = [watched(folder, files, some) for some in tests[: options.stages]]
            print(f"{subject}: {sum(map(len, stages))} tests pass without a fault", flush=True)
            found = [mutant for file in files for mutant in mutants(file)]
            chosen = found
            if options.sample is not None and options.sample < len(found):
                chosen = random.Random(options.seed).sample(found, options.sample)
            score(folder, subject, chosen, len(found), stages)


def watched(folder: Path, files: list[Path], tests: tuple[str, ...]) -> list[Seen]:
    """The tests of a stage and the doctests of the files, the quickest first.

    Exits where one of them fails.
    """
    paths = [f"tests/{test}.py" for test in tests if (folder / f"tests/{test}.py").exists()]
    status, seen = run(folder, [*map(str, files), *paths], Watch(folder, files))
    if status != 0:
        sys.exit(f"without a fault the tests fail after {seen[-1].name if seen else 'none'}")
    return sorted(seen, key=lambda test: test.seconds)


def score(
    folder: Path, subject: str, chosen: list[Mutant], found: int, stages: list[list[Seen]]
) -> None:
    """Print the mutants that survive, and how many do not."""
    alive: Counter[str] = Counter()
    for mutant in chosen:
        if survives(folder, mutant, stages):
            alive[str(mutant.file)] += 1
            print(mutant, flush=True)
    killed = len(chosen) - alive.total()
    print(f"{subject}: {killed} of {len(chosen)} mutants die ({killed / len(chosen):.1%}); "
          f"{found} there are", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
