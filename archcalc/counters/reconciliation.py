"""Why the numbers differ: what each counter says of one network, and of what it is the sum.

>>> from archcalc.network import load
>>> found = reconcile(load("resnet50"), ["fvcore"])
>>> found["fvcore"].number, [str(term) for term in found["fvcore"].terms]
(3879247872, ['3,857,973,248 MACs', '2·10,587,136 batch norm', '100,352 global avg pool inputs'])
"""

from __future__ import annotations

import dataclasses
from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from archcalc.counters.alike import Alike, NetworkInputs, in_kinds
from archcalc.counters.libraries import Rewritten, Written, library_named
from archcalc.counters.rules import Counter, built_in_counters, counter_named
from archcalc.counters.terms import Derived, derived_by, sights_of
from archcalc.errors import ArchcalcError, quote
from archcalc.network import Network
from archcalc.parts.checks import check_network
from archcalc.parts.drawing import PrintedResult

USUAL_COUNTERS = "usual"
ALL_COUNTERS = "all"


@dataclass(frozen=True)
class Reconciliation(PrintedResult):
    """What counters say of one network."""

    net: Network
    """The network that they count: without a softmax at its end, which modules leave to a loss; a
    module of a user's own is as it is written."""
    seen: Sequence[Alike]
    """What they see of it."""
    derived: Mapping[str, Derived]
    """By the counters' names."""
    written: Written | None
    """How a library writes it, where that is what they see."""
    softmax: Network | None
    """The network with the softmax, where it has one."""

    def __getitem__(self, counter: str) -> Derived:
        return self.derived[counter]

    @cached_property
    def without(self) -> tuple[str, ...]:
        """The layers that were left out."""
        if self.softmax is None:
            return ()
        return tuple(name for name in self.softmax.graph.by_name if name not in self.net)

    @cached_property
    def of_softmax(self) -> Mapping[str, int]:
        """What counters would add for the layers that were left out, where it is anything."""
        if self.softmax is None:
            return {}
        readings = Tally(self.softmax.readings_by_name[name] for name in self.without)
        return {
            name: number for name, number in self._said_of(sights_of(readings)).items() if number
        }

    def price(self, change: Rewritten) -> Mapping[str, int | None]:
        """What counters count more for a change of the library's, where it is anything; None where
        that is not known."""
        after, before = (self._said_of(in_kinds(seen)) for seen in (change.after, change.before))
        found: dict[str, int | None] = {}
        for name, number in after.items():
            was = before[name]
            if number is None or was is None:
                found[name] = None
            elif number != was:
                found[name] = number - was
        return found

    def _said_of(self, seen: Sequence[Alike]) -> Mapping[str, int | None]:
        """The numbers of counters for some layers alone."""
        counters = [derived.counter for derived in self.derived.values()]
        return {each.counter.name: each.number for each in derived_by(counters, seen)}

    @cached_property
    def uncounted(self) -> Mapping[str, int]:
        """The values of ops that compute something which none of these counters counts."""
        asked = [each for each in self.derived.values() if each.counter.counts == "operations"]
        known = [derived.counter for derived in asked if derived.number is not None]
        if len(known) < len(asked) or not known:
            return {}
        values: Tally[str] = Tally()
        for alike in self.seen:
            if not any(derived.number for derived in derived_by(known, [alike])):
                values[alike.label] += alike.values
        return +values

    def __repr__(self) -> str:
        return f"<Reconciliation of {self.net.name}: {', '.join(self.derived)}>"


def reconcile(
    net: Network,
    tools: Sequence[str] | str = USUAL_COUNTERS,
    counters: Sequence[Counter] = (),
    spelling: str = "",
) -> Reconciliation:
    """What tools that count say of a network, derived from its graph, each number as a sum.

    Args:
        net: the network, in the mode and with the batch that it was loaded with.
        tools: "usual", "all", or names of tools, such as `["thop", "fvcore"]`.
        counters: others beside them, as `archcalc.counters.read_counter` reads them from files.
        spelling: a library whose module of the network they see, in place of archcalc's twin, such
            as "torchvision".

    Raises:
        ArchcalcError: there is no such tool, a rule does not suit a layer, or it is not known how
            the library writes the network.
    """
    check_network(net, "reconcile")
    chosen: dict[str, Counter] = {}
    for counter in (*chosen_counters(tools), *counters):
        if chosen.setdefault(counter.name, counter) != counter:
            raise ArchcalcError(f"two counters are called {quote(counter.name)}; rename one")
    net = with_spelling(net, chosen.values())
    counted = without_softmax(net)
    softmax = net if counted is not net else None
    written = library_named(spelling).written(counted) if spelling else None
    seen = sights_of(counted.readings) if written is None else in_kinds(written.sights)
    seen.append(NetworkInputs(counted.graph, counted.batch, _input_size(net)))
    found = {each.counter.name: each for each in derived_by(chosen.values(), seen)}
    return Reconciliation(counted, seen, found, written, softmax)


def _input_size(net: Network) -> int | None:
    """The bytes of the tensors that a module of a user's own was given; None of others."""
    if net.heard is None:
        return None
    from archcalc.importer.nested import tensors_in

    size: int = sum(x.numel() * x.element_size() for x in tensors_in(net.heard[1:]).values())
    return size


def with_spelling(net: Network, counters: Iterable[Counter]) -> Network:
    """A network of a user's own with what is heard of it when it is run once more: by which names
    its forward calls what counters have rules for, and whether it multiplies sizes."""
    if net.heard is None:
        return net
    from archcalc.importer.torch_module import graph_with_spelling

    names = {"*", *(name for each in counters for name in each.names("calls"))}
    return dataclasses.replace(net, graph=graph_with_spelling(net, names))


def chosen_counters(tools: Sequence[str] | str) -> list[Counter]:
    """The counters that a user names.

    Raises:
        ArchcalcError: there is none of a name.
    """
    known = built_in_counters()
    if tools == ALL_COUNTERS:
        return list(known.values())
    if tools == USUAL_COUNTERS:
        return [counter for counter in known.values() if counter.is_usual]
    if isinstance(tools, str):
        raise ArchcalcError(f"tools are 'usual', 'all' or a list of names, got {quote(tools)}")
    named = (_of_name(name, known) for name in tools)
    return [*{counter.name: counter for group in named for counter in group}.values()]


def _of_name(name: str, known: Mapping[str, Counter]) -> Sequence[Counter]:
    """The counter of a name, or all of a package of that name which are no counters of bytes."""
    of_package = [
        counter
        for counter in known.values()
        if counter.package.lower() == name.lower() and counter.counts == "operations"
    ]
    has_one = any(other.lower() == name.lower() for other in known)
    return of_package if of_package and not has_one else [counter_named(name)]


def without_softmax(net: Network) -> Network:
    """The network without a softmax that it ends with; itself where it ends otherwise, or is a
    module of a user's own, which tools are given as it is written."""
    if net.heard is not None:
        return net
    graph = net.graph
    read = {name for node in graph.nodes for name in node.inputs}
    ends = {*graph.outputs, *graph.auxiliary}
    before = {
        node.name: node.inputs[0]
        for node in graph.nodes
        if node.op.name == "softmax" and node.name in ends and node.name not in read
    }
    if not before or len(before) == len(graph.nodes):
        return net

    def end(name: str) -> str:
        return before.get(name, name)

    shorter = graph.with_nodes(
        [node for node in graph.nodes if node.name not in before],
        outputs=tuple(map(end, graph.outputs)),
        auxiliary={end(name): weight for name, weight in graph.auxiliary.items()},
        output_names={title: end(name) for title, name in graph.output_names.items()},
    )
    return dataclasses.replace(net, graph=shorter)
