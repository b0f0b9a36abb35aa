"""The built-in specs: where they are, and which names they give."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.expressions.parsing import literal
from archcalc.frozen import Frozen
from archcalc.language.families import MODEL_NAME
from archcalc.language.model import Family, Preset, Spec
from archcalc.language.read import family_from_json, from_json, read
from archcalc.names.spelling import spelling
from archcalc.suggestions import bare

SPEC_FOLDERS = ("networks", "studies")


@cache
def specs_folder() -> Path:
    """The folder `specs`: inside the installed package, else beside it in a checkout.

    Raises:
        ArchcalcError: it is in neither place.
    """
    package = Path(__file__).parent.parent
    for folder in (package / "specs", package.parent / "specs"):
        if folder.is_dir():
            return folder
    raise ArchcalcError(f"the built-in specs are missing: no specs/ in or beside {package}")


@cache
def built_in(kind: str = "networks") -> Mapping[str, Preset]:
    """What is said of every built-in network (or study), by name, in the order of years and
    families. What they consist of is not read."""
    found = [preset for path in _files(kind) for preset in _family(path).presets.values()]
    return Frozen({preset.name: preset for preset in sorted(found, key=_order)})


@cache
def _homes(kind: str) -> Mapping[str, Path]:
    """The file of each built-in network."""
    return {name: path for path in _files(kind) for name in _tree(path).get("presets", [path.stem])}


def spec_file(name: str) -> Path:
    """The file of a built-in network."""
    return _homes("networks")[name]


def _order(preset: Preset) -> tuple[Any, ...]:
    assert preset.year is not None, "every built-in network has one"
    return preset.year, preset.family, natural(preset.name)


def _files(kind: str) -> list[Path]:
    return sorted((specs_folder() / kind).glob("*.json"))


@cache
def _tree(path: Path) -> Mapping[str, Any]:
    """The JSON value in a built-in file, which is trusted, and does not change."""
    tree: Mapping[str, Any] = json.loads(path.read_bytes(), parse_float=literal)
    return tree


@cache
def _family(path: Path) -> Family:
    return family_from_json(_tree(path), str(path), path.stem)


@cache
def _spec(path: Path) -> Spec:
    return from_json(_tree(path), str(path), path.stem)


def _built_in(name: str, kind: str) -> tuple[Spec, Preset]:
    """One built-in network, of whose kind no other file is read.

    In messages the network's name stands for its file, which users know nothing of.
    """
    spec = _spec(_homes(kind)[name])
    return spec._replace(file=name), spec.presets[name]


def natural(name: str) -> list[tuple[int, str]]:
    """A sort key that takes digits as numbers: resnet50 before resnet101."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def described(name: str) -> tuple[Family, Preset]:
    """What is said of the network that `find` finds; what a built-in one consists of is not read.

    Raises:
        ArchcalcError: as `find`.
    """
    for kind in SPEC_FOLDERS:
        if name in _homes(kind):
            family = _family(_homes(kind)[name])
            return family, family.presets[name]
    spec, preset = find(name)
    return Family(spec.arguments, spec.presets), preset


def find(name: str | os.PathLike[str]) -> tuple[Spec, Preset]:
    """The spec and preset behind a built-in name or a file's path; `FILE.json:PRESET` for a member
    of a family. A text is a path if it has a slash or ends in .json.

    Raises:
        ArchcalcError: there is no such model, preset or file, or the file has several presets and
            none is named.
        SpecError: something in the file is wrong.
    """
    if not isinstance(name, str | os.PathLike) or isinstance(os.fspath(name), bytes):
        raise ArchcalcError(f"a model is a name or a spec file's path, got {quote(name)}")
    file, preset = _file_and_preset(name)
    text = os.fspath(name)
    if file:
        found = _with_a_slash(name, file) if isinstance(name, str) else None
        return found or _in_file(Path(file), preset)
    for kind in SPEC_FOLDERS:
        if text in _homes(kind):
            return _built_in(text, kind)
    found = _spelled(text)
    if found is None:
        raise ArchcalcError(_no_model(text))
    return found


def _with_a_slash(name: str, file: str) -> tuple[Spec, Preset] | None:
    """The network whose name looks like a path, as papers write it: `ViT-B/16`.

    Raises:
        ArchcalcError: it is no path, and resembles a name.
    """
    if name[:1] in ("", ".", "/", "~") or name.endswith(".json") or os.path.exists(file):
        return None
    found = _spelled(name)
    hint = "" if found else _meant(name)
    if hint:
        raise ArchcalcError(f"no file or model {quote(name)}; {hint}")
    return found


def _spelled(name: str) -> tuple[Spec, Preset] | None:
    """The network whose name is the same but for case and signs: `ResNet-50`, `ViT-B/16`."""
    for kind in SPEC_FOLDERS:
        for known in _homes(kind):
            if bare(known) == bare(name):
                return _built_in(known, kind)
    return None


def _no_model(name: str) -> str:
    """What is said of a name that is none: whether it is several, or a file spelled otherwise."""
    if "=" in name:
        return f"settings stand in brackets, resnet50[num_classes=10]; got {quote(name)}"
    if name == "all" or set("*?,") & set(name):
        return f"one model is wanted, got {quote(name)} (archcalc list)"
    files = [quote(f) for f in (f"./{name}", f"{name}.json") if os.path.isfile(f)]
    if files:
        means = f"did you mean {' or '.join(files)}?"
        return f"no model {quote(name)}; {means} (a file's path has a slash or ends in .json)"
    module, dot, attribute = name.rpartition(".")
    if dot and all(part.isidentifier() for part in name.split(".")):
        means = quote(f"{module}:{attribute}")
        return f"no model {quote(name)}; a torch module of your own is written {means}"
    hint = _meant(name)
    return f"no model {quote(name)}; {hint}" if hint else f"no model {quote(name)} (archcalc list)"


def _meant(name: str) -> str:
    """A suggestion of names that resemble one that is none, or which are called so."""
    hint = _by_title(name) or next(
        filter(None, (did_you_mean(name, _homes(k)) for k in SPEC_FOLDERS)), ""
    )
    if hint:
        return f"{hint} (archcalc list)"
    found = with_words(name)
    if not found:
        return ""
    names = " and ".join(map(quote, found)) if len(found) < 3 else f"{len(found)} networks"
    are = "are" if len(found) > 1 else "is"
    return f"{names} {are} called so (archcalc list {quote(name)})"


def with_words(text: str) -> list[str]:
    """The networks and studies whose names, titles or families have all of some words, a letter
    alone as a word of its own.

    >>> with_words("depthwise separable")
    ['full-3x3', 'separable-3x3']
    """
    words = _SIGNS.sub(" ", text.lower()).split()
    if sum(map(len, words)) < _SHORTEST_WORD:
        return []
    found = []
    for kind in SPEC_FOLDERS:
        for name, preset in built_in(kind).items():
            said = f"{name} {preset.title} {preset.family} {_homes(kind)[name].stem}"
            said = _SIGNS.sub(" ", said.lower())
            if all(word in (said if len(word) > 1 else said.split()) for word in words):
                found.append(name)
    return found


_SIGNS = re.compile("[-/_]")
"""What names have between words."""
_SHORTEST_WORD = 3
"""Fewer letters are in too many names to mean one."""


def _by_title(name: str) -> str:
    """A suggestion of a network whose title it is: `GPT-2 small`."""
    for kind in SPEC_FOLDERS:
        for known in _homes(kind):
            if bare(built_in(kind)[known].title) == bare(name):
                return f"did you mean {quote(known)}?"
    return ""


def members(name: str) -> list[str]:
    """The names of all networks in a file, as `find` takes them; a network's name is itself.

    A built-in file has a name too, that of `specs/studies/stacked-3x3.json` is `stacked-3x3`.

    Raises:
        ArchcalcError: there is no such file.
        SpecError: something in it is wrong.
    """
    if spelling(name) is not None:
        return [name]
    file, preset = _file_and_preset(name)
    if not file:
        return _relatives(name)
    if preset or _with_a_slash(name, file):
        return [name]
    presets = read(file).presets
    return [f"{file}:{preset}" for preset in presets] if len(presets) > 1 else [name]


def file_text(name: str) -> tuple[str, str, int]:
    """The spec file of a built-in network or study as it is, its name in the file, and how many
    there are in it. The name of a file stands for its first one.

    Raises:
        ArchcalcError: there is none of that name.
    """
    all_names = [known for kind in SPEC_FOLDERS for known in _homes(kind)]
    same = [known for known in all_names if bare(known) == bare(name)]
    known = name if name in all_names or not same else same[0]
    for kind in SPEC_FOLDERS:
        for path in _files(kind):
            presets = [member for member, home in _homes(kind).items() if home == path]
            if known in presets or name == path.stem:
                member = known if known in presets else presets[0]
                return path.read_text(encoding="utf-8"), member, len(presets)
    raise ArchcalcError(_no_model(name))


def _relatives(name: str) -> list[str]:
    """All networks of a built-in file; of what is a model by itself, or no such file, its own."""
    if MODEL_NAME.fullmatch(name) and not any(name in _homes(kind) for kind in SPEC_FOLDERS):
        for kind in SPEC_FOLDERS:
            file = specs_folder() / kind / f"{name}.json"
            if file.is_file():
                return list(read(file).presets)
    return [name]


def file_of(name: str) -> str:
    """The file that a network is in; of one that is in none, what it is called by."""
    if spelling(name) is not None:
        return name
    homes = (_homes(kind)[name] for kind in SPEC_FOLDERS if name in _homes(kind))
    return str(next(homes, None) or _file_and_preset(name)[0] or name)


def is_path(name: str) -> bool:
    """Whether a model is spelled as the path of a spec file."""
    return bool(_file_and_preset(name)[0])


def _file_and_preset(name: str | os.PathLike[str]) -> tuple[str, str]:
    """The path and the preset in `FILE.json:PRESET`; two empty texts for a built-in name."""
    text = os.fspath(name)
    file, colon, preset = text.partition(".json:")
    if colon:
        return f"{file}.json", preset
    is_path = text.endswith(".json") or "/" in text or "\\" in text or isinstance(name, os.PathLike)
    return (text, "") if is_path else ("", "")


def _in_file(path: Path, name: str) -> tuple[Spec, Preset]:
    spec = read(path)
    if name:
        if name not in spec.presets:
            hint = did_you_mean(name, spec.presets)
            raise ArchcalcError(
                f"{quote(path, marks='')} has no preset {quote(name)}; {hint}".rstrip("; ")
            )
        return spec, spec.presets[name]
    if len(spec.presets) > 1:
        file = quote(path, marks="")
        raise ArchcalcError(f"{file} has {len(spec.presets)} networks; say {_some(file, spec)}")
    return spec, next(iter(spec.presets.values()))


def _some(file: str, spec: Spec) -> str:
    """The first few members of a family, as users name them."""
    named = [f"{file}:{name}" for name in list(spec.presets)[:3]]
    if len(spec.presets) > len(named):
        return f"{', '.join(named)} or another"
    return f"{', '.join(named[:-1])} or {named[-1]}"
