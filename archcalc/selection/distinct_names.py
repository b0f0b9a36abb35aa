"""What networks are called where several have one name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.language.expand import input_of
from archcalc.names import catalog
from archcalc.names.variants import in_brackets
from archcalc.network import Network
from archcalc.ops.fields import written


def distinct_name(net: Network, names: Sequence[str]) -> str:
    """What a network is called among those of some names, its own included: its name, with what was
    set where another has the same."""
    if names.count(net.name) < 2:
        return net.name
    return net.preset.name + in_brackets(settings(net))


def settings(net: Network) -> dict[str, str]:
    """What was set otherwise than its spec says, and what it is counted for."""
    said = {name: written(value).replace(", ", ",") for name, value in net.settings.items()}
    if net.input != _own_input(net):
        said["input"] = str(net.input)
    if net.batch > 1:
        said["batch"] = str(net.batch)
    if net.mode != "eval":
        said["mode"] = net.mode
    return said


def _own_input(net: Network) -> Any:
    if net.origin:
        return None
    spec, preset = catalog.find(net.spelled or net.name)
    return input_of(spec, preset, net.settings)
