"""What the figures of a network hold for: its batch, its mode and all that was set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from archcalc.analysis.memory import OPTIMIZERS, Optimizer
from archcalc.ops.fields import written

Mode = Literal["eval", "train"]
BYTES_PER_NUMBER = 4
"""The number of bytes that a number takes, unless another is asked for (float32)."""
OPTIMIZER: Optimizer = "momentum"
"""The optimizer whose memory training is said to need, unless another is asked for."""


class Conditions:
    """How a network is counted, and the words for it."""

    batch: int
    mode: Mode
    bytes_per_number: int
    settings: Mapping[str, Any]
    named: frozenset[str]
    is_of_values: bool
    optimizer: Optimizer

    @property
    def conditions_by_name(self) -> dict[str, str]:
        """What its figures hold for: batch and mode, and what was set otherwise, unless its name
        says it."""
        conditions = {"batch": f"batch {self.batch}", "mode": f"{self.mode} mode"}
        if self.is_of_values:
            conditions["real"] = "for one real input"
        for name, value in self.settings.items():
            conditions[name] = f"{name} {written(value)}"
        if self.bytes_per_number != BYTES_PER_NUMBER:
            conditions["bytes"] = f"{self.bytes_per_number} bytes a number"
        if self.optimizer != OPTIMIZER:
            conditions["optimizer"] = OPTIMIZERS[self.optimizer][0]
        return {name: said for name, said in conditions.items() if name not in self.named}

    @property
    def conditions(self) -> str:
        """What its figures hold for, in words: `batch 1, eval mode`."""
        return self.conditions_beside(())

    def conditions_beside(self, varied: Iterable[str]) -> str:
        """The same without what varies: names of arguments, of items of them, or `batch`."""
        names = {name.partition("[")[0] for name in varied}
        return ", ".join(
            said for name, said in self.conditions_by_name.items() if name not in names
        )
