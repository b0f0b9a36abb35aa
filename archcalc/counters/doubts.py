"""What is not known of a tool where a layer is no module of torch.nn by itself, but a call in the
forward of a user's module: how the call is spelled, and what the tool makes of its module."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from archcalc.analysis.count import Reading
from archcalc.arithmetic import plain
from archcalc.counters.rules import ANY_OTHER, Counter

_SYMBOLS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "@": "matmul"}
_OF_SIZES = "mul"
"""The operator that a trace shows where a forward multiplies sizes."""


def doubt_of(
    reading: Reading, calls: Collection[str], operators: Collection[str], counter: Counter
) -> str:
    """Why it is not known what a counter says of a layer that is a call; else nothing.

    Args:
        reading: the layer.
        calls: the calls that it usually is: `F.relu`.
        operators: the aten operators that it usually is.
        counter: the counter.
    """
    return next(_doubts(reading, calls, operators, counter), "")


def _doubts(
    reading: Reading, calls: Collection[str], operators: Collection[str], counter: Counter
) -> Iterator[str]:
    called = reading.as_called
    assert called is not None
    name, layer = counter.name, reading.op.name.replace("_", " ")
    if _counts(counter, "modules", [called.module]):
        yield f"what {name} counts of {called.module} that is written otherwise than torch's"
    any_other = counter.rules.get("modules", {}).get(ANY_OTHER)
    if any_other and called.is_leaf and plain(reading.parameters_read):
        yield f"what {name} counts of {layer}: your own module, or samples not first"
    if called.is_module:
        return
    heard = called.operator.strip("_")
    words = {_word(call) for call in calls} | {heard}
    known = [*counter.rules.get("calls", ()), *counter.others.get("calls", ())]
    spelled = [each for each in known if _word(each) in words and _counts(counter, "calls", [each])]
    if spelled:
        yield f"{layer} is a call, and whether it is {' or '.join(spelled)} is not known"
    usual = {_word(operator) for operator in operators}
    is_usual = heard in usual or "convolution" in usual or not operators
    if not is_usual and _counts(counter, "operators", [called.operator, *usual]):
        yield f"{layer} is {called.operator} here, of which {name}'s rule is not known"
    is_of_a_forward = called.operator and not (called.module and called.is_leaf)
    if is_of_a_forward and _counts(counter, "operators", [_OF_SIZES]):
        yield f"{name} counts arithmetic on sizes and constants too, which is not heard"


def _counts(counter: Counter, way: str, names: Iterable[str]) -> bool:
    """Whether a counter has a rule that adds anything, or one that is not written down."""
    rules, others = counter.rules.get(way, {}), counter.others.get(way, ())
    return any(rules.get(name) or name in others for name in names)


def _word(name: str) -> str:
    """`relu` of `F.relu`, `add` of `+`."""
    word = name.partition("(")[0].rpartition(".")[2]
    return _SYMBOLS.get(word, word.strip("_"))
