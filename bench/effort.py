"""The estimate of the memory that verify needs, against the most that a process had: every op, with
large inputs, and networks. Fails where less was estimated than measured."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from archcalc.ops.fields import written
from archcalc.ops.registry import OPS

NETWORKS = ("alexnet", "googlenet-bn", "vgg16", "resnet50", "densenet121", "nasnet-a-mobile")
NUMBERS = 8_000_000
"""Of the input of an op, over all samples, about."""


def as_json(value: Any) -> Any:
    """A field of an example as a spec file writes it."""
    if isinstance(value, list | tuple):
        return [as_json(part) for part in value]
    return value if isinstance(value, str | int) else written(value)


def specs(folder: Path) -> dict[str, tuple[str, int]]:
    """A spec of every op whose inputs can all be the network's, by name, with its batch."""
    found = {}
    for name, op in OPS.items():
        example = op.examples[0]
        if len(set(example.inputs)) == 1:
            fields = {key: as_json(value) for key, value in example.fields.items()}
            layer = {"op": name, "inputs": ["input"] * len(example.inputs), **fields}
            tree = {"title": name, "year": 2024, "source": "bench", "input": example.inputs[0]}
            file = folder / f"{name}.json"
            file.write_text(json.dumps({**tree, "layers": [layer]}))
            elements = 1
            for size in example.inputs[0]:
                elements *= size
            found[name] = str(file), max(2, NUMBERS // elements)
    return found | {name: (name, 4) for name in NETWORKS}


def main() -> int:
    """Print a line a spec; 1 where an estimate was too low."""
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, (model, batch) in specs(Path(folder)).items():
            command = [sys.executable, "-m", "tests.measured_effort", str(batch), model]
            root = Path(__file__).parent.parent
            result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
            if result.returncode:
                print(f"{name:25} {result.stderr.splitlines()[-1]}")
                continue
            estimate, measured = json.loads(result.stdout)
            status |= estimate < measured
            print(
                f"{name:25} measured {measured / 2**20:7.1f} MiB, estimated "
                f"{estimate / 2**20:7.1f} MiB, {estimate / measured:.2f}x",
                flush=True,
            )
    return status


if __name__ == "__main__":
    sys.exit(main())
