"""The ops of some networks as data for a browser: their formulas once, and the numbers of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from archcalc.analysis.count import Reading, explained
from archcalc.arithmetic import Number, Zero
from archcalc.counters.derivation import Said, Sight
from archcalc.counters.rules import built_in_counters
from archcalc.graph import Node
from archcalc.ops.op import Op
from archcalc.ops.window import Resampling, Window
from archcalc.page.javascript import Js, code_of, fields_named, shape_named
from archcalc.pictures.layer_kinds import kind_of
from archcalc.shape import Shape
from archcalc.traced import Traced, definitions, formula, substituted

_HOLE = re.compile(r"\{([^{}|]+)(\|[^{}]+)?\}")


class Pool:
    """Texts by number, each once."""

    def __init__(self) -> None:
        self.texts: list[Any] = []
        self._known: dict[Any, int] = {}

    def number(self, text: Any, key: Any = None) -> int:
        """The number of a text."""
        key = text if key is None else key
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.texts)
            self.texts.append(text)
        return found


class Formulary:
    """Formulas, texts and ops, each once, by their numbers."""

    def __init__(self) -> None:
        self.formulas = Pool()
        self.texts = Pool()
        self.ops = Pool()
        self.tools = Pool()
        """What tools say of ops: of each the formulas of what is multiply-adds and of the rest, or
        why that is not known."""
        self.counters = [each for each in built_in_counters().values() if each.is_usual]
        self._said: dict[Any, list[Said]] = {}
        """By the kind of an op what tools say of it, with the places of amounts in their place."""
        self._tools_of: dict[Any, int] = {}
        self._numbered: dict[str, int] = {}
        """Of texts with formulas in their holes the numbers."""
        self._by_op: dict[Any, int] = {}
        self._first: dict[Op, Op] = {}
        self._same: dict[int, Op] = {}
        """The first op that is equal, by the identity of an op."""
        self._seen: dict[tuple[int, int], tuple[int, Op, tuple[Shape, ...]]] = {}
        """By the identities of an op and of its inputs' shapes, which copies of a block share."""

    def op(self, node: Node) -> int:
        """The number of a node's op, on inputs of that rank."""
        seen = id(node.op), id(node.input_shapes)
        found = self._seen.get(seen)
        if found is None:
            found = self._seen[seen] = self._number(node), node.op, node.input_shapes
        return found[0]

    def _number(self, node: Node) -> int:
        inputs = tuple([(len(x), type(x)) for x in node.input_shapes])
        op = self._same.get(id(node.op))
        if op is None:
            op = self._same[id(node.op)] = self._first.setdefault(node.op, node.op)
        equal = str(_equalities(node)) if inputs[1:] else ""
        key = (id(op), inputs, len(node.shape), equal)
        if key not in self._by_op:
            self._by_op[key] = self._add(node)
        return self._by_op[key]

    def _add(self, node: Node) -> int:
        xs = tuple(shape_named(x, f"x[{i}]") for i, x in enumerate(node.input_shapes))
        y = shape_named(node.shape, "y")
        op, values = fields_named(node.op)
        counted = Reading(op, y, xs)
        plain = Reading(node.op, node.shape, node.input_shapes)
        worked = explained(node._replace(op=op, input_shapes=xs, shape=y), 1, 4)
        row = {
            "n": node.op.name,
            "s": self._text(op.summary(*xs)),
            "f": values,
            "o": [self._code(size) for size in op.output(*xs)],
            "p": self._code(counted.parameters),
            "m": self._code(counted.macs),
            "P": self._worked(worked.parameters),
            "M": self._worked(worked.macs),
            "k": kind_of(plain),
        }
        for key, holds in (
            ("e", node.op.is_elementwise),
            ("w", node.op.is_weighted),
            ("a", node.op.has_activations),
        ):
            if holds:
                row[key] = 1
        row["t"] = self._tools(counted)
        if node.op.value_inputs is not None:
            row["v"] = node.op.value_inputs
        if len(xs) > 1:
            row["q"] = _equalities(node)
        if node.op.is_view(*node.input_shapes):
            row["i"] = 1
        if _window_depends_on_size(op, xs):
            row["z"] = 1
        return self.ops.number(row, repr(row))

    def _tools(self, reading: Reading) -> int:
        sight = Sight(reading)
        kind = sight.kind
        if kind not in self._said:
            self._said[kind] = [sight.said_by(each, _place_of) for each in self.counters]
        said = self._said[kind]
        amounts = {a.count: sight.amount(*a.count) for each in said for a in each.addends}
        key = kind, *map(code_of, amounts.values())
        if key not in self._tools_of:
            found = [self._counted(each, amounts) for each in said]
            self._tools_of[key] = self.tools.number(found, repr(found))
        return self._tools_of[key]

    def _counted(self, said: Said, amounts: Mapping[Any, Number]) -> Any:
        """What a tool says of an op, of whose amounts it has so many."""
        if said.unknown:
            return self._text(said.unknown)
        parts: list[list[Any]] = [[], []]
        for addend in said.addends:
            number = addend.coefficient * amounts[addend.count]
            parts[addend.amount != "macs"].append(number)
        return [self._code(sum(numbers)) for numbers in parts]

    def _code(self, number: Number) -> int:
        return self.formulas.number(code_of(number))

    def _text(self, text: str) -> int:
        """The number of a text, whose holes are numbers of formulas."""

        def numbered(hole: re.Match[str]) -> str:
            how = hole[2] or ""
            if how.startswith("|?"):
                sizes = ".".join(str(self.formulas.number(code)) for code in how[2:].split(";"))
                how = f"?{sizes}"
            return f"{{{self.formulas.number(hole[1])}{how.removeprefix('|')}}}"

        if text not in self._numbered:
            self._numbered[text] = self.texts.number(_HOLE.sub(numbered, text))
        return self._numbered[text]

    def _worked(self, number: Number) -> list[int] | int:
        """The numbers of the formula in names and of the one in digits; or of a reason for 0."""
        if isinstance(number, Zero):
            return self.texts.number(number.reason)
        digits = [substituted(number, commas=True)]
        for leaf in definitions(number) if isinstance(number, Traced) else ():
            digits = [line.replace(f"{leaf.value}", _sized(leaf)) for line in digits]
            digits = [line.replace(f"{leaf.value:,}", _sized(leaf)) for line in digits]
            working = substituted(leaf.definition, commas=True)
            digits.append(f"{leaf.label} = {working} = {_sized(leaf)}")
        return [self._text(formula(number)), self._text("\n".join(digits))]


def _place_of(*place: Any) -> Any:
    """The place of an amount, in place of the amount."""
    return place


def _sized(leaf: Traced) -> str:
    """The hole of a number that has a working of its own: as Traced has it, one that is a factor of
    itself is a size, without commas; else it is a count."""
    if not isinstance(leaf.value, Js):
        return f"{leaf.value:,}" if leaf.computed else f"{leaf.value}"
    stack, sizes = [leaf.definition], []
    while stack:
        part = stack.pop()
        assert part is not None
        stack += part.args
        if not part.operation:
            sizes.append(code_of(part.value))
    return f"{{{leaf.value.code}|?{';'.join(sizes)}}}"


def _equalities(node: Node) -> list[list[int]]:
    """The axes on which several inputs have the same size as the first, which they must keep: the
    check that an op makes before it counts."""
    first, *others = node.input_shapes
    return [
        [axis for axis, (a, b) in enumerate(zip(first, other, strict=False)) if a == b]
        if len(first) == len(other)
        else []
        for other in others
    ]


def _window_depends_on_size(op: Op, xs: Any) -> bool:
    """Whether what one output position sees is another number of pixels on other inputs."""
    window = op.window(*xs)
    if not isinstance(window, Window | Resampling):
        return False
    pairs = [window.kernel_size, window.stride] if isinstance(window, Window) else list(window)
    return any("x[" in code_of(side) for pair in pairs for side in pair if not _is_fraction(side))


def _is_fraction(number: Any) -> bool:
    return isinstance(number, Fraction)
