"""Random specs, of which archcalc, torch, fvcore and FlopCounterMode must say the same.

`python bench/random_specs.py STATE --until 1000000` draws one spec a number, and notes in the file
STATE how far it has come: ended at any time, it goes on there. Each kind of layer begins as many of
them. What disagrees is written beside STATE, to be read with `archcalc verify`.

All witnesses of `verify` are asked of tensors on the CPU, which on sizes this small takes torch a
fraction of the time that `meta` does; weights are 0, and nothing is set to random numbers first.
Attention is put together of the products that FlopCounterMode sees. What training keeps of
recurrent layers, of which CPUs keep copies, and of attention whose values have features of their
own, autograd says on `meta`. Where a witness says otherwise, or does not run it, `verify` decides.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import torch
from torch.nn.parameter import is_lazy

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archcalc.network import Network, load  # noqa: E402
from archcalc.ops.attention import Attention  # noqa: E402
from archcalc.ops.recurrence import Recurrent  # noqa: E402
from archcalc.ops.registry import OPS  # noqa: E402
from archcalc.twin import module as twins  # noqa: E402
from archcalc.verification import Refused, verify, witness  # noqa: E402
from archcalc.verification.disagreements import (  # noqa: E402
    Disagreement,
    Expected,
    disagreements,
)
from archcalc.verification.verifying import check_declared  # noqa: E402
from tests.random_specs import ANY_EXTENT, Unfitting, drawn  # noqa: E402
from tests.test_random_specs import stops_torch  # noqa: E402

AT_ONCE = 100
"""After how many specs it is noted how far it has come."""
KINDS = ("", *OPS)
KEPT_OTHERWISE = (Recurrent, Attention)
"""Ops of which training keeps other tensors on a CPU."""

ONLY_IN_PYTHON = torch.library.Library("aten", "IMPL", "Meta")

State = dict[str, Any]


def read(file: Path) -> State:
    """How far an earlier run has come."""
    if file.exists():
        found: State = json.loads(file.read_text())
        return found
    return {"next": 0, "specs": 0, "not_run": 0, "seconds": 0.0, "disagreeing": []}


def write(file: Path, state: State) -> None:
    """Note how far this run has come, whole or not at all."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(state, indent=1) + "\n")
    draft.replace(file)


def drawn_spec(number: int) -> tuple[dict[str, Any], int, Any]:
    """The spec of a number, with a batch and a mode."""
    source = random.Random(number)
    while True:
        try:
            tree = drawn(source.choice, KINDS[number % len(KINDS)], ANY_EXTENT)
        except Unfitting:
            continue
        return tree, source.randint(1, 3), source.choice(["eval", "train"])


# --- what the witnesses say -----------------------------------------------------------------------


@contextmanager
def no_initial_weights() -> Iterator[None]:
    """Torch's functions that fill new weights fill them with zeros, which count like any other."""
    names = [name for name in dir(torch.nn.init) if name.endswith("_") and name[0] != "_"]
    with patch.multiple(torch.nn.init, **dict.fromkeys(names, _zeros)):
        yield


def _zeros(tensor: Any, *_: Any, **__: Any) -> Any:
    return tensor.detach().zero_()


def no_source_locations() -> None:
    """Torch's traces note no Python stack for every operator, which takes longer than the operator
    does, and which fvcore does not read. Where torch has no such setting they go on."""
    library = Path(torch.__path__[0], "lib", "libtorch_cpu.so")
    setter = "_ZN5torch3jit6tracer23setRecordSourceLocationEPFvPNS0_4NodeEE"
    with suppress(OSError, AttributeError):
        does_nothing = ctypes.CDLL(None).labs
        getattr(ctypes.CDLL(str(library)), setter)(ctypes.cast(does_nothing, ctypes.c_void_p))


def shapes_in_c() -> None:
    """On `meta` torch has its kernels in C++ wherever there are any; those in Python that stand
    before them take a hundred times as long."""
    in_python = torch._meta_registrations._meta_lib_dont_use_me_use_register_meta
    names = [key.split("/")[1] for key in in_python._op_impls]
    in_python._destroy()
    for name in names:
        if not torch._C._dispatch_has_kernel_for_dispatch_key(f"aten::{name}", "Meta"):
            packet, _, overload = name.partition(".")
            operator = getattr(getattr(torch.ops.aten, packet), overload or "default")
            ONLY_IN_PYTHON.impl(operator, operator.py_kernels[torch._C.DispatchKey.Meta])


def testimonies(net: Network, training_batch: int) -> dict[str, witness.Testimony]:
    """What every witness says of a network."""
    model = twins.Twin(net.graph).eval()
    for tensor in (*model.parameters(), *model.buffers()):
        if not is_lazy(tensor):
            _zeros(tensor)
    heard = {}
    if net.graph.has_known_gradients:  # lazy layers learn their sizes of the first pass
        if any(isinstance(node.op, KEPT_OTHERWISE) for node in net.nodes):
            on_meta = twins.empty_inputs(net.graph, training_batch)
            heard["autograd"] = witness.autograd(twins.on_meta(net.graph), on_meta)
        else:
            batch = twins.zero_inputs(net.graph, training_batch)
            heard["autograd"] = witness.autograd(model, batch)
    inputs = twins.zero_inputs(net.graph, net.batch)
    heard |= witness.testimonies_of_a_pass(model, inputs)
    heard["fvcore"] = witness.fvcore(model, inputs)
    return heard


def differences(net: Network) -> Sequence[Disagreement]:
    """Where a witness says otherwise. Raises Refused where torch or fvcore does not run it."""
    expected = Expected(net)
    try:
        heard = testimonies(net, expected.training_batch)
        check_declared(expected, heard["fvcore"])
        found = tuple(disagreements(expected, heard))
    except (Refused, RuntimeError, ValueError, TypeError, IndexError, AssertionError):
        found = None
    return found if found == () else verify(net, "cpu").disagreements


# --- one after another ----------------------------------------------------------------------------


def go_on(file: Path, draft: Path, until: int, seconds: float) -> State:
    """Draw more specs until there are so many in all, or for so long."""
    state = read(file)
    start = time.monotonic()
    while state["specs"] < until and time.monotonic() - start < seconds:
        began = time.monotonic()
        for number in range(state["next"], state["next"] + AT_ONCE):
            tree, batch, mode = drawn_spec(number)
            draft.write_text(json.dumps(tree))
            try:
                found = differences(load(str(draft), batch=batch, mode=mode))
                assert not found, found
                state["specs"] += 1
            except Exception as error:
                if isinstance(error, Refused) and stops_torch(tree, error.reason):
                    state["not_run"] += 1
                    continue
                wrong = file.parent / f"disagrees-{number}.json"
                wrong.write_text(json.dumps({"batch": batch, "mode": mode, "spec": tree}, indent=1))
                print(f"{wrong}: {type(error).__name__}: {str(error)[:300]}", flush=True)
                state["disagreeing"].append(wrong.name)
        state["next"] += AT_ONCE
        state["seconds"] = round(state["seconds"] + time.monotonic() - began, 1)
        write(file, state)
        gc.collect()
    return state


def ready_torch() -> None:
    """Have torch do no more than what its witnesses need, and load all its parts at once."""
    torch.set_num_threads(1)
    torch.backends.mkldnn.set_flags(False)  # it compiles a kernel for every new size
    torch.backends.cuda.enable_flash_sdp(False)  # of which FlopCounterMode sees no products
    no_source_locations()
    shapes_in_c()
    verify(load("lenet5"), "cpu")
    gc.disable()  # go_on collects, and nothing of what is loaded by now
    gc.freeze()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path, help="a file that says how far earlier runs came")
    parser.add_argument("--until", type=int, default=1_000_000, help="how many specs in all")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="for how long")
    options = parser.parse_args()
    os.nice(19)
    ready_torch()
    with TemporaryDirectory() as folder, no_initial_weights():
        draft = Path(folder) / "random.json"
        state = go_on(options.state, draft, options.until, options.minutes * 60)
    wrong = len(state["disagreeing"])
    print(
        f"{state['specs']:,} specs agree, {wrong} do not; "
        f"{state['not_run']:,} more torch or fvcore does not run"
    )
    sys.exit(wrong > 0)
