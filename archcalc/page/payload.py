"""What a page carries: graphs, formulas and what is stated; no figure that a browser can count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from archcalc import field_figures
from archcalc.claims import printed
from archcalc.claims.judge import Judgement, judge
from archcalc.claims.ledger import ledgers
from archcalc.claims.measured import Measured, best_known, measured
from archcalc.claims.subject import Networks, is_as_defined
from archcalc.counters.reconciliation import without_softmax
from archcalc.errors import quote
from archcalc.language.expand import input_of
from archcalc.names import catalog
from archcalc.network import Network
from archcalc.ops.fields import written
from archcalc.page.formulary import Formulary
from archcalc.page.trees import Trees
from archcalc.page.variable import what_varies
from archcalc.parts.conditions import BYTES_PER_NUMBER
from archcalc.pictures.images import image_side, is_small
from archcalc.pictures.lineages import Lineage, lineages
from archcalc.pictures.stride_costs import by_output_stride
from archcalc.pictures.study_picture import costs_of, ordered
from archcalc.shape import Shape

_T = TypeVar("_T")


class Payload:
    """The data of a page about some networks and studies."""

    def __init__(self, networks: Sequence[Network], studies: Sequence[Network]):
        self._formulary = Formulary()
        self._trees = Trees(self._formulary)
        # Networks of a family have receptive fields in common.
        self._field = cache(field_figures.receptive_field)
        claims = ledgers()
        known = best_known(measured(claims))
        lines = lineages(net.family for net in networks)
        as_defined = filter(is_as_defined, (*networks, *studies))
        judged = judge(claims, Networks(loaded=as_defined)) if studies else []
        self._data = {
            "networks": [self._network(n, lines[n.family], known.get(n.name)) for n in networks],
            "studies": [
                row
                for _, members in groupby(studies, attrgetter("family"))
                for row in self._study(ordered(list(members)))
            ],
            "words": self._trees.words.texts,
            "groups": self._trees.groups.texts,
            "plans": self._trees.plans.texts,
            "ops": self._formulary.ops.texts,
            "tools": self._formulary.tools.texts,
            "counters": [[each.name, each.calls_it] for each in self._formulary.counters],
            "texts": self._formulary.texts.texts,
            "lineages": [line._asdict() for line in dict.fromkeys(lines.values())],
            **_claims(judged, {net.name for net in (*networks, *studies)}),
        }

    @property
    def data(self) -> Mapping[str, Any]:
        """What goes into the page as JSON."""
        return self._data

    @property
    def formulas(self) -> Sequence[str]:
        """What goes into its script as functions, by their numbers."""
        return self._formulary.formulas.texts

    def _study(self, members: Sequence[Network]) -> Iterator[dict[str, Any]]:
        """The members of a study, where none has parameters or MACs with their operations."""
        costs = costs_of(members)
        for i, net in enumerate(members):
            row = self._network(net, None, None)
            if "MACs" not in costs:
                row["operations"] = [[heading, values[i]] for heading, values in costs.items()]
            yield row

    def _network(
        self, net: Network, lineage: Lineage | None, known: Sequence[Measured] | None
    ) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": net.name,
            "title": net.title,
            "family": net.family,
            "year": net.year,
            "source": self._trees.words.number(net.preset.source),
            "input": net.input.sizes,
            "tree": self._trees.tree(net),
            "rf": list(_runs(_by_node(net, net.receptive_fields), self._field)),
            "strides": list(_runs(_by_node(net, net.output_strides), str)),
            "maps": self._maps(net),
            "equal": [
                *(net.parameters, net.macs, net.activations, net.depth, net.memory_peak),
                field_figures.receptive_field(net.receptive_field),
            ],
        }
        place = {node.name: i for i, node in enumerate(net.nodes)}
        row["kept"] = [place[name] for name in net.graph.outputs if name in place]
        if net.graph.samples:
            row["samples"] = [[place[name], times] for name, times in net.graph.samples.items()]
        counted = without_softmax(net).graph.by_name
        if left_out := [i for name, i in place.items() if name not in counted]:
            row["left"] = left_out
        row |= _set_otherwise(net)
        if net.preset.note:
            row["note"] = self._trees.words.number(net.preset.note)
        if net.preset.against:
            row["against"] = net.preset.against
        if lineage is not None:
            row["line"] = lineage.name
            row["takes"] = _takes(net)
        if known:
            row["known"] = [
                [float(each.error), each.protocol, each.crop, int(each.is_single_crop)]
                for each in known
            ]
        variable = what_varies(net)
        if variable.classes:
            row["classes"] = variable.classes
        if not variable.input:
            row["fixed"] = 1
        return row

    def _maps(self, net: Network) -> dict[str, int]:
        """The numbers of the words for the maps of each output stride."""
        costs = by_output_stride(net).items()
        return {str(s): self._trees.words.number(cost.maps) for s, cost in costs if cost.maps}


def _by_node(net: Network, table: Mapping[str, _T]) -> list[_T]:
    """What nodes have, in their order."""
    return [*map(table.__getitem__, net.graph.by_name)]


def _runs(values: Sequence[_T], said: Callable[[_T], str]) -> Iterator[int | str]:
    """What values are said to be, in their order: how many are equal, then what they are."""
    different = {id(value): value for value in values}  # nodes have most of them in common
    texts = {same: said(value) for same, value in different.items()}
    for text, run in groupby(map(texts.__getitem__, map(id, values))):
        yield len(list(run))
        yield int(text) if text.isdigit() else text


def _set_otherwise(net: Network) -> dict[str, Any]:
    """How a network departs from its spec, and what commands call it then."""
    found: dict[str, Any] = {}
    if net.batch != 1:
        found["batch"] = net.batch
    if net.bytes_per_number != BYTES_PER_NUMBER:
        found["bytes"] = net.bytes_per_number
    named = net.name if "[" in net.name else quote(net.spelled or net.name, "")
    words = [named, *(["--mode train"] if net.mode == "train" else [])]
    words += [f"--set {name}={written(value)}" for name, value in net.settings.items()
              if name not in net.named]  # fmt: skip
    if (called := " ".join(words)) != net.name:
        found["called"] = called
    if "input" not in net.named and isinstance(net.input, Shape) and not _is_own_input(net):
        found["own"] = 1
    return found


def _is_own_input(net: Network) -> bool:
    """Whether it takes that input where none is given: of a module, that is not known."""
    if net.origin:
        return False
    spec, preset = catalog.find(net.spelled or net.name)
    return bool(net.input == input_of(spec, preset, net.settings))


def _takes(net: Network) -> str:
    """What kind of input it takes: networks of other kinds are not to be read together."""
    if image_side(net) is None:
        return "sequence"
    return "small" if is_small(net) else "large"


def _claims(judged: Sequence[Judgement], models: set[str]) -> dict[str, Any]:
    sources = {j.claim.source.name: j.claim.source.title for j in judged}
    order = list(sources)
    return {
        "sources": [[name, sources[name]] for name in order],
        "claims": [
            [
                j.claim.id,
                order.index(j.claim.source.name),
                j.claim.at,
                j.claim.text,
                printed.stated_text(j.claim),
                "" if j.verdict == "not computable" else j.finding.text or "",
                printed.verdict_text(j),
                j.reading or "",
                sorted(j.claim.models & models),
            ]
            for j in judged
        ],
    }
