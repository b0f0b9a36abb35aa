"""Modules as people write them, for `bench/installed.py --own`: layers as modules and as calls."""

# ruff: noqa: D102
# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import relu as imported_relu


class Functional(nn.Module):
    """Relus and poolings as functions and methods, in place and not."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 4 * 4, 10)

    def forward(self, x: Any) -> Any:
        x = F.max_pool2d(F.relu(self.a(x)), 2)
        x = torch.relu(self.b(x)).relu() + x
        x = F.avg_pool2d(F.relu_(F.relu(x, inplace=True)), 2)
        return F.log_softmax(F.dropout(self.fc(torch.flatten(x, 1)), training=self.training), 1)


class ImportedByName(nn.Module):
    """A function that was imported by its name, which no patch reaches."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x: Any) -> Any:
        return imported_relu(self.conv(x))


class Sums(nn.Module):
    """Every way to write a sum and a product."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(3, 1, 1))

    def forward(self, x: Any) -> Any:
        y = self.conv(x)
        y = torch.add(y, x).add(x) + x
        y += x
        y.add_(x)
        y = torch.mul(y, 2.0).mul(self.scale) * self.scale
        y *= 2
        return torch.mul(self.scale, y) - x / 2


class Residual(nn.Module):
    """A bottleneck of batch norms, a sum and a global average."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.n = nn.Conv2d(3, 16, 3, bias=False), nn.BatchNorm2d(16)
        self.b, self.m = nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.act, self.fc = nn.ReLU(inplace=True), nn.Linear(16, 10)

    def forward(self, x: Any) -> Any:
        x = self.act(self.n(self.a(x)))
        x = self.act(self.m(self.b(x)) + x)
        return self.fc(x.mean((2, 3)))


class Joined(nn.Module):
    """Maps that are joined, and resized by a factor and to a size."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.side = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(3, 8, 1)
        self.end = nn.Conv2d(24, 4, 1)

    def forward(self, x: Any) -> Any:
        small = self.down(x)
        near = F.interpolate(small, scale_factor=2)
        sized = F.interpolate(small, size=x.shape[-2:], mode="bilinear", align_corners=False)
        return self.end(torch.cat([self.side(x), near, sized], dim=1))


class FusedAttention(nn.Module):
    """Attention by one function, its sizes computed in forward."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(32, 96), nn.Linear(32, 32)

    def forward(self, x: Any) -> Any:
        b, n, c = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, 4, c // 4).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).reshape(b, n, c))


class WrittenAttention(nn.Module):
    """Attention by products and a softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(32, 96), nn.Linear(32, 32)

    def forward(self, x: Any) -> Any:
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        weights = (q @ k.transpose(-2, -1) / 32**0.5).softmax(dim=-1)
        weights = F.softmax(torch.matmul(q, k.mT), dim=-1) + weights
        return self.out(torch.bmm(weights, v) + weights.matmul(v))


class Multihead(nn.Module):
    """`nn.MultiheadAttention`, which asks for weights by default."""

    def __init__(self) -> None:
        super().__init__()
        self.attend, self.norm = nn.MultiheadAttention(32, 4, batch_first=True), nn.LayerNorm(32)

    def forward(self, x: Any) -> Any:
        return self.norm(x + self.attend(x, x, x, need_weights=False)[0])


class Perceptron(nn.Module):
    """Linear layers on tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(32)
        self.mlp = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32, bias=False))

    def forward(self, x: Any) -> Any:
        return x + self.mlp(self.norm(x))


class Products(nn.Module):
    """Sums of products in every spelling."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(32, 16))

    def forward(self, x: Any) -> Any:
        y = torch.einsum("bnc,cd->bnd", x, self.weight)
        return y + x @ self.weight + x.matmul(self.weight) + torch.matmul(x, self.weight)


class Recurrent(nn.Module):
    """An lstm, of which the last output is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.fc = nn.LSTM(32, 16, 2, batch_first=True), nn.Linear(16, 5)

    def forward(self, x: Any) -> Any:
        return self.fc(self.lstm(x)[0][:, -1])


class FunctionalLayers(nn.Module):
    """Layers as functions of parameters of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(8, 3, 3, 3)), nn.Parameter(torch.ones(8))
        self.up = nn.Parameter(torch.ones(8, 4, 2, 2))
        self.fc = nn.Parameter(torch.ones(10, 4))

    def forward(self, x: Any) -> Any:
        x = F.conv2d(x, self.weight, self.bias, stride=2, padding=1)
        x = F.layer_norm(x, x.shape[1:])
        x = F.silu(F.conv_transpose2d(x, self.up, stride=2))
        x = F.leaky_relu(F.gelu(F.elu(F.relu6(x))))
        return F.linear(F.adaptive_avg_pool2d(x, 1).flatten(1), self.fc)


class TwoNames(nn.Module):
    """A layer under two names of one module."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 3, 3, padding=1)
        self.second = self.first

    def forward(self, x: Any) -> Any:
        return self.second(self.first(x))


class TwoParents(nn.Module):
    """A layer in two modules."""

    def __init__(self) -> None:
        super().__init__()
        shared = nn.Linear(32, 32)
        self.a, self.b = nn.Sequential(shared, nn.ReLU()), nn.Sequential(shared, nn.Tanh())

    def forward(self, x: Any) -> Any:
        return self.b(self.a(x))


class CalledTwice(nn.Module):
    """A module of blocks in a list, of which the last runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())
            for _ in range(3)
        )

    def forward(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return self.blocks[-1](x)


class Transposed(nn.Module):
    """A transposed convolution, a norm of groups and a skip connection, as in segmentation."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.norm = nn.Conv2d(3, 8, 3, 2, 1), nn.GroupNorm(2, 8)
        self.up, self.end = nn.ConvTranspose2d(8, 3, 2, 2), nn.Conv2d(6, 2, 1)

    def forward(self, x: Any) -> Any:
        y = self.up(F.relu(self.norm(self.down(x))))
        return torch.sigmoid(self.end(torch.cat([x, y], 1)))


class Gated(nn.Module):
    """Squeeze and excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1)
        self.squeeze, self.excite = nn.Linear(16, 4), nn.Linear(4, 16)

    def forward(self, x: Any) -> Any:
        x = F.hardswish(self.conv(x))
        b, c, _, _ = x.size()
        gate = F.adaptive_avg_pool2d(x, 1).view(b, c)
        gate = torch.sigmoid(self.excite(F.relu(self.squeeze(gate)))).view(b, c, 1, 1)
        return x * gate.expand_as(x)


class Flattened(nn.Module):
    """A classifier behind a view whose size is multiplied in forward."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4 * 16 * 16, 10)

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        return self.fc(x.view(x.size(0), x.size(1) * x.size(2) * x.size(3)))


class Tokens(nn.Module):
    """Embedded tokens with learned positions, averaged."""

    def __init__(self) -> None:
        super().__init__()
        self.token, self.position = nn.Embedding(50, 16), nn.Embedding(9, 16)
        self.norm, self.fc = nn.LayerNorm(16), nn.Linear(16, 50)

    def forward(self, x: Any) -> Any:
        y = self.token(x) + self.position(torch.arange(x.shape[1], device=x.device))
        return self.fc(self.norm(y).mean(dim=1))


class Unread(nn.Module):
    """A layer whose output nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(32, 32), nn.Linear(32, 16), nn.ReLU()

    def forward(self, x: Any) -> Any:
        y = self.a(x)
        F.relu(self.c(self.b(y)))
        return y


class Forgotten(nn.Module):
    """A relu whose output nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.c = nn.Linear(32, 32), nn.ReLU()

    def forward(self, x: Any) -> Any:
        y = self.a(x)
        self.c(y)
        return y


class Vectors(nn.Module):
    """Products of matrices and vectors, and of matrices that are repeated."""

    def __init__(self) -> None:
        super().__init__()
        self.vector, self.matrix = nn.Parameter(torch.ones(32)), nn.Parameter(torch.ones(9, 9))
        self.bias = nn.Parameter(torch.ones(16))
        self.weight = nn.Parameter(torch.ones(32, 16))

    def forward(self, x: Any) -> Any:
        y = torch.matmul(self.matrix, x) + torch.matmul(x, self.vector).unsqueeze(-1)
        return torch.addmm(self.bias, y.flatten(0, 1), self.weight)


class Padded(nn.Module):
    """Convolutions of unusual paddings."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")
        self.b = nn.Conv2d(4, 4, 4, padding="same")

    def forward(self, x: Any) -> Any:
        return F.instance_norm(F.pad(self.b(self.a(x)), (1, 1, 0, 0)))


def encoder() -> Any:
    """Torch's own encoder."""
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), 2)


def tokens() -> Any:
    """Tokens with their numbers."""
    return Tokens(), torch.zeros(1, 9, dtype=torch.int64)


MAP, SEQUENCE = (3, 16, 16), (9, 32)


class Probabilities(nn.Module):
    """A softmax at the end, as a module, behind one as a call."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.last = nn.Conv2d(3, 8, 3), nn.Softmax(-1)

    def forward(self, x: Any) -> Any:
        return self.last(F.softmax(self.conv(x).flatten(1), dim=-1))


OWN: dict[str, tuple[int, ...] | None] = {
    "Functional": MAP,
    "ImportedByName": MAP,
    "Sums": MAP,
    "Residual": MAP,
    "Joined": MAP,
    "FusedAttention": SEQUENCE,
    "WrittenAttention": SEQUENCE,
    "Multihead": SEQUENCE,
    "Perceptron": SEQUENCE,
    "Products": SEQUENCE,
    "Recurrent": SEQUENCE,
    "FunctionalLayers": MAP,
    "TwoNames": MAP,
    "TwoParents": SEQUENCE,
    "CalledTwice": MAP,
    "Transposed": MAP,
    "Gated": MAP,
    "Flattened": MAP,
    "Unread": SEQUENCE,
    "Forgotten": SEQUENCE,
    "Vectors": SEQUENCE,
    "Padded": MAP,
    "Probabilities": MAP,
    "tokens": None,
    "encoder": SEQUENCE,
}
"""The modules with the sizes of their inputs; None of one that comes with an input."""
