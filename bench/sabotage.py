"""Whether a wrong spec is noticed: every change of one place of every network's spec.

    python bench/sabotage.py                        # all of them: minutes
    python bench/sabotage.py resnet vgg --sample 200

Each change is judged by the outlines in tests/outlines, which are written from the papers. A change
is refused if the file cannot be read or expanded with it; it is idle if every network of the file,
in both modes, has the same layers in the same order, reading the same; otherwise an outline must
notice it. What none notices is printed: it can only be another order of layers that do not read
each other, or of the inputs of a sum.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from archcalc.language.strict_json import read_file  # noqa: E402
from archcalc.names.catalog import specs_folder  # noqa: E402
from tests.mutations import changes  # noqa: E402
from tests.sabotage import judge  # noqa: E402


def main() -> None:
    """Judge what the command line says; print what is not noticed, and the score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("specs", nargs="*", help="names of files in specs/networks; all by default")
    parser.add_argument("--sample", type=int, help="so many changes of each file, not all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    options = parser.parse_args()
    total: Counter[str] = Counter()
    for file in sorted((specs_folder() / "networks").glob("*.json")):
        if options.specs and file.stem not in options.specs:
            continue
        tree = read_file(file)
        found = list({str(change): change for change in changes(tree)}.values())
        if options.sample is not None and options.sample < len(found):
            found = random.Random(options.seed).sample(found, options.sample)
        counts: Counter[str] = Counter()
        for change in found:
            outcome = judge(file, tree, change)
            counts[outcome] += 1
            if outcome == "not noticed":
                print(f"{file.stem}: {change}", flush=True)
        total += counts
        print(f"{file.stem}: {score(counts)}", flush=True)
    print(f"all: {score(total)}")


def score(counts: Counter[str]) -> str:
    """How many changes of those that change a network are noticed."""
    real = counts["noticed"] + counts["not noticed"]
    share = f"{counts['noticed']:,} of {real:,} changes noticed"
    return f"{share}; {counts['refused']:,} refused, {counts['idle']:,} idle"


if __name__ == "__main__":
    main()
