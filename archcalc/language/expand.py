"""From a checked Spec and a preset to a Graph: the second phase of reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any

from archcalc.arithmetic import is_whole
from archcalc.errors import Problem, SpecError, did_you_mean, quote
from archcalc.expressions.expression import Expression, ExpressionError, Scope, bounded
from archcalc.frozen import Frozen
from archcalc.graph import INPUT, Graph, NamedInputs
from archcalc.language.allowed import check_argument
from archcalc.language.assembly import Assembly
from archcalc.language.budget import VALUES_AN_ITEM, Budget
from archcalc.language.expansion import Expansion
from archcalc.language.fragment import Fragment
from archcalc.language.model import ItemError, Preset, Spec, Value, evaluated
from archcalc.language.outputs import named_outputs, open_ends, unused
from archcalc.language.strict_json import MOST_PROBLEMS, at_key, shortened
from archcalc.ops.fields import written
from archcalc.ops.registry import OPS
from archcalc.shape import Shape

GivenSizes = tuple[Value, ...]
GivenInput = GivenSizes | Mapping[str, GivenSizes]
"""The sizes of a network's only input, or those of each by name."""

MOST_ARGUMENTS_SAID = 10
"""The most settings that a message says."""


def expand(
    spec: Spec,
    preset: Preset,
    *,
    arguments: Mapping[str, Value] | None = None,
    input: GivenInput | None = None,
    train: bool = False,
    budget: Budget | None = None,
) -> Graph:
    """The network that a preset describes, with some arguments or the input set otherwise.

    A `budget` bounds several networks together.

    Raises:
        SpecError: a value, a shape or a reference does not fit.
    """
    return _Network(spec, preset, arguments or {}, input).graph(train, budget or Budget())


def training_graph(spec: Spec, graph: Graph, graph_of: Callable[..., Graph]) -> Callable[[], Graph]:
    """Makes the graph of train mode of a network whose graph is known: by `graph_of`, where a spec
    has items that are there in training only; else it is the same graph."""
    return partial(graph_of, train=True) if spec.has_auxiliary else partial(_same, graph)


def _same(graph: Graph) -> Graph:
    return graph


def arguments_of(spec: Spec, preset: Preset, settings: Mapping[str, Value]) -> dict[str, Any]:
    """What the arguments of a network come to, with some of them set otherwise."""
    scope = _Network(spec, preset, settings).scope(Budget())
    return {name: scope[name] for name in spec.arguments}


def input_of(spec: Spec, preset: Preset, settings: Mapping[str, Value]) -> Shape | NamedInputs:
    """The shape of a network's input, or of each, with some arguments set otherwise."""
    network = _Network(spec, preset, settings)
    return network.shapes(network.scope(Budget()))


class _Network:
    """A preset of a file as it is expanded, with what is set otherwise."""

    def __init__(
        self,
        spec: Spec,
        preset: Preset,
        arguments: Mapping[str, Value],
        input: GivenInput | None = None,
    ):
        self.spec, self.preset, self.arguments, self.input = spec, preset, arguments, input
        self.settings = {**preset.settings, **arguments}

    def graph(self, train: bool, budget: Budget) -> Graph:
        scope = self.scope(budget)
        input = self.shapes(scope)
        inputs = input if isinstance(input, NamedInputs) else {INPUT: input}
        try:
            expansion = Expansion(scope, self.spec.seen_in_blocks, budget, train=train)
            fragment = expansion.network(self.spec.items, inputs, self.spec.outputs.values())
        except ItemError as error:
            raise self.error([error]) from None
        except ExpressionError as error:
            raise SpecError(self.spec.file, [Problem("", error.problem, error.hint)]) from None
        assembly = Assembly(fragment)
        outputs, warnings = self.outputs(fragment, assembly)
        problems: dict[str, ItemError] = {}
        for problem in (*assembly.equal_names(), *unused(assembly, outputs)):
            problems.setdefault(problem.item.place, problem)  # once, however often the item is used
        if problems:
            raise self.error(problems.values())
        nodes = {name: assembly.name(at) for name, at in outputs.items()}
        return Graph(
            input,
            tuple(assembly.nodes),
            tuple(dict.fromkeys(nodes.values())),
            Frozen(assembly.auxiliary),
            Frozen(assembly.groups),
            Frozen(assembly.times),
            Frozen(nodes),
            tuple([f"{self.spec.file}: {said}" for said in (*self.spec.warnings, *warnings)]),
            copies=tuple(assembly.copies),
        )

    def outputs(
        self, fragment: Fragment, assembly: Assembly
    ) -> tuple[dict[str, int], list[Problem]]:
        """The outputs by name, and what is said of those that no one has named."""
        unread = [name for name in fragment.inputs if name not in assembly.read]
        said = [Problem(at_key("input", name), "nothing reads it") for name in unread]
        if self.spec.outputs:
            return named_outputs(self.spec.file, fragment, self.spec.outputs), said
        ends = open_ends(fragment, assembly)
        said += [
            Problem(
                _place(ItemError(assembly.items[at], "", node=assembly.name(at))),
                "nothing reads its result, so it is an output of the network",
                "'outputs' names them",
            )
            for at in ends.values()
            if at not in fragment.flow.at
        ]
        return ends, said

    # --- what every expression sees ---------------------------------------------------------------

    def scope(self, budget: Budget) -> Scope:
        """Ops, blocks and the values of the network's arguments."""
        spec = self.spec
        for name in self.settings:
            if name not in spec.arguments:
                hint = did_you_mean(name, spec.arguments)
                raise SpecError(spec.file, [Problem("", f"no argument {quote(name)}", hint)])
        scope: Scope = {**OPS, **spec.blocks}
        for name, argument in spec.arguments.items():
            value = self.settings.get(name, argument.default)
            try:
                budget.charge(1 + len(argument.values) // VALUES_AN_ITEM)
                self.check_names(value, scope)
                scope[name] = bounded(budget.evaluate(value, scope))
                check_argument(argument, scope[name], scope)
            except ExpressionError as error:
                place = self.place_of(name)
                problem = f"{'' if place else f'argument {quote(name)}'}: {error.problem}"
                raise SpecError(
                    spec.file, [Problem(place, problem.lstrip(": "), error.hint)]
                ) from None
        return scope

    def place_of(self, argument: str) -> str:
        """Where the value of an argument is written; nowhere where a user gives it."""
        if argument in self.arguments:
            return ""
        if argument in self.preset.settings:
            return at_key(at_key(self.preset.place, "set"), argument)
        return at_key("arguments", argument)

    def check_names(self, value: Value, scope: Scope) -> None:
        """Refuse a name that nothing has; arguments and blocks are what was meant, not ops."""
        for name in sorted(value.names if isinstance(value, Expression) else ()):
            if name not in scope:
                known = (known for known in scope if known not in OPS)
                where = "" if name == value.text else f" in {quote(value.text)}"
                hint = did_you_mean(name, known)
                raise ExpressionError(f"unknown name {quote(name)}{where}", hint)

    def shapes(self, scope: Scope) -> Shape | NamedInputs:
        """The shape of the input, or of each that has a name."""
        usual = self.preset.input
        if not isinstance(usual, Mapping):
            if isinstance(self.input, Mapping):
                raise self.input_error("is one without a name here; give its sizes alone")
            return self.shape(INPUT, self.input, usual, scope)
        given = {} if self.input is None else self.input
        if not isinstance(given, Mapping):
            raise self.input_error(f"takes sizes by name: {', '.join(usual)}")
        for name in given:
            if name not in usual:
                hint = did_you_mean(name, usual) or f"it has {', '.join(usual)}"
                raise self.input_error(f"has no {quote(name)}; {hint}")
        return NamedInputs({n: self.shape(n, given.get(n), own, scope) for n, own in usual.items()})

    def input_error(self, problem: str) -> SpecError:
        """What is wrong with an input that a user gives."""
        return SpecError(self.spec.file, [Problem("", f"input {problem}")])

    def shape(self, name: str, given: GivenSizes | None, usual: GivenSizes, scope: Scope) -> Shape:
        """The shape of one input, as it is given or as the preset has it."""
        try:
            sizes = tuple([evaluated(size, scope) for size in given or usual])
            if all(is_whole(n) and n >= 1 for n in sizes):
                if given is not None and len(given) < len(usual):
                    own = tuple([evaluated(size, scope) for size in usual])
                    sizes = _with_own_channels(sizes, own)
                elif given is not None:
                    _check_order(sizes, evaluated(usual[0], scope))
                return Shape(*map(bounded, sizes))
            problem, place = f"takes whole sizes of at least 1; got {written(sizes)}", ""
        except ExpressionError as error:
            problem, place = error.problem, ": "
        if given is not None:
            raise SpecError(self.spec.file, [Problem("", f"{name}{place or ' '}{problem}")])
        place = at_key(self.preset.place, "input") if self.preset.has_input else "input"
        place = place if name == INPUT else at_key(place, name)
        raise SpecError(self.spec.file, [Problem(place, problem)])

    # --- messages ---------------------------------------------------------------------------------

    def error(self, errors: Iterable[ItemError]) -> SpecError:
        """What is wrong at some items, as problems of the file."""
        given = [f"{name}={written(value)}" for name, value in self.settings.items()]
        if self.input is not None:
            given.append(f"input={_written_input(self.input)}")
        if len(given) > MOST_ARGUMENTS_SAID:
            given[MOST_ARGUMENTS_SAID:] = [f"{len(given) - MOST_ARGUMENTS_SAID} more"]
        circumstances = f"with {', '.join(given)}" if given else ""
        return SpecError(
            self.spec.file,
            [
                Problem(_place(error), error.problem, error.hint, circumstances)
                for error in islice(errors, MOST_PROBLEMS)
            ],
        )


def _written_input(input: GivenInput) -> str:
    if isinstance(input, Mapping):
        return ",".join(f"{name}={_written_input(sizes)}" for name, sizes in input.items())
    return "x".join(map(str, input))


def _place(error: ItemError) -> str:
    """Where an item stands in its file, and which of its nodes is meant."""
    place = f"{error.item.place} {error.item.label}"
    if error.node and error.node != error.item.node:
        place += f", as {shortened(error.node)}"
    return place


def _with_own_channels(given: tuple[Any, ...], own: tuple[Any, ...]) -> tuple[Any, ...]:
    """All sizes of an input of which only the positions are given: 288x288, or 288 for all sides.

    >>> _with_own_channels((288,), (3, 224, 224)), _with_own_channels((32, 48), (3, 224, 224))
    ((3, 288, 288), (3, 32, 48))
    """
    axes = Shape(*own).position_axes
    if len(given) not in (1, len(axes)):
        return given
    sides = given if len(given) > 1 else given * len(axes)
    sizes = dict(zip(axes, sides, strict=True))
    return tuple([sizes.get(axis, size) for axis, size in enumerate(own)])


def _check_order(sizes: tuple[Any, ...], usual: Any) -> None:
    """Refuse an image that is given with its channels last: 224x224x3."""
    if len(sizes) != 3 or any(type(size) is not int for size in sizes):
        return
    height, width, channels = sizes
    if height == width and channels == usual != height:
        meant = f"{channels}x{height}x{width}"
        text = "x".join(map(str, sizes))
        raise ExpressionError(f"{text} has its channels last; did you mean {meant}?")
