"""From a spec file to parameters and MACs, against other counters on the same network."""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO

from measure import in_turn

from archcalc.expressions import parsing
from archcalc.language.expand import expand
from archcalc.language.read import read, spec_or_refusal
from archcalc.names import catalog
from archcalc.network import Network, load

Counter = Callable[[], object]
MODELS = ("alexnet", "vgg16", "googlenet", "resnet50", "resnet152", "densenet201")


FILES = {
    name: path
    for path in (catalog.specs_folder() / "networks").glob("*.json")
    for name in read(path).presets
}


def ours(model: str) -> tuple[int, int]:
    """Spec file to totals, nothing kept from before."""
    parsing.parse.cache_clear()
    spec_or_refusal.cache_clear()
    spec = read(FILES[model])
    preset = spec.presets[model]
    net = Network(model, preset, expand(spec, preset))
    return net.parameters, net.macs


def counters(model: str) -> dict[str, Counter]:
    """Every other counter that is installed, construction included."""
    import torch
    from fvcore.nn import FlopCountAnalysis
    from torch.utils.flop_counter import FlopCounterMode

    from archcalc.twin.building import build

    net = load(model)
    sizes = net.input.sizes

    def flop_counter_mode() -> int:
        module = build(net, device="meta").eval()
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            module(torch.empty(1, *sizes, device="meta"))
        return sum(p.numel() for p in module.parameters()) + counter.get_total_flops()

    def with_module(count: Callable[[torch.nn.Module, torch.Tensor], object]) -> Counter:
        def run() -> object:
            module = build(net, device="cpu").eval()
            with redirect_stdout(StringIO()):
                return count(module, torch.zeros(1, *sizes))

        return run

    found: dict[str, Counter] = {
        "FlopCounterMode (meta)": flop_counter_mode,
        "fvcore": with_module(lambda module, x: FlopCountAnalysis(module, x).total()),
    }
    try:
        import torchinfo

        found["torchinfo"] = with_module(
            lambda module, x: torchinfo.summary(module, input_data=x, verbose=0)
        )
    except ImportError:
        pass
    try:
        import thop

        found["thop"] = with_module(lambda module, x: thop.profile(module, (x,), verbose=False))
    except ImportError:
        pass
    try:
        import ptflops

        found["ptflops"] = with_module(
            lambda module, x: ptflops.get_model_complexity_info(
                module, tuple(sizes), print_per_layer_stat=False, as_strings=False
            )
        )
    except ImportError:
        pass
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    for model in MODELS:
        others = counters(model)
        gc.freeze()  # neither side pays for collecting what imports have left
        for name, count in others.items():
            mine, theirs, ratio = in_turn(lambda m=model: ours(m), count, pairs=5)
            times = f"{theirs * 1e3:8.0f} ms, {ratio:6.0f}x archcalc's {mine * 1e3:.1f} ms"
            print(f"{model:12} {name:24} {times}", flush=True)
