"""Modules whose forward makes tensors of its own, or computes its weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

import archcalc
from archcalc.importer.refusal import ImportRefused


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
    with pytest.raises(ImportRefused, match="given as --input 16:int64"):
        archcalc.from_torch(module, torch.zeros(1, 12))
    net = archcalc.from_torch(module, torch.zeros(1, 12, dtype=torch.int64))
    assert (net.parameters, net.macs) == (100 * 16 + 17 * 4, 12 * 16 * 4)
