"""Modules whose forward makes tensors of its own, or computes its weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc.importer.refusal import ImportRefused
from tests.habits import HABITS


class Shifted(nn.Module):
    """A grid that is made without saying on which device, and moved by a convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.offsets = nn.Conv2d(3, 2, 3, padding=1)

    def forward(self, x: Any) -> Any:
        same = torch.eye(2, 3).repeat(len(x), 1, 1)
        grid = functional.affine_grid(same, x.shape, align_corners=False)
        moved = grid + self.offsets(x).permute(0, 2, 3, 1)
        return functional.grid_sample(x, moved, align_corners=False)


def test_a_forward_may_make_tensors_without_saying_where() -> None:
    net = archcalc.from_torch(Shifted(), torch.zeros(1, 3, 8, 8))
    assert net.parameters == (3 * 3 * 3 + 1) * 2
    assert net["offsets"].macs == 8 * 8 * 2 * 3 * 3 * 3
    assert net.nodes[-1].shape == (3, 8, 8)


class Steps(nn.Module):
    """A recurrent cell, step by step, from zeros that are on no device in particular."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(8, 16)

    def forward(self, x: Any) -> Any:
        hidden = torch.zeros(len(x), 16)
        for step in range(x.shape[1]):
            hidden = self.cell(x[:, step], hidden)
        return hidden


def test_a_recurrent_cell_is_counted_at_every_step() -> None:
    net = archcalc.from_torch(Steps(), torch.zeros(1, 5, 8))
    assert net.parameters == 3 * 16 * (8 + 16 + 2)
    assert net.macs == 5 * 3 * 16 * (8 + 16)


def test_a_length_and_a_direction_are_the_parameters_of_weight_norm() -> None:
    module = nn.utils.parametrizations.weight_norm(nn.Conv1d(4, 8, 3))
    net = archcalc.from_torch(module, torch.zeros(1, 4, 16))
    assert net.parameters == 8 * 4 * 3 + 8 + 8  # directions, lengths, biases
    assert net.macs == 14 * 8 * 4 * 3


def test_numbers_for_words_are_refused_with_the_way_to_give_whole_ones() -> None:
    module = nn.Sequential(nn.Embedding(100, 16), nn.Linear(16, 4))
    with pytest.raises(ImportRefused, match="given as input='16:int64', or as a tensor of int64"):
        archcalc.from_torch(module, torch.zeros(1, 12))
    net = archcalc.from_torch(module, torch.zeros(1, 12, dtype=torch.int64))
    assert (net.parameters, net.macs) == (100 * 16 + 17 * 4, 12 * 16 * 4)


class AsksOfConstants(nn.Module):
    """Branches and loops on numbers that are the same for every input."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(16, 16)
        self.register_buffer("ready", torch.tensor(True))
        self.register_buffer("rounds", torch.tensor(3))

    def forward(self, x: Any) -> Any:
        mask = torch.ones(6, 6, device=x.device, dtype=torch.bool).tril()
        if mask.all() or not self.ready:
            return x
        for _ in range(self.rounds.item()):
            x = self.fc(x)
        last = int(torch.arange(6, device=x.device).max())
        return x[:, :last] * torch.linspace(0, 1, 3).tolist()[1]


def test_what_is_asked_of_constants_is_answered() -> None:
    net = archcalc.from_torch(AsksOfConstants(), torch.zeros(2, 6, 16))
    assert net.macs == 2 * 3 * 6 * 16 * 16
    assert net.nodes[-1].shape == (5, 16)


class AsksOfChance(nn.Module):
    """Drops a layer as a coin falls."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        return self.fc(x) if torch.rand(1) < 0.5 else x


def test_what_is_asked_of_chance_is_refused() -> None:
    with pytest.raises(ImportRefused, match="its cost depends on values"):
        archcalc.from_torch(AsksOfChance(), torch.zeros(1, 4))


class WritesIntoConstants(nn.Module):
    """Fills tensors that are on no device in particular, and asks for their sum."""

    def __init__(self, asks: bool):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.asks = asks

    def forward(self, x: Any) -> Any:
        made = torch.zeros(3, 8)
        made[1] = self.fc(x)[0]
        made[0] += 1
        if self.asks and made.sum() > 0:
            return made
        return made * 2


def test_a_constant_that_is_written_to_has_no_numbers_any_more() -> None:
    net = archcalc.from_torch(WritesIntoConstants(False), torch.zeros(2, 8))
    assert (net.macs, net.nodes[-1].shape) == (2 * 8 * 8, (3, 8))
    with pytest.raises(ImportRefused, match="its cost depends on values"):
        archcalc.from_torch(WritesIntoConstants(True), torch.zeros(2, 8))


class Masked(nn.Module):
    """Torch's own encoder with a mask, of which torch asks whether it is causal."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: Any, mask: Any) -> Any:
        return self.encoder(x, mask=mask)


def test_a_mask_is_no_question_of_cost() -> None:
    net = archcalc.from_torch(Masked(), torch.zeros(1, 5, 16), torch.zeros(5, 5))
    # in_proj, out_proj and the two of the MLP; scores and their sums over 2 heads of 8
    assert net.macs == 2 * (5 * (16 * 48 + 16 * 16 + 2 * 16 * 32) + 2 * 2 * 5 * 5 * 8)


class Rare(nn.Module):
    """Products that torch has no formula of, or no op of archcalc says as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self.bilinear = nn.Bilinear(5, 6, 7)
        self.vector = nn.Parameter(torch.zeros(5))
        self.wide = nn.Parameter(torch.zeros(2, 5, 5))

    def forward(self, a: Any, b: Any) -> Any:
        scores = torch.einsum("...d,de->...e", a, self.wide[0])
        joined = torch.einsum("ni,kij,nj->nk", a, self.wide, a)
        dots = torch.dot(a[0], self.vector)
        return self.bilinear(a, b), a @ self.vector, scores, joined, dots


def test_rare_products_are_counted_as_the_products_they_are() -> None:
    net = archcalc.from_torch(Rare(), torch.zeros(3, 5), torch.zeros(3, 6))
    assert net.parameters == (5 * 6 + 1) * 7 + 5 + 50
    pairs = 3 * 2 * 5 * 5 + 3 * 2 * 5  # `ni,kij` first, then its sums with `nj`
    assert net.macs == 3 * 7 * 5 * 6 + 3 * 5 + 3 * 5 * 5 + pairs + 5


@pytest.mark.parametrize(
    "made", [torch.jit.script, lambda m: torch.jit.trace(m, torch.zeros(1, 8))]
)
@pytest.mark.filterwarnings("ignore")
def test_a_part_that_torchscript_runs_is_heard_too(made: Any) -> None:
    inner = made(nn.Sequential(nn.Linear(8, 8), nn.ReLU()))
    net = archcalc.from_torch(nn.Sequential(inner, nn.Linear(8, 4)), torch.zeros(1, 8))
    assert (net.parameters, net.macs) == (9 * 8 + 9 * 4, 64 + 32)


def test_padding_that_is_even_on_no_side_is_a_border_of_its_own() -> None:
    net = archcalc.from_torch(nn.Conv2d(3, 4, 4, padding="same"), torch.zeros(1, 3, 8, 8))
    assert net.macs == 8 * 8 * 4 * 4 * 4 * 3
    assert net.nodes[0].shape == (3, 9, 9)  # one on both sides is the convolution's own


class LastAxisOfSamples(nn.Module):
    """Moves the samples to the end, and pads in front of the tokens."""

    def forward(self, x: Any) -> Any:
        return functional.pad(x.permute(1, 2, 0), (0, 0, 1, 0)).relu()


def test_a_border_is_along_the_axis_that_torch_says() -> None:
    net = archcalc.from_torch(LastAxisOfSamples(), torch.zeros(4, 2, 8))
    assert net.nodes[-1].shape == (2, 9)


class Cut(nn.Module):
    """Takes numbers away at the ends of the last axes, and adds others."""

    def __init__(self, ends: tuple[int, ...]):
        super().__init__()
        self.ends = ends

    def forward(self, x: Any) -> Any:
        return functional.pad(x, self.ends).relu()


@pytest.mark.parametrize("sizes", [(2, 6, 8), (2, 3, 6, 8), (2, 3, 4, 6, 8)])
@pytest.mark.parametrize(
    "ends", [(0, -1), (-2, 0, 0, 0), (0, 0, -1, 0), (1, -1), (0, 0, 1, -1), (0, 0), (1, 1, 1, -2)]
)
def test_a_border_that_is_taken_away_is_known_along_any_axis(
    sizes: tuple[int, ...], ends: tuple[int, ...]
) -> None:
    x = torch.zeros(sizes)
    net = archcalc.from_torch(Cut(ends), x)
    assert tuple(net.nodes[-1].shape) == functional.pad(x, ends).shape[1:]


def test_an_einsum_that_sums_one_number_alone_is_no_matrix_product() -> None:
    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.zeros(2, 5, 1))

        def forward(self, x: Any) -> Any:
            return torch.einsum("bxd,byd->bxy", x, self.w)

    net = archcalc.from_torch(Outer(), torch.zeros(2, 7, 1))
    assert (net.parameters, net.macs, net.nodes[-1].shape) == (10, 0, (7, 5))


def test_a_triangular_system_is_no_matrix_product() -> None:
    class Solves(nn.Module):
        def forward(self, a: Any, b: Any) -> Any:
            return torch.linalg.solve_triangular(a, b, upper=False)

    net = archcalc.from_torch(Solves(), torch.zeros(2, 4, 4), torch.zeros(2, 4, 3))
    assert net.macs == 0
    assert net.operations == {"linalg_solve_triangular": 2 * 4 * 3}


@pytest.mark.parametrize(
    ("build", "sizes", "whole"), HABITS, ids=lambda v: getattr(v, "__name__", "")
)
def test_a_module_as_users_write_them_is_counted_as_torch_counts_it(
    build: type[nn.Module], sizes: list[tuple[int, ...]], whole: tuple[int, ...]
) -> None:
    module = build().eval().requires_grad_(False)
    kinds = [torch.int64 if i in whole else torch.float32 for i in range(len(sizes))]
    inputs = [torch.zeros(size, dtype=kind) for size, kind in zip(sizes, kinds, strict=True)]
    net = archcalc.from_torch(module, *inputs)
    assert net.parameters == sum(p.numel() for p in module.parameters())
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        module.to("meta")(*(x.to("meta") for x in inputs))
    assert net.macs == counter.get_total_flops() // 2 > 0
