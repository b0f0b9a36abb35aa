"""Modules whose parameters and multiply-adds are worked out by hand."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """A residual block of a depthwise and a pointwise convolution."""

    def __init__(self, channels: int):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Any) -> Any:
        return torch.relu(x + self.norm(self.pointwise(self.depthwise(x))))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(Block(16), Block(16))
        self.fc = nn.Linear(16, 10)

    def forward(self, x: Any) -> Any:
        x = self.blocks(torch.relu(self.stem(x)))
        return self.fc(x.mean(dim=(2, 3)))


class Tied(nn.Module):
    """A language model whose last layer is its embedding, with attention written by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.tok = nn.Embedding(100, 32)
        self.pos = nn.Parameter(torch.zeros(16, 32))
        self.qkv = nn.Linear(32, 96)
        self.out = nn.Linear(32, 100, bias=False)
        self.out.weight = self.tok.weight

    def forward(self, ids: Any) -> Any:
        x = self.tok(ids) + self.pos
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (t.view(t.shape[0], 16, 4, 8).transpose(1, 2) for t in (q, k, v))
        scores = (q @ k.transpose(-2, -1) / 8**0.5).softmax(-1)
        return self.out((scores @ v).transpose(1, 2).flatten(2))


class Twice(nn.Module):
    """A layer that runs twice, and one that never does."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.idle = nn.Linear(8, 5)

    def forward(self, x: Any) -> Any:
        return self.fc(self.fc(x))


class Standardised(nn.Conv2d):
    """A convolution whose kernel is computed of its parameters."""

    def forward(self, x: Any) -> Any:
        weight = self.weight - self.weight.mean(dim=(1, 2, 3), keepdim=True)
        return functional.conv2d(x, weight, self.bias, padding=1)


class Positions(nn.Module):
    """A layer over fixed positions, whose cost does not grow with the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("grid", torch.zeros(5, 2))
        self.mlp = nn.Linear(2, 4)

    def forward(self, x: Any) -> Any:
        return x + self.mlp(self.grid)


class InPlace(nn.Module):
    """Writes into a part of a tensor, and reads the whole of it."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        y = torch.zeros(len(x), 6, device=x.device)
        y[:, :4] = self.fc(x)
        return y * 2


class Named(nn.Module):
    """Gives a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Any) -> Any:
        y = self.conv(x)
        return {"features": y, "pooled": functional.adaptive_max_pool2d(y, 2)}


class Sound(nn.Module):
    """Convolutions, pooling and recurrent layers over a sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 8, 9, stride=4)
        self.pool = nn.MaxPool1d(2)
        self.lstm = nn.LSTM(8, 16, num_layers=2, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(32, 8)
        self.fc = nn.Linear(8, 3)

    def forward(self, x: Any) -> Any:
        x, _ = self.lstm(self.pool(torch.relu(self.conv(x))).transpose(1, 2))
        _, state = self.gru(x.transpose(0, 1))
        return self.fc(state[-1])


class Film(nn.Module):
    """A volume, and a sequence made longer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm3d(8)
        self.up = nn.ConvTranspose1d(8, 4, 4, stride=2)

    def forward(self, x: Any) -> Any:
        x = functional.adaptive_avg_pool3d(self.norm(self.conv(x)), 1)
        return self.up(x.flatten(2))


def encoder_layer() -> nn.Module:
    return nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)


IMAGE = (1, 3, 32, 32)
CASES = {
    # (3·3·3 + 1)·16, 2·(3·3·16 + 16·16 + 2·16), (16 + 1)·10;
    # 16·16·16·27, 2·(16·16·16·9 + 16·16·16·16), 16·10
    "residual blocks": (Net, IMAGE, 448 + 864 + 170, 110_592 + 204_800 + 160),
    # 100·32 once, 16·32, (32 + 1)·96; 16·32·96, twice 4·16·16·8, 16·32·100
    "tied language model": (Tied, (1, 16), 3_200 + 512 + 3_168, 49_152 + 16_384 + 51_200),
    # 33·96, 33·32, 2·(32 + 32), 33·64, 65·32; 7·32·(96 + 32 + 64 + 64), 2·4·7·7·8
    "encoder layer": (encoder_layer, (1, 7, 32), 3_168 + 1_056 + 128 + 2_112 + 2_080, 60_480),
    # 9·8 once, and 9·5 that never run; twice 8·8
    "layer that runs twice": (Twice, (3, 8), 72 + 45, 3 * 128),
    # (3·3·3 + 1)·4; 32·32·4·27
    "computed kernel": (lambda: Standardised(3, 4, 3), IMAGE, 112, 110_592),
    # (2 + 1)·4; 5·2·4, whatever the batch
    "layer over fixed positions": (Positions, (7, 5, 4), 12, 40),
    # (4 + 1)·4; 2·4·4
    "written in place": (InPlace, (2, 4), 20, 32),
    # 10·8, 2·64·(8 + 16 + 2) + 2·64·(32 + 16 + 2), 24·(32 + 8 + 2), 9·3; 98·8·9,
    # 49·128·(24 + 48), 49·24·40, 8·3
    "sound": (Sound, (1, 1, 400), 80 + 9_728 + 1_008 + 27, 7_056 + 451_584 + 47_040 + 24),
    # (27·3 + 1)·8, 2·8, 4·8·4 + 4; 2·8·8·8·81, 8·4·4
    "film": (Film, (1, 3, 4, 16, 16), 656 + 16 + 132, 82_944 + 128),
    # (3·3·3 + 1)·4; 30·30·4·27
    "dictionary": (Named, IMAGE, 112, 97_200),
}


def made(name: str) -> tuple[nn.Module, Any]:
    build, shape, *_ = CASES[name]
    kind = torch.int64 if name == "tied language model" else torch.float32
    return build(), torch.zeros(shape, dtype=kind)
