"""A hypothesis strategy for networks that go down and up again: windows of every kind, maps made
smaller and larger, skips from before a pool to what comes back up, gates by global pooling."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from archcalc.ops.op import OpError
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape

Draw = Callable[[st.SearchStrategy[Any]], Any]
Tree = dict[str, Any]
Rates = tuple[Fraction, ...]

SIDE = 96
LARGEST = 120
"""Rows and columns of a map, so that torch runs in no time."""


def pairs(least: int, most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(least, most), min_size=2, max_size=2)


class Drawing:
    """A network while it is drawn: its items, with the shape that each makes and the input
    positions from one of its positions to the next."""

    def __init__(self, draw: Draw):
        self.draw = draw
        self.items: list[Tree] = []
        self.shapes: dict[str, Shape] = {"input": Shape(1, SIDE, SIDE)}
        self.rates: dict[str, Rates] = {"input": (Fraction(1), Fraction(1))}
        self.last = "input"

    def add(self, item: Tree, *inputs: str, rate: tuple[Any, Any] = (1, 1)) -> None:
        """One more item, if it takes these inputs and makes a map of a fitting size."""
        fields = {k: tuple(v) if isinstance(v, list) else v for k, v in item.items() if k != "op"}
        op = create(OPS[item["op"]], fields)
        xs = [self.shapes[name] for name in inputs]
        try:
            op.check(*xs)
            y = op.output(*xs)
        except OpError:
            return
        if max(y.height, y.width) <= LARGEST:
            self.last = f"n{len(self.items)}"
            self.items.append({"name": self.last, **item, "inputs": list(inputs)})
            self.shapes[self.last] = y
            old = self.rates[inputs[0]]
            self.rates[self.last] = (old[0] * rate[0], old[1] * rate[1])

    # --- what is drawn ---

    def conv(self) -> None:
        stride = self.draw(st.sampled_from([[1, 1], [1, 1], [2, 2], [1, 3]]))
        fields = {"kernel_size": self.draw(pairs(1, 4)), "dilation": self.draw(pairs(1, 3))}
        padding = self.draw(pairs(0, 3))
        conv = {"op": "conv2d", "out_channels": 1, "stride": stride, "padding": padding, **fields}
        self.add(conv, self.last, rate=tuple(stride))

    def down(self) -> None:
        op = self.draw(st.sampled_from(["max_pool2d", "avg_pool2d"]))
        fields = {"kernel_size": self.draw(pairs(2, 3)), "padding": self.draw(pairs(0, 1))}
        stride, ceil_mode = self.draw(pairs(1, 3)), self.draw(st.booleans())
        self.add({"op": op, "stride": stride, "ceil_mode": ceil_mode, **fields}, self.last,
                 rate=tuple(stride))  # fmt: skip

    def up(self) -> None:
        """By a window that is transposed, or by copies or means; often back to the input's grid."""
        back = [int(rate) if rate in (2, 3) else 1 for rate in self.rates[self.last]]
        factor = self.draw(st.sampled_from([back, back, [2, 2], [2, 1], [1, 3], [3, 2]]))
        rate = (Fraction(1, factor[0]), Fraction(1, factor[1]))
        if self.draw(st.booleans()):
            mode = self.draw(st.sampled_from(["nearest", "bilinear"]))
            self.add({"op": "upsample", "scale_factor": factor, "mode": mode}, self.last, rate=rate)
            return
        fields = {"kernel_size": self.draw(pairs(1, 5)), "padding": self.draw(pairs(0, 1))}
        more = [self.draw(st.integers(0, step - 1)) for step in factor]
        self.add({"op": "conv_transpose2d", "out_channels": 1, "stride": factor, **fields,
                  "dilation": self.draw(pairs(1, 3)), "output_padding": more}, self.last,
                 rate=rate)  # fmt: skip

    def shift(self) -> None:
        op = self.draw(st.sampled_from(["crop", "pad"]))
        self.add({"op": op, "height": self.draw(pairs(0, 2)), "width": self.draw(pairs(0, 2))},
                 self.last)  # fmt: skip

    def skip(self) -> None:
        """Join an earlier map with the last one, the larger of the two cut to the other's size."""
        here = self.last
        alike = [name for name in self.shapes if self.rates[name] == self.rates[here]]
        there = self.draw(st.sampled_from(alike if self.draw(st.integers(0, 4)) else [*self.rates]))
        rows = min(self.shapes[here].height, self.shapes[there].height)
        columns = min(self.shapes[here].width, self.shapes[there].width)
        ends = [self.cut(name, rows, columns) for name in (here, there)]
        op = self.draw(st.sampled_from(["add", "mean", "multiply"]))
        self.add({"op": op}, *ends)

    def cut(self, name: str, rows: int, columns: int) -> str:
        shape = self.shapes[name]
        sides = []
        for size, wanted in ((shape.height, rows), (shape.width, columns)):
            before = self.draw(st.sampled_from([(size - wanted) // 2, 0, size - wanted]))
            sides.append([before, size - wanted - before])
        if sides == [[0, 0], [0, 0]]:
            return name
        self.add({"op": "crop", "height": sides[0], "width": sides[1]}, name)
        return self.last

    def gate(self) -> None:
        """Weight the last map by its mean."""
        gated = self.last
        self.add({"op": "global_avg_pool2d"}, gated)
        self.add({"op": "multiply"}, gated, self.last)


KINDS = [
    *[Drawing.conv, Drawing.down, Drawing.up, Drawing.skip] * 3,
    *[Drawing.shift, Drawing.gate],
]


@st.composite
def pyramids(draw: Draw) -> Tree:
    """A spec file of one such network."""
    drawing = Drawing(draw)
    for _ in range(draw(st.integers(3, 10))):
        draw(st.sampled_from(KINDS))(drawing)
    return {
        "title": "T", "year": 2024, "source": "S", "input": [1, SIDE, SIDE],
        "layers": drawing.items or [{"op": "relu"}],
    }  # fmt: skip
