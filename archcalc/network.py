"""A network by the name of a built-in one or by its spec file: what `archcalc.load` does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from archcalc.analysis.input_axes import axes_of_input
from archcalc.analysis.memory import OPTIMIZERS, Optimizer
from archcalc.errors import ArchcalcError, did_you_mean, parameter, quote, told
from archcalc.expressions.expression import LARGEST
from archcalc.frozen import Frozen
from archcalc.graph import INPUT, NamedInputs
from archcalc.importer.code_files import load_code
from archcalc.importer.onnx_files import load_onnx
from archcalc.language.budget import Budget
from archcalc.language.expand import expand, input_of, training_graph
from archcalc.language.model import Preset, Spec
from archcalc.names import catalog
from archcalc.names.arguments import (
    AskedInput,
    InputSizes,
    argument_value,
    input_sizes,
    read_number,
    read_sizes,
    whole_number,
)
from archcalc.names.spelling import spelling
from archcalc.names.variants import Variant, in_brackets, read_variant
from archcalc.parts.conditions import BYTES_PER_NUMBER, OPTIMIZER, Mode
from archcalc.parts.part import Network
from archcalc.quantities import QUANTITIES

assert QUANTITIES, "attributes of every network"

MODES: tuple[Mode, ...] = ("eval", "train")
OPTIONS = ("input", "batch", "mode")
"""What a model can be given in brackets beside the arguments of its spec."""
MOST_BYTES = 16
"""The largest number of bytes that a number may take."""


def load(
    model: str | os.PathLike[str],
    *,
    input: AskedInput | None = None,
    batch: int = 1,
    mode: Mode = "eval",
    bytes_per_number: int = BYTES_PER_NUMBER,
    optimizer: Optimizer = OPTIMIZER,
    real: bool = False,
    **arguments: Any,
) -> Network:
    """A network by its built-in name or from a spec file.

    Args:
        model: a name of `archcalc.models()`, or the path of a spec file, with `:PRESET` behind it
            for a member of a family; a text is a path if it has a slash or ends in .json. It can
            have settings of its own in brackets, which go before others:
            `resnet50[num_classes=10,input=3x288x288]`. `my_net.py:build` or `package.module:Net`
            is a torch module of your own, whose code runs; `my.onnx` is an ONNX file.
        input: `(channels, height, width)`, or other sizes, instead of the spec's own; `(288, 288)`
            and `288` keep the channels; of a network with several inputs a dict of the sizes of
            some. A text is what `--input` takes: `"3x288x288"`.
        batch: samples; MACs, activations and operations are counted for all of them.
        mode: "train" has auxiliary classifiers, "eval" does not.
        bytes_per_number: for memory and arithmetic intensity; 4 is float32.
        optimizer: for memory in training: "sgd", "momentum" (SGD with momentum) or "adam".
        real: run a torch module of your own with numbers, and count for that one input.
        arguments: the network's arguments, such as `num_classes=10`; of a torch module of your own
            those of the class or the function that makes it.

    Raises:
        ArchcalcError: no such model, argument or size; a SpecError lists what is wrong in a file.
    """
    return load_with(
        model,
        arguments,
        input=input,
        batch=batch,
        mode=mode,
        bytes_per_number=bytes_per_number,
        optimizer=optimizer,
        real=real,
    )


def load_with(
    model: str | os.PathLike[str],
    arguments: Mapping[str, Any],
    *,
    input: AskedInput | None,
    batch: int,
    mode: Mode,
    bytes_per_number: int,
    optimizer: Optimizer = OPTIMIZER,
    budget: Budget | None = None,
    real: bool = False,
) -> Network:
    """`load` with the network's arguments as a mapping, so that they can have any name.

    A `budget` bounds several networks together.

    Raises:
        ArchcalcError: as `load`.
    """
    variant = read_variant(model)
    if spelling(variant.model) is not None:
        return _load_import(variant, arguments, input, batch, mode, bytes_per_number, real)
    spec, preset = catalog.find(variant.model)
    own = {
        name: value
        for name, value in variant.settings.items()
        if name not in OPTIONS or name in spec.arguments
    }
    options = {name: value for name, value in variant.settings.items() if name not in own}
    if "input" in options:
        input = read_sizes(options["input"], f"{preset.name}: input")
    sizes = None if input is None else input_sizes(input)
    batch, mode = _batch_and_mode(preset.name, options, batch, mode)
    if optimizer not in OPTIMIZERS:
        known = ", ".join(map(repr, OPTIMIZERS))
        raise ArchcalcError(f"optimizer is one of {known}; got {quote(optimizer)}")
    bytes_per_number = whole_number(bytes_per_number, "bytes_per_number", MOST_BYTES)
    values = {}
    for name, value in {**arguments, **own}.items():
        if name not in spec.arguments:
            hint = _hint_for(name, spec.arguments)
            raise ArchcalcError(f"{preset.name} has no argument {quote(name)}; {hint}")
        try:
            values[name] = argument_value(value)
        except ArchcalcError as error:
            raise ArchcalcError(f"{preset.name}: argument {quote(name)}: {error}") from None
    if sizes is not None:
        sizes = _with_channels_in_front(sizes, spec, preset, values)
    graph_of = partial(expand, spec, preset, arguments=values, input=sizes)
    graph = graph_of(train=mode == "train", budget=budget)
    return Network(
        preset.name + in_brackets(variant.settings),
        preset,
        graph,
        batch,
        mode,
        bytes_per_number,
        spelled=os.fspath(variant.model),
        settings=Frozen(values),
        named=frozenset(variant.settings),
        optimizer=optimizer,
        training_graph=training_graph(spec, graph, graph_of),
    )


def _with_channels_in_front(
    sizes: InputSizes, spec: Spec, preset: Preset, values: Mapping[str, Any]
) -> InputSizes:
    """The sizes that are given; of a sequence CxL of which the length alone is given with its own
    channels in front. Which of its two sizes are channels, what reads it says."""
    given = sizes if isinstance(sizes, dict) else {INPUT: sizes}
    if all(len(found) > 1 for found in given.values()):
        return sizes
    own = input_of(spec, preset, values)
    shapes = own if isinstance(own, NamedInputs) else {INPUT: own}
    short = [n for n, found in given.items() if n in shapes and len(shapes[n]) == 2 > len(found)]
    if not short:
        return sizes
    graph = expand(spec, preset, arguments=values)
    whole = {n: (shapes[n][0], *given[n]) for n in short if "length" in axes_of_input(graph, n)}
    return {**sizes, **whole} if isinstance(sizes, dict) else whole.get(INPUT, sizes)


def _load_import(
    variant: Variant,
    arguments: Mapping[str, Any],
    input: Any,
    batch: int,
    mode: Mode,
    bytes_per_number: int,
    real: bool,
) -> Network:
    """The network of a torch module of the user's own or of an ONNX file, with the options that are
    in brackets."""
    name = quote(variant.model, "")
    where = spelling(variant.model)
    assert where is not None
    given = {**arguments, **variant.settings}
    options = {key: value for key, value in given.items() if key in OPTIONS}
    own = {key: value for key, value in given.items() if key not in OPTIONS}
    batch, mode = _batch_and_mode(name, options, batch, mode)
    input = options.get("input", input)
    size = whole_number(bytes_per_number, "bytes_per_number", MOST_BYTES)
    called = str(Variant(variant.model, {**own, **variant.settings}))
    if where.is_onnx:
        for setting in own:
            raise ArchcalcError(f"{name} has no argument {quote(setting)}; an ONNX file has none")
        if mode == "train":
            raise ArchcalcError(f"{name}: mode is 'eval': an ONNX file is for inference")
        return load_onnx(
            os.fspath(variant.model),
            name=called,
            input=input,
            batch=batch,
            bytes_per_number=size,
        )
    return load_code(
        Variant(variant.model, own),
        name=called,
        input=input,
        batch=batch,
        mode=mode,
        bytes_per_number=size,
        real=real,
    )


def _batch_and_mode(
    name: str, options: Mapping[str, Any], batch: int, mode: Mode
) -> tuple[int, Mode]:
    """The batch and the mode, checked, unless the options in a model's brackets say others."""
    if "batch" in options:
        batch = read_number(options["batch"], f"{name}: batch", LARGEST)
    asked = options.get("mode", mode)
    if asked not in MODES:
        raise ArchcalcError(f"mode is 'eval' or 'train', got {quote(asked)}")
    return whole_number(batch, "batch", LARGEST), "train" if asked == "train" else "eval"


def _hint_for(name: str, arguments: Mapping[str, Any]) -> str:
    """What is said to a name that no argument has."""
    if name in OPTIONS or name == "optimizer":
        return f"{parameter(name)} sets it"
    if name == "bytes":
        return f"{told('--bytes', 'bytes_per_number')} sets it"
    if name in ("height", "width"):
        return f"{parameter('input')} sets the sizes"
    if found := did_you_mean(name, arguments):
        return found
    return f"it has {', '.join(arguments)}" if arguments else "it has none"


def models() -> list[str]:
    """The names of all built-in networks, by year and family."""
    return list(catalog.built_in())


__all__ = ["MODES", "MOST_BYTES", "Network", "load", "load_with", "models"]
