"""Stochastic depth: what a training step runs, by hand and by enumerating what is dropped."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from archcalc.analysis.stochastic_depth import MOST_NESTED
from archcalc.explanation import explain
from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.network import Network, load
from archcalc.quantities import drops_paths
from archcalc.tables.layer_table import layer_table, stochastic_lines

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
    paths = {name: path.nodes for name, path in net.dropped_paths.items()}
    # `a` is read by `d` too, so nothing drops it; `b` goes with either.
    assert paths == {"inner": {"b", "inner"}, "outer": {"b", "inner", "c", "outer"}}
    macs = 2 * 2 * 2 * 2
    expected = Fraction(0)
    for inner, outer in product((True, False), repeat=2):
        chance = Fraction(1 if inner else 2, 3) * Fraction(1, 2)
        expected += chance * (macs + (macs if inner and outer else 0))
    assert net.expected_macs == expected
    assert (net.least_macs, net.most_macs) == (macs, 2 * macs)


def in_a_row(paths: int, survival: str = "1/2") -> Network:
    """Paths that are dropped, each inside all behind it."""
    layers = [{"name": "x", "repeat": paths, "op": "drop_path", "survival": survival}]
    tree = {"title": "t", "year": 1, "source": "s", "input": [2, 2, 2], "layers": layers}
    spec = from_json(tree, "t.json", "t")
    return Network("t", spec.presets["t"], expand(spec, spec.presets["t"]), mode="train")


def test_paths_inside_paths_without_end_have_no_average_that_is_known() -> None:
    """Each is on all paths behind it: what is worked out would grow with the square of them."""
    most = in_a_row(MOST_NESTED)
    assert most.surviving_paths == Fraction(MOST_NESTED, 2)
    (first, *_), (*_, last) = most["x.0"].nodes, most.nodes
    assert len(most.paths_by_node[first.name]) == MOST_NESTED
    assert most.dropped_paths[last.name].nodes == {node.name for node in most.nodes}
    more = in_a_row(10_000)
    assert not drops_paths(more)
    (found,) = explain(more, None, "surviving_paths").workings
    assert found.reason == "more than 32 paths are dropped inside each other"


def test_the_chances_of_many_paths_are_added_to_40_decimals_where_no_fraction_is_readable() -> None:
    """The common denominator of 1/2 to 1/3001 has 1,300 digits."""
    residual = [
        {"op": "relu"}, {"name": "d", "op": "drop_path", "survival": "1/n"},
        {"op": "add", "inputs": ["d", "input"]},
    ]  # fmt: skip
    tree = {
        "title": "t", "year": 1, "source": "s", "input": [2, 2, 2],
        "blocks": {"residual": {"arguments": {"n": None}, "layers": residual}},
        "layers": [{"name": "s", "repeat": 3000, "block": "residual", "n": "index + 2"}],
    }  # fmt: skip
    spec = from_json(tree, "t.json", "t")
    net = Network("t", spec.presets["t"], expand(spec, spec.presets["t"]), mode="train")
    exact = sum(Fraction(1, n) for n in range(2, 3002))
    assert exact.denominator > 10**1000
    assert net.surviving_paths.denominator <= 10**40
    assert 0 <= exact - net.surviving_paths < Fraction(3000, 10**40)


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
