"""What papers have measured: ImageNet errors from the ledgers, each with its protocol."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from archcalc.claims.assertions.uncomputed import Measurement
from archcalc.claims.ledger import Claim, ledgers

_DATA = ("ILSVRC-2012 validation", "ILSVRC-2012 val, 1 CNN")
_SINGLE = re.compile(r"(1-crop|single crop)\b")
_CROP = re.compile(r"\b(?:crop|input) (\d+)\b")


@dataclass(frozen=True)
class Measured:
    """One network's top-1 error on ImageNet's validation images, in percent."""

    model: str
    error: Fraction
    protocol: str
    claim: Claim

    @property
    def accuracy(self) -> Fraction:
        """Percent of the images that it got right."""
        return 100 - self.error

    @property
    def is_single_crop(self) -> bool:
        """Whether one crop of each image was classified: what the network's MACs are for."""
        return bool(_SINGLE.match(self.protocol))

    @property
    def crop(self) -> int | None:
        """The side of the crop in pixels, where the protocol says it."""
        found = _CROP.search(self.protocol)
        return int(found[1]) if found else None


def measured(claims: Iterable[Claim]) -> list[Measured]:
    """The top-1 errors and accuracies on ImageNet that claims state, in their order."""
    found = []
    for claim in claims:
        check = claim.check.assertion
        if not isinstance(check, Measurement) or check.data not in _DATA:
            continue
        for quantity, of in (("top1_error", Fraction), ("top1_accuracy", _error)):
            stated = re.fullmatch(r"([\d.]+)%", str(claim.keys.get("stated")))
            if claim.quantities == {quantity} and stated:
                for model in sorted(claim.models):
                    found.append(Measured(model, of(stated[1]), check.protocol, claim))
    return found


def _error(accuracy: str) -> Fraction:
    return 100 - Fraction(accuracy)


def best_known(found: Iterable[Measured]) -> dict[str, list[Measured]]:
    """The measurements of each model; first one by a single crop, where there is one."""
    by_model: dict[str, list[Measured]] = {}
    for each in found:
        by_model.setdefault(each.model, []).append(each)
    for several in by_model.values():
        several.sort(key=lambda each: not each.is_single_crop)
    return by_model


@cache
def top1_errors() -> dict[str, Fraction]:
    """The top-1 error of each model in percent: by a single crop, where one is printed."""
    return {name: several[0].error for name, several in best_known(measured(ledgers())).items()}
