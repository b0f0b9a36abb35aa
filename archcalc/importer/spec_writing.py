"""A network as a spec file: one item a node, in execution order, each with what it reads.

What is written is read again and counted, and must cost the same; nothing is lost but the levels of
names, whose dots become underscores.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from archcalc.errors import Problem
from archcalc.graph import INPUT, Node
from archcalc.importer.refusal import ImportRefused
from archcalc.language.expand import expand
from archcalc.language.read import read_data
from archcalc.ops.fields import REQUIRED, written
from archcalc.ops.kinds import ENDS, FLAG, ONE_FOR_ALL
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS, field_infos
from archcalc.parts import Network

LONGEST_NAME = 64


def spec_of(net: Network) -> dict[str, Any]:
    """A network as the tree of a spec file.

    Raises:
        ImportRefused: some nodes have no op that a spec can name; all of them.
    """
    problems = list(_problems(net))
    if problems:
        raise ImportRefused(net.name, problems)
    names = _names(net)
    ops = {id(node.op): node.name for node in net.nodes}
    items, before = [], next(iter(net.graph.inputs))
    for node in net.nodes:
        items.append(_item(node, before, names, ops))
        before = node.name
    shapes = {name: list(shape) for name, shape in net.graph.inputs.items()}
    is_named = list(shapes) != [INPUT]
    return {
        "title": net.title or net.name,
        "year": net.year,
        "source": net.origin or net.preset.source,
        "input": shapes if is_named else shapes[INPUT],
        "layers": items,
        **_outputs(net, names),
    }


def spec_text(net: Network) -> str:
    """A spec file of a network, an item a line.

    Raises:
        ImportRefused: as `spec_of`, or the file would cost otherwise than the network.
    """
    tree = spec_of(net)
    _check(net, tree)
    head = [f"  {json.dumps(k)}: {json.dumps(v)}," for k, v in tree.items() if k != "layers"]
    items = ",\n".join(f"    {json.dumps(item)}" for item in tree["layers"])
    return "{\n" + "\n".join(head) + '\n  "layers": [\n' + items + "\n  ]\n}\n"


def _check(net: Network, tree: Mapping[str, Any]) -> None:
    """Read what is written, and compare what it costs."""
    spec = read_data(json.dumps(tree).encode(), net.name, "spec")
    (preset,) = spec.presets.values()
    again = Network(net.name, preset, expand(spec, preset), net.batch)
    for quantity in ("stored", "parameters", "macs", "buffers"):
        ours, theirs = getattr(net, quantity), getattr(again, quantity)
        if ours not in (None, theirs):
            text = f"as a spec it has {theirs:,} {quantity}, not {ours:,}"
            raise ImportRefused(net.name, [Problem("", text)])


def _problems(net: Network) -> Iterator[Problem]:
    """What no spec can say."""
    read = {name for node in net.nodes for name in node.inputs} | {*net.graph.outputs}
    for node in net.nodes:
        if OPS.get(node.op.name) is not type(node.op):
            yield Problem(node.name, f"no spec has an op for {node.op.name} as it is used here")
        elif node.name not in read and node.name not in net.graph.auxiliary:
            yield Problem(node.name, "it runs, but nobody reads its result")
        elif node.name in net.graph.samples and node.op.arity and node.op.value_inputs != 0:
            text = f"it runs over {net.graph.samples[node.name]} samples, not the batch"
            yield Problem(node.name, text)


def _names(net: Network) -> dict[str, str]:
    """A name for each node in one list of items, and the names of the inputs."""
    names = {name: name for name in net.graph.inputs}
    taken = {*names, INPUT, *OPS}
    for node in net.nodes:
        name = re.sub(r"[^A-Za-z0-9_]", "_", node.name)[-LONGEST_NAME + 4 :]
        if not re.search("[A-Za-z]", name) or name in OPS:
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
    infos = field_infos(type(op))
    defaults = {f.name: f.default for f in dataclasses.fields(op)}  # type: ignore[arg-type]
    for name, info in infos.items():
        value, default = getattr(op, name), defaults[name]
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
