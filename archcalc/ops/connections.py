"""Convolutions by table: each output map reads only some of the input maps."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from archcalc.ops.kinds import Connections


def table_runs(connections: Connections, channels: int) -> list[tuple[int, list[int]]]:
    """Consecutive output maps that read equally many input maps in the same manner.

    LeNet-5's paper builds its table so: maps of contiguous subsets (round the edge too) apart from
    maps of other subsets. A run is how many maps are read, and the output maps.

    >>> table_runs(((0, 1), (1, 2), (0, 3), (0, 2)), 4)
    [(2, [0, 1, 2]), (2, [3])]
    """

    def manner(output_map: int) -> tuple[int, bool]:
        row = set(connections[output_map])
        gaps = sum((channel + 1) % channels not in row for channel in row)
        return len(row), gaps <= 1

    maps = range(len(connections))
    return [(read, list(run)) for (read, _), run in groupby(maps, key=manner)]


def gathered(torch: Any, conv: Any) -> Any:
    """A convolution by table that holds the table's weights and no others.

    Output maps of equal fan-in become one grouped convolution over their gathered inputs.
    """
    assert conv.connections is not None
    by_fan_in: dict[int, list[int]] = {}
    for output_map, row in enumerate(conv.connections):
        by_fan_in.setdefault(len(row), []).append(output_map)

    class GatheredConv2d(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.convs = torch.nn.ModuleList()
            # Lists, not tensors: they have no device to be moved to, and are no state.
            self.reads: list[list[int]] = []
            order: list[int] = []
            for maps in by_fan_in.values():
                reads = [channel for m in maps for channel in conv.connections[m]]
                self.reads.append(reads)
                self.convs.append(
                    torch.nn.Conv2d(
                        len(reads), len(maps), conv.kernel_size, conv.stride, conv.padding,
                        conv.dilation, groups=len(maps), bias=bool(conv.bias),
                    )
                )  # fmt: skip
                order += maps
            self.back = sorted(range(len(order)), key=order.__getitem__)

        def forward(self, x: Any) -> Any:
            outputs = [
                convolution(x[:, reads])
                for reads, convolution in zip(self.reads, self.convs, strict=True)
            ]
            return torch.cat(outputs, dim=1)[:, self.back]

    return GatheredConv2d()
