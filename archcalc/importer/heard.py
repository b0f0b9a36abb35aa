"""What is heard of a forward pass: its calls, and what every tensor holds from one to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from archcalc.importer.seen_calls import SeenCalls

NAMESPACES = ("aten", "torchvision")
"""Whose operators are known by their names alone."""

LITERAL, FIXED, DATA = range(3)
"""What a value is made of: of nothing but constants, of parameters and buffers too, of inputs."""


class Root(NamedTuple):
    """A parameter or a buffer."""

    name: str
    is_parameter: bool
    shape: tuple[int, ...]
    key: int
    """The same for names of one tensor."""


@dataclass(eq=False, slots=True)
class Heard:
    """What a tensor holds from one write to the next."""

    shape: tuple[int, ...]
    kind: int
    is_float: bool
    root: Root | None = None
    """The parameter or buffer that it is, or is a view of."""
    span: tuple[int, int] = (0, 0)
    """Where in the memory of its root it begins, and how many different numbers it holds."""
    call: Call | None = None
    """The call that made it; None of roots and inputs."""
    version: int = 0
    axis: int | None = None
    """The axis along which samples lie, as `raising` finds it."""
    numbers: Any = None
    """The tensor with its numbers, where they are known."""


@dataclass(eq=False, slots=True)
class SpelledCall:
    """A call by one of torch's names, such as `F.relu`, which reaches operators."""

    name: str
    takes: Sequence[tuple[int, ...]]
    """The sizes of the tensors that it is given."""
    is_plain: bool
    """Whether it is given no factors for what it adds."""
    made: tuple[int, ...] = ()
    """The sizes of what it makes, if that is one tensor."""


@dataclass(eq=False, slots=True)
class Call:
    """One operator as it was called."""

    function: Any
    given: Mapping[str, Any]
    """Its arguments by their names, defaults too; tensors as what was heard of them."""
    reads: Sequence[Heard]
    makes: list[Heard]
    path: str
    """The module that ran, by its name in the root."""
    run: int
    """Which run of that module it was."""
    macs: int
    number: tuple[int, ...] = ()
    """Which one of the pass it is; of a call in parts, which part."""
    spelled: Sequence[SpelledCall] = ()
    """The calls by torch's names in which it was made, the outer ones first, where those are
    heard."""
    is_implied: bool = False
    """Whether nobody called it: a tensor changed as other views of its memory were written to."""

    @property
    def name(self) -> str:
        """`aten.conv2d`, as torch spells it without the overload."""
        return str(self.function.overloadpacket)

    @property
    def word(self) -> str:
        """`conv2d`; of an operator that is not torch's with its library, `lib.conv2d`."""
        if self.function.namespace not in NAMESPACES:
            return self.name
        return str(self.function.overloadpacket.__name__).rstrip("_")


class Trouble(NamedTuple):
    """What ends, or spoils, the pass: at which module, and what happened."""

    path: str
    reason: str


class ModuleKind(NamedTuple):
    """What a module is to those that look at its class."""

    of_torch: str
    """The class of torch.nn that it is, or derives from; else nothing."""
    is_exact: bool
    """Whether it is of that very class."""
    is_leaf: bool
    """Whether it holds no modules."""
    places: int = 1
    """Along how many ways it is reached from the root, of which modules that hold it are the steps:
    two where two modules hold it."""


@dataclass
class Listening:
    """All that was heard of one pass."""

    calls: list[Call] = field(default_factory=list)
    inputs: list[Heard] = field(default_factory=list)
    input_names: list[str] = field(default_factory=list)
    outputs: dict[str, Heard] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    """What was read of the numbers of constants, and answered to questions, in order."""
    questions: list[Trouble] = field(default_factory=list)
    """The questions about values that were answered yes or no: where, and what is to be said."""
    is_raised_by_code: bool = False
    """Whether the only trouble is an error that the code itself raised."""
    roots: dict[int, Root] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    """The class of the module at each path."""
    kinds: dict[str, ModuleKind] = field(default_factory=dict)
    shares_memory: bool = True
    """Whether slices and permutes have the memory of what they show."""
    seen: SeenCalls = field(default_factory=SeenCalls)
    """What its calls without numbers gave."""
    spelled: Sequence[SpelledCall] | None = None
    """All calls by names of torch's that were listened for, if any were."""
