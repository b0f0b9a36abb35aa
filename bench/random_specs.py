"""Random specs, of which archcalc, torch, fvcore and FlopCounterMode must say the same.

`python bench/random_specs.py STATE --until 1000000` draws specs, a hundred to a seed, and notes in
the file STATE how far it has come: ended at any time, it goes on there. Each kind of layer begins
as many of them. What disagrees is written beside STATE, to be read with `archcalc verify`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archcalc.ops.registry import OPS  # noqa: E402
from tests.random_specs import specs  # noqa: E402
from tests.test_random_specs import check_agreement  # noqa: E402

A_SEED = 100
"""How many specs are drawn with one seed."""

State = dict[str, Any]


def read(file: Path) -> State:
    """How far an earlier run has come."""
    if file.exists():
        found: State = json.loads(file.read_text())
        return found
    return {"next_seed": 0, "specs": 0, "seconds": 0.0, "disagreeing": []}


def write(file: Path, state: State) -> None:
    """Note how far this run has come, whole or not at all."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(state, indent=1) + "\n")
    draft.replace(file)


def for_each(number: int, check: Callable[[Any, int, Any], None]) -> None:
    """Check each spec of one seed, with a batch and a mode."""
    kinds = ["", *OPS]

    @seed(number)
    @settings(
        max_examples=A_SEED,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(
        specs(including=kinds[number % len(kinds)]),
        st.integers(1, 3),
        st.sampled_from(["eval", "train"]),
    )
    def run(tree: Any, batch: int, mode: Any) -> None:
        check(tree, batch, mode)

    run()


def draw(number: int, folder: Path) -> tuple[int, list[str]]:
    """Check the specs of one seed: how many there were, and the files of those that disagree."""
    count = 0
    wrong: list[str] = []

    def check(tree: dict[str, Any], batch: int, mode: Any) -> None:
        nonlocal count
        try:
            check_agreement(tree, batch, mode)
        except Exception as error:  # `reject` is none of these
            if type(error).__module__.startswith("hypothesis"):
                raise
            file = folder / f"disagrees-{number}-{count}.json"
            file.write_text(json.dumps({"batch": batch, "mode": mode, "spec": tree}, indent=1))
            print(f"{file}: {type(error).__name__}: {str(error)[:200]}", flush=True)
            wrong.append(file.name)
        count += 1

    for_each(number, check)
    return count, wrong


def go_on(file: Path, until: int, seconds: float) -> State:
    """Draw more specs until there are so many in all, or for so long."""
    state = read(file)
    start = time.monotonic()
    while state["specs"] < until and time.monotonic() - start < seconds:
        began = time.monotonic()
        count, wrong = draw(state["next_seed"], file.parent)
        state["next_seed"] += 1
        state["specs"] += count
        state["seconds"] = round(state["seconds"] + time.monotonic() - began, 1)
        state["disagreeing"] += wrong
        write(file, state)
    return state


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path, help="a file that says how far earlier runs came")
    parser.add_argument("--until", type=int, default=1_000_000, help="how many specs in all")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="for how long")
    options = parser.parse_args()
    os.nice(10)
    found = go_on(options.state, options.until, options.minutes * 60)
    wrong = len(found["disagreeing"])
    print(f"{found['specs']:,} specs of {found['next_seed']:,} seeds, {wrong} disagree")
    sys.exit(wrong > 0)
