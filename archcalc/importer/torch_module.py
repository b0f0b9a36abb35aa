"""A network from a torch module, by listening to it run once without numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import torch

from archcalc.errors import ArchcalcError, Problem, quote
from archcalc.frozen import Frozen
from archcalc.graph import Graph
from archcalc.importer.copying import CannotCopy, meta_copy, real_copy
from archcalc.importer.graphs import Imported
from archcalc.importer.heard import DATA, Listening
from archcalc.importer.nested import sizes_alone, tensors_in
from archcalc.importer.operators import counted_for_real
from archcalc.importer.passes import hear_again, listen
from archcalc.importer.questions import Replies, graph_of_all_answers
from archcalc.importer.raising import SAME
from archcalc.importer.refusal import ImportRefused
from archcalc.importer.rules import is_free_of_products, is_known
from archcalc.importer.torchs_own import check_totals
from archcalc.importer.whole_calls import CallNumber
from archcalc.language.model import Preset
from archcalc.parts.conditions import Mode
from archcalc.parts.part import Network
from archcalc.quantities import QUANTITIES

assert QUANTITIES, "attributes of every network"


def network_of(
    module: Any,
    inputs: Sequence[Any],
    named_inputs: Mapping[str, Any],
    mode: Mode,
    name: str,
    bytes_per_number: int,
    real: bool,
    spelled: Collection[str] = (),
) -> Network:
    """What `archcalc.from_torch` gives.

    Args:
        spelled: as of `listen`; of `from_torch` those that are its own.

    Raises:
        ArchcalcError: as there.
    """
    if not isinstance(module, torch.nn.Module):
        raise ArchcalcError(f"from_torch takes a torch.nn.Module, got {quote(type(module))}")
    if isinstance(module, torch.nn.DataParallel):
        module = module.module
    called = name or type(module).__name__
    if not tensors_in((inputs, named_inputs)):
        raise ArchcalcError(f"{called}: an input is wanted: tensors, as its forward takes them")
    _check_module(module, called)
    try:
        copied = real_copy(module) if real else meta_copy(module)
    except CannotCopy as error:
        raise ImportRefused(called, [Problem("", f"it cannot be copied: {error}")]) from None
    copied.train(mode == "train")
    is_free = is_free_of_products if real else None
    given, named = inputs, named_inputs
    if not real:
        try:
            given, named = sizes_alone(inputs), sizes_alone(named_inputs)
        except CannotCopy as error:
            text = f"an input cannot be taken without its numbers: {error}; {counted_for_real()}"
            raise ImportRefused(called, [Problem("forward", text)]) from None
    elif any(x.is_meta for x in tensors_in((inputs, named_inputs)).values()):
        raise ArchcalcError(f"{called}: real=True takes inputs with numbers, not of device meta")
    names = _input_names(module, inputs, named_inputs)
    numbers = {} if real else dict(module.named_buffers())

    def run(replies: Replies, apart: frozenset[CallNumber]) -> Listening:
        record = listen(copied, given, named, is_known, is_free, apart, numbers, spelled, replies)
        record.input_names = names
        return record

    made, replies = graph_of_all_answers(run, called)
    _check_same_again(copied, given, named, made, called, partial(run, replies), real)
    title = type(module).__name__
    preset = Preset(called, Frozen(), title, title, None, "", ())
    net = Network(
        called, preset, made.graph, made.batch, mode, bytes_per_number, name,
        origin=f"a torch module {title}", heard=(module, tuple(inputs), named_inputs),
        is_of_values=real, answers=tuple(made.record.answers),
    )  # fmt: skip
    check_totals(net, made.record)
    return net


def graph_with_spelling(net: Network, names: Collection[str]) -> Graph:
    """The graph of an imported network, in which it is said which of some names of torch's its
    module calls; the same graph where that cannot be heard."""
    assert net.heard is not None
    module, inputs, named = net.heard
    try:
        again = network_of(
            module, inputs, named, net.mode, "", net.bytes_per_number, net.is_of_values, names
        )
    except ArchcalcError:
        return net.graph
    is_same = [*again.graph.shapes.items()] == [*net.graph.shapes.items()]
    return again.graph if is_same else net.graph


def _input_names(module: Any, inputs: Any, named: Any) -> list[str]:
    """What forward calls each tensor that it takes: `image`, or `boxes.0` of a list."""
    try:
        parameters = list(inspect.signature(module.forward).parameters)
    except (TypeError, ValueError):
        parameters = []
    parameters += [f"input{i + 1}" for i in range(len(parameters), len(inputs))]
    found = tensors_in(dict(zip(parameters, inputs, strict=False)) | dict(named))
    return list(found)


def _check_module(module: Any, called: str) -> None:
    """Refuse what has no shape yet."""
    lazy = [
        name or "it"
        for name, part in module.named_modules()
        if any(
            isinstance(p, torch.nn.parameter.UninitializedTensorMixin)
            for p in (*part._parameters.values(), *part._buffers.values())
        )
    ]
    if lazy:
        text = "is lazy: it has no shape until it has run once"
        raise ImportRefused(called, [Problem(name, text) for name in lazy])


def _check_same_again(
    module: Any,
    inputs: Any,
    named: Any,
    made: Imported,
    called: str,
    run: Callable[[frozenset[CallNumber]], Listening],
    real: bool,
) -> None:
    """Refuse a forward that is another one when it runs again.

    What it computes of nothing that is given, it may keep from the first time.
    """
    heard = [call.function for call in made.record.calls if not call.is_implied]
    try:
        if heard == hear_again(module, inputs, named, is_known, made.record, made.apart, real):
            return
    except Exception:  # of what it does when it runs again; the same is heard below
        pass
    again = _on_inputs(run(made.apart))
    before = _on_inputs(made.record)
    if before != again:
        text = f"it makes {len(before):,} calls when it runs once, {len(again):,} the next time"
        if len(before) == len(again):
            text = "it makes other calls when it runs again"
        raise ImportRefused(called, [Problem("forward", f"{text}: no count holds for it")])


def _on_inputs(record: Listening) -> list[tuple[Any, ...]]:
    """The calls that work on what was given, each with what came of it."""
    return [
        (call.function, tuple(heard.shape for heard in call.makes), call.macs)
        for call in record.calls
        if any(heard.kind == DATA for heard in call.makes) and call.word not in SAME
    ]
