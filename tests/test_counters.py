"""What other tools say of a network, derived: the sums, their terms, parameters and batches."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.cli import main
from archcalc.counters import read_counter, reconcile
from archcalc.counters.terms import written_sum
from archcalc.errors import SpecError
from archcalc.network import load
from tests.counter_files import MINE, counter_file, network
from tests.random_specs import specs


def test_what_is_counted_of_a_network_s_inputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = {**MINE, "network_inputs": {"tensors": "2", "values": 4, "value": 1}}
    with pytest.raises(SpecError) as caught:
        read_counter(counter_file(tmp_path, mine))
    assert "network_inputs: no amount 'value'; did you mean 'values'?" in str(caught.value)
    assert "network_inputs.tensors: takes a whole number" in str(caught.value)
    assert main(["explain", "lenet5", "--quantity", "torchinfo input size"]) == 2
    assert "torchinfo input size is of a network's inputs, not of layers" in capsys.readouterr().err


def test_sums_by_hand() -> None:
    """LeNet-5: its subsampling and scaled tanh are calls, its rbf units are no multiply-adds."""
    found = reconcile(load("lenet5"), ["fvcore", "ptflops aten", "torchprofile", "torchinfo"])
    outputs = 6 * 28 * 28 + 16 * 10 * 10 + 120  # of its convolutions
    assert found["fvcore"].number == 325_680
    assert found["ptflops aten"].number == 325_680 + outputs + 84
    # Two factors a value of each tanh; a mean and a factor a value of each subsampling.
    scaled = outputs + 84 + 6 * 14 * 14 + 16 * 5 * 5
    assert found["torchprofile"].number == 325_680 + 2 * scaled + 2 * (6 * 14 * 14 + 16 * 5 * 5)
    assert written_sum(found["torchinfo"]) == "MACs + 6,508 bias + 44 subsampling parameters"


def test_counts_of_one_kind_share_its_name() -> None:
    """LRN squares, averages over padded channels and divides."""
    terms = reconcile(load("alexnet"), ["calflops"])["calflops"].terms
    of_norm = [(term.coefficient, term.count) for term in terms if "norm" in term.kind]
    # 96x55x55 and 256x27x27 values; two channels more before and behind them.
    values, padded = 96 * 55 * 55 + 256 * 27 * 27, 100 * 55 * 55 + 260 * 27 * 27
    assert of_norm == [(3, values), (1, padded)]
    written = written_sum(reconcile(load("alexnet"), ["calflops"])["calflops"])
    assert f"3·{values:,} + {padded:,} local response norm" in written


def test_a_softmax_at_the_end_is_left_out_and_what_it_would_add_is_said() -> None:
    found = reconcile(load("resnet18"), ["thop", "fvcore", "calflops"])
    assert found.without == ("prob",)
    assert found.of_softmax == {"thop": 3 * 1000 - 1, "calflops": 1000}
    assert len(found.net) == len(load("resnet18")) - 1


@pytest.mark.parametrize(
    ("input", "macs", "counted", "said"),
    [
        # 2·9·4 of the layer, 2·(2·2·4) of the attention.
        ([2, 9], 72 + 32, 72, "MACs - 32 attention MACs"),
        # 7·3·4 and 2·(7·7·4): where most are not counted, those are said that are.
        ([7, 3], 84 + 392, 84, "84 linear MACs"),
    ],
)
def test_some_multiply_adds_are_not_counted(
    input: list[int], macs: int, counted: int, said: str, tmp_path: Path
) -> None:
    layers = [
        {"name": "fc", "op": "linear", "out_features": 4, "bias": False},
        {"op": "attention", "num_heads": 2, "inputs": ["fc", "fc", "fc"]},
    ]
    net = network(tmp_path, layers, input)
    found = reconcile(net, ["fvcore", "DeepSpeed MACs", "ptflops aten"])
    assert (net.macs, found["DeepSpeed MACs"].number) == (macs, macs)
    assert found["fvcore"].number == found["ptflops aten"].number == counted
    assert written_sum(found["fvcore"]) == said


def test_multiply_adds_that_are_counted_zero_times_are_no_term() -> None:
    for name in ("mixer-b-16", "bert-base", "vit-b-16"):
        for derived in reconcile(load(name), "all").derived.values():
            assert all(term.coefficient for term in derived.terms), (name, derived.counter.name)
            assert "parameter parameters" not in written_sum(derived)


def test_parameters_as_each_tool_counts_them() -> None:
    shared = load("zfnet-deconv")
    once, leaves, registered = (
        reconcile(shared, [name])[name].parameters for name in ("fvcore", "torchinfo", "thop")
    )
    assert once == shared.parameters
    assert leaves == 29_806_208 // 4  # as bytes in torchinfo's summary; shared ones twice
    assert registered is not None
    assert load("lenet5").parameters - 44 == reconcile(load("lenet5"), ["thop"])["thop"].parameters


def test_a_batch_multiplies_all_but_what_is_there_once() -> None:
    one, three = (reconcile(load("resnet18", batch=n), "all").derived for n in (1, 3))
    for name in one.keys() - {"torchinfo params size", "torchinfo input size"}:
        # Of each batch norm's channels torchscan takes two roots and sums, whatever the batch.
        once = 2 * 4800 if name == "torchscan" else 0
        assert three[name].number == 3 * (one[name].number or 0) - 2 * once, name
    assert three["torchinfo params size"].number == one["torchinfo params size"].number
    assert three["torchinfo input size"].number == 3 * 3 * 224 * 224 * 4 + 64


@given(specs(), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_terms_sum_to_the_number_on_networks_that_nobody_thought_of(
    tree: dict[str, Any], batch: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        net = load(str(counter_file(Path(folder), tree)), batch=batch)
    for derived in reconcile(net, "all").derived.values():
        if derived.number is not None:
            assert sum(term.number for term in derived.terms) == derived.number
            assert derived.number >= 0
