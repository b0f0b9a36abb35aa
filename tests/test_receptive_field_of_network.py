"""The receptive field of a whole network: what ends in the whole input, and its one figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from archcalc.analysis.receptive_field.axis import Places
from archcalc.analysis.receptive_field.of_network import by_output, network_receptive_field
from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined
from archcalc.ops.activation import Relu
from archcalc.ops.window import Moved
from archcalc.shape import Shape
from tests.seen_by_torch import Probe
from tests.small_maps import GLOBAL, by_hand, compare_all, conv, pool, same, undefined
from tests.spec_files import graph, spec

torch.set_num_threads(1)


# --- the whole input ------------------------------------------------------------------------------

GATED = {"op": "multiply", "inputs": ["x", "gate"]}
X = {"name": "x", **same(3)}

WHOLE: dict[str, list[dict[str, Any]]] = {
    "global pooling": [same(3), GLOBAL],
    "an average over the whole map": [same(3), pool([8, 6], "avg_pool2d")],
    "linear": [same(3), {"op": "linear", "out_features": 3}, {"op": "relu"}],
    "flatten": [pool(2), {"op": "flatten"}, {"op": "linear", "out_features": 3}],
    "a join of different strides, flattened": [
        {"branches": {"a": same(3, stride=2),
                      "b": {"op": "crop", "height": [4, 0], "width": [1, 2]}}, "join": "concat"},
        {"op": "flatten"},
    ],
    "a gate": [X, GLOBAL, {"name": "gate", "op": "sigmoid"}, GATED, same(3)],
    "a gate through a convolution": [X, {"name": "gate", **conv([8, 6])}, GATED, same(3)],
    "a gate through a pooling": [
        X, {"op": "max_pool2d", "kernel_size": [8, 6]}, {"name": "gate", "op": "relu"}, GATED
    ],
    "pooled and made as large again": [
        X, GLOBAL, {"name": "up", "op": "upsample", "scale_factor": [8, 6]},
        {"op": "concat", "inputs": ["x", "up"]}, same(3),
    ],
    "pooled by a window and made as large again": [
        X, {"op": "max_pool2d", "kernel_size": [8, 6]},
        {"name": "up", "op": "upsample", "scale_factor": [8, 6], "mode": "bilinear"},
        {"op": "concat", "inputs": ["x", "up"]},
    ],
    "a gate behind a gate": [
        X, {"name": "gate", **GLOBAL}, {"name": "y", **GATED}, {"name": "gate2", **GLOBAL},
        {"op": "multiply", "inputs": ["y", "gate2"]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_whole_input(case: str) -> None:
    expanded = graph(spec(*WHOLE[case], input=[2, 8, 6]))
    last = expanded.nodes[-1]
    seen = receptive_fields(expanded)[last.name]
    assert isinstance(seen, ReceptiveField)
    assert seen.is_whole
    assert (seen.size, seen.smallest, seen.stride) == ([8, 6], [8, 6], [0, 0])
    probe = Probe(expanded)
    whole = ((0, 7), (0, 5))
    assert probe.sees(last.name, 0, 0) == whole
    if last.shape.is_map:
        corner = last.shape.height - 1, last.shape.width - 1
        assert probe.sees(last.name, *corner) == whole


def test_what_is_cropped_away_before_global_pooling_is_not_seen() -> None:
    layers = [{"op": "crop", "height": [3, 1], "width": 2}, GLOBAL]
    expanded = graph(spec(*layers, input=[2, 8, 6]))
    seen = receptive_fields(expanded)["global_avg_pool2d"]
    assert isinstance(seen, ReceptiveField)
    assert not seen.is_whole
    assert seen.size == [4, 2]
    assert Probe(expanded).sees("global_avg_pool2d", 0, 0) == ((3, 6), (2, 3))


def test_a_gate_of_a_map_of_one_column_or_one_row_sees_it_all_too() -> None:
    for input, kernel_size in (([2, 9, 1], [9, 1]), ([2, 1, 9], [1, 9])):
        layers = [{"name": "gate", **conv(kernel_size)},
                  {"op": "multiply", "inputs": ["input", "gate"]}]  # fmt: skip
        seen = receptive_fields(graph(spec(*layers, input=input)))["multiply"]
        assert isinstance(seen, ReceptiveField)
        assert seen.is_whole


@pytest.mark.parametrize("layers", [[{"op": "linear", "out_features": 3}], [{"op": "relu"}]])
def test_of_a_vector_everything_sees_the_whole(layers: list[dict[str, Any]]) -> None:
    expanded = graph(spec(*layers, input=[784]))
    table = receptive_fields(expanded)
    seen = network_receptive_field(expanded, table)
    assert isinstance(seen, ReceptiveField)
    assert seen.is_whole


class Rolled(Relu):
    """An op that moves values to other places, as a reshaped or a permuted map has them."""

    def window(self, *inputs: Shape) -> Moved:
        return Moved("moves positions")


def test_what_moves_positions_leaves_a_receptive_field_undefined_until_all_is_seen() -> None:
    expanded = graph(spec(same(3), {"op": "relu"}, same(3), GLOBAL, {"op": "sigmoid"}))
    rolled = {"relu": Rolled(), "sigmoid": Rolled()}
    nodes = [node._replace(op=rolled.get(node.name, node.op)) for node in expanded.nodes]
    table = receptive_fields(expanded.with_nodes(nodes))
    assert [reason(table[node.name]) for node in nodes] == [
        "", "moves positions", "moves positions", "", "",
    ]  # fmt: skip
    for name in ("global_avg_pool2d", "sigmoid"):
        seen = table[name]
        assert isinstance(seen, ReceptiveField)
        assert seen.is_whole


def reason(seen: Seen) -> str:
    return seen.reason if isinstance(seen, Undefined) else ""


# --- the one figure of a network ------------------------------------------------------------------

HEAD = [GLOBAL, {"op": "flatten"}, {"op": "linear", "out_features": 2}]


def of_network(*layers: dict[str, Any], input: Sequence[int] = (2, 24, 24)) -> Seen:
    expanded = graph(spec(*layers, input=list(input)))
    return network_receptive_field(expanded, receptive_fields(expanded))


@pytest.mark.parametrize(
    "head",
    [[], HEAD, HEAD[1:], HEAD[2:], [{"op": "relu"}, *HEAD], [pool(11, "avg_pool2d"), *HEAD[1:]]],
)
def test_a_network_s_receptive_field_is_that_of_its_last_map(head: list[dict[str, Any]]) -> None:
    assert of_network(conv(3), same(5, stride=2), *head) == by_hand((-2, 7, 2), (24, 24))


def squeeze_excite(name: str, of: str) -> list[dict[str, Any]]:
    """Hu et al. 2017: weights for the channels from the mean of each."""
    return [
        {"name": name, "inputs": of, "layers": [
            GLOBAL, conv(1), {"op": "relu"}, conv(1), {"op": "sigmoid"},
        ]},
        {"name": f"{name}_out", "op": "multiply", "inputs": [of, name]},
    ]  # fmt: skip


def test_a_norm_over_all_positions_sees_the_whole_input_as_a_gate_does() -> None:
    """3x3/2, the norm, 3x3: 3 + 2·2 = 7 along the trunk; a norm at each position sees no more."""
    for norm in ({"op": "group_norm", "num_groups": 1}, {"op": "instance_norm"}):
        seen = of_network(same(3, stride=2), norm, same(3))
        assert seen.is_whole
        assert isinstance(seen.trunk, ReceptiveField)
        assert seen.trunk.size == [7, 7]
    alone = of_network(same(3, stride=2), {"op": "layer_norm", "axis": "channels"}, same(3))
    assert (alone.size, alone.trunk) == ([7, 7], None)


def test_positions_that_are_moved_leave_it_undefined() -> None:
    undefined_softmax = undefined(same(3), {"op": "softmax", "axis": "width"})
    assert undefined_softmax == "a softmax reads all positions along the width"


def test_a_network_with_gates_sees_the_whole_input_and_its_trunk_less() -> None:
    """3x3, a gate, 3x3/2 and 3x3/2: 3 + 2·1 + 2·2 = 9 along the trunk."""
    trunk = [{"name": "a", **same(3)}, *squeeze_excite("se", "a"), same(3, stride=2),
             {"name": "b", **same(3, stride=2)}, *squeeze_excite("se2", "b")]  # fmt: skip
    for head in ([], HEAD, HEAD[2:]):
        seen = of_network(*trunk, *head)
        assert isinstance(seen, ReceptiveField)
        assert seen.is_whole
        assert seen.trunk == by_hand((-1 - 1 - 2, 9, 4), (24, 24))


def test_an_image_pooling_branch_is_a_gate_too() -> None:
    """DeepLab's ASPP: dilated branches beside one of the whole image; 1 + 2·2·6 along the trunk."""
    seen = of_network(
        pool(2),
        {"branches": {
            "a": conv(1), "b": conv(3, padding=6, dilation=6),
            "image": [GLOBAL, conv(1), {"op": "upsample", "scale_factor": 12}],
        }, "join": "concat"},
        conv(1),
    )  # fmt: skip
    assert isinstance(seen, ReceptiveField)
    assert seen.is_whole
    assert seen.trunk == by_hand((-12, 26, 2), (24, 24))


def test_along_a_trunk_of_two_strides_there_is_no_figure_beside_the_whole() -> None:
    paths = {"two": same(3, stride=2), "one": {"op": "crop", "height": 6, "width": 6}}
    layers = [{"name": "x", "branches": paths, "join": "concat"}, *squeeze_excite("se", "x")]
    layers[1]["layers"][3]["out_channels"] = 4
    seen = of_network(*layers)
    assert isinstance(seen, ReceptiveField)
    assert seen.is_whole
    assert reason(seen.trunk) == "joins strides 1 and 2"


def test_of_two_heads_each_has_its_own_and_the_network_the_largest() -> None:
    """YOLO's: one at stride 4, and one at stride 2 that also reads the first."""
    expanded = graph(
        spec(
            {"name": "c2", **same(3, stride=2)},
            {"name": "c4", **same(3, stride=2)},
            {"name": "heads", "branches": {
                "coarse": same(3),
                "fine": [
                    {"name": "up", "op": "upsample", "scale_factor": 2},
                    {"op": "concat", "inputs": ["up", "c2"]}, conv(1),
                ],
            }},
            input=[2, 48, 48],
        )
    )  # fmt: skip
    table = receptive_fields(expanded)
    fields = by_output(expanded, table)
    assert fields == {
        "heads.coarse.conv2d": by_hand((-1 - 2 - 4, 3 + 4 + 8, 4), (48, 48)),
        # The fine outputs 0 and 1: row 0 of c4 sees -3 to 3, and c2's rows 0 and 1 -1 to 3.
        "heads.fine.conv2d": ReceptiveField((Places((-3, -3), (3, 3), 4),) * 2, (48, 48)),
    }
    assert network_receptive_field(expanded, table) == fields["heads.coarse.conv2d"]
    for name in fields:
        compare_all(expanded, name, margin=8)
