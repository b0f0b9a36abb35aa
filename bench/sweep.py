"""How many points a second `archcalc sweep` evaluates, on one core.

`python bench/sweep.py --large` adds 10^9 points with a condition and a Pareto front.
"""

from __future__ import annotations

import sys
import time
from fractions import Fraction
from typing import Any

import archcalc

FIGURES = ("parameters", "macs")
WIDE = {"input": range(32, 832, 8), "width_per_group": range(1, 101), "num_classes": range(1, 1001)}
WIDTHS = [Fraction(i, 100) for i in range(25, 201)]
SPACES: list[tuple[str, str, dict[str, Any], tuple[str, ...]]] = [
    ("size, width, classes", "resnet50", WIDE, FIGURES),
    ("and peak memory", "resnet50", WIDE, (*FIGURES, "activations", "memory_peak")),
    (
        "every height and width",
        "resnet50",
        {"height": range(32, 3032), "width": range(32, 3032)},
        FIGURES,
    ),
    (
        "depth, width, size",
        "wrn-28-10",
        {"depth": range(10, 610, 6), "widen": range(1, 101), "input": range(32, 1032)},
        FIGURES,
    ),
    (
        "widths rounded to 8",
        "mobilenet-v2",
        {"width": WIDTHS, "height": range(32, 1032), "num_classes": range(1, 101)},
        FIGURES,
    ),
    (
        "depth, growth, size",
        "densenet-40-k12",
        {"depth": range(10, 85, 3), "growth": range(1, 101), "input": range(32, 432)},
        FIGURES,
    ),
]


def evaluated(model: str, space: dict[str, Any], **asked: Any) -> tuple[Any, int, float, float]:
    """A sweep, how many rows it has, and the CPU seconds of its checks and of its points."""
    net = archcalc.load(model)
    start = time.process_time()
    found = archcalc.sweep(net, space, **asked)
    checked = time.process_time()
    rows = sum(len(block["macs"]) for block in found)
    return found, rows, checked - start, time.process_time() - checked


if __name__ == "__main__":
    for what, model, space, columns in SPACES:
        found, _, checks, seconds = evaluated(model, space, columns=columns)
        size, forms = found.space.size, found.evaluation.forms
        said = f"{model:16} {what:25} {size:>10,} points {forms:4} forms"
        print(f"{said} {size / seconds / 1e6:6.1f} M points/s, after {checks:.2f} s of checks")
    if "--large" in sys.argv:
        space = {
            "input": range(32, 4032, 4),
            "width_per_group": range(1, 1001),
            "num_classes": range(1, 1001),
        }
        asked = {"where": "macs < 5e9", "pareto": "parameters,-macs"}
        found, rows, _, seconds = evaluated("resnet50", space, **asked)
        said = f"{found.space.size:,} points, {found.met:,} met, {rows:,} on the front"
        print(f"{said}: {seconds:.0f} s")
