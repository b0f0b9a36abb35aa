"""What a network's spec says of it: what is built and after whom, which network people usually mean
by its name, and what a study is set against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc import figures
from archcalc.network import Network, load_with


def about(net: Network) -> list[tuple[str, str]]:
    """What is said of one network, each sentence with its label."""
    preset = net.preset
    said = [("source", preset.source), ("note", preset.note)]
    if preset.usually:
        usual = _load(preset.usually, net, {}, None)
        costs = f"{figures.short(usual.parameters)} parameters, {figures.short(usual.macs)} MACs"
        said.append(("usually", f"{usual.name} is meant: {usual.title}, {costs}"))
    reference = set_against(net)
    if reference is not None:
        said.append(("against", f"{reference.name}, {reference.title}: {compared(net, reference)}"))
    return [(label, text) for label, text in said if text]


def set_against(net: Network) -> Network | None:
    """The network that a study is set against, with the same settings."""
    if not net.preset.against:
        return None
    file, colon, _ = net.spelled.rpartition(":")
    is_resized = _load(net.spelled, net, net.settings, None).input != net.input
    input = net.input.sizes if is_resized else None
    return _load(f"{file}{colon}{net.preset.against}", net, net.settings, input)


def compared(net: Network, reference: Network) -> str:
    """The costs of a network read against those of another: `parameters 28.0% fewer, ...`."""
    return figures.costs_against((net.parameters, net.macs), (reference.parameters, reference.macs))


def _load(name: str, like: Network, settings: Mapping[str, Any], input: Any) -> Network:
    return load_with(
        name,
        settings,
        input=input,
        batch=like.batch,
        mode=like.mode,
        bytes_per_number=like.bytes_per_number,
        optimizer=like.optimizer,
    )
