"""Calculator, torch, fvcore and FlopCounterMode on networks that nobody thought of.

RANDOM_SPECS=5000 pytest tests/test_random_specs.py  draws that many, and others each time.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from archcalc.arithmetic import product
from archcalc.network import load
from archcalc.ops.registry import OPS
from archcalc.parts.conditions import Mode
from archcalc.verification import Refused, verify
from tests.random_specs import layer_types, specs

# Tests run side by side, a worker a core: threads of torch would only wait for one another.
torch.set_num_threads(1)

LONG_RUN = os.environ.get("RANDOM_SPECS")

drawn = settings(
    max_examples=int(LONG_RUN or 50),
    deadline=None,
    derandomize=not LONG_RUN,
    suppress_health_check=list(HealthCheck),
)
drawn_once = settings(
    drawn, max_examples=400, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False
)


def stops_torch(tree: dict[str, Any], reason: str) -> bool:
    """Whether a spec is refused for what torch or fvcore do not run, and archcalc knows."""
    ops = layer_types(tree)
    return (
        # An embedding may be drawn behind a logarithm, say, whose values are no indices.
        ("embedding" in ops and "index out of range" in reason)
        # torch's group norm takes no group of one value, alone in its batch.
        or ("group_norm" in ops and "Expected more than 1 value" in reason)
        # torch's average over volumes counts no padding when it compares sizes.
        or "smaller than kernel size" in reason
        # fvcore's norms take no tensor of more than five axes.
        or "fvcore cannot count it" in reason
    )


def check_agreement(tree: dict[str, Any], batch: int, mode: Mode) -> None:
    """Load a spec as a user does, from a file, and verify it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "random.json"
        file.write_text(json.dumps(tree))
        network = load(str(file), batch=batch, mode=mode)
    try:
        found = verify(network, "cpu")
    except Refused as refusal:
        if stops_torch(tree, refusal.reason):
            reject()
        raise
    assert found.disagreements == ()


@drawn
@given(specs(), st.integers(1, 3), st.sampled_from(["eval", "train"]))
def test_all_agree_on_every_node(tree: dict[str, Any], batch: int, mode: Mode) -> None:
    check_agreement(tree, batch, mode)


def test_a_wrong_formula_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters that forget the groups of a convolution differ only where there are groups."""

    def parameters(self: Any, x: Any) -> Any:
        return (product(*self.kernel_size, x.channels) + self.bias) * self.out_channels

    monkeypatch.setattr(OPS["conv2d"], "parameters", parameters)
    with pytest.raises(AssertionError):
        drawn_once(given(specs(), st.just(1), st.just("eval"))(check_agreement))()


@pytest.mark.parametrize("name", OPS)
def test_every_layer_type_agrees_wherever_it_is_drawn(name: str) -> None:
    def check(tree: dict[str, Any], mode: Mode) -> None:
        assert name in layer_types(tree)
        check_agreement(tree, 2, mode)

    few = settings(drawn, max_examples=5, derandomize=True, phases=[Phase.generate])
    few(given(specs(including=name), st.sampled_from(["eval", "train"]))(check))()
