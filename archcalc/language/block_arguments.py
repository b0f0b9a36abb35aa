"""What a block is given: its arguments, by their defaults too, and the layers that they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from archcalc.errors import did_you_mean, quote
from archcalc.expressions.expression import ExpressionError
from archcalc.language.allowed import check_argument
from archcalc.language.budget import VALUES_AN_ITEM, Budget
from archcalc.language.fragment import Flow, Held, join_flows
from archcalc.language.model import Block, Item, ItemError
from archcalc.language.resolver import ItemScope


def block_arguments(
    item: Item, block: Block, given: Mapping[str, Any], outer: ItemScope, budget: Budget
) -> dict[str, Any]:
    """The block's arguments: as given, else their defaults inside the block.

    Raises:
        ItemError: one is missing, or the block has none of that name.
    """
    for key in given:
        if key not in block.arguments:
            hint = did_you_mean(key, block.arguments)
            problem = f"block {quote(block.name)} has no argument {quote(key)}"
            raise ItemError(item, problem, hint)
    arguments: dict[str, Any] = {}
    scope = ItemScope({"in_channels": outer["in_channels"]}, outer.network)
    for key, argument in block.arguments.items():
        if key in given:
            arguments[key] = given[key]
            budget.charge(len(argument.values) // VALUES_AN_ITEM)
            try:
                check_argument(argument, given[key], scope)
            except ExpressionError as error:
                what = f"argument {quote(key)} of block {quote(block.name)}"
                raise ExpressionError(f"{what} {error.problem}", error.hint) from None
        elif argument.default is None:
            problem = f"argument {quote(key)} of block {quote(block.name)} is missing"
            raise ItemError(item, problem)
        else:
            arguments[key] = budget.evaluate(argument.default, scope)
        scope[key] = arguments[key]
    return arguments


def held_inside(flow: Flow, given: dict[str, Any]) -> tuple[Flow, dict[str, Any]]:
    """The inputs of a block with the layers that its arguments hold, and these numbered so."""
    held = {key: value for key, value in given.items() if isinstance(value, Held)}
    if not held:
        return flow, given
    inside = {
        key: replace(value, at=-1 - len(flow.at) - i) for i, (key, value) in enumerate(held.items())
    }
    at = tuple([value.at for value in held.values()])
    shapes = tuple([value.layer.output[0] for value in held.values()])
    return join_flows([flow, Flow(at, shapes)]), {**given, **inside}
