"""A folder of parts: a sweep that is written as it goes, and goes on where it was ended.

Each part is written whole or not at all, and depends on the question alone, so that a folder has
the same bytes however often its sweep was ended.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

from archcalc.errors import ArchcalcError, quote, reason
from archcalc.sweeps.sweeping import REFUSED, Sweep, Watch
from archcalc.untrusted import untrusted_file

POINTS_A_PART = 1_000_000
"""How many points a part has, at least."""
QUESTION = "sweep.json"

Write = Callable[[Path, str], object]
"""Writes a file whole, or not at all."""


def write_parts(found: Sweep, folder: Path, write: Write, watch: Watch) -> int:
    """Write the parts that a folder lacks; how many these are.

    Raises:
        ArchcalcError: the folder has another sweep, or a sweep with an order of its own is asked.
    """
    if found.aims or found.ranking or found.limit is not None:
        hint = "--where is for each point alone"
        raise ArchcalcError(f"a folder takes no --pareto, --sort or --limit; {hint}")
    question = json.dumps(_question(found), indent=1) + "\n"
    asked = question.encode()
    file = folder / QUESTION
    try:
        folder.mkdir(parents=True, exist_ok=True)
        has = _start(file, len(asked) + 1) if file.exists() else None
        others = any(not path.name.startswith(".") for path in folder.iterdir())
    except OSError as error:
        said = f"cannot write {quote(folder, marks='')}: {reason(error)}"
        raise ArchcalcError(said) from None
    if has is None and others:
        raise ArchcalcError(f"{quote(folder, marks='')} has files, and no {QUESTION}")
    if has not in (None, asked):
        raise ArchcalcError(f"{quote(folder, marks='')} has another sweep; take another folder")
    if has is None:
        write(file, question)
    written = done = 0
    for number, blocks in enumerate(_parts(found)):
        part = folder / f"part-{number:05}.csv"
        if not part.exists():
            write(part, _text(found, blocks))
            written += 1
        done += sum(prod(map(len, block)) for block in blocks)
        watch(done)
    return written


def _start(file: Path, size: int) -> bytes:
    with untrusted_file(file) as opened:
        return opened.read(size)


def _question(found: Sweep) -> Mapping[str, Any]:
    """What the parts depend on."""
    net = found.network
    values = [{n: list(v) for n, v in axis.settings.items()} for axis in found.space.axes]
    return {
        "model": net.name,
        "settings": {name: str(value) for name, value in net.settings.items()},
        "conditions": net.conditions,
        "input": str(net.input),
        "own": {name: getattr(net, name) for name in found.evaluation.quantities},
        "columns": found.keys,
        "where": found.condition.text if found.condition else "",
        "points": found.space.size,
        "points_a_part": POINTS_A_PART,
        "values": hashlib.sha256(repr(values).encode()).hexdigest(),
    }


def _parts(found: Sweep) -> Iterator[list[Sequence[range]]]:
    """The blocks of each part."""
    blocks: list[Sequence[range]] = []
    for block in found.space.blocks():
        blocks.append(block)
        if sum(prod(map(len, one)) for one in blocks) >= POINTS_A_PART:
            yield blocks
            blocks = []
    if blocks:
        yield blocks


def _text(found: Sweep, blocks: Sequence[Sequence[range]]) -> str:
    """A part in CSV. Of a point that the spec refuses it says that alone: which point stands for
    the reason depends on what was read before."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    marks = [] if found.is_chosen else [REFUSED]
    writer.writerow([*found.keys, *marks])
    for rows in found.rows_of(blocks):
        lists = [rows.columns[key].tolist() for key in found.keys]
        if marks:
            refused = rows.refused.tolist()
            for key in range(len(found.keys)):
                if found.keys[key] not in found.space.columns:
                    values = zip(lists[key], refused, strict=True)
                    lists[key] = ["" if number else value for value, number in values]
            lists.append(["yes" if number else "" for number in refused])
        writer.writerows(zip(*lists, strict=True))
    return file.getvalue()
