"""Stochastic depth: what a training step runs, by hand and by enumerating what is dropped."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from archcalc.explanation import explain
from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.layers import layer_table, stochastic_lines
from archcalc.network import Network, load
from archcalc.quantities import drops_paths
from archcalc.stochastic_depth import dropped_paths

RESNET110 = "resnet110-stochastic-depth-cifar"


def test_the_papers_network() -> None:
    found = load(RESNET110, mode="train")
    # Huang et al. 2016, section 4: (3L - 1)/4 = 40.25 of L = 54 blocks, with p_L = 1/2.
    assert (found.surviving_paths, len(found.dropped_paths)) == (Fraction(161, 4), 54)
    # A block has 2·32·32·16·(3·3·16) multiply-adds in every stage, the first of stages 2 and 3
    # half of that less in its first convolution; p_l = 1 - l/108. Outside: conv1 and fc.
    full, first = 4_718_592, 1_179_648 + 2_359_296
    survival = [1 - Fraction(block, 108) for block in range(1, 55)]
    by_hand = sum(p * (first if i in (18, 36) else full) for i, p in enumerate(survival))
    assert found.expected_macs == 442_368 + 640 + by_hand
    assert found.least_macs == 442_368 + 640
    assert found.most_macs == 252_887_680


def test_a_network_without_dropped_paths_has_none() -> None:
    net = load("resnet50", mode="train")
    assert not drops_paths(net)
    assert (net.survival, net.expected_macs, net.least_macs, net.most_macs) == (None,) * 4


def test_joins_that_drop_their_inputs_have_no_average_that_is_known() -> None:
    net = load("fractalnet20-cifar", mode="train")
    assert not drops_paths(net)
    # Five blocks of three columns: a join of two of them, then one of all three.
    reason = (
        "10 joins drop their inputs at random in training, "
        "and no path has a fixed chance of its own"
    )
    assert layer_table(net).footer[-1] == f"stochastic depth: {reason}"
    for quantity in ("surviving_paths", "expected_macs"):
        (found,) = explain(net, None, quantity).workings
        assert (found.value, found.reason) == (None, reason)
    (found,) = explain(load("resnet50"), None, "surviving_paths").workings
    assert (found.value, found.reason) == (0, "it drops no path in training")


NESTED = [
    {"name": "a", "op": "conv2d", "out_channels": 2, "kernel_size": 1},
    {"name": "b", "op": "conv2d", "out_channels": 2, "kernel_size": 1},
    {"name": "inner", "op": "drop_path", "survival": "1/3"},
    {"name": "c", "op": "add", "inputs": ["a", "inner"]},
    {"name": "outer", "op": "drop_path", "survival": "1/2", "inputs": "c"},
    {"name": "d", "op": "add", "inputs": ["outer", "a"]},
]


def test_paths_inside_paths_by_enumeration() -> None:
    tree = {"title": "t", "year": 1, "source": "s", "input": [2, 2, 2], "layers": NESTED}
    spec = from_json(tree, "t.json", "t")
    net = Network("t", spec.presets["t"], expand(spec, spec.presets["t"]), mode="train")
    paths = {path.name: path.nodes for path in dropped_paths(net.graph)}
    # `a` is read by `d` too, so nothing drops it; `b` goes with either.
    assert paths == {"inner": {"b", "inner"}, "outer": {"b", "inner", "c", "outer"}}
    macs = 2 * 2 * 2 * 2
    expected = Fraction(0)
    for inner, outer in product((True, False), repeat=2):
        chance = Fraction(1 if inner else 2, 3) * Fraction(1, 2)
        expected += chance * (macs + (macs if inner and outer else 0))
    assert net.expected_macs == expected
    assert (net.least_macs, net.most_macs) == (macs, 2 * macs)


def test_it_is_said_and_explained() -> None:
    net = load(RESNET110, mode="train")
    assert stochastic_lines(net) == [
        "stochastic depth: 40.25 of 54 paths survive on average",
        "MACs of a training step's forward pass: about 188,618,709.33 expected, "
        "443,008 to 252,887,680",
    ]
    (paths,) = explain(net, None, "surviving_paths").workings
    assert paths.value == Fraction(161, 4)
    (macs,) = explain(net, None, "expected_macs").workings
    assert macs.value == net.expected_macs
    (conv,) = explain(net, "layer1.0.conv1", "expected_macs").workings
    assert conv.value == Fraction(107, 108) * 2_359_296
