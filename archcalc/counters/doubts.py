"""What is not known of a tool where a layer is no module of torch.nn by itself, but a call in the
forward of a user's module: what the tool makes of its module, and of a call of an unusual kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archcalc.analysis.count import Reading
from archcalc.arithmetic import plain
from archcalc.counters.rules import ANY_OTHER, Counter
from archcalc.ops.in_torch import OF_SIZES, AsCalled, HeardCall, all_calls, word_of
from archcalc.ops.op import OpError

_OF_THE_CALL = {"inputs", "outputs", "left_aligned", "macs"}
"""Amounts that every call has, whatever layer it is heard in."""


def doubt_of(reading: Reading, counter: Counter) -> str:
    """Why it is not known what a counter says of a layer that is a call; else nothing."""
    called = reading.as_called
    return next(_doubts(reading, called, counter), "") if called is not None else ""


def _doubts(reading: Reading, called: AsCalled, counter: Counter) -> Iterator[str]:
    name, layer = counter.name, reading.op.name.replace("_", " ")
    if _counts(counter, "modules", [called.module]):
        yield f"what {name} counts of {called.module} that is written otherwise than torch's"
    any_other = counter.rules.get("modules", {}).get(ANY_OTHER)
    is_usual = called.is_module and called.has_samples_first
    if any_other and called.is_leaf and not is_usual and plain(reading.parameters_read):
        yield f"what {name} counts of {layer}: your own module, or samples not first"
    beside = sorted(called.beside) if counter.counts_unread else ()
    for word in beside:
        if any(_counts(counter, way, [word]) for way in ("modules", "calls")):
            yield f"{name} counts {word} of constants too, or where no output needs it"
    if OF_SIZES in called.beside and _counts_sizes(counter):
        yield f"{name} counts products of sizes and constants too, of which the forward makes some"
    usual = _usual_words(reading)
    operators = [called.operator.rstrip("_"), *usual, "_convolution"]
    if called.is_part and not counter.counts_unread and _counts(counter, "operators", operators):
        yield f"{layer} is a part of an operator of which {name}'s rule is not known"
    if called.is_module:
        return
    if called.calls is None and called.operator and _counts_sizes(counter):
        yield f"{name} counts products of sizes and constants too, which were not heard"
    is_seen = counter.into_modules or not called.module
    heard = [each for each in called.calls or () if _counts(counter, "calls", [each.name])]
    if is_seen and (called.calls is None or not (heard or counter.into_modules)):
        words = {*usual, word_of(called.operator)}
        alike = [
            each
            for each in counter.names("calls")
            if word_of(each) in words and _counts(counter, "calls", [each])
        ]
        if alike:
            said = " or ".join(sorted(alike))
            yield f"{layer} is a call, and whether it is {said} is not known"
    for each in heard if is_seen else ():
        if called.is_part or not _suits(each, reading, counter, usual):
            yield f"{layer} is called by {each.name}, of which {name}'s rule is not known"


def _usual_words(reading: Reading) -> set[str]:
    """The words of the calls that a layer usually is."""
    try:
        parts = reading.op.consists_of(reading.y, *reading.xs)
    except OpError:
        return set()
    return {word_of(call.name) for call in all_calls(parts)}


def _suits(heard: HeardCall, reading: Reading, counter: Counter, usual: set[str]) -> bool:
    """Whether a counter's rule for a call is known to hold for it as it was heard."""
    if heard.macs is not None and heard.macs != plain(reading.macs):
        return False  # a matrix is repeated, or is a vector
    samples = plain(reading.batch)
    if heard.inputs % samples or heard.outputs % samples:
        return False
    rule = counter.rules.get("calls", {}).get(heard.name, {})
    flags = {name for t in rule.values() if not isinstance(t, int) for name in t.names}
    is_plain = rule.keys() <= _OF_THE_CALL and all(hasattr(reading.op, name) for name in flags)
    return is_plain or word_of(heard.name) in usual


def _counts_sizes(counter: Counter) -> bool:
    """Whether a counter takes a product of sizes for one of tensors, as a trace has it."""
    is_of_calls = not counter.into_modules and _counts(counter, "calls", ["*"])
    return is_of_calls or _counts(counter, "operators", ["mul"])


def _counts(counter: Counter, way: str, names: Iterable[str]) -> bool:
    """Whether a counter has a rule that adds anything, or one that is not written down."""
    rules, others = counter.rules.get(way, {}), counter.others.get(way, ())
    return any(rules.get(name) or name in others for name in names)
