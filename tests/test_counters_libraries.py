"""What tools say of a library's own modules, derived: where it writes a layer otherwise."""

from __future__ import annotations

import pytest

from archcalc.cli import main
from archcalc.counters import reconcile
from archcalc.counters.libraries import libraries
from archcalc.counters.reconciliation import without_softmax
from archcalc.network import load

PRINTED_IN_TORCHVISION = {
    # Printed by the tools for torchvision 0.28.0's modules, as `bench/installed.py` runs them.
    "inception-v3": {
        "ptflops pytorch": 5_747_660_552,
        "ptflops modules": 5_733_633_992,
        "thop": 5_749_219_168,
        "torchprofile": 5_724_188_032,
        "torch_flops": 11_454_618_240,
        "torchscan": 11_454_656_768,
    },
    "vgg16": {
        "ptflops pytorch": 15_523_225_576,
        "thop": 15_470_314_496,
        "fvcore": 15_470_289_408,
        "torchprofile": 15_470_289_408,
        "torch_flops": 30_955_639_808,
    },
    "densenet121": {"ptflops pytorch": 2_899_843_048, "thop": 2_897_007_104},
    "mobilenet-v2": {"ptflops modules": 320_237_288, "thop": 327_486_720},
    "mnasnet1.0": {"fvcore": 325_329_152, "torchprofile": 319_873_792},
    "shufflenet-v2-x1.0": {"calflops": 295_505_472, "torchscan": 297_321_324},
    "googlenet-bn": {"ptflops pytorch": 1_513_907_448, "torchscan": 3_009_291_824},
}


@pytest.mark.parametrize("model", PRINTED_IN_TORCHVISION)
def test_derived_is_what_tools_print_where_torchvision_writes_a_layer_otherwise(model: str) -> None:
    printed = PRINTED_IN_TORCHVISION[model]
    found = reconcile(load(model), [*printed], spelling="torchvision")
    assert {name: found[name].number for name in printed} == printed
    prices = [found.price(change) for change in found.written.changes] if found.written else []
    plain = reconcile(load(model), [*printed])
    for name in printed:
        assert (
            plain[name].number + sum(price.get(name, 0) or 0 for price in prices) == printed[name]
        )


def test_every_network_that_a_library_builds_is_known_and_every_rewriting_meets_one() -> None:
    for library in libraries().values():
        used = set()
        for name in library.models:
            written = library.written(without_softmax(load(name)))
            used |= {id(change.rewriting) for change in written.changes}
        assert used == {id(rewriting) for rewriting in library.rewritings}
        assert library.arguments.keys() <= {*library.models.values()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["resnet50"], "how torchvision writes resnet50; it builds resnet50-v1.5"),
        (["lenet5"], "it is not known how torchvision writes lenet5"),
        (["vgg16", "--input", "3x256x256"], "its adaptive_avg_pool2d makes 512x7x7 of 512x8x8"),
        (["googlenet-bn", "--mode", "train"], "it is known in eval mode alone how torchvision"),
        (["resnet18", "--set", "num_classes=10", "--run"], "resnet18 without num_classes"),
    ],
)
def test_what_a_library_does_not_build_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reconcile", *arguments, "--spelling", "torchvision"]) == 2
    assert said in capsys.readouterr().err


def test_no_such_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "resnet18", "--spelling", "torchvison"]) == 2
    assert "no library 'torchvison'; did you mean 'torchvision'?" in capsys.readouterr().err


def test_each_change_of_a_library_has_its_price(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["reconcile", "googlenet-bn", "--spelling", "torchvision", "--tools"]
    assert main([*command, "thop,ptflops pytorch,torchscan"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert ", as torchvision 0.28.0 writes googlenet: 1,498,376,192 MACs" in out
    assert "57 layers of relu as F.relu: ptflops pytorch, torchscan - 3,226,160" in out
    assert main([*command, "fvcore"]) == 0
    assert "57 layers of relu as F.relu: no number changes" in capsys.readouterr().out
    assert main(["reconcile", "resnet18", "--spelling", "torchvision"]) == 0
    assert "torchvision writes it as archcalc does" in capsys.readouterr().out
