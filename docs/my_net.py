"""A small network of one's own, for docs/import.md."""

import torch
from torch import nn


class Block(nn.Module):
    """A residual block of a depthwise and a pointwise convolution."""

    def __init__(self, channels):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return torch.relu(x + self.norm(self.pointwise(self.depthwise(x))))


class Net(nn.Module):
    """A stem, residual blocks and a classifier."""

    def __init__(self, channels=32, classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(Block(channels), Block(channels))
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.blocks(torch.relu(self.stem(x)))
        return self.fc(x.mean(dim=(2, 3)))


def example_inputs():
    """What `forward` takes; the first axis is that of samples."""
    return torch.zeros(1, 3, 32, 32)
