"""What tools print of modules of a user's own, by how their calls are spelled.

The modules are in bench/own_modules.py; the numbers are those that calflops 0.3.2, DeepSpeed
0.19.8, ptflops 0.7.5 (its pytorch backend), torchprofile 0.1.0, thop 0.1.1 and torchinfo 1.8.0
print of them. None is where it is not known; `python bench/installed.py --own` compares them anew.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from archcalc import explain, from_torch
from archcalc.counters import built_in_counters, reconcile
from archcalc.network import Network, load

torch = pytest.importorskip("torch")
MODULES = Path(__file__).parent.parent / "bench" / "own_modules.py"
TOOLS = ["calflops", "DeepSpeed", "ptflops pytorch", "torchprofile", "thop", "torchinfo"]
MAP, TOKENS = (3, 16, 16), (9, 32)
PRINTED: dict[str, tuple[tuple[int, ...] | None, list[int | None]]] = {
    "Functional": (MAP, [194_560, 194_560, 101_130, 93_568, 93_440, 96_010]),
    "ImportedByName": (MAP, [86_240, 86_240, 43_904, 42_336, 42_336, 43_904]),
    "Sums": (MAP, [49_152, 46_080, 28_416, 24_576, 20_736, 21_504]),
    "Residual": (MAP, [1_091_648, 1_091_648, 561_514, 542_704, 561_504, 536_490]),
    "Joined": (MAP, [93_440, 94_976, 52_224, 52_736, 44_544, 48_128]),
    "FusedAttention": (TOKENS, [73_728, 84_096, 38_016, 42_048, 36_864, 4_224]),
    "WrittenAttention": (TOKENS, [84_177, 94_545, 45_873, 47_232, 36_864, 4_224]),
    "Multihead": (TOKENS, [75_168, 85_536, None, None, 1_152, 64]),
    "Products": (TOKENS, [None, None, 9_216, 18_432, 0, None]),
    "TwoNames": (MAP, [84_480, 84_480, 43_008, 41_472, 41_472, 43_008]),
    "TwoParents": (TOKENS, [74_016, 37_152, 38_592, 18_432, 73_728, 2_112]),
    "CalledTwice": (MAP, [178_176, 178_176, 98_304, 86_016, 95_232, 86_040]),
    "Gated": (MAP, [229_636, 229_636, 118_936, 114_832, 110_720, 114_836]),
    "Flattened": (MAP, [76_800, 76_800, 38_922, None, 37_888, 38_922]),
    "Unread": (TOKENS, [None, None, None, 9_216, 13_824, 1_584]),
    "Forgotten": (TOKENS, [None, None, None, 9_216, 9_216, 1_056]),
    "Vectors": (TOKENS, [None, None, None, None, 0, None]),
    "Padded": (MAP, [None, None, 95_232, None, 93_184, 95_232]),
    "tokens": (None, [2_320, 2_320, 994, 960, 1_376, None]),
}


def own(name: str) -> Network:
    return load(f"{MODULES}:{name}", input=PRINTED[name][0])


@pytest.mark.filterwarnings("ignore")  # of an even kernel
@pytest.mark.parametrize("name", PRINTED)
def test_derived_is_what_tools_print_of_a_module_of_ones_own(name: str) -> None:
    found = reconcile(own(name), TOOLS)
    assert [found[tool].number for tool in TOOLS] == PRINTED[name][1]
    for derived in found.derived.values():
        assert (derived.number is None) == bool(derived.unknown)


def test_parameters_of_layers_that_run_again_are_counted_once_and_of_two_places_twice() -> None:
    """3·3·3·3 + 3 of a convolution, 6 of a norm; 32·32 + 32 of a linear layer."""
    found = reconcile(own("CalledTwice"), ["thop", "torchinfo", "torchinfo params size"])
    assert [found[tool].parameters for tool in ("thop", "torchinfo")] == [270, 270]
    assert found["torchinfo params size"].number == 4 * 270
    found = reconcile(own("TwoNames"), ["thop", "torchinfo"])
    assert [derived.parameters for derived in found.derived.values()] == [84, 84]
    found = reconcile(own("TwoParents"), ["thop", "calflops", "torchinfo"])
    assert [derived.parameters for derived in found.derived.values()] == [2_112, 1_056, None]


def test_an_input_of_whole_numbers_has_eight_bytes_each() -> None:
    found = reconcile(own("tokens"), ["torchinfo input size"])
    assert found["torchinfo input size"].number == 9 * 8 + 64


@pytest.mark.parametrize(
    ("name", "tool", "said"),
    [
        ("Flattened", "torchprofile", "counts products of sizes and constants too, of which the"),
        ("Unread", "calflops", "calflops counts F.relu of constants too, or where no output needs"),
        ("Forgotten", "ptflops modules", "counts ReLU of constants too, or where no output needs"),
        (
            "Vectors",
            "calflops",
            "einsum is called by torch.matmul, of which calflops's rule is not",
        ),
        ("Products", "calflops", "calflops has a rule for torch.einsum that is not written down"),
        ("Multihead", "torchscan", "what torchscan counts of MultiheadAttention that is written"),
    ],
)
def test_why_a_number_is_unknown(name: str, tool: str, said: str) -> None:
    assert said in reconcile(own(name), [tool])[tool].unknown


def test_a_batch_multiplies_what_is_heard() -> None:
    tools = ["calflops", "torchprofile"]
    one = reconcile(load(f"{MODULES}:Functional", input=MAP), tools)
    three = reconcile(load(f"{MODULES}:Functional", input=MAP, batch=3), tools)
    for tool in tools:
        assert three[tool].number == 3 * (one[tool].number or 0)


def test_a_tool_s_number_of_a_call_is_explained() -> None:
    """A relu of the 8·16·16 values of the first convolution."""
    net = own("Functional")
    (relu,) = [node.name for node in net.nodes if node.op.name == "relu"][:1]
    (working,) = explain(net, relu, "calflops").workings
    assert working.value == 2_048
    assert explain(net, None, "calflops").workings[0].value == 194_560


def test_torch_is_as_before_when_it_was_heard() -> None:
    names = [name for c in built_in_counters().values() for name in c.names("calls")]
    places = [torch, torch.nn.functional, torch.Tensor]
    reconcile(own("Sums"), "all")  # torch loads some of its parts when they are first used
    before = [dict(vars(place)) for place in places]
    reconcile(own("Sums"), "all")
    assert [dict(vars(place)) for place in places] == before
    assert names


def test_a_forward_that_fails_when_it_is_heard_leaves_what_is_not_known_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As one does that looks at what a function is."""
    relu = torch.nn.functional.relu

    class Net(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            if torch.nn.functional.relu is not relu:
                raise ValueError("not torch's own")
            return torch.nn.functional.relu(x)

    found = reconcile(from_torch(Net(), torch.zeros(1, 3, 8, 8)), ["calflops", "thop"])
    assert found["thop"].number == 0
    assert found["calflops"].unknown == "relu is a call, and whether it is F.relu is not known"
    assert torch.nn.functional.relu is relu


def test_what_another_thread_calls_is_not_heard() -> None:
    class Net(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            other = threading.Thread(target=lambda: torch.nn.functional.relu(torch.zeros(2)))
            other.start()
            other.join()
            return torch.nn.functional.relu(x)

    found = reconcile(from_torch(Net(), torch.zeros(1, 3, 8, 8)), ["calflops"])
    assert found["calflops"].number == 3 * 8 * 8
