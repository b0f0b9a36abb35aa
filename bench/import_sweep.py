"""Models of torchvision and timm as networks: how many are exact, refused, or counted wrongly.

Each is built on `meta`, imported, and its parameters and MACs are compared with the sum of its
parameters and with a run of FlopCounterMode of its own. It needs an environment of its own:

    python -m venv venv && venv/bin/pip install torch torchvision timm click
    PYTHONPATH=. venv/bin/python bench/import_sweep.py torchvision
    PYTHONPATH=. venv/bin/python bench/import_sweep.py timm 'resnet*' --output timm.tsv

What `--output` has a line of is not run again; drop lines from it to run those once more.
"""

from __future__ import annotations

import argparse
import fnmatch
import gc
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

import archcalc


class Model(NamedTuple):
    """A model of a library."""

    name: str
    build: Callable[[], Any]
    input: Callable[[Any], tuple[int, ...]]
    """Its input, with a batch of one."""


def torchvision_models() -> Iterator[Model]:
    """Those of classification, segmentation, video, optical flow and for quantization."""
    from torchvision import models

    for name in models.list_models():
        kind = models.get_model_builder(name).__module__.split(".")[2]
        sizes = {"video": (1, 3, 16, 224, 224), "optical_flow": (1, 3, 128, 128)}
        size = sizes.get(kind, (1, 3, 299, 299) if "inception" in name else (1, 3, 224, 224))
        if kind != "detection":
            yield Model(name, lambda name=name: _of_torchvision(name), lambda _, size=size: size)


def _of_torchvision(name: str) -> Any:
    from torchvision import models

    backbone = (
        {"weights_backbone": None}
        if models.get_model_builder(name).__module__.split(".")[2] == "segmentation"
        else {}
    )
    return models.get_model(name, weights=None, **backbone)


def timm_models() -> Iterator[Model]:
    """All of them."""
    import timm

    for name in timm.list_models():
        yield Model(
            name,
            lambda name=name: timm.create_model(name, pretrained=False),
            lambda module: (1, *module.pretrained_cfg["input_size"]),
        )


LIBRARIES = {"torchvision": torchvision_models, "timm": timm_models}


def built(model: Model) -> Any:
    """The module on meta; where its construction needs numbers, on the CPU, and then moved."""
    try:
        with torch.device("meta"):
            return model.build()
    except (RuntimeError, NotImplementedError):
        return model.build().to("meta")


def outcome(model: Model) -> tuple[str, str]:
    """What became of a model: a word, and what is to be said of it."""
    module = built(model).eval()
    shape = model.input(module)
    inputs = [torch.empty(shape, device="meta")] * (2 if "raft" in model.name else 1)
    start = time.process_time()
    try:
        net = archcalc.from_torch(module, *inputs, name=model.name)
    except archcalc.ArchcalcError as refused:
        return "refused", str(refused).split("\n")[0]
    seconds = time.process_time() - start
    module.requires_grad_(False)  # FlopCounterMode raises on some modules whose inputs need none
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*inputs)
    macs = counter.get_total_flops() // 2
    parameters = sum(p.numel() for p in module.parameters())
    if (net.parameters, net.macs) != (parameters, macs):
        said = f"parameters {net.parameters:,} for {parameters:,}, MACs {net.macs:,} for {macs:,}"
        return "mismatch", said
    return "exact", f"{len(net)} nodes, {parameters:,} parameters, {macs:,} MACs, {seconds:.3f} s"


def _outcomes(output: Path | None) -> dict[str, str]:
    """What became of the models that a file has a line of."""
    if output is None or not output.exists():
        return {}
    return {line.split("\t")[0]: line.split("\t")[1] for line in output.open()}


def sweep(
    doc: str, become: Callable[[Model], tuple[str, str]], fine: Sequence[str], wrong: Sequence[str]
) -> None:
    """Print a line for each model that is not fine, then how many are what.

    Args:
        doc: what is done with the models of a library.
        become: what becomes of one, in a word, and what is to be said of it.
        fine: words of which no line is printed.
        wrong: words with which the command fails.
    """
    parser = argparse.ArgumentParser(description=doc.split("\n")[0])
    parser.add_argument("library", choices=LIBRARIES)
    parser.add_argument("patterns", nargs="*", default=["*"])
    parser.add_argument("--output", type=Path, help="a line a model, as TSV; goes on where it ends")
    parser.add_argument("--every", type=int, default=1, help="only each so many-th model")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found: Counter[str] = Counter()
    chosen = [
        model
        for model in LIBRARIES[options.library]()
        if any(fnmatch.fnmatch(model.name, pattern) for pattern in options.patterns)
    ]
    done = _outcomes(options.output)
    found.update(word for name, word in done.items() if any(m.name == name for m in chosen))
    for model in chosen[:: options.every]:
        if model.name in done:
            continue
        try:
            word, said = become(model)
        except Exception as error:
            word, said = "failed", f"{type(error).__name__}: {str(error).splitlines()[:1]}"
        found[word] += 1
        if word not in fine:
            print(word, model.name, said, sep="\t", flush=True)
        if options.output:
            with options.output.open("a") as file:
                print(model.name, word, said, sep="\t", file=file)
        gc.collect()
    print(*(f"{count} {word}" for word, count in found.most_common()), sep=", ")
    sys.exit(1 if any(found[word] for word in ("failed", *wrong)) else 0)


if __name__ == "__main__":
    sweep(__doc__ or "", outcome, fine=["exact"], wrong=["mismatch"])
