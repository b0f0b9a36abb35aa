"""The built-in specs: where they are, and which names they give."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.language.model import Preset, Spec
from archcalc.language.read import read

KINDS = ("networks", "studies")


@cache
def specs_folder() -> Path:
    """The folder `specs`: inside the installed package, else beside it in a checkout.

    Raises:
        ArchcalcError: it is in neither place.
    """
    package = Path(__file__).parent
    for folder in (package / "specs", package.parent / "specs"):
        if folder.is_dir():
            return folder
    raise ArchcalcError(f"the built-in specs are missing: no specs/ in or beside {package}")


@cache
def built_in(kind: str = "networks") -> dict[str, tuple[Spec, Preset]]:
    """Every built-in network (or study) by name: its file and its preset, by year and family."""
    found = [
        (spec, preset)
        for path in sorted((specs_folder() / kind).glob("*.json"))
        for spec in [read(path)]
        for preset in spec.presets.values()
    ]
    found.sort(key=lambda pair: (pair[1].year, pair[1].family, natural(pair[1].name)))
    return {preset.name: (spec, preset) for spec, preset in found}


def natural(name: str) -> list[tuple[int, str]]:
    """A sort key that takes digits as numbers: resnet50 before resnet101."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def find(name: str) -> tuple[Spec, Preset]:
    """The spec and preset behind a built-in name or a file's path; `FILE.json:PRESET` for a member
    of a family.

    Raises:
        ArchcalcError: there is no such model or preset.
        SpecError: the file cannot be read.
    """
    file, colon, preset = name.partition(".json:")
    if colon or name.endswith(".json") or "/" in name or "\\" in name:
        return _in_file(Path(file + ".json" if colon else name), preset)
    for kind in KINDS:
        if name in built_in(kind):
            return built_in(kind)[name]
    known = [known for kind in KINDS for known in built_in(kind)]
    hint = did_you_mean(name, known)
    raise ArchcalcError(
        f"no model {quote(name)}" + (f"; {hint}" if hint else "") + " (archcalc list)"
    )


def _in_file(path: Path, name: str) -> tuple[Spec, Preset]:
    spec = read(path)
    if name:
        if name not in spec.presets:
            hint = did_you_mean(name, spec.presets)
            raise ArchcalcError(
                f"{quote(path, marks='')} has no preset {quote(name)}; {hint}".rstrip("; ")
            )
        return spec, spec.presets[name]
    return spec, next(iter(spec.presets.values()))
