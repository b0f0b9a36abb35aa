"""How each tool that can be run is run, on a module and its inputs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from typing import Any, NamedTuple


class Counts(NamedTuple):
    """What a tool says of a module in use."""

    number: Any
    parameters: Any
    """As it counts them; None where it does not say them."""
    layers: Mapping[str, Any] = {}
    """Its number of each module, by the module's path, where the tool says that."""


_Run = Callable[[Any, tuple[Any, ...]], Counts]


def _flop_counter_mode(model: Any, xs: tuple[Any, ...]) -> Counts:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(*xs)
    layers = {
        path.partition(".")[2]: sum(counts.values())
        for path, counts in counter.get_flop_counts().items()
    }
    return Counts(counter.get_total_flops(), None, layers)


def _fvcore(model: Any, xs: tuple[Any, ...]) -> Counts:
    from fvcore.nn import FlopCountAnalysis, parameter_count

    analysis = FlopCountAnalysis(model, xs).unsupported_ops_warnings(False).tracer_warnings("none")
    return Counts(analysis.total(), parameter_count(model)[""], analysis.by_module())


def _thop(model: Any, xs: tuple[Any, ...]) -> Counts:
    from thop import profile

    number, parameters, inside = profile(model, inputs=xs, verbose=False, ret_layer_info=True)
    return Counts(number, parameters, dict(_with_paths(inside)))


def _with_paths(inside: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers of modules inside one another, as thop nests them."""
    for name, (number, _, further) in inside.items():
        yield prefix + name, number
        yield from _with_paths(further, f"{prefix}{name}.")


def _ptflops(**settings: Any) -> _Run:
    def run(model: Any, xs: tuple[Any, ...]) -> Counts:
        from ptflops import get_model_complexity_info

        number, parameters = get_model_complexity_info(
            _with_named_inputs(model),
            tuple(xs[0].shape[1:]),
            # Else it takes what lies in memory, which may be no token.
            input_constructor=lambda _: {"xs": xs},
            as_strings=False,
            print_per_layer_stat=False,
            verbose=False,
            **settings,
        )
        return Counts(number, parameters)

    return run


def _with_named_inputs(model: Any) -> Any:
    """A module around another, which takes its inputs by one name."""
    import torch

    class Named(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, xs: tuple[Any, ...]) -> Any:
            return self.model(*xs)

    return Named()


def _torchinfo(model: Any, xs: tuple[Any, ...]) -> Counts:
    from torchinfo import summary

    found = summary(model, input_data=list(xs), verbose=0)
    paths = {id(module): path for path, module in model.named_modules()}
    layers = {paths.get(each.layer_id, ""): each.macs for each in found.summary_list}
    return Counts(found.total_mult_adds, found.total_params, layers)


def _torchinfo_bytes(what: str) -> _Run:
    def run(model: Any, xs: tuple[Any, ...]) -> Counts:
        from torchinfo import summary

        found = summary(model, input_data=list(xs), verbose=0)
        return Counts(getattr(found, what), found.total_params)

    return run


def _torchprofile(model: Any, xs: tuple[Any, ...]) -> Counts:
    import warnings

    from torchprofile import profile_macs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Counts(profile_macs(model, xs), None)


def _calflops(place: int) -> _Run:
    def run(model: Any, xs: tuple[Any, ...]) -> Counts:
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
        return Counts(numbers[place], numbers[2])

    return run


def _deepspeed(place: int) -> _Run:
    def run(model: Any, xs: tuple[Any, ...]) -> Counts:
        from deepspeed.profiling.flops_profiler.profiler import FlopsProfiler

        profiler = FlopsProfiler(model)
        profiler.start_profile()
        model(*xs)
        numbers = profiler.get_total_flops(), profiler.get_total_macs(), profiler.get_total_params()
        profiler.end_profile()
        return Counts(numbers[place], numbers[2])

    return run


def _torch_flops(model: Any, xs: tuple[Any, ...]) -> Counts:
    from torch_flops import TorchFLOPsByFX

    from archcalc.counters.sized_graph import sized_graph

    counter = TorchFLOPsByFX(sized_graph(model, xs), "memory_allocated")
    counter.propagate(*xs)
    return Counts(counter.print_total_flops(show=False), None)


def _torchscan(metric: str) -> _Run:
    def run(model: Any, xs: tuple[Any, ...]) -> Counts:
        from torchscan import crawl_module

        report = crawl_module(model, args=xs)
        return Counts(report["totals"][metric]["known_value"], None)

    return run


def _torchlens(model: Any, xs: tuple[Any, ...]) -> Counts:
    from torchlens import trace

    found = trace(model, list(xs))
    return Counts(found.total_flops_forward, found.num_params)


RUNS: Mapping[str, _Run] = {
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
    "torchlens": _torchlens,
    "torchscan": _torchscan("module_flops"),
    "torchscan MACs": _torchscan("macs"),
}
"""How each tool that can be run is run, by the name of its counter."""
