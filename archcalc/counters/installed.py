"""What installed tools print of a network: each runs in a process of its own, on the CPU.

A tool patches functions of torch's and does not always take that back, so that it would change what
the next one counts.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from importlib.util import module_from_spec
from typing import Any, NamedTuple

from archcalc.counters.printed import Printed
from archcalc.counters.reconciliation import Reconciliation
from archcalc.counters.rules import Counter, counter_named
from archcalc.errors import ArchcalcError
from archcalc.extras import require
from archcalc.graph import Graph

MOST_SECONDS = 600
"""How long a tool may take for a network."""


class Specimen(NamedTuple):
    """What tools are run on: a network's twin, or a library's module of it."""

    graph: Graph
    batch: int = 1
    module: str = ""
    """Of a library's module, the Python module and the function in it that builds it."""
    arguments: Mapping[str, Any] = {}
    """What that function is given."""


def specimen_of(found: Reconciliation) -> Specimen:
    """What tools are run on for a reconciled network.

    Raises:
        ArchcalcError: a library's module cannot be built with the network's settings.
    """
    net, written = found.net, found.written
    if written is None:
        return Specimen(net.graph, net.batch)
    library = written.library
    if net.settings:
        given = ", ".join(net.settings)
        raise ArchcalcError(f"--run builds {library.name}'s {written.model} without {given}")
    arguments = library.arguments.get(written.model, {})
    return Specimen(net.graph, net.batch, f"{library.module}:{written.model}", arguments)


def printed_by(counter: Counter, specimen: Specimen) -> Printed:
    """What an installed tool says of a network in use; nothing is run where it is not installed."""
    if counter.name not in RUNS:
        return Printed(problem="archcalc does not run it")
    found = installed_version(counter.package)
    if not found:
        return Printed(problem="is not installed")
    if specimen.batch != 1 and counter.package == "ptflops":
        return Printed(found, problem="takes no batch")
    task = pickle.dumps((counter.name, specimen))
    try:
        done = subprocess.run(
            [sys.executable, "-c", f"from {__name__} import run_task; run_task()"],
            input=task,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Printed(found, problem=f"took longer than {MOST_SECONDS} seconds")
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it ended"]
        return Printed(found, problem=f"fails: {lines[-1]}")
    number, parameters = json.loads(done.stdout.decode().rpartition(_MARK)[2])
    return Printed(found, number, parameters)


def said_by_installed(found: Reconciliation) -> dict[str, Printed]:
    """What installed tools say of a network, for each counter that it was reconciled with.

    Raises:
        ArchcalcError: torch or the library is missing, or cannot build the network.
    """
    require("reconcile --run", "torch", "torch")
    specimen = specimen_of(found)
    if found.written is not None and not installed_version(found.written.library.name):
        name = found.written.library.name
        raise ArchcalcError(f"reconcile --run --spelling {name} needs {name}: pip install {name}")
    return {name: printed_by(each.counter, specimen) for name, each in found.derived.items()}


def installed_version(package: str) -> str:
    """The version of a package that is installed; nothing where it is not."""
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        return ""


_MARK = "archcalc hears: "
"""What the numbers stand behind, as tools print things of their own."""


def run_task() -> None:
    """Run the tool on what is pickled on standard input; its numbers are printed."""
    name, specimen = pickle.load(sys.stdin.buffer)
    sys.stdout.write(_MARK + json.dumps(numbers_of(name, in_use(specimen), specimen)))


def in_use(specimen: Specimen) -> Any:
    """What tools are run on, on the meta device, with all that it learns of its first input."""
    import torch
    import torch._dynamo  # torch imports it while it runs on meta, between the patches of a tool

    from archcalc.twin.module import empty_inputs, on_meta

    torch.set_num_threads(1)
    if not specimen.module:
        model = on_meta(specimen.graph)
        with torch.no_grad():
            model(*empty_inputs(specimen.graph, 2))
        return model
    source, _, name = specimen.module.partition(":")
    build = getattr(import_module(source), name)
    try:
        with torch.device("meta"):
            return build(weights=None, **specimen.arguments).eval()
    except NotImplementedError:  # it reads numbers that it makes
        return build(weights=None, **specimen.arguments).to("meta").eval()


def numbers_of(
    name: str, model: Any, specimen: Specimen, device: str = "cpu"
) -> tuple[int | None, int | None]:
    """What a tool says of what is in use, in this process: its number, and the parameters."""
    from archcalc.twin.module import empty_inputs, fill_with_zeros, zero_inputs

    xs = empty_inputs(specimen.graph, specimen.batch)
    if device == "cpu" and counter_named(name).package != "torch":
        model.to_empty(device="cpu") if specimen.module else model.allocate("cpu")
        fill_with_zeros(model)
        xs = zero_inputs(specimen.graph, specimen.batch)
    number, parameters = RUNS[name](model.eval(), tuple(xs))
    return (
        None if number is None else int(number),
        None if parameters is None else int(parameters),
    )


# --- one tool each --------------------------------------------------------------------------------

_Numbers = tuple[Any, Any]
"""The tool's number, and the parameters as it counts them."""


def _flop_counter_mode(model: Any, xs: tuple[Any, ...]) -> _Numbers:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(*xs)
    return counter.get_total_flops(), None


def _fvcore(model: Any, xs: tuple[Any, ...]) -> _Numbers:
    from fvcore.nn import FlopCountAnalysis, parameter_count

    analysis = FlopCountAnalysis(model, xs).unsupported_ops_warnings(False).tracer_warnings("none")
    return analysis.total(), parameter_count(model)[""]


def _thop(model: Any, xs: tuple[Any, ...]) -> _Numbers:
    from thop import profile

    number, parameters = profile(model, inputs=xs, verbose=False)
    return number, parameters


def _ptflops(**settings: Any) -> Callable[[Any, tuple[Any, ...]], _Numbers]:
    def run(model: Any, xs: tuple[Any, ...]) -> _Numbers:
        from ptflops import get_model_complexity_info

        (x,) = xs
        numbers: _Numbers = get_model_complexity_info(
            model,
            tuple(x.shape[1:]),
            as_strings=False,
            print_per_layer_stat=False,
            verbose=False,
            **settings,
        )
        return numbers

    return run


def _torchinfo(model: Any, xs: tuple[Any, ...]) -> _Numbers:
    from torchinfo import summary

    found = summary(model, input_data=list(xs), verbose=0)
    return found.total_mult_adds, found.total_params


def _torchinfo_bytes(what: str) -> Callable[[Any, tuple[Any, ...]], _Numbers]:
    def run(model: Any, xs: tuple[Any, ...]) -> _Numbers:
        from torchinfo import summary

        found = summary(model, input_data=list(xs), verbose=0)
        return getattr(found, what), found.total_params

    return run


def _torchprofile(model: Any, xs: tuple[Any, ...]) -> _Numbers:
    import warnings

    from torchprofile import profile_macs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return profile_macs(model, xs), None


def _calflops(place: int) -> Callable[[Any, tuple[Any, ...]], _Numbers]:
    def run(model: Any, xs: tuple[Any, ...]) -> _Numbers:
        try:
            from calflops import calculate_flops
        except ModuleNotFoundError as error:
            if error.name != "transformers":
                raise
            # It loads this without declaring it, and needs it for language models alone.
            stand_in = module_from_spec(ModuleSpec("transformers", None))
            stand_in.AutoTokenizer = object  # type: ignore[attr-defined]
            sys.modules["transformers"] = stand_in
            from calflops import calculate_flops

        numbers = calculate_flops(
            model,
            args=list(xs),
            print_results=False,
            print_detailed=False,
            output_as_string=False,
        )
        return numbers[place], numbers[2]

    return run


def _deepspeed(place: int) -> Callable[[Any, tuple[Any, ...]], _Numbers]:
    def run(model: Any, xs: tuple[Any, ...]) -> _Numbers:
        from deepspeed.profiling.flops_profiler.profiler import FlopsProfiler

        profiler = FlopsProfiler(model)
        profiler.start_profile()
        model(*xs)
        numbers = profiler.get_total_flops(), profiler.get_total_macs(), profiler.get_total_params()
        profiler.end_profile()
        return numbers[place], numbers[2]

    return run


def _torch_flops(model: Any, xs: tuple[Any, ...]) -> _Numbers:
    import torch
    from torch_flops import TorchFLOPsByFX

    class Whole(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, x: Any) -> Any:
            return self.model(x)

    (x,) = xs
    with torch.no_grad():
        counter = TorchFLOPsByFX(Whole().eval(), "memory_allocated")
        counter.propagate(x)
    return counter.print_total_flops(show=False), None


def _torchscan(metric: str) -> Callable[[Any, tuple[Any, ...]], _Numbers]:
    def run(model: Any, xs: tuple[Any, ...]) -> _Numbers:
        from torchscan import crawl_module

        report = crawl_module(model, args=xs)
        return report["totals"][metric]["known_value"], None

    return run


RUNS: Mapping[str, Callable[[Any, tuple[Any, ...]], _Numbers]] = {
    "FlopCounterMode": _flop_counter_mode,
    "fvcore": _fvcore,
    "thop": _thop,
    "ptflops pytorch": _ptflops(backend="pytorch"),
    "ptflops modules": _ptflops(
        backend="pytorch", backend_specific_config={"count_functional": False}
    ),
    "ptflops aten": _ptflops(backend="aten"),
    "torchinfo": _torchinfo,
    "torchinfo input size": _torchinfo_bytes("total_input"),
    "torchinfo pass size": _torchinfo_bytes("total_output_bytes"),
    "torchinfo params size": _torchinfo_bytes("total_param_bytes"),
    "torchprofile": _torchprofile,
    "calflops": _calflops(0),
    "calflops MACs": _calflops(1),
    "DeepSpeed": _deepspeed(0),
    "DeepSpeed MACs": _deepspeed(1),
    "torch_flops": _torch_flops,
    "torchscan": _torchscan("module_flops"),
    "torchscan MACs": _torchscan("macs"),
}
"""How each tool that can be run is run, by the name of its counter."""
