"""A claims file: figures that its author states of networks, built-in ones or his own.

Whoever reads such a file need not have written it. Its size, its claims and what their networks
come to are bounded; everything that is wrong in it is reported at once, each with its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

from archcalc.claims.ledger import Claim, Demand, Source, claim_of
from archcalc.claims.measures import MEASURES
from archcalc.claims.subject import Networks, Subject
from archcalc.errors import ArchcalcError, Problem, SpecError, did_you_mean, quote
from archcalc.figures import BYTE_UNITS, COUNT_UNITS
from archcalc.language.budget import MOST_ITEMS, Budget
from archcalc.language.strict_json import at_key, read_file
from archcalc.names.spelling import spelling
from archcalc.names.variants import read_variant
from archcalc.network import load_with
from archcalc.ops.fields import written
from archcalc.parts.conditions import BYTES_PER_NUMBER, Mode
from archcalc.parts.part import Network
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import BYTES
from archcalc.stated_figure import StatedFigure, read_figure

MOST_CLAIMS = 1_000
"""The most claims of a file."""
MOST_JUDGED_LAYERS = 8 * MOST_ITEMS
"""The most layers that the networks of all claims have together, a network counted once a claim."""

_FILE_KEYS = ("source", "claims")
_CLAIM_KEYS = (
    "model", "layer", "quantity", "stated", "rounding", "id", "source", "at", "note",
)  # fmt: skip
_NEEDED = ("model", "quantity", "stated")
_ROUNDINGS = get_args(Demand)[1:]
_QUANTITIES = tuple(name for name in MEASURES if name in QUANTITIES)
"""What a claim can state: the quantities of a network that are whole numbers."""

_BYTES = ("", "B", "byte", "bytes", *BYTE_UNITS)
"""The units of a figure of memory."""
_OTHER_KIND = {
    "parameters": ("macs", "flops"),
    "operations": ("parameters", "activations"),
}
"""The quantities that are surely not meant by a figure with a word for such."""
_READINGS = {
    "flops": [{"says": "multiply-adds, which are half as many", "quantity": "macs"}],
    "macs": [{"says": "FLOPs, which are twice as many", "quantity": "flops"}],
}
"""What a figure that is contradicted may mean instead."""


class OwnNetworks(Networks):
    """The networks of a claims file, each loaded once by the name that commands take.

    Code runs only where that is allowed, since whoever checks a file may not have written it.
    """

    def __init__(self, runs_code: bool) -> None:
        super().__init__()
        self.runs_code = runs_code
        self.budget = Budget()
        self.load = cache(self._load)

    def _network(self, model: str, mode: Mode, input: Any, settings: Any) -> Network:
        return self.load(model)

    def _load(self, model: str) -> Network:
        where = spelling(read_variant(model).model)
        if where is not None and not where.is_onnx and not self.runs_code:
            raise ArchcalcError(
                f"{quote(model)} is code, which a claims file does not run; --run-code lets it"
            )
        return load_with(
            model,
            {},
            input=None,
            batch=1,
            mode="eval",
            bytes_per_number=BYTES_PER_NUMBER,
            budget=self.budget,
        )


def read_claims(path: Path, runs_code: bool = False) -> tuple[list[Claim], Networks]:
    """The claims of a file, and the networks that they are about.

    Raises:
        ArchcalcError: the file cannot be read.
        SpecError: all that is wrong in it, or in a spec file that it names.
    """
    tree = read_file(path)
    problems = list(_file_problems(tree))
    if problems:
        raise SpecError(str(path), problems)
    source = tree.get("source", path.name)
    networks = OwnNetworks(runs_code)
    claims: dict[str, Claim] = {}
    layers = 0
    for i, keys in enumerate(tree["claims"]):
        place = at_key("claims", i)
        found = list(_problems(keys, place))
        if not found:
            claim = _claim(keys, Source(keys.get("source", source), path.name, "files"))
            if claim.id in claims:
                hint = "" if "id" in keys else "an 'id' of its own tells it from the other one"
                found.append(Problem(place, f"the claim {quote(claim.id)} is there twice", hint))
            claims[claim.id] = claim
            found += _unknown(claim, networks, place)
        if not found:
            layers += len(networks.of(claim.statement.subject).graph.nodes)
        problems += found
        if layers > MOST_JUDGED_LAYERS:
            most = f"{MOST_JUDGED_LAYERS:,} layers"
            problems.append(Problem(place, f"the networks of the claims come to more than {most}"))
            break
    if problems:
        raise SpecError(str(path), problems)
    return list(claims.values()), networks


def _file_problems(tree: Any) -> Iterator[Problem]:
    if not isinstance(tree, dict):
        yield Problem("", "a claims file is an object with 'claims', a list")
        return
    for key in tree:
        if key not in _FILE_KEYS:
            yield Problem("", f"unknown key {quote(key)}", _known(key, _FILE_KEYS))
    if "source" in tree and not _is_text(tree["source"]):
        yield Problem("source", f"is a text, got {written(tree['source'])}")
    claims = tree.get("claims")
    if not isinstance(claims, list) or not claims:
        yield Problem("claims", "is a list of one claim at least", _EXAMPLE)
    elif len(claims) > MOST_CLAIMS:
        yield Problem("claims", f"has {len(claims):,} claims; the most is {MOST_CLAIMS:,}")


_EXAMPLE = """such as {"model": "vgg16", "quantity": "parameters", "stated": "138M"}"""


def _problems(keys: Any, place: str) -> Iterator[Problem]:
    """What is wrong in a claim, before its network is asked."""
    if not isinstance(keys, dict):
        yield Problem(place, f"a claim is an object, got {written(keys)}", _EXAMPLE)
        return
    for key in keys:
        if key not in _CLAIM_KEYS:
            yield Problem(place, f"unknown key {quote(key)}", _known(key, _CLAIM_KEYS))
    missing = [quote(key) for key in _NEEDED if key not in keys]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        yield Problem(place, f"{' and '.join(missing)} {verb} missing", _EXAMPLE)
    is_sound = True
    for key in _CLAIM_KEYS:
        if key not in keys or (key == "stated" and type(keys[key]) is int):
            continue
        if not _is_text(keys[key]):
            hint = 'such as "3.86G", so that its digits are kept' if key == "stated" else ""
            yield Problem(at_key(place, key), f"is a text, got {written(keys[key])}", hint)
            is_sound = False
    if not is_sound:
        return
    rounding, quantity = keys.get("rounding", "any"), keys.get("quantity")
    if rounding not in _ROUNDINGS:
        said = f"is one of {', '.join(_ROUNDINGS)}; got {quote(rounding)}"
        yield Problem(at_key(place, "rounding"), said, did_you_mean(rounding, _ROUNDINGS))
    if quantity is not None and quantity not in _QUANTITIES:
        said, known = f"no quantity {quote(quantity)}", _known(quantity, _QUANTITIES)
        yield Problem(at_key(place, "quantity"), said, known)
    elif quantity is not None and "stated" in keys:
        try:
            _figure(keys["stated"], quantity)
        except ArchcalcError as error:
            yield Problem(at_key(place, "stated"), str(error))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _known(name: str, known: tuple[str, ...]) -> str:
    return did_you_mean(name, known) or f"it is one of {', '.join(known)}"


def _figure(stated: Any, quantity: str) -> StatedFigure:
    """The figure that is stated of a quantity.

    Raises:
        ArchcalcError: there is no figure, or its unit is none of the quantity.
    """
    is_memory = QUANTITIES[quantity].unit is BYTES
    try:
        found = read_figure(stated, of_bytes=is_memory)
    except ValueError:
        found = None
    if found is None or found.value < 0:
        got = quote(stated)
        raise ArchcalcError(f"states a figure such as 138M, '3.86 G' or 25,557,032; got {got}")
    unit, word = found.unit, found.word.lower()
    if is_memory:
        if unit not in _BYTES:
            raise ArchcalcError(f"no unit of bytes {quote(unit)}; {_known(unit, (*BYTE_UNITS,))}")
    elif word and word not in (quantity, quantity.replace("_", " ")):
        if found.counts in ("", "bytes"):
            hint = f"{quantity} takes {', '.join(COUNT_UNITS)} or none"
            raise ArchcalcError(f"no unit {quote(unit)}; {hint}")
        if quantity in _OTHER_KIND[found.counts]:
            raise ArchcalcError(f"{quote(word)} is a unit of {found.counts}, and of no {quantity}")
    return found


def _claim(keys: Mapping[str, Any], source: Source) -> Claim:
    stated, quantity = keys["stated"], keys["quantity"]
    about = " ".join(filter(None, (keys["model"], keys.get("layer"))))
    given = {key: keys[key] for key in ("model", "layer", "quantity", "stated", "at", "note")
             if key in keys}  # fmt: skip
    given |= {"id": keys.get("id", f"{about} {quantity}"), "type": "value"}
    given["claim"] = f"{quantity} of {about}: {stated}"
    unit = _figure(stated, quantity).unit
    if unit == "B" and QUANTITIES[quantity].unit is BYTES:
        given["units"] = {unit: 1}
    if quantity in _READINGS:
        given["readings"] = _READINGS[quantity]
    return replace(claim_of(given, source), demand=keys.get("rounding", "any"))


def _unknown(claim: Claim, networks: Networks, place: str) -> Iterator[Problem]:
    """Why the figure of a claim cannot be computed."""
    subject = claim.statement.subject
    for key, of_key in (
        ("model", lambda: networks.of(replace(subject, layer=()))),
        ("layer", lambda: [networks.of(subject)[layer] for layer in subject.layer]),
        ("quantity", lambda: _number(networks, subject)),
    ):
        try:
            of_key()
        except SpecError:
            raise
        except ArchcalcError as error:
            yield Problem(at_key(place, key), str(error))
            return


def _number(networks: Networks, subject: Subject) -> None:
    if MEASURES[subject.quantity].of(networks.part(subject)) is None:
        raise ArchcalcError(f"{subject.quantity} of {subject.name} is not known")
