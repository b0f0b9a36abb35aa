"""A network with everything that is computed of it: what `archcalc.load` returns."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from archcalc import catalog, count, memory, receptive_field, stochastic
from archcalc.arguments import argument_value, input_sizes, whole_number
from archcalc.arithmetic import Number, exact_div
from archcalc.count import Cost
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.expression import LARGEST
from archcalc.graph import Graph, Node
from archcalc.language.expand import expand
from archcalc.language.model import Preset
from archcalc.memory import Memory
from archcalc.ops.fields import written
from archcalc.receptive_field import ReceptiveField, Seen
from archcalc.shape import Shape
from archcalc.stochastic import StochasticDepth

if TYPE_CHECKING:
    import pandas

Mode = Literal["eval", "train"]
MODES: tuple[Mode, ...] = ("eval", "train")
BYTES = 4
"""Of a number, unless asked: float32."""
MOST_BYTES = 16


@dataclass(frozen=True, eq=False)
class Network:
    """One network: its graph, and the tables of what it costs, computed when asked for.

    >>> net = load("lenet5")
    >>> net.parameters, net.macs, net["c3"].parameters
    (60000, 325680, 1516)
    """

    name: str
    preset: Preset
    graph: Graph
    batch: int = 1
    mode: Mode = "eval"
    bytes_per_number: int = BYTES
    spelled: str = ""
    """What `load` found it by: `my.json:mini`; else its name."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The arguments that were set otherwise than its spec sets them."""

    @property
    def conditions(self) -> str:
        """What its figures hold for: `batch 1, eval mode`, and what was set otherwise."""
        conditions = [f"batch {self.batch}", f"{self.mode} mode"]
        conditions += [f"{name} {written(value)}" for name, value in self.settings.items()]
        if self.bytes_per_number != BYTES:
            conditions.append(f"{self.bytes_per_number} bytes a number")
        return ", ".join(conditions)

    @property
    def title(self) -> str:
        """How papers write its name: `ResNet-50`."""
        return self.preset.title

    @property
    def family(self) -> str:
        """The family that it stands with in tables."""
        return self.preset.family

    @property
    def year(self) -> int:
        """The year of its paper's first version."""
        return self.preset.year

    @property
    def input(self) -> Shape:
        """The shape of its input, without the batch."""
        return self.graph.input

    @cached_property
    def costs(self) -> dict[str, Cost]:
        """What every node costs."""
        return count.costs(self.graph, self.batch)

    @cached_property
    def total(self) -> Cost:
        """What the whole network costs."""
        return count.total(self.costs.values())

    @property
    def parameters(self) -> Number:
        """Learnable scalars, biases and norm scales and shifts included."""
        return self.total.parameters

    @property
    def macs(self) -> Number:
        """Multiply-adds of convolutions, linear layers and matrix products."""
        return self.total.macs

    @property
    def flops(self) -> Number:
        """2 x MACs."""
        return self.total.flops

    @property
    def activations(self) -> Number:
        """Outputs of convolutions, linear layers and matrix products."""
        return self.total.activations

    @cached_property
    def operations(self) -> dict[str, dict[str, Number]]:
        """Elementary operations other than multiply-adds, by node and kind."""
        return count.operations(self.graph, self.batch)

    @cached_property
    def connections(self) -> dict[str, Number]:
        """Connections in LeNet's sense, by node."""
        return count.connections(self.costs, self.operations)

    @cached_property
    def depths(self) -> dict[str, int]:
        """Weighted layers on the longest path to each node."""
        return count.depths(self.graph)

    @property
    def depth(self) -> int:
        """Weighted layers on the longest path to an output."""
        return max(self.depths[name] for name in self.graph.outputs)

    @cached_property
    def receptive_fields(self) -> dict[str, Seen]:
        """What each node sees of the input, in input pixels."""
        return receptive_field.receptive_fields(self.graph)

    @cached_property
    def receptive_field(self) -> Seen:
        """That of the last map before global pooling or the first linear layer."""
        return receptive_field.network_receptive_field(self.graph, self.receptive_fields)

    @cached_property
    def memory(self) -> Memory:
        """Bytes of parameters, of all outputs, of the most alive at once, and for training."""
        return memory.memory(self.graph, self.costs, self.batch, self.bytes_per_number)

    @cached_property
    def output_bytes(self) -> dict[str, int]:
        """Bytes of the output of each node, and of the input."""
        return memory.output_bytes(self.graph, self.batch, self.bytes_per_number)

    @cached_property
    def live_bytes(self) -> dict[str, int]:
        """Bytes of outputs that are alive while each node runs."""
        return memory.live_bytes(self.graph, self.output_bytes)

    @cached_property
    def moved_bytes(self) -> dict[str, int]:
        """Bytes of inputs, output and the parameters read, of each node."""
        return memory.moved_bytes(self.graph, self.batch, self.bytes_per_number)

    @property
    def arithmetic_intensity(self) -> Fraction | int:
        """MACs for each byte that its nodes move."""
        intensity: Fraction | int = exact_div(self.macs, sum(self.moved_bytes.values()))
        return intensity

    @cached_property
    def stochastic_depth(self) -> StochasticDepth | None:
        """What a training step runs where paths are dropped, each at a fixed chance; else None."""
        return stochastic.stochastic_depth(self.graph, self.costs)

    @property
    def layers(self) -> tuple[Node, ...]:
        """The nodes in execution order."""
        return self.graph.nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self.graph.nodes)

    def __len__(self) -> int:
        return len(self.graph.nodes)

    def __contains__(self, layer: object) -> bool:
        return bool(self._under(layer)) if isinstance(layer, str) else layer in self.graph.nodes

    def __getitem__(self, name: str) -> Part:
        if not isinstance(name, str):
            such = f"such as {quote(self.graph.nodes[0].name)}"
            raise ArchcalcError(f"a layer of {self.name} is a name, {such}; got {quote(name)}")
        return Part(self, name, self._under(name) or self._nothing(name))

    def _under(self, name: str) -> tuple[Node, ...]:
        """The node of a name, or all nodes under a path."""
        if name in self.graph.by_name:
            return (self.graph.by_name[name],)
        return tuple(node for node in self.graph.nodes if name and node.name.startswith(name + "."))

    def _nothing(self, name: str) -> NoReturn:
        """Raises what is said of a layer that is not there."""
        paths = {path for n in self.graph.nodes for path in _paths(n.name)}
        see = f"see archcalc layers {self.spelled or self.name}"
        hint = did_you_mean(name, sorted(paths)) or see
        raise ArchcalcError(f"{self.name} has no layer {quote(name)}; {hint}")

    def to_dataframe(self) -> pandas.DataFrame:
        """One row a node, in execution order."""
        import pandas

        return pandas.DataFrame(
            [
                {
                    "layer": node.name,
                    "op": node.op.name,
                    "output_shape": str(node.shape),
                    **self.costs[node.name]._asdict(),
                }
                for node in self.graph.nodes
            ]
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: the totals, and a row a node."""
        rows: str = self.to_dataframe().to_html(index=False, max_rows=60)
        return f"<p>{html.escape(repr(self))}</p>{rows}"

    def __repr__(self) -> str:
        counts = f"{self.parameters:,} parameters, {self.macs:,} MACs"
        return f"<Network {self.name}: {len(self)} nodes, {counts}>"


def _paths(name: str) -> Iterator[str]:
    """A dotted name and every group that it is in."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        yield ".".join(parts[:end])


def check_network(net: object, taker: str) -> None:
    """Refuse what is no Network, such as a model's name.

    Raises:
        ArchcalcError: says what the function takes.
    """
    if not isinstance(net, Network):
        takes = f'{taker} takes a Network, such as load("resnet18")'
        raise ArchcalcError(f"{takes}; got {quote(net)}")


@dataclass(frozen=True, repr=False)
class Part:
    """A node, or all nodes under a dotted path, of a network."""

    network: Network
    name: str
    nodes: tuple[Node, ...]

    @cached_property
    def total(self) -> Cost:
        """What all its nodes cost together."""
        return count.total(self.network.costs[node.name] for node in self.nodes)

    @property
    def parameters(self) -> Number:
        """Learnable scalars."""
        return self.total.parameters

    @property
    def macs(self) -> Number:
        """Multiply-adds, for the network's batch."""
        return self.total.macs

    @property
    def shape(self) -> Shape:
        """The shape of its last output."""
        return self.nodes[-1].shape

    def __repr__(self) -> str:
        counts = f"{self.parameters:,} parameters, {self.macs:,} MACs"
        return f"<Part {self.name} of {self.network.name}: {len(self.nodes)} nodes, {counts}>"


def load(
    model: str | os.PathLike[str],
    *,
    input: Sequence[int] | None = None,
    batch: int = 1,
    mode: Mode = "eval",
    bytes_per_number: int = BYTES,
    **arguments: Any,
) -> Network:
    """A network by its built-in name or from a spec file.

    Args:
        model: a name of `archcalc.models()`, or the path of a spec file, with `:PRESET` behind it
            for a member of a family; a text is a path if it has a slash or ends in .json.
        input: `(channels, height, width)` instead of the spec's own.
        batch: samples; MACs, activations and operations are counted for all of them.
        mode: "train" has auxiliary classifiers, "eval" does not.
        bytes_per_number: for memory and arithmetic intensity; 4 is float32.
        arguments: the network's arguments, such as `num_classes=10`.

    Raises:
        ArchcalcError: no such model, argument or size; a SpecError lists what is wrong in a file.
    """
    return load_with(
        model,
        arguments,
        input=input,
        batch=batch,
        mode=mode,
        bytes_per_number=bytes_per_number,
    )


def load_with(
    model: str | os.PathLike[str],
    arguments: Mapping[str, Any],
    *,
    input: Sequence[int] | None,
    batch: int,
    mode: Mode,
    bytes_per_number: int,
) -> Network:
    """`load` with the network's arguments as a mapping, so that they can have any name."""
    spec, preset = catalog.find(model)
    if mode not in MODES:
        raise ArchcalcError(f"mode is 'eval' or 'train', got {quote(mode)}")
    batch = whole_number(batch, "batch", LARGEST)
    bytes_per_number = whole_number(bytes_per_number, "bytes_per_number", MOST_BYTES)
    sizes = None if input is None else input_sizes(input)
    values = {}
    for name, value in arguments.items():
        if name not in spec.arguments:
            hint = did_you_mean(name, spec.arguments) or _arguments_hint(spec.arguments)
            raise ArchcalcError(f"{preset.name} has no argument {quote(name)}; {hint}")
        try:
            values[name] = argument_value(value)
        except ArchcalcError as error:
            raise ArchcalcError(f"{preset.name}: argument {quote(name)}: {error}") from None
    graph = expand(spec, preset, arguments=values, input=sizes, train=mode == "train")
    spelled = quote(os.fspath(model), "")
    return Network(preset.name, preset, graph, batch, mode, bytes_per_number, spelled, values)


def _arguments_hint(arguments: Mapping[str, Any]) -> str:
    return f"it has {', '.join(arguments)}" if arguments else "it has none"


def models() -> list[str]:
    """The names of all built-in networks, by year and family."""
    return list(catalog.built_in())


__all__ = ["MODES", "Mode", "Network", "Part", "ReceptiveField", "check_network", "load", "models"]
