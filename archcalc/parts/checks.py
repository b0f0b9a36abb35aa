"""What functions that take networks refuse."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.errors import ArchcalcError, quote
from archcalc.parts.part import Network


def check_learning_known(networks: Iterable[Network], taker: str) -> None:
    """Refuse networks of which nobody says what they learn, for what shows parameters.

    Raises:
        ArchcalcError: says what makes a network of it that has parameters.
    """
    for net in networks:
        if not net.is_learning_known:
            text = f"{taker} shows parameters, and {net.origin} does not say which of its numbers"
            made = f"archcalc import {net.name} --output my.json makes a spec of it, which does"
            raise ArchcalcError(f"{net.name}: {text} are learned; {made}")


def check_network(net: object, taker: str) -> None:
    """Refuse what is no Network, such as a model's name.

    Raises:
        ArchcalcError: says what the function takes.
    """
    if not isinstance(net, Network):
        takes = f'{taker} takes a Network, such as load("resnet18")'
        raise ArchcalcError(f"{takes}; got {quote(net)}{how_to_follow(net)}")


def how_to_follow(given: object) -> str:
    """What makes a network of a torch module, where it is one; nothing of what is none."""
    is_module = hasattr(given, "named_parameters") and not isinstance(given, type)
    return "; from_torch(module, input) makes a Network of it" if is_module else ""
