"""Kinds of modules and inputs that users bring: objects, packed sequences, distributions,
TorchScript, quantization, operators of others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.distributions import Distribution, Normal, kl_divergence

import archcalc
from archcalc.importer.refusal import ImportRefused


@dataclass(frozen=True)
class Graph:
    nodes: Any
    chosen: Any


class OfObjects(nn.Module):
    """Takes an object, and gives one with what it was given in it."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, given: Any) -> Any:
        made = SimpleNamespace(scores=self.fc(given.nodes).index_select(0, given.chosen))
        made.itself = made
        return made


@pytest.mark.parametrize("kind", [Graph, SimpleNamespace])
def test_tensors_are_found_in_objects(kind: Any) -> None:
    given = kind(nodes=torch.zeros(5, 8), chosen=torch.tensor([1, 2]))
    net = archcalc.from_torch(OfObjects(), given)
    assert (net.parameters, net.macs) == (9 * 3, 5 * 8 * 3)
    assert list(net.graph.inputs) == ["given.nodes", "given.chosen"]
    assert list(net.graph.output_names) == ["scores"]
    assert not given.nodes.is_meta


def test_an_object_that_cannot_be_copied_is_refused() -> None:
    given = SimpleNamespace(nodes=torch.zeros(5, 8), lock=threading.Lock())
    with pytest.raises(ImportRefused, match=r"cannot be taken without its numbers.*lock"):
        archcalc.from_torch(OfObjects(), given)


class Sequences(nn.Module):
    """A recurrent layer over sequences of different lengths."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(8, 3)

    def forward(self, given: Any) -> Any:
        if isinstance(given, tuple) and not hasattr(given, "data"):
            given = nn.utils.rnn.pack_padded_sequence(*given)
        made, _ = self.gru(given)
        return nn.utils.rnn.pad_packed_sequence(made)[0]


def packed() -> Any:
    return nn.utils.rnn.pack_sequence([torch.zeros(3, 8), torch.zeros(2, 8)])


def padded() -> Any:
    return torch.zeros(3, 2, 8), torch.tensor([3, 2])


@pytest.mark.parametrize("given", [packed, padded])
def test_packed_sequences_cost_what_their_lengths_say(given: Callable[[], Any]) -> None:
    with pytest.raises(ImportRefused, match="real=True counts"):
        archcalc.from_torch(Sequences(), given())
    net = archcalc.from_torch(Sequences(), given(), real=True)
    assert net.parameters == 9 * (8 + 3 + 2)
    assert net.macs == (3 + 2) * 9 * (8 + 3)  # and not 2 sequences of 3 steps


class Variational(nn.Module):
    """A latent variable, drawn, and its divergence."""

    def __init__(self) -> None:
        super().__init__()
        self.mean, self.spread, self.out = nn.Linear(8, 2), nn.Linear(8, 2), nn.Linear(2, 8)

    def forward(self, x: Any) -> Any:
        found = Normal(self.mean(x), self.spread(x).exp())
        other = Normal(torch.zeros(2), torch.ones(2))
        return self.out(found.rsample()), kl_divergence(found, other)


@pytest.mark.parametrize("real", [False, True])
def test_a_distribution_is_not_asked_whether_it_is_possible(real: bool) -> None:
    validates = Distribution._validate_args
    net = archcalc.from_torch(Variational(), torch.zeros(4, 8), real=real)
    assert (net.parameters, net.macs) == (2 * 18 + 24, 4 * 3 * 16)
    assert Distribution._validate_args is validates


class Cropped(nn.Module):
    """Crops by sizes, of which a trace asks."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        border = (x.size(2) - y.size(2)) // 2
        return y + x[:, :1, border : x.size(2) - border, border : x.size(3) - border]


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize(
    "made", [torch.jit.script, lambda m: torch.jit.trace(m, torch.zeros(1, 3, 8, 8))]
)
@pytest.mark.filterwarnings("ignore")
def test_a_module_that_is_torchscript_is_heard(made: Any, real: bool) -> None:
    net = archcalc.from_torch(made(Cropped()), torch.zeros(1, 3, 8, 8), real=real)
    assert (net.parameters, net.macs) == (4 * 28, 6 * 6 * 4 * 27)


def old_weight_norm() -> nn.Module:
    return nn.utils.weight_norm(nn.Conv1d(4, 8, 3))


def old_spectral_norm() -> nn.Module:
    return nn.utils.spectral_norm(nn.Conv1d(4, 8, 3))


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize(
    ("build", "parameters", "macs"),
    # directions, lengths and biases; the second multiplies 8 by 12 twice for its norm's length
    [(old_weight_norm, 96 + 8 + 8, 0), (old_spectral_norm, 96 + 8, 96 + 8)],
)
@pytest.mark.filterwarnings("ignore")
def test_the_older_norms_of_weights_are_counted_as_they_run(
    build: Any, parameters: int, macs: int, real: bool
) -> None:
    module = build().eval()
    module(torch.zeros(1, 4, 16))
    weight = module.weight
    net = archcalc.from_torch(module, torch.zeros(1, 4, 16), real=real)
    assert (net.parameters, net.macs) == (parameters, 14 * 8 * 12 + macs)
    assert module.weight is weight


class Rounded(nn.Module):
    """Rounds as if to eight bits."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Any) -> Any:
        return self.fc(torch.fake_quantize_per_tensor_affine(x, 0.1, 0, -128, 127))


@pytest.mark.parametrize("real", [False, True])
def test_rounding_to_fewer_bits_multiplies_nothing(real: bool) -> None:
    net = archcalc.from_torch(Rounded(), torch.zeros(2, 8), real=real)
    assert (net.parameters, net.macs) == (72, 128)


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_a_quantized_module_is_refused_with_what_to_do(real: bool) -> None:
    module = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(8, 8)), {nn.Linear})
    with pytest.raises(ImportRefused, match=r"0: no rule for quantized\.linear_dynamic.*before it"):
        archcalc.from_torch(module, torch.zeros(2, 8), real=real)


class Gradients(nn.Module):
    """An energy model: gives the gradient of what it computes."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 1)

    def forward(self, x: Any) -> Any:
        x = x.requires_grad_(True)
        return torch.autograd.grad(self.fc(x).sum(), x)[0]


def test_gradients_are_refused_as_such() -> None:
    with pytest.raises(ImportRefused, match="forward: asks for gradients, whose cost"):
        archcalc.from_torch(Gradients(), torch.zeros(2, 8))


@pytest.fixture
def operators() -> Iterator[Any]:
    """Operators of somebody else's, called as torch's."""
    library = torch.library.Library("somebody", "DEF")
    for word in ("relu", "clone", "linear", "dropout"):
        library.define(f"{word}(Tensor x) -> Tensor")
        library.impl(word, torch.empty_like, "Meta")
    yield torch.ops.somebody
    library._destroy()


@pytest.mark.parametrize("word", ["relu", "clone", "linear", "dropout"])
def test_an_operator_of_somebody_elses_is_refused_whatever_it_is_called(
    word: str, operators: Any
) -> None:
    class Net(nn.Module):
        def forward(self, x: Any) -> Any:
            return getattr(operators, word)(x * 2)

    with pytest.raises(ImportRefused, match=rf"no rule for somebody\.{word}; what it costs"):
        archcalc.from_torch(Net(), torch.zeros(2, 8))


class Experts(nn.Module):
    """Sends each token to one of four experts, whose matrices are one parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.router = nn.Linear(16, 4, bias=False)
        self.matrices = nn.Parameter(torch.zeros(4, 16, 8))

    def forward(self, x: Any) -> Any:
        expert = self.router(x).argmax(-1)
        sizes = torch.histc(expert.float(), bins=4, min=0, max=3)
        ends = sizes.cumsum(0).to(torch.int32)
        return torch._grouped_mm(x[expert.argsort()], self.matrices, offs=ends)


@pytest.mark.skipif(not hasattr(torch, "_grouped_mm"), reason="torch has it since 2.8")
@pytest.mark.parametrize("real", [False, True])
def test_experts_cost_one_matrix_a_token_wherever_it_is_sent(real: bool) -> None:
    net = archcalc.from_torch(Experts(), torch.zeros(24, 16), real=real)
    assert net.parameters == 4 * 16 + 4 * 16 * 8
    assert net.macs == 24 * 16 * 4 + 24 * 16 * 8


class OfComplexNumbers(nn.Module):
    """A convolution of complex numbers, 3x3 from 3 to 4 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.zeros(4, 3, 3, 3, dtype=torch.complex64))

    def forward(self, x: Any) -> Any:
        return torch.nn.functional.conv2d(x.to(torch.complex64), self.kernel).abs()


def test_a_convolution_of_complex_numbers_is_the_three_that_torch_makes() -> None:
    net = archcalc.from_torch(OfComplexNumbers(), torch.zeros(1, 3, 8, 8))
    assert (net.parameters, net.macs) == (4 * 27, 3 * (6 * 6 * 4) * 27)


class OfImageAndTime(nn.Module):
    """Adds what a time says to maps behind a norm, as diffusion models do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.time = nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.Linear(4, 8)

    def forward(self, x: Any, t: Any) -> Any:
        return torch.relu(self.norm(self.conv(x))) + self.time(t)[:, :, None, None]


def test_inputs_of_other_axes_are_explained_together() -> None:
    net = archcalc.from_torch(OfImageAndTime(), torch.zeros(1, 3, 16, 16), torch.zeros(1, 4))
    assert "conv2d 3x3" in str(archcalc.explain(net, quantity="all"))
