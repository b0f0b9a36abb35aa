"""The outputs of a network: those that its file names, or its last result and other open ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.errors import Problem, SpecError, quote
from archcalc.language.assembly import Assembly
from archcalc.language.fragment import Fragment, Meanings
from archcalc.language.model import ItemError
from archcalc.language.strict_json import at_key


def named_outputs(file: str, fragment: Fragment, outputs: Mapping[str, str]) -> dict[str, int]:
    """The outputs that a file names, each with its node's number.

    Raises:
        SpecError: one names nothing here, or several outputs.
    """
    found = {}
    for name, path in outputs.items():
        place = at_key("outputs", name)
        meaning = fragment.names.find(path)
        if meaning is None or not meaning.flow.at:
            raise SpecError(file, [Problem(place, f"no item {quote(path)} here")])
        if len(meaning.flow.at) > 1:
            several = f"{quote(path)} is {len(meaning.flow.at)} outputs; name each"
            raise SpecError(file, [Problem(place, several)])
        found[name] = meaning.flow.at[0]
    return found


def open_ends(fragment: Fragment, assembly: Assembly) -> dict[str, int]:
    """The last result, and before it every result of the network's own list that nothing reads.

    Each has the name of its item or branch, else its node's.
    """
    names: dict[int, str] = {}
    for at, name in _results(fragment.names, ""):
        names.setdefault(at, name)
    last = fragment.flow.at
    others = [at for at in assembly.unread if at in names and at not in last]
    return {names.get(at) or assembly.name(at): at for at in (*others, *last)}


def _results(names: Meanings, prefix: str) -> Iterator[tuple[int, str]]:
    """The results of the items of a list, with their names; of open branches each end."""
    for name, meaning in names.here.items():
        if len(meaning.flow.at) == 1:
            yield meaning.flow.at[0], prefix + name
        elif meaning.inside is not None:
            yield from _results(meaning.inside, f"{prefix}{name}.")


def unused(assembly: Assembly, outputs: Mapping[str, int]) -> Iterator[ItemError]:
    """The nodes whose results are neither read nor outputs."""
    ends = set(outputs.values())
    for at in assembly.unread:
        if at not in ends:
            name = assembly.name(at)
            yield ItemError(assembly.items[at], "its result is never used", node=name)
