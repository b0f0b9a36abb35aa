"""`archcalc table --models all` as a whole process, against `python -c "import torch"`."""

from __future__ import annotations

import subprocess
import sys

from measure import in_turn

TABLE = [sys.executable, "-m", "archcalc", "table", "--models", "all"]
TORCH = [sys.executable, "-c", "import torch"]


def run(command: list[str]) -> None:
    """Run a command to its end, whatever it prints."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def breakdown() -> dict[str, float]:
    """Milliseconds of the parts of one table, in a process of their own."""
    code = """
import time
marks = [("interpreter", time.perf_counter())]
import archcalc.cli.table_command
marks.append(("imports", time.perf_counter()))
from archcalc.names import catalog
catalog.built_in()
marks.append(("read what there is", time.perf_counter()))
from archcalc.network import load, models
networks = [load(name) for name in models()]
marks.append(("read and expand all", time.perf_counter()))
for net in networks:
    net.parameters, net.macs
marks.append(("count", time.perf_counter()))
for net in networks:
    net.depth, net.receptive_field
marks.append(("depth and receptive fields", time.perf_counter()))
from archcalc.formats import render
from archcalc.tables.network_table import network_table
render(network_table(networks), "text")
marks.append(("layout", time.perf_counter()))
for (_, before), (what, after) in zip(marks, marks[1:]):
    print(what, (after - before) * 1e3, sep="\\t")
"""
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return {what: float(ms) for what, ms in (line.split("\t") for line in out.stdout.splitlines())}


if __name__ == "__main__":
    table, torch, ratio = in_turn(lambda: run(TABLE), lambda: run(TORCH), pairs=9)
    print(f"archcalc table --models all  {table:.2f} s")
    print(f"import torch                 {torch:.2f} s, {ratio:.2f}x the table (median of 9 pairs)")
    for what, ms in breakdown().items():
        print(f"  {what:28} {ms:6.0f} ms")
