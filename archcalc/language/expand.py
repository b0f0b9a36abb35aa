"""From a checked Spec and a preset to a Graph: the second phase of reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.arithmetic import is_whole
from archcalc.errors import Problem, SpecError, did_you_mean, quote
from archcalc.expression import Expression, ExpressionError, Scope, bounded
from archcalc.graph import Graph
from archcalc.language.assembly import Assembly
from archcalc.language.budget import Budget
from archcalc.language.expansion import Expansion
from archcalc.language.model import ItemError, Preset, Spec, Value
from archcalc.language.strict_json import MOST_PROBLEMS
from archcalc.ops.fields import written
from archcalc.ops.registry import OPS
from archcalc.shape import Shape


def expand(
    spec: Spec,
    preset: Preset,
    *,
    arguments: Mapping[str, Value] | None = None,
    input: tuple[Value, ...] | None = None,
    train: bool = False,
    budget: Budget | None = None,
) -> Graph:
    """The network that a preset describes, with some arguments or the input set otherwise.

    A `budget` bounds several networks together.

    Raises:
        SpecError: a value, a shape or a reference does not fit.
    """
    settings = {**preset.settings, **(arguments or {})}
    given = [f"{name}={written(value)}" for name, value in settings.items()]
    if input is not None:
        given.append(f"input={'x'.join(map(str, input))}")
    budget = budget or Budget()
    try:
        scope = _network_scope(spec, settings, budget)
        shape = _input_shape(input or preset.input, scope)
        fragment = Expansion(scope, budget, train=train).network(spec.items, shape)
    except ItemError as error:
        raise SpecError(spec.file, [_problem(error, given)]) from None
    except ExpressionError as error:
        raise SpecError(spec.file, [Problem("", error.problem, error.hint)]) from None
    assembly = Assembly(fragment)
    errors: dict[str, ItemError] = {}
    for found in assembly.problems():
        errors.setdefault(found.item.place, found)  # once, however often the item is used
    if errors:
        raise SpecError(spec.file, [_problem(e, given) for e in errors.values()][:MOST_PROBLEMS])
    return assembly.graph(shape)


def arguments_of(spec: Spec, preset: Preset, settings: Mapping[str, Value]) -> dict[str, Any]:
    """What the arguments of a network come to, with some of them set otherwise."""
    scope = _network_scope(spec, {**preset.settings, **settings}, Budget())
    return {name: scope[name] for name in spec.arguments}


def input_of(spec: Spec, preset: Preset, settings: Mapping[str, Value]) -> Shape:
    """The shape of a network's input, with some arguments set otherwise."""
    scope = _network_scope(spec, {**preset.settings, **settings}, Budget())
    return _input_shape(preset.input, scope)


def _problem(error: ItemError, given: list[str]) -> Problem:
    place = f"{error.item.place} {error.item.label}"
    if error.node and error.node != error.item.node:
        place += f", as {error.node}"
    circumstances = f"with {', '.join(given)}" if given else ""
    return Problem(place, error.problem, error.hint, circumstances)


def _network_scope(spec: Spec, settings: Mapping[str, Value], budget: Budget) -> Scope:
    """What every expression sees: ops, blocks and the values of the network's arguments."""
    for name in settings:
        if name not in spec.arguments:
            raise ExpressionError(f"no argument {quote(name)}", did_you_mean(name, spec.arguments))
    scope: Scope = {**OPS, **spec.blocks}
    for name, default in spec.arguments.items():
        value = settings.get(name, default)
        try:
            _check_names(value, scope, spec)
            scope[name] = bounded(budget.evaluate(value, scope))
        except ExpressionError as error:
            raise ExpressionError(f"argument {quote(name)}: {error.problem}", error.hint) from None
    return scope


def _check_names(value: Value, scope: Scope, spec: Spec) -> None:
    """Refuse a name that nothing has; arguments and blocks are what was meant, not ops."""
    for name in sorted(value.names if isinstance(value, Expression) else ()):
        if name not in scope:
            known = [known for known in scope if known in spec.arguments or known in spec.blocks]
            where = "" if name == value.text else f" in {quote(value.text)}"
            raise ExpressionError(f"unknown name {quote(name)}{where}", did_you_mean(name, known))


def _input_shape(input: tuple[Value, ...], scope: Scope) -> Shape:
    sizes = tuple(bounded(_value(size, scope)) for size in input)
    if not all(is_whole(n) and n >= 1 for n in sizes):
        raise ExpressionError(f"input is {written(sizes)}; it takes whole sizes of at least 1")
    return Shape(*sizes)


def _value(value: Value, scope: Scope) -> Any:
    return value.evaluate(scope) if isinstance(value, Expression) else value
