"""Questions about values that are answered yes or no: each answer is tried."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import archcalc
from archcalc.cli import main
from archcalc.importer.refusal import ImportRefused

LAYER = 2 * 4 * 4
"""The multiply-adds of one layer for two samples."""


class Asks(nn.Module):
    """Runs a layer, in which a function of its input takes part."""

    def __init__(self, asks: Callable[[Any, Any], Any]):
        super().__init__()
        self.fc, self.asks = nn.Linear(4, 4), asks

    def forward(self, x: Any) -> Any:
        return self.asks(self.fc, x)


def warns(fc: Any, x: Any) -> Any:
    if 0 in x[:, [-1, 0]]:
        warnings.warn("there is a 0", stacklevel=1)
    return fc(x)


def asserts(fc: Any, x: Any) -> Any:
    for _ in range(10):
        assert not torch.isnan(x).any(), "a number is none"
        x = fc(x)
    if (x > 1).all():
        raise ValueError("too large")
    torch._check(not torch.equal(x, x + 1))
    return x


def asserts_what_is_so(fc: Any, x: Any) -> Any:
    assert (x < 1).all()
    return fc(x)


@pytest.mark.filterwarnings("ignore:there is a 0")
@pytest.mark.parametrize(("asks", "layers"), [(warns, 1), (asserts, 10), (asserts_what_is_so, 1)])
def test_what_no_answer_changes_is_counted(asks: Any, layers: int) -> None:
    net = archcalc.from_torch(Asks(asks), torch.zeros(2, 4))
    assert (net.macs, len(net.nodes)) == (layers * LAYER, layers)


def branches(fc: Any, x: Any) -> Any:
    return fc(fc(x)) if x.sum() > 0 else fc(x)


def multiplies(fc: Any, x: Any) -> Any:
    if torch.isinf(x).any():
        x = x.clamp(0, 1)
    return fc(x)


def returns_the_input(fc: Any, x: Any) -> Any:
    return fc(x) if x.max() > 0 else x


def loops(fc: Any, x: Any) -> Any:
    while (x > 0).any():
        x = fc(x)
    return x


def asks_often(fc: Any, x: Any) -> Any:
    for _ in range(6):
        bool((x > 0).any())
    return fc(x)


def fails_by_an_operator(fc: Any, x: Any) -> Any:
    return fc(x[:, :3] if (x > 0).all() else x)


def draws(fc: Any, x: Any) -> Any:
    return fc(fc(x)) if torch.rand(()) > 0.5 else fc(x)


@pytest.mark.parametrize(
    "asks",
    [
        branches,
        multiplies,
        returns_the_input,
        loops,
        asks_often,
        fails_by_an_operator,
        draws,
    ],
)
def test_what_an_answer_changes_is_refused_with_its_line(asks: Any) -> None:
    with pytest.raises(ImportRefused) as refused:
        archcalc.from_torch(Asks(asks), torch.zeros(2, 4))
    line = asks.__code__.co_firstlineno
    places = [f"test_import_questions.py:{line + i}, '" for i in (1, 2)]
    assert "its cost depends on values: aten." in str(refused.value)
    assert any(place in str(refused.value) for place in places)


def test_a_number_is_no_truth_value() -> None:
    module = Asks(lambda fc, x: fc(x)[: int(x.max())])
    with pytest.raises(ImportRefused, match=r"aten\.item reads the numbers of a tensor at test_im"):
        archcalc.from_torch(module, torch.zeros(2, 4))


def test_a_mask_that_chooses_is_refused_with_its_line() -> None:
    module = Asks(lambda fc, x: fc(x[x.sum(-1) > 0]))
    with pytest.raises(ImportRefused, match=r"a mask chooses numbers at test_import_q"):
        archcalc.from_torch(module, torch.zeros(2, 4))


def test_an_assertion_that_always_fails_is_said() -> None:
    def fails(fc: Any, x: Any) -> Any:
        assert x.sum() > 0, "one"
        raise ValueError("another")

    with pytest.raises(ImportRefused, match="forward raised AssertionError: one"):
        archcalc.from_torch(Asks(fails), torch.zeros(2, 4))


SIZES = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.register_buffer("rounds", torch.tensor(3))
    def forward(self, x):
        for _ in range(self.rounds.item()):
            x = self.fc(x)
        return x
class Meta(Net):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4) * torch.arange(4))
"""


@pytest.mark.parametrize(("name", "code"), [("Net", 0), ("Meta", 2)])
def test_a_buffer_of_sizes_may_be_asked_of_a_module_that_is_built_without_weights(
    name: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sizes.py"
    file.write_text(SIZES)
    command = ["table", f"{file}:{name}", "--input", "4", "--columns", "macs"]
    assert main([*command, "--format", "csv"]) == code
    out, err = capsys.readouterr()
    assert out.splitlines()[1:] == ([] if code else [f"{file}:Net,48"])
    assert ("its cost depends on values" in err) == bool(code)
