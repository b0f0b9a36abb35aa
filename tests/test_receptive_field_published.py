"""Receptive fields as they were published, which torch sees too."""

from __future__ import annotations

import pytest
import torch

from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.analysis.receptive_field.seen import ReceptiveField
from archcalc.graph import Graph
from archcalc.network import Network, load
from tests.seen_by_torch import RUN, Probe, around_the_middle, thin
from tests.small_maps import by_hand

torch.set_num_threads(1)


PUBLISHED = {
    # github.com/google-research/receptive_field, RECEPTIVE_FIELD_TABLE.md (Araujo et al. 2019):
    # receptive field, effective stride and effective padding of TF-slim's networks.
    "alexnet": {  # alexnet_v2
        "conv1": (11, 4, 0), "pool1": (19, 8, 0), "conv2": (51, 8, 16), "conv3": (99, 16, 32),
        "conv4": (131, 16, 48), "conv5": (163, 16, 64), "pool5": (195, 32, 64),
    },
    "vgg11": {  # vgg_a
        "pool1": (4, 2, 1), "pool2": (10, 4, 3), "pool3": (30, 8, 11), "pool4": (70, 16, 27),
        "pool5": (150, 32, 59),
    },
    "vgg16": {
        "pool1": (6, 2, 2), "pool2": (16, 4, 6), "pool3": (44, 8, 18), "pool4": (100, 16, 42),
        "pool5": (212, 32, 90),
    },
    "inception-v3": {
        "maxpool1": (15, 4, 2), "maxpool2": (31, 8, 2), "Mixed_5b": (63, 8, 18),
        "Mixed_5c": (95, 8, 34), "Mixed_5d": (127, 8, 50), "Mixed_6a": (159, 16, 58),
        "Mixed_6b": (351, 16, 154), "Mixed_6c": (543, 16, 250), "Mixed_6d": (735, 16, 346),
        "Mixed_6e": (927, 16, 442), "Mixed_7a": (1055, 32, 490), "Mixed_7b": (1183, 32, 554),
        "Mixed_7c": (1311, 32, 618),
    },
    "inception-v4": {
        "stem.grid73": (15, 4, 2), "stem.grid71": (47, 4, 14), "stem.grid35": (55, 8, 14),
        "inception_a.0": (87, 8, 30), "inception_a.3": (183, 8, 78), "reduction_a": (215, 16, 86),
        "inception_b.0": (407, 16, 182), "inception_b.6": (1559, 16, 758),
        "reduction_b": (1687, 32, 806), "inception_c.0": (1815, 32, 870),
        "inception_c.2": (2071, 32, 998),
    },
    "inception-resnet-v2": {
        "stem.pool3": (15, 4, 2), "stem.pool5": (31, 8, 2), "stem.mixed_5b": (63, 8, 18),
        "reduction_a": (415, 16, 186), "inception_resnet_b.19": (2335, 16, 1146),
        "reduction_b": (2399, 32, 1162), "block8": (3039, 32, 1482),
    },
}  # fmt: skip
SLIM_RESNETS = {  # They stride at the end of a block, and pad by the size of the input.
    "resnet50": [35, 99, 291, 483],
    "resnet101": [35, 99, 835, 1027],
    "resnet152": [35, 163, 1315, 1507],
}


def last_of(net: Network, layer: str) -> ReceptiveField:
    field = net.receptive_fields[net[layer].nodes[-1].name]
    assert isinstance(field, ReceptiveField)
    return field


@pytest.mark.parametrize("model", PUBLISHED)
def test_published(model: str) -> None:
    net = load(model)
    for layer, figures in PUBLISHED[model].items():
        field = last_of(net, layer)
        assert list(zip(field.size, field.stride, field.padding, strict=True)) == [figures] * 2


@pytest.mark.parametrize("model", SLIM_RESNETS)
def test_published_sizes_of_resnets(model: str) -> None:
    net = load(model)
    sizes = [last_of(net, f"layer{i}").size for i in range(1, 5)]
    assert sizes == [[size, size] for size in SLIM_RESNETS[model]]


@pytest.mark.parametrize(
    ("model", "layer"), [("alexnet", "pool5"), ("vgg16", "pool5"), ("resnet50", "layer4")]
)
def test_torch_sees_what_is_published(model: str, layer: str) -> None:
    net = load(model)
    field = last_of(net, layer)
    side = field.size[0] + 9 * int(field.height.stride)
    compare_around_the_middle(thin(net.graph, net[layer].nodes[-1].name, (1, side, side)))


def compare_around_the_middle(expanded: Graph) -> None:
    last = expanded.nodes[-1].name
    field = receptive_fields(expanded)[last]
    assert isinstance(field, ReceptiveField)
    for axis, run in zip(field.known, around_the_middle(Probe(expanded), last), strict=True):
        assert len(run) == RUN
        assert run == {o: axis.at(o) for o in run}


def test_lenet5_sees_its_whole_image() -> None:
    """32x32, in torch too: the last map is one position."""
    net = load("lenet5")
    assert net.receptive_field == by_hand((0, 32, 4), (32, 32))  # two poolings by 2
    last = net["c5"].nodes[-1].name
    assert Probe(net.graph).sees(last, 0, 0) == ((0, 31), (0, 31))
