"""A network as a spec file: with the blocks and repetitions found in it, or flat, an item a node.

What is written is read again, and must be the same graph: the same ops on the same shapes, in the
same order, that read the same. Flat, nothing is lost but the levels of names, whose dots become
underscores; with blocks, copies that differ get numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from archcalc.errors import ArchcalcError, Problem
from archcalc.graph import INPUT, Node
from archcalc.importer.found_blocks import Blocks
from archcalc.importer.left_out import that_runs
from archcalc.importer.levels import LevelEntry, Levels
from archcalc.importer.refusal import ImportRefused
from archcalc.importer.unwritable import difference, unwritable
from archcalc.language.expand import expand
from archcalc.language.read import read_data
from archcalc.ops.fields import REQUIRED, written
from archcalc.ops.kinds import ENDS, FLAG, ONE_FOR_ALL
from archcalc.ops.op import Op
from archcalc.parts.part import Network

LONGEST_NAME = 64


def spec_of(net: Network, *, flat: bool = False) -> dict[str, Any]:
    """A network as the tree of a spec file.

    Args:
        net: the network.
        flat: an item a node, without blocks.

    Raises:
        ImportRefused: some nodes have no op that a spec can name; all of them.
    """
    net = that_runs(net)
    problems = list(unwritable(net))
    if problems:
        raise ImportRefused(net.name, problems)
    if not flat:
        return _with_blocks(net)
    names = _names(net)
    ops = {id(node.op): node.name for node in net.nodes}
    items, before = [], next(iter(net.graph.inputs))
    for node in net.nodes:
        items.append(_item(node, before, names, ops))
        before = node.name
    return {**_head(net), "layers": items, **_outputs(net, names)}


def _head(net: Network) -> dict[str, Any]:
    shapes = {name: list(shape) for name, shape in net.graph.inputs.items()}
    source = net.origin or net.preset.source
    return {
        "title": net.title,
        **({"year": net.year} if net.year is not None else {}),
        **({"source": source} if source else {}),
        **({"note": net.preset.note} if net.preset.note else {}),
        "input": shapes if list(shapes) != [INPUT] else shapes[INPUT],
    }


def _with_blocks(net: Network) -> dict[str, Any]:
    """The same with blocks and repetitions."""

    def fields(entry: LevelEntry) -> dict[str, Any]:
        assert entry.node is not None
        return {key: v for key, v in _fields(entry.node.op) if key not in entry.refers}

    blocks = Blocks(Levels(net.graph).entries(), fields, net.graph.groups)
    items, names = blocks.items(list(net.graph.inputs))
    defined = blocks.definitions()
    return {
        **_head(net),
        **({"blocks": defined} if defined else {}),
        "layers": items,
        **_outputs(net, names),
    }


def spec_text(net: Network, *, flat: bool = False) -> str:
    """A spec file of a network, an item a line; flat where it cannot have blocks.

    >>> from archcalc.network import load
    >>> text = spec_text(load("one-7x7", input=(3, 5, 5), channels=3))
    >>> '"op": "conv2d", "out_channels": 3, "kernel_size": 7' in text
    True

    Args:
        net: the network, imported or not.
        flat: an item a layer, without blocks and repetitions.

    Raises:
        ImportRefused: what no spec can say, by node; or the file would be of another network.
    """
    net = that_runs(net)
    tree = spec_of(net, flat=flat)
    if not flat and not is_same(net, tree):
        tree = spec_of(net, flat=True)
    _check(net, tree)
    return _written(tree, 0) + "\n"


def _written(value: Any, level: int) -> str:
    """JSON with a line for each item that has none inside it."""
    indent, inner = " " * (2 * level), " " * (2 * level + 2)
    if isinstance(value, dict) and ("layers" in value or "blocks" in value):
        lines = []
        for key, part in value.items():
            if key == "blocks":
                made = ",\n".join(
                    f"{inner}  {json.dumps(name)}: {_written(block, level + 2)}"
                    for name, block in part.items()
                )
                lines.append(f'{inner}"blocks": {{\n{made}\n{inner}}}')
            elif key == "layers":
                made = ",\n".join(f"{inner}  {_written(item, level + 2)}" for item in part)
                lines.append(f'{inner}"layers": [\n{made}\n{inner}]')
            else:
                lines.append(f"{inner}{json.dumps(key)}: {json.dumps(part)}")
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return json.dumps(value)


def _read_again(net: Network, tree: Mapping[str, Any]) -> Network:
    spec = read_data(json.dumps(tree).encode(), net.name, "spec")
    (preset,) = spec.presets.values()
    return Network(net.name, preset, expand(spec, preset), net.batch)


def is_same(net: Network, tree: Mapping[str, Any]) -> bool:
    """Whether a tree is read as the same graph."""
    try:
        return bool(_outline(_read_again(net, tree)) == _outline(net))
    except ArchcalcError:
        return False


def _outline(net: Network) -> Any:
    """What a graph is but for its names."""
    places = {name: -1 - i for i, name in enumerate(net.graph.inputs)}
    places |= {node.name: i for i, node in enumerate(net.nodes)}
    found = []
    for node in net.nodes:
        op = node.op
        weights = getattr(op, "weights", "")
        if weights:
            op = op.replaced(weights="")
        sources = [places[name] for name in node.sources]
        found.append((op, node.shape, sources, places.get(weights)))
    return found, [places[name] for name in net.graph.outputs]


def _check(net: Network, tree: Mapping[str, Any]) -> None:
    """Read what is written, and compare what it costs."""
    again = _read_again(net, tree)
    if _outline(again) != _outline(net):
        raise ImportRefused(net.name, [difference(net, again)])
    for quantity in ("stored", "parameters", "macs", "buffers"):
        ours, theirs = getattr(net, quantity), getattr(again, quantity)
        if ours not in (None, theirs):
            text = f"as a spec it has {theirs:,} {quantity}, not {ours:,}"
            raise ImportRefused(net.name, [Problem("", text)])


def _names(net: Network) -> dict[str, str]:
    """A name for each node in one list of items, and the names of the inputs."""
    names = {name: name for name in net.graph.inputs}
    taken = {*names, INPUT}
    for node in net.nodes:
        name = re.sub(r"[^A-Za-z0-9_]", "_", node.name)[-LONGEST_NAME + 4 :]
        if not re.match("[A-Za-z]", name):
            name = f"m{name}"
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name}_{number}"
        taken.add(free)
        names[node.name] = free
    return names


def _item(
    node: Node, before: str, names: Mapping[str, str], ops: Mapping[int, str]
) -> dict[str, Any]:
    item: dict[str, Any] = {"name": names[node.name], "op": node.op.name}
    inputs = [names[name] for name in node.inputs]
    if node.inputs != (before,):
        item["inputs"] = inputs[0] if len(inputs) == 1 else inputs
    for key, value in _fields(node.op):
        if isinstance(value, Op):
            value = names[ops[id(value)]]
            item["inputs"] = inputs[0]  # what was pooled is found by the pooling
        elif key == "weights":
            value = names[value]
        item[key] = value
    return item


def _fields(op: Op) -> Iterator[tuple[str, Any]]:
    """The fields that are not what a spec would have without them, as JSON writes them."""
    infos = op.field_infos
    for name, info in infos.items():
        value, default = getattr(op, name), op.field_defaults[name]
        if isinstance(default, str) and default in infos:
            default = getattr(op, default)
        if default is not REQUIRED and value == default:
            continue
        if info.kind is FLAG:
            yield name, bool(value)
        else:
            yield (
                name,
                value
                if isinstance(value, Op)
                else _as_json(value, info.kind is ENDS or info.kind in ONE_FOR_ALL),
            )


def _as_json(value: Any, is_pair: bool = False) -> Any:
    if isinstance(value, tuple):
        values = [_as_json(v) for v in value]
        return values[0] if is_pair and len(set(value)) == 1 else values
    if isinstance(value, Fraction):
        text = written(value)
        return float(text) if "/" not in text and Fraction(repr(float(text))) == value else text
    return value


def _outputs(net: Network, names: Mapping[str, str]) -> dict[str, Any]:
    """The outputs by name, where the last node is not the only one."""
    if net.graph.outputs == (net.nodes[-1].name,):
        return {}
    named = {name: node for name, node in net.graph.output_names.items() if name.isidentifier()}
    if set(named.values()) != set(net.graph.outputs):
        named = {f"output{i + 1}": node for i, node in enumerate(net.graph.outputs)}
    return {"outputs": {name: names[node] for name, node in named.items()}}
