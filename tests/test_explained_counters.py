"""What tools count, layer by layer: `explain --quantity` of a counter."""

from __future__ import annotations

import pytest

from archcalc.claims import judge, ledgers
from archcalc.cli import main
from archcalc.counters import built_in_counters, reconcile
from archcalc.errors import ArchcalcError
from archcalc.explanation import explain
from archcalc.network import load


def test_a_layer_is_explained_as_a_counter_counts_it() -> None:
    net = load("resnet50-v1.5")
    (working,) = explain(net, "layer1.0.bn1", "thop").workings
    assert working.formula == "(2 + 2)·(channels·height·width)"
    assert working.substituted == "(2 + 2)·(64·56·56)"
    assert working.value == 4 * 64 * 56 * 56
    (fvcore,) = explain(net, "layer1.0.bn1", ["fvcore"]).workings
    assert fvcore.formula == "(1 + affine)·(channels·height·width)"
    (relu,) = explain(net, "layer1.0.relu", "fvcore").workings
    assert relu.words == "none: fvcore counts nothing of it"


def test_groups_are_explained_as_sums_that_come_to_what_reconcile_says() -> None:
    net = load("resnet18")
    for name, counter in built_in_counters().items():
        if counter.network_inputs:
            continue
        (working,) = explain(net, quantity=name).workings
        found = reconcile(net, [name])
        assert working.value == found[name].number + found.of_softmax.get(name, 0), counter


def test_what_is_not_known_of_a_layer_is_not_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "swin-t", "--quantity", "ptflops aten"]) == 2
    said = "not known: ptflops aten has a rule for scaled_dot_product_attention(mask) that is not"
    assert said in capsys.readouterr().err
    assert main(["explain", "lenet5", "--quantity", "tho"]) == 2
    assert "did you mean 'thop' or 'thop 0.0.31'?" in capsys.readouterr().err


def test_a_figure_of_a_paper_is_explained_by_the_convention_that_yields_it() -> None:
    """ShuffleNet v2 2x has 583,253,464 multiply-adds; the paper says 591M."""
    by_id = {claim.id: claim for claim in ledgers()}
    (judgement,) = judge([by_id["shufflenetv2_2.0x.macs"]])
    assert judgement.verdict == "contradicted"
    assert judgement.reading == (
        "as fvcore counts, MACs + 2·3,743,992 batch norm + 100,352 global avg pool inputs: "
        "590,841,800"
    )
    (two_digits,) = judge([by_id["mobilenetv3_small.macs"]])
    assert two_digits.verdict == "contradicted"
    assert two_digits.reading == ""


def test_a_package_is_all_of_its_tools() -> None:
    found = reconcile(load("lenet5"), ["ptflops", "ptflops aten"])
    assert {*found.derived} == {"ptflops pytorch", "ptflops modules", "ptflops aten"}
    assert {*reconcile(load("lenet5"), ["torchinfo"]).derived} == {"torchinfo"}


def test_no_such_tool() -> None:
    with pytest.raises(ArchcalcError, match="no counter 'thopp'; did you mean 'thop'"):
        reconcile(load("lenet5"), ["thopp"])
    with pytest.raises(ArchcalcError, match="tools are 'usual', 'all' or a list"):
        reconcile(load("lenet5"), "thop")
    with pytest.raises(ArchcalcError, match="reconcile takes a Network"):
        reconcile("lenet5")  # type: ignore[arg-type]
