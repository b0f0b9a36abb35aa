"""A spec file as read and checked: a tree of items, before any preset is expanded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any, NamedTuple

from archcalc.errors import Problem
from archcalc.expressions.expression import Expression, Scope
from archcalc.ops.op import Op

ITEM_KEYS = ("name", "inputs", "when", "repeat", "first", "auxiliary", "note")
"""What every item can have, whatever it is."""

Value = Any
"""A constant (int, Fraction, bool, tuple of them, text) or an Expression."""


def evaluated(value: Value, scope: Scope) -> Any:
    """What a value comes to in a scope."""
    return value.evaluate(scope) if isinstance(value, Expression) else value


class Back(NamedTuple):
    """The flow some steps back in the same list; `-1` is the default."""

    steps: Value


Inputs = tuple[str | Back, ...]
"""What an item takes: earlier items by their names or paths, or steps back."""


class LayerName(NamedTuple):
    """The name of an earlier item, given to a block as an argument: it can use its parameters."""

    path: str


class Argument(NamedTuple):
    """An argument as a network or a block declares it."""

    default: Value | None
    """What it is unless it is given; None must be given."""
    note: str = ""
    values: tuple[Value, ...] = ()
    """The values that are allowed; all are where there are none."""
    minimum: Fraction | int | None = None
    maximum: Fraction | int | None = None
    any_length: bool = False
    """Whether a list may have another length than the default."""
    as_long_as: str = ""
    """The earlier argument that has as many values."""
    is_flag: bool = False
    """Whether it is true or false, as its default is."""


class OpUse(NamedTuple):
    """A built-in op with its fields."""

    op: type[Op]
    values: Mapping[str, Value]
    layers: Mapping[str, str]
    """The fields that name an earlier layer, with that layer's name or path."""
    ready: Op | None
    """The op itself, where no field is an expression or a name."""
    words: tuple[str, ...] = ()
    """The words that its padding can be, which are settled when its input is known."""
    lists: int = 0
    """How many values there are in lists of its fields."""


class BlockUse(NamedTuple):
    """A use of a block of the file, or of an argument that holds a block or an op."""

    block: str
    arguments: Mapping[str, Value]
    weights: str = ""
    """An earlier use of the same block whose parameters this one uses."""


class Branches(NamedTuple):
    """Named branches from one input, and the op that joins their ends, if any does here."""

    branches: Mapping[str, tuple[Item, ...]]
    join: type[Op] | None


class Group(NamedTuple):
    """An inline group of items."""

    items: tuple[Item, ...]


Body = OpUse | BlockUse | Branches | Group


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One item of a list: what it is, and when, how often and from where it takes its input."""

    place: str
    label: str
    """How messages name it beside its place: `'c1' (conv2d)`."""
    name: str
    """What the file calls it, or "": then it makes no level in the names of nodes."""
    node: str
    """The last part of its node's name, where it makes one."""
    known_as: str
    """What `inputs` can call it: its name, or its node's where it is an unnamed op or join."""
    body: Body
    inputs: Inputs | None
    when: Expression | int | None
    repeat: Expression | int | None
    first: Mapping[str, Value]
    """What copy 0 has otherwise."""
    first_inputs: Inputs | None
    auxiliary: Fraction | int | None

    @property
    def inside(self) -> Iterable[Item]:
        """The items that are written inside it."""
        match self.body:
            case Group(items):
                return items
            case Branches(branches=branches):
                return chain.from_iterable(branches.values())
        return ()

    def path(self, prefix: str) -> str:
        """Its dotted name in the list at a prefix, where it has one; else that of the list."""
        return prefix + self.known_as if self.known_as else prefix[:-1]


class ItemError(Exception):
    """What is wrong at one item, on its way out to the file's name."""

    def __init__(self, item: Item, problem: str, hint: str = "", node: str = ""):
        super().__init__(problem)
        self.item, self.problem, self.hint, self.node = item, problem, hint, node


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block: a pure function of its arguments and of its inputs' shapes."""

    name: str
    arguments: Mapping[str, Argument]
    inputs: tuple[str, ...]
    items: tuple[Item, ...]


class Preset(NamedTuple):
    """A member of a family: what it sets, and what is said of it."""

    name: str
    settings: Mapping[str, Value]
    title: str
    family: str
    year: int | None
    """That of its paper's first version; None where its file does not say it."""
    source: str
    input: tuple[Value, ...] | Mapping[str, tuple[Value, ...]]
    """The sizes of its input; of named inputs those of each."""
    note: str = ""
    place: str = ""
    """Where it stands in its file: `presets.small`; nowhere for a file of one network."""
    has_input: bool = False
    """Whether it has an input of its own."""
    usually: str = ""
    """The model that people usually mean by its name, where that is another."""
    against: str = ""
    """The preset of the same file that it is set against."""


class Family(NamedTuple):
    """What a spec file says of its networks, without what they consist of."""

    arguments: Mapping[str, Argument]
    presets: Mapping[str, Preset]


class Spec(NamedTuple):
    """A whole spec file."""

    file: str
    arguments: Mapping[str, Argument]
    blocks: Mapping[str, Block]
    items: tuple[Item, ...]
    presets: Mapping[str, Preset]
    outputs: Mapping[str, str]
    """The named outputs, each with the item that it is; none where the file names none."""
    has_auxiliary: bool = False
    """Whether any item is there in train mode only."""
    warnings: tuple[Problem, ...] = ()
    """What is probably a mistake: blocks and arguments that nothing uses."""
    seen_in_blocks: tuple[str, ...] = ()
    """The arguments of the network that any of its blocks uses."""
