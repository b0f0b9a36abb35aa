"""What a claim speaks of: a model, the part of it, and a quantity of that part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from archcalc.claims.words import matches
from archcalc.errors import ArchcalcError
from archcalc.graph import INPUT, Graph
from archcalc.language.expand import expand, input_of
from archcalc.language.model import Preset, Spec
from archcalc.names import catalog
from archcalc.names.arguments import argument_value
from archcalc.parts.conditions import Mode
from archcalc.parts.part import Network, Part

SUBJECT_KEYS = (
    "model", "layer", "quantity", "only", "reading", "contiguous", "mode", "input", "set",
)  # fmt: skip


class UnknownModel(ArchcalcError):
    """A claim about a network that no spec describes."""


@dataclass(frozen=True)
class Subject:
    """A quantity of a part of a model; `layer` may be several dotted paths, or none for all."""

    model: str = ""
    layer: tuple[str, ...] = ()
    quantity: str = ""
    only: str = ""
    """The word for the nodes of the part that alone are meant: `conv`, `fc`."""
    reading: int | None = None
    """How many input maps those maps read that are meant of a convolution by table."""
    contiguous: bool | None = None
    """Whether of these only those that read neighbouring maps are meant, or only the others."""
    mode: Mode = "eval"
    input: tuple[int, ...] | None = None
    settings: tuple[tuple[str, Any], ...] = ()

    def changed(self, keys: Mapping[str, Any]) -> Subject:
        """This subject with the given keys of a ledger set otherwise.

        Another model has its own layers, input and settings.
        """
        base = self
        if "model" in keys and keys["model"] != self.model:
            base = Subject(keys["model"], quantity=self.quantity, only=self.only)
        return replace(base, **_fields(keys))

    @property
    def name(self) -> str:
        """How explanations call it: `googlenet inception4a`."""
        return " ".join([self.model, *self.layer]).strip()


def _fields(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a subject from the keys of a ledger."""
    values = {name: _frozen(value) for name, value in keys.items()}
    if isinstance(values.get("layer"), str):
        values["layer"] = (values["layer"],) if values["layer"] else ()
    if "set" in values:
        values["settings"] = values.pop("set")
    return values


def _frozen(value: Any) -> Any:
    """A value of JSON that can be looked up by: lists and objects as tuples."""
    if isinstance(value, dict):
        return tuple((name, _frozen(item)) for name, item in value.items())
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


class Networks:
    """The networks that claims are judged against, each expanded once.

    `find` gives the spec behind a name; the tests give one that finds changed specs. `loaded` are
    there already: built-in networks as their specs have them.
    """

    def __init__(
        self,
        find: Callable[[str], tuple[Spec, Preset]] = catalog.find,
        loaded: Iterable[Network] = (),
    ):
        self.find = find
        self.loaded = {net.name: net for net in loaded}
        self.unknown: set[str] = set()
        self.network = cache(self._network)

    def _network(self, model: str, mode: Mode, input: Any, settings: Any) -> Network:
        if model in self.loaded and (mode, input, settings) == ("eval", None, ()):
            return self.loaded[model]
        if model in self.unknown:
            raise UnknownModel(f"there is no spec of {model}")
        try:
            spec, preset = self.find(model)
        except ArchcalcError as error:
            self.unknown.add(model)
            raise UnknownModel(f"there is no spec of {model}") from error
        arguments = {name: argument_value(value) for name, value in settings}
        graph = expand(spec, preset, arguments=arguments, input=input, train=mode == "train")
        return Network(preset.name, preset, graph, 1, mode)

    def of(self, subject: Subject) -> Network:
        """The network that a subject names."""
        return self.network(subject.model, subject.mode, subject.input, subject.settings)

    def part(self, subject: Subject) -> Part:
        """The nodes that a subject names.

        Raises:
            ArchcalcError: it has no such layer.
        """
        return part_of(self.of(subject), subject)


def is_as_defined(net: Network) -> bool:
    """Whether a network is as its built-in spec has it, which is what claims are about."""
    if net.origin or net.batch != 1 or net.mode != "eval" or net.settings:
        return False
    is_built_in = any(net.name in catalog.built_in(kind) for kind in catalog.SPEC_FOLDERS)
    return is_built_in and net.input == input_of(*catalog.find(net.name), {})


def part_of(network: Network, subject: Subject) -> Part:
    """The nodes of a network that a subject names.

    Raises:
        ArchcalcError: it has no such layer.
    """
    part: Part = network
    if subject.layer == (INPUT,):
        part = Part(network, INPUT, ())
    elif len(subject.layer) == 1:
        part = network[subject.layer[0]]
    elif subject.layer:
        chosen = {node.name for layer in subject.layer for node in network[layer].nodes}
        part = Part(network, "", tuple(node for node in network if node.name in chosen))
    if subject.only:
        nodes = tuple(node for node in part.nodes if matches(node, subject.only))
        part = Part(network, part.path, nodes)
    return part if subject.reading is None else _by_table(part, subject)


def _by_table(part: Part, subject: Subject) -> Part:
    """The output maps of a convolution by table that read so many of its input's maps: a network
    of one layer, the full convolution over as many channels that they are.

    Raises:
        ArchcalcError: it has no table.
    """
    node = part.nodes[0]
    x = node.input_shapes[0]
    rows = getattr(node.op, "connections", None)
    if rows is None:
        raise ArchcalcError(f"{subject.name} has no table of connections")
    chosen = [
        row
        for row in rows
        if len(row) == subject.reading
        and subject.contiguous in (None, _is_contiguous(row, x.channels))
    ]
    op = node.op.replaced(connections=None, out_channels=len(chosen))
    x, y = x.with_size(0, subject.reading), node.shape.with_size(0, len(chosen))
    narrowed = node._replace(op=op, inputs=(INPUT,), input_shapes=(x,), shape=y)
    graph = Graph(x, (narrowed,), (node.name,))
    return Part(replace(part.network, graph=graph), part.path, (narrowed,))


def _is_contiguous(row: tuple[int, ...], channels: int) -> bool:
    """Whether a row of the table reads neighbouring maps, round the edge too."""
    return sum((channel + 1) % channels not in row for channel in row) <= 1
