"""A network whose sizes or arguments stay open, read through the formulas that count it.

>>> from archcalc.closed.domain import Domain
>>> from archcalc.closed.number import Open
>>> from archcalc.network import load
>>> classes = Open.of("num_classes", Domain({"num_classes": 1000}))
>>> Openable.of(load("resnet50")).read({"num_classes": classes}).parameters
Open(2049·num_classes + 23508032 = 25557032)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from typing import Any, Final

from archcalc.analysis.input_axes import FEATURE_AXES, axes_of_input
from archcalc.arithmetic import is_whole
from archcalc.errors import ArchcalcError, did_you_mean, parameter, quote
from archcalc.graph import INPUT, NamedInputs
from archcalc.language.budget import Budget
from archcalc.language.expand import arguments_of, expand, input_of, training_graph
from archcalc.language.model import Preset, Spec
from archcalc.names import catalog
from archcalc.names.variants import separated
from archcalc.network import Network
from archcalc.ops.fields import written

BATCH: Final = "batch"
"""The name of the number of samples, unless an argument is called so."""


def axis_of_size(size: str) -> str:
    """The axis that a size of an input is along.

    >>> axis_of_size("height"), axis_of_size("input_height"), axis_of_size("image.height")
    ('height', 'height', 'height')
    """
    return size.rpartition(".")[2].removeprefix("input_")


def nothing_open(name: str, origin: str) -> ArchcalcError:
    """What is said of a network that no spec describes."""
    reason = f"it is {origin}, without sizes or arguments that could stay open"
    hint = "archcalc import makes a spec of a torch module, whose sizes can"
    return ArchcalcError(f"{name} has no closed forms: {reason}; {hint}")


@dataclasses.dataclass(frozen=True)
class Openable:
    """A network with all that can stay open in it: the sizes of its input, the number of samples,
    and its arguments."""

    network: Network
    spec: Spec
    preset: Preset
    arguments: Mapping[str, Any]
    """What its arguments are."""
    inputs: Mapping[str, Mapping[str, int]]
    """The sizes of each input by their axes: `height`, after `input_` where an argument is called
    so; of an input with a name `image.height`."""
    has_own_input: bool
    """Whether its input is the one of its spec, which can depend on arguments."""

    @classmethod
    def of(cls, net: Network, found: tuple[Spec, Preset] | None = None) -> Openable:
        """All that can stay open in a network; `found` are its spec and preset, where these are
        not the ones of its name.

        Raises:
            ArchcalcError: it was imported, so that nothing in it can stay open.
        """
        if net.origin:
            raise nothing_open(net.name, net.origin)
        spec, preset = found or catalog.find(net.spelled or net.name)
        arguments = arguments_of(spec, preset, net.settings)
        inputs = {}
        for name, shape in net.graph.inputs.items():
            axes = axes_of_input(net.graph, name)
            if isinstance(net.input, NamedInputs):
                names = [f"{name}.{axis}" for axis in axes]
            else:
                names = [f"input_{axis}" if axis in arguments else axis for axis in axes]
            inputs[name] = dict(zip(names, shape, strict=True))
        is_own = input_of(spec, preset, net.settings) == net.input
        return cls(net, spec, preset, arguments, inputs, is_own)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The sizes of all inputs by name."""
        return {name: size for sizes in self.inputs.values() for name, size in sizes.items()}

    @property
    def sides(self) -> list[str]:
        """The names of its input's height and width; of a sequence that of its positions; of
        several inputs those of each.

        Raises:
            ArchcalcError: no input has positions.
        """
        found: list[str] = []
        for sizes in self.inputs.values():
            axes = {name: axis_of_size(name) for name in sizes}
            sides = [name for name, axis in axes.items() if axis in ("height", "width")]
            found += sides or [name for name, axis in axes.items() if axis not in FEATURE_AXES]
        if not found:
            can = ", ".join([*self.sizes, BATCH, *self.arguments])
            has = f"{self.network.name} has no input with positions"
            raise ArchcalcError(f"{has}: {parameter('open')} says what stays open, of {can}")
        return found

    def value(self, name: str) -> int:
        """What an open name is in the network: `height`, `num_classes` or `units[0]`.

        Raises:
            ArchcalcError: there is none of this name, or it is no whole number.
        """
        if name in self.arguments:
            return self._whole(name, self.arguments[name])
        stem, bracket, index = name.partition("[")
        if bracket and stem in self.arguments and isinstance(self.arguments[stem], tuple):
            values = self.arguments[stem]
            text = index.removesuffix("]")
            if text.isdecimal() and len(text) < 4 and int(text) < len(values):
                return self._whole(name, values[int(text)])
            raise ArchcalcError(f"{stem} of {self.network.name} has items 0 to {len(values) - 1}")
        if name in self.sizes:
            return self.sizes[name]
        if name == BATCH:
            return self.network.batch
        known = [*self.sizes, BATCH, *self.arguments]
        has = ", ".join(known) or "none that can stay open"
        hint = did_you_mean(name, known) or f"it has {has}"
        raise ArchcalcError(f"{self.network.name} has no size or argument {quote(name)}; {hint}")

    def _whole(self, name: str, value: Any) -> int:
        if not isinstance(value, int):
            raise ArchcalcError(
                f"{name} of {self.network.name} is {written(value)}; only a whole number stays open"
            )
        return value

    def names(self, asked: str | Iterable[str]) -> list[str]:
        """The names that are asked for, commas between them or one by one, a list's as one for each
        item.

        Raises:
            ArchcalcError: one is not there, or twice.
        """
        found: list[str] = []
        asked = separated(asked)
        if not asked:
            raise ArchcalcError(f"{parameter('open')} takes names, such as height,width")
        for name in asked:
            value = self.arguments.get(name)
            items = [f"{name}[{i}]" for i in range(len(value))] if type(value) is tuple else [name]
            for item in items:
                self.value(item)
                if item in found:
                    raise ArchcalcError(f"{parameter('open')} names {quote(item)} twice")
                found.append(item)
        return found

    def read(self, numbers: Mapping[str, Any], budget: Budget | None = None) -> Network:
        """The network with other numbers for some names, open ones or ints.

        A `budget` bounds the work.

        Raises:
            SpecError: the spec refuses them.
        """
        arguments = dict(self.network.settings)
        for name, number in numbers.items():
            stem, bracket, index = name.partition("[")
            if name in self.arguments:
                arguments[name] = number
            elif bracket:
                given = arguments.get(stem)  # a list, or an expression where a user gives it so
                values = list(given if type(given) is tuple else self.arguments[stem])
                values[int(index[:-1])] = number
                arguments[stem] = tuple(values)
        # As if the spec had these sizes: each has its name, and none is in a wrong place.
        given = self.preset.input if self.has_own_input else self.network.input
        by_name = given if isinstance(given, Mapping) else {INPUT: given}
        other = {name: n for name, n in numbers.items() if name not in self.arguments}
        sizes = {
            name: tuple([other.get(axis, n) for axis, n in zip(axes, by_name[name], strict=True)])
            for name, axes in self.inputs.items()
        }
        preset = self.preset._replace(input=sizes if isinstance(given, Mapping) else sizes[INPUT])
        graph_of = partial(expand, self.spec, preset, arguments=arguments)
        batch = self.network.batch
        if BATCH in numbers and BATCH not in self.arguments:
            batch = numbers[BATCH]
            if not is_whole(batch) or batch < 1:
                raise ArchcalcError(f"{BATCH} takes whole numbers from 1 on, got {written(batch)}")
        graph = graph_of(train=self.network.mode == "train", budget=budget)
        return dataclasses.replace(
            self.network,
            batch=batch,
            graph=graph,
            training_graph=training_graph(self.spec, graph, graph_of),
        )
