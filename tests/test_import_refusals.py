"""Torch modules that are refused, and why."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from torch import nn

import archcalc
from archcalc.importer.refusal import ImportRefused
from tests.worked_modules import IMAGE, Net


class Branches(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * 2 if x.sum() > 0 else x


class Chooses(nn.Module):
    def forward(self, x: Any) -> Any:
        return x[x.nonzero()]


class Transforms(nn.Module):
    """Two operators that nobody has a rule for."""

    def forward(self, x: Any) -> Any:
        return torch.linalg.matrix_exp(x) + torch.linalg.inv(x)


class DrawsItsDepth(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.runs = 0

    def forward(self, x: Any) -> Any:
        self.runs += 1
        for _ in range(self.runs):
            x = self.fc(x)
        return x


class Locked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class Outer(nn.Module):
    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x)


REFUSED = {
    "branch on a value": (lambda: Outer(Branches()), ["inner: its cost depends on values"]),
    "size by values": (Chooses, ["its cost depends on values: aten.nonzero"]),
    "unknown operators": (
        Transforms,
        [
            "no rule for aten.linalg_matrix_exp",
            "no rule for aten.linalg_inv_ex",
            "Transforms: 2 problems",
        ],
    ),
    "another one each time": (DrawsItsDepth, ["calls", "no count holds for it"]),
    "what cannot be copied": (Locked, ["cannot be copied", "lock"]),
    "lazy": (lambda: nn.Sequential(nn.LazyLinear(4)), ["0: is lazy: it has no shape until"]),
    "wrong input": (lambda: nn.Linear(5, 4), ["forward raised RuntimeError", "input was 4x4"]),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_what_is_not_known_is_refused_by_layer_operator_and_reason(name: str) -> None:
    build, said = REFUSED[name]
    with pytest.raises(ImportRefused) as refused:
        archcalc.from_torch(build(), torch.zeros(4, 4))
    for words in said:
        assert words in str(refused.value)


def test_what_is_no_module_or_has_no_input_is_refused() -> None:
    with pytest.raises(archcalc.ArchcalcError, match=r"takes a torch\.nn\.Module"):
        archcalc.from_torch("resnet18", torch.zeros(1))
    with pytest.raises(archcalc.ArchcalcError, match="an input is wanted"):
        archcalc.from_torch(Net())


@pytest.mark.parametrize("build", [Net, Chooses])
def test_hooks_are_gone_afterwards(build: Any) -> None:
    try:
        archcalc.from_torch(build(), torch.zeros(IMAGE))
    except ImportRefused:
        assert build is Chooses
    assert not torch.nn.modules.module._global_forward_hooks
    assert not torch.nn.modules.module._global_forward_pre_hooks
