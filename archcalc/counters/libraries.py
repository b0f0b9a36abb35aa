"""How libraries write their modules of built-in networks, where that is not how archcalc does:
`F.relu` in place of `nn.ReLU`, which tools that count tell apart. It is data, a file a library in
`specs/libraries/`.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from archcalc.analysis.count import Reading
from archcalc.counters.derivation import Sight
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.graph import Node
from archcalc.language.strict_json import read_file
from archcalc.names import catalog
from archcalc.network import Network
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS, create


class Rewriting(NamedTuple):
    """What a library writes otherwise than archcalc: some layers of some networks."""

    networks: Sequence[str]
    ops: Sequence[str]
    layers: Sequence[str]
    """Patterns of names, as those of networks and of ops are."""
    names: Sequence[str] | None
    """The modules and calls that stand in place of archcalc's; None where those stay."""
    behind: Op | None
    """A layer of the library's behind it, which changes nothing."""

    def is_of(self, network: str, node: Node) -> bool:
        """Whether a layer of a network is written so."""
        return (
            _is_any(self.networks, network)
            and _is_any(self.layers, node.name)
            and _is_any(self.ops, node.op.name)
        )

    def sights(self, reading: Reading) -> Iterator[Sight]:
        """What counters see of a layer that is written so.

        Raises:
            ArchcalcError: what is behind it changes its output.
        """
        x, y = reading.xs[0], reading.y
        if self.names is None:
            yield Sight(reading)
        else:
            yield Sight(reading, [_part(name, x.elements, y.elements) for name in self.names])
        if self.behind is not None:
            made = self.behind.output(y)
            if made != y:
                raise ArchcalcError(f"its {self.behind.name} makes {made} of {y}")
            yield Sight(Reading(self.behind, y, [y], reading.batch))


class Rewritten(NamedTuple):
    """What a rewriting is of one network: what counters would see, and what they see."""

    rewriting: Rewriting
    before: Mapping[Sight, int]
    after: Mapping[Sight, int]

    @property
    def layers(self) -> int:
        """How many are written otherwise."""
        return sum(self.before.values())

    def __str__(self) -> str:
        names, behind = self.rewriting.names, self.rewriting.behind
        if behind is not None:
            return f"{behind.name} behind {' '.join(self.rewriting.layers)}"
        ops = dict.fromkeys(sight.reading.op.name for sight in self.before)
        layers = "1 layer" if self.layers == 1 else f"{self.layers} layers"
        return f"{layers} of {', '.join(ops)} as {', '.join(names or ()) or 'reshapes'}"


class Written(NamedTuple):
    """A network as a library writes it."""

    library: Library
    model: str
    """What the library calls it."""
    sights: Mapping[Sight, int]
    """What counters see, each with how many copies there are."""
    changes: Sequence[Rewritten]


class Library(NamedTuple):
    """A library of torch modules, and how it writes those of some built-in networks."""

    name: str
    version: str
    """The version that was compared."""
    module: str
    """The Python module with the functions that build them."""
    models: Mapping[str, str]
    """For each network, the function that builds it."""
    arguments: Mapping[str, Mapping[str, Any]]
    """What such functions are given, where it is anything."""
    rewritings: Sequence[Rewriting]

    def written(self, net: Network) -> Written:
        """How the library writes a network.

        Raises:
            ArchcalcError: that is not known.
        """
        model, name = self._model(net), net.preset.name
        own: Tally[Reading] = Tally()
        changed: dict[int, Tally[Reading]] = {}
        for node in net.graph.nodes:
            which = next((i for i, r in enumerate(self.rewritings) if r.is_of(name, node)), None)
            readings = own if which is None else changed.setdefault(which, Tally())
            readings[net.readings_by_name[node.name]] += 1
        sights = {Sight(reading): times for reading, times in own.items()}
        changes = []
        for place, readings in changed.items():
            rewriting = self.rewritings[place]
            before = {Sight(reading): times for reading, times in readings.items()}
            try:
                after = {
                    sight: times
                    for reading, times in readings.items()
                    for sight in rewriting.sights(reading)
                }
            except ArchcalcError as error:
                problem = f"{self.name}'s {model} is another network than {net.name}: {error}"
                raise ArchcalcError(problem) from None
            changes.append(Rewritten(rewriting, before, after))
            sights |= after
        return Written(self, model, sights, changes)

    def _model(self, net: Network) -> str:
        """What the library calls a network.

        Raises:
            ArchcalcError: that is not known.
        """
        name, usually = net.preset.name, net.preset.usually
        if name not in self.models or net.preset is not catalog.find(name)[1]:
            hint = f"; it builds {usually}" if usually in self.models else ""
            raise ArchcalcError(f"it is not known how {self.name} writes {net.name}{hint}")
        if net.mode != "eval":
            raise ArchcalcError(f"it is known in eval mode alone how {self.name} writes {net.name}")
        return self.models[name]


def _is_any(patterns: Sequence[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _part(name: str, inputs: Any, outputs: Any) -> TorchPart:
    """A call, such as `F.relu`, or a module by its class."""
    kind = TorchModule if name.isidentifier() else TorchCall
    return kind(name, inputs, outputs)


@cache
def libraries() -> Mapping[str, Library]:
    """The libraries whose modules archcalc knows, by name."""
    found = map(_read, sorted((catalog.specs_folder() / "libraries").glob("*.json")))
    return {library.name: library for library in found}


def library_named(name: str) -> Library:
    """The library of a name.

    Raises:
        ArchcalcError: there is none.
    """
    if name not in libraries():
        hint = did_you_mean(name, libraries()) or f"there is {', '.join(libraries())}"
        raise ArchcalcError(f"no library {quote(name)}; {hint}")
    return libraries()[name]


def _read(path: Path) -> Library:
    value = read_file(path)
    rewritings = [_rewriting(each) for each in value["rewritings"]]
    kept = ("name", "version", "module", "models", "arguments")
    return Library(**{key: value[key] for key in kept}, rewritings=rewritings)


def _rewriting(value: dict[str, Any]) -> Rewriting:
    behind = dict(value.get("behind", {}))
    return Rewriting(
        **{key: value.get(key, "*").split() for key in ("networks", "ops", "layers")},
        names=value["as"].split() if "as" in value else None,
        behind=create(OPS[behind.pop("op")], behind) if behind else None,
    )
