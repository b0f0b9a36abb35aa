"""Convolutional networks of timm and torchvision, written out as specs, read again and run.

Each is imported and written as `archcalc import` does it; the file is read again, its totals are
compared, and a module is built of it, which gets the weights of the library's own: both must give
the same output, bit for bit. It needs the environment of `import_sweep.py`:

    PYTHONPATH=. venv/bin/python bench/written.py timm 'resnet*' --output written.tsv

Networks with attention or matrix products of data are passed over. What `--output` has a line of is
not run again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch

import archcalc
from archcalc.importer.left_out import that_runs
from archcalc.importer.nested import tensors_in
from archcalc.importer.spec_writing import spec_text
from archcalc.network import Network, load
from bench.import_sweep import Model, built, sweep

PRODUCTS = {"attention", "einsum", "gru", "lstm", "matmul", "multihead_attention", "rnn"}
MOST_PARAMETERS = 100_000_000
"""Of a module that is run with numbers."""
ROUNDING = 1e-5
"""What kernels of torch may differ by that read the same numbers in another order of memory."""


def twin_with_weights(net: Network, again: Network, module: Any) -> Any:
    """A module that is built of what was written of a network, with the weights of the user's.

    Args:
        net: the import of the module.
        again: what was written of it and read again.
        module: the user's.
    """
    twin = archcalc.build(again).eval()
    of_import = dict(zip((n.name for n in again.nodes), that_runs(net).nodes, strict=True))
    given = module.state_dict()
    found = {}
    for key, wanted in twin.state_dict().items():
        name = max((n for n in of_import if f"{key}.".startswith(f"{n}.")), key=len)
        node, word = of_import[name], key[len(name) :]
        same = next(
            k for own in (node.name, node.place) for k in _spellings(own + word) if k in given
        )
        found[key] = given[same].view(wanted.shape)
    twin.load_state_dict(found)
    return twin


def _spellings(key: str) -> list[str]:
    """What a parameter of the twin can be called in the module."""
    return [key, key.removesuffix(".weight"), key.replace("in_proj.", "in_proj_")]


def outcome(model: Model) -> tuple[str, str]:
    """What became of a model: a word, and what is to be said of it."""
    module = built(model).eval()
    shape = model.input(module)
    net = archcalc.from_torch(module, torch.empty(shape, device="meta"), name="net")
    if {node.op.name for node in net.nodes} & PRODUCTS:
        return "with products of data", ""
    try:
        text = spec_text(net)
    except archcalc.ArchcalcError as refused:
        return "not written", str(refused).split("\n")[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "net.json"
        file.write_text(text)
        again = load(file)
    runs = that_runs(net)
    for quantity in ("parameters", "macs", "buffers"):
        if getattr(again, quantity) != getattr(runs, quantity):
            return "other totals", f"{quantity}: {getattr(again, quantity):,}"
    said = f"{text.count(chr(10))} lines" + ", flat" * (text == spec_text(net, flat=True))
    if net.parameters > MOST_PARAMETERS:
        return "written", said
    torch.manual_seed(0)
    module = model.build().eval()
    x = torch.randn(2, *shape[1:])
    with torch.no_grad():
        theirs = [*tensors_in(module(x)).values()]
        ours = [*tensors_in(twin_with_weights(net, again, module)(x)).values()]
    if len(ours) != len(theirs):
        return "other values", f"{len(ours)} outputs, not {len(theirs)}"
    pairs = list(zip(ours, theirs, strict=True))
    if not all(torch.equal(a, b) for a, b in pairs):
        furthest = max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)
        word = "other rounding" if furthest < ROUNDING else "other values"
        return word, f"{furthest:.1e} of the largest output"
    return "written and equal", said


if __name__ == "__main__":
    sweep(
        __doc__ or "",
        outcome,
        fine=["written and equal", "with products of data"],
        wrong=["other totals", "other values"],
    )
