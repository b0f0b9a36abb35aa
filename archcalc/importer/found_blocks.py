"""Blocks and repetitions in the levels of a network: groups of one structure are uses of a block,
whose arguments are the numbers in which they differ; uses in a chain are one that is repeated."""

from __future__ import annotations

import json
import keyword
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archcalc.expressions.functions import FUNCTIONS
from archcalc.graph import INPUT, GroupInfo
from archcalc.importer.levels import LevelEntry

_FieldsOf = Callable[[LevelEntry], Mapping[str, Any]]
"""The fields of an entry that is a node, as a spec has them, but for what it refers to."""

_WIDTHS = {"out_channels", "out_features", "groups", "num_groups", "embedding_dim", "hidden_size"}
"""Fields that share one argument where they are equal in every use."""
_NOT_NAMES = {*keyword.kwlist, *FUNCTIONS, INPUT, "index", "in_channels"}


@dataclass
class FoundBlock:
    """Groups of one structure."""

    uses: list[LevelEntry] = field(default_factory=list)
    name: str = ""
    arguments: dict[int, str] = field(default_factory=dict)
    """The arguments by the numbers, in order, that they stand for."""


class Blocks:
    """The blocks of a network, and its items with them."""

    def __init__(
        self, entries: Sequence[LevelEntry], fields: _FieldsOf, groups: Mapping[str, GroupInfo]
    ):
        self.entries, self.fields, self.groups = entries, fields, groups
        self._skeletons: dict[int, Any] = {}
        self._found: dict[Any, FoundBlock] = {}
        for entry in _groups(entries):
            self._found.setdefault(self._skeleton(entry), FoundBlock()).uses.append(entry)
        self._found = {key: block for key, block in self._found.items() if len(block.uses) > 1}
        written = Counter(self._written(entries))
        self._found = {key: block for key, block in self._found.items() if written[key] > 1}
        taken: set[str] = set()
        for block in self._found.values():
            block.name = self._block_name(block, taken)
            block.arguments = self._arguments(block)

    # --- which groups are alike -------------------------------------------------------------------

    def _skeleton(self, entry: LevelEntry) -> Any:
        """What a group is but for its numbers."""
        if id(entry) not in self._skeletons:
            places = {id(inner): i for i, inner in enumerate(entry.inside)}
            self._skeletons[id(entry)] = tuple(
                (
                    inner.word,
                    tuple(places.get(id(read), INPUT) for read in inner.reads),
                    tuple((key, places[id(named)]) for key, named in inner.refers.items()),
                    self._skeleton(inner) if inner.node is None else self._kind(inner),
                )
                for inner in entry.inside
            )
        return self._skeletons[id(entry)]

    def _kind(self, entry: LevelEntry) -> Any:
        assert entry.node is not None
        fields = self.fields(entry)
        said = [(k, None if _is_number(v) else json.dumps(v)) for k, v in sorted(fields.items())]
        return entry.node.op.name, tuple(said)

    def _numbers(self, entry: LevelEntry) -> list[tuple[LevelEntry, str, Any]]:
        """The numbers in a group, in order, each with its node and field."""
        if entry.node is not None:
            fields = self.fields(entry)
            return [(entry, k, v) for k, v in sorted(fields.items()) if _is_number(v)]
        return [number for inner in entry.inside for number in self._numbers(inner)]

    def _written(self, entries: Sequence[LevelEntry]) -> Iterator[Any]:
        """The blocks that are named in a list, and once in each block."""
        waiting, seen = [*entries], set()
        while waiting:
            entry = waiting.pop()
            if entry.node is not None:
                continue
            key = self._skeleton(entry)
            if key in self._found:
                yield key
                if key in seen:
                    continue
                seen.add(key)
            waiting += entry.inside

    def _block_name(self, block: FoundBlock, taken: set[str]) -> str:
        """The class of its modules; else what they are called, but for a number."""
        info, word = self.groups.get(block.uses[0].path), block.uses[0].word
        return _free(_item_name(info.block if info else word.rstrip("0123456789_") or word), taken)

    def _arguments(self, block: FoundBlock) -> dict[int, str]:
        """A name for each number that is not the same in all uses."""
        rows = [self._numbers(use) for use in block.uses]
        alike: dict[Any, list[int]] = {}
        for place, (_, key, _) in enumerate(rows[0]):
            column = tuple(row[place][2] for row in rows)
            if len(set(column)) > 1:
                kind = "width" if key in _WIDTHS else key
                alike.setdefault((kind, column), []).append(place)
        taken = {*_NOT_NAMES}
        found: dict[int, str] = {}
        for places in alike.values():
            entry, key, _ = min((rows[0][place] for place in places), key=_is_no_width)
            word = key if key not in taken else f"{_item_name(entry.word)}_{key}"
            found |= dict.fromkeys(places, _free(word, taken))
        return found

    # --- writing ----------------------------------------------------------------------------------

    def definitions(self) -> dict[str, Any]:
        """The blocks as a spec has them."""
        made: dict[str, Any] = {}
        for block in self._found.values():
            first = block.uses[0]
            values: list[Any] = [value for _, _, value in self._numbers(first)]
            for place, name in block.arguments.items():
                values[place] = name
            arguments = dict.fromkeys(block.arguments.values())
            body = self._items(first.inside, iter(values), {None: INPUT}, None)
            made[block.name] = {**({"arguments": arguments} if arguments else {}), "layers": body}
        return made

    def items(self, inputs: Sequence[str]) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """The items of the network, and what those are called that nodes of its list are in."""
        numbers = [value for entry in self.entries for _, _, value in self._numbers(entry)]
        names: dict[Any, str] = {name: name for name in inputs}
        items = self._items(self.entries, iter(numbers), names, inputs[0])
        return items, {entry.last.name: names[_key(entry)] for entry in self.entries}

    def _items(
        self,
        entries: Sequence[LevelEntry],
        values: Iterator[Any],
        names: dict[Any, str],
        before: Any,
    ) -> list[dict[str, Any]]:
        """The items of a list.

        Args:
            entries: what is in it.
            values: the numbers of all of them, or the arguments that stand for them, in order.
            names: what things around are called, by their entries; those in the list are put in.
            before: what the first item reads without saying so.
        """
        items: list[dict[str, Any]] = []
        taken = {name for key, name in names.items() if not isinstance(key, int)} | {INPUT}
        run: list[LevelEntry] = []
        for entry in entries:
            item: dict[str, Any] = {"name": _free(_item_name(entry.word), {*taken})}
            own = [value for _, value in zip(self._numbers(entry), values, strict=False)]
            is_next = not entry.reads or entry.reads == [before]
            body = self._body(entry, own, names, is_next)
            if self._goes_on(items, run, entry, body, entries):
                _repeat(items[-1], body)
                run.append(entry)
            else:
                taken.add(item["name"])
                reads = [names[_key(read)] for read in entry.reads]
                if not is_next:
                    item["inputs"] = reads[0] if len(reads) == 1 else reads
                kind = next(key for key in ("op", "block", "layers") if key in body)
                items.append({"name": item["name"], kind: body[kind], **item, **body})
                run = [entry]
            names[_key(entry)] = items[-1]["name"]
            before = entry
        return items

    def _body(
        self, entry: LevelEntry, values: Sequence[Any], names: Mapping[Any, str], is_next: bool
    ) -> dict[str, Any]:
        """What an item is but for its name and inputs: `is_next` to the one before, or with inputs
        of its own, which each copy of a repetition would read."""
        if entry.node is not None:
            keys = [key for _, key, _ in self._numbers(entry)]
            fields = {**self.fields(entry), **dict(zip(keys, values, strict=True))}
            fields |= {key: names[_key(named)] for key, named in entry.refers.items()}
            return {"op": entry.node.op.name, **fields}
        block = self._found.get(self._skeleton(entry))
        if block is not None:
            given = {name: values[place] for place, name in block.arguments.items()}
            return {"block": block.name, **given}
        items = self._items(entry.inside, iter(values), {None: names[_key(entry.reads[0])]}, None)
        is_alone = len(items) == 1 and "inputs" not in items[0]
        if is_alone and (is_next or "repeat" not in items[0]):
            return {key: value for key, value in items[0].items() if key != "name"}
        return {"layers": items}

    def _goes_on(
        self,
        items: Sequence[Mapping[str, Any]],
        run: Sequence[LevelEntry],
        entry: LevelEntry,
        body: Mapping[str, Any],
        entries: Sequence[LevelEntry],
    ) -> bool:
        """Whether a use of a block is one more copy of the item before."""
        if not run or "block" not in body or items[-1].get("block") != body["block"]:
            return False
        if "inputs" in items[-1]:
            return False
        before = run[-1]
        if entry.reads != [before] or not entry.word.isdigit() or not before.word.isdigit():
            return False
        if [other for other in entries if before in other.reads] != [entry]:
            return False
        last = {k: v for k, v in items[-1].items() if k in body}
        return len(run) == 1 or last == dict(body)


def _repeat(item: dict[str, Any], body: Mapping[str, Any]) -> None:
    """Make one more copy of an item, whose first copy may have had other arguments."""
    differing = {k: item[k] for k, v in body.items() if k != "block" and item[k] != v}
    item |= body
    if differing:
        item["first"] = {**differing, **item.get("first", {})}
    item["repeat"] = item.get("repeat", 1) + 1


def _groups(entries: Sequence[LevelEntry]) -> Iterator[LevelEntry]:
    for entry in entries:
        if entry.node is None:
            yield entry
            yield from _groups(entry.inside)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_no_width(number: tuple[LevelEntry, str, Any]) -> bool:
    """Whether a number is named after another field, where it is equal to a width."""
    return not number[1].startswith("out_")


def _key(read: Any) -> Any:
    """What stands for an entry, an input, or what a group reads, in a table of names."""
    return id(read) if isinstance(read, LevelEntry) else read


def _item_name(word: str) -> str:
    """A word as an item's name, which has a letter in front."""
    word = re.sub(r"[^A-Za-z0-9_]", "_", word)[-60:]
    return word if re.match("[A-Za-z]", word) else f"m{word}"


def _free(word: str, taken: set[str]) -> str:
    name, number = word, 1
    while name in taken:
        number += 1
        name = f"{word}_{number}"
    taken.add(name)
    return name
