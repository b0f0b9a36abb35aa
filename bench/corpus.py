"""Validate and tabulate a corpus of hostile files: each is refused or done, soon, in little memory.

`python bench/corpus.py --state FILE` goes through 43,200 files in one process, on from where it was
stopped. It names those that took over a second of a quiet machine's CPU time or 300 MB, ended in an
error that is not archcalc's own, or said something that cannot be printed; the exit code is 1 if
there are any. Linux only, for its count of memory.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import random
import signal
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archcalc.cli import main  # noqa: E402
from archcalc.expressions import parsing  # noqa: E402
from archcalc.language.read import spec_or_refusal  # noqa: E402
from tests.hostile_corpus import FAMILIES, file_of, write  # noqa: E402

SECONDS = 1.0
MEGABYTES = 300
HANGS = 30
"""CPU seconds after which a file is said to hang."""
COMMANDS = ("validate", "table")
LONGEST_LINE = 2_000


class Hang(BaseException):
    """A command ran for HANGS seconds."""


class Run(NamedTuple):
    """What a command did with a file."""

    status: int
    seconds: float
    megabytes: float
    said: str

    @property
    def findings(self) -> list[str]:
        """What is wrong with it."""
        found = []
        if self.status not in (0, 2):
            found.append(f"exit code {self.status}: {self.said[-300:]}")
        if self.seconds > SECONDS:
            found.append(f"{self.seconds:.1f} s")
        if self.megabytes > MEGABYTES:
            found.append(f"{self.megabytes:.0f} MB")
        lines = self.said.split("\n")
        if self.status == 2 and not (self.said.endswith("\n") and "archcalc: " in lines[0]):
            found.append(f"no message: {self.said[:100]!r}")
        if any(not line.isprintable() or len(line) > LONGEST_LINE for line in lines):
            found.append("a line that cannot be printed")
        return found


def run(command: str, path: Path) -> Run:
    """Run a command in this process, which has not read the file before."""
    spec_or_refusal.cache_clear()
    parsing.parse.cache_clear()
    out, err = io.StringIO(), io.StringIO()
    gc.collect()
    reset_peak()
    start = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, HANGS)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            status = main([command, str(path)])
    except Hang:
        status = -1
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    taken = time.process_time() - start
    if taken > SECONDS:
        taken *= slowdown()
    return Run(status, taken, peak(), err.getvalue() if status else "")


def loop() -> float:
    """CPU seconds of a fixed amount of work."""
    start = time.process_time()
    for _ in range(10**6):
        pass
    return time.process_time() - start


def slowdown() -> float:
    """What a CPU second now is worth in seconds of this machine when it has nothing else to do."""
    now = loop()
    SPEED.append(now)
    return min(SPEED) / now


SPEED = [min(loop() for _ in range(20))]


def reset_peak() -> None:
    """Let the kernel count this process's largest memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """The largest memory since then, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def hang(*_: object) -> None:
    """What the timer calls."""
    raise Hang


def check(path: Path) -> tuple[list[str], list[Run]]:
    """What is wrong with how a file is read; what took too long is tried once more."""
    found, runs = [], []
    for command in COMMANDS:
        done = run(command, path)
        if SECONDS < done.seconds < HANGS:
            done = min(done, run(command, path), key=lambda each: each.seconds)
        found += [f"{command}: {finding}" for finding in done.findings]
        runs.append(done)
    return found, runs


class Total(NamedTuple):
    """What the files of a family came to so far."""

    files: int = 0
    accepted: int = 0
    longest: float = 0.0
    longest_file: int = 0
    largest: float = 0.0
    largest_file: int = 0

    def plus(self, number: int, runs: list[Run]) -> Total:
        """With one more file."""
        seconds, megabytes = (max(done[i] for done in runs) for i in (1, 2))
        longest = max((self.longest, self.longest_file), (seconds, number))
        largest = max((self.largest, self.largest_file), (megabytes, number))
        accepted = self.accepted + (not any(done.status for done in runs))
        return Total(self.files + 1, accepted, *longest, *largest)


class Progress:
    """How far it went, kept in a file if there is one, to go on from there."""

    def __init__(self, path: Path | None):
        self.path = path
        self.next = 0
        self.totals = {name: Total() for name in FAMILIES}
        self.findings: list[str] = []
        if path and path.exists():
            kept = json.loads(path.read_text())
            self.next, self.findings = kept["next"], kept["findings"]
            self.totals |= {name: Total(*total) for name, total in kept["totals"].items()}

    def save(self) -> None:
        """Write the file, or leave it as it was."""
        if self.path:
            draft = self.path.with_suffix(".draft")
            kept = {"next": self.next, "findings": self.findings, "totals": self.totals}
            draft.write_text(json.dumps(kept))
            draft.replace(self.path)


def through(count: int, families: str, kept: Path | None) -> int:
    """Go through the corpus; how many findings there are."""
    signal.signal(signal.SIGVTALRM, hang)
    progress = Progress(kept)
    names = [name for name in FAMILIES if families in name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "my.json"
        warm_up(path)
        for number in range(progress.next, -(-count // len(names))):
            for name in names:
                path.write_bytes(file_of(name, number))
                found, runs = check(path)
                progress.totals[name] = progress.totals[name].plus(number, runs)
                lines = [f"{name} {number}: {finding}" for finding in found]
                progress.findings += lines
                for line in lines:
                    print(line, flush=True)
            progress.next = number + 1
            progress.save()
    print(
        f"{'family':18}{'files':>8}{'accepted':>10}{'longest':>10}{'file':>6}{'largest':>10}{'file':>6}"
    )
    for name in names:
        files, accepted, longest, slow, largest, large = progress.totals[name]
        print(f"{name:18}{files:8}{accepted:10}{longest:8.2f} s{slow:6}{largest:7.0f} MB{large:6}")
    files = sum(progress.totals[name].files for name in names)
    print(f"{files} files, {len(progress.findings)} findings")
    return len(progress.findings)


def warm_up(path: Path) -> None:
    """Load what commands load, and keep the garbage collector from searching it for every file."""
    path.write_bytes(file_of("fans", 0))
    check(path)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=800 * len(FAMILIES))
    parser.add_argument("--family", default="", help="only families with this in their names")
    parser.add_argument("--write", help="write one file, FAMILY-NUMBER, to this folder", nargs=2)
    parser.add_argument("--state", type=Path, help="a file to go on from, and to say in how far")
    options = parser.parse_args()
    if options.write:
        name, _, number = options.write[0].rpartition("-")
        print(write(Path(options.write[1]), name, int(number)))
        sys.exit()
    random.seed(0)
    sys.exit(through(options.files, options.family, options.state) > 0)
