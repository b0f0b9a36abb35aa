"""Some nodes of a network, in the tree that their dotted names make, and the network as its root.

Every quantity of `archcalc.quantities` is an attribute of every part: `net.macs`, and
`net["layer1"].macs`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archcalc.analysis.count import Reading
from archcalc.analysis.memory import Optimizer
from archcalc.analysis.node_tables import NodeTables
from archcalc.errors import ArchcalcError, quote
from archcalc.figures import count_of
from archcalc.graph import Graph, GroupInfo, NamedInputs, Node
from archcalc.language.model import Preset
from archcalc.names.layer_names import meant
from archcalc.parts.conditions import BYTES_PER_NUMBER, OPTIMIZER, Conditions, Mode
from archcalc.shape import Shape
from archcalc.upward import SHOWN_BY

if TYPE_CHECKING:
    import pandas


class Part:
    """Nodes of a network in execution order: one, those under a dotted path, or any others."""

    def __init__(self, network: Network, path: str, nodes: tuple[Node, ...]):
        self._network, self._path, self._nodes = network, path, nodes

    @property
    def network(self) -> Network:
        """The network that it is a part of."""
        return self._network

    @property
    def path(self) -> str:
        """The dotted name that its nodes share; of the whole network an empty one."""
        return self._path

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its nodes in execution order."""
        return self._nodes

    @property
    def node(self) -> Node | None:
        """The one node that it is; None of a group."""
        is_one = len(self.nodes) == 1 and self.nodes[0].name == self.path
        return self.nodes[0] if is_one else None

    def to_dataframe(self, columns: str | Iterable[str] = ()) -> pandas.DataFrame:
        """Its layers as a pandas DataFrame, a row a node.

        Args:
            columns: those of `archcalc layers --columns` instead of the usual ones: `["op",
                "macs_share"]`, or "all". The name is always among them.

        Raises:
            ArchcalcError: there is no such column, or pandas is missing.
        """
        return SHOWN_BY["layers_dataframe"](self, columns)

    def _repr_html_(self) -> str:
        return str(SHOWN_BY["notebook_page"](self))

    @property
    def children(self) -> tuple[Part, ...]:
        """The groups and layers directly inside it, in execution order."""
        return tuple(self.by_word.values())

    @cached_property
    def by_word(self) -> Mapping[str, Part]:
        """The groups and layers directly inside it, by the next word of their names."""
        prefix = f"{self.path}." if self.path else ""
        start = len(prefix)
        inside: dict[str, list[Node]] = {}
        for node in self.nodes if self.node is None else ():
            end = node.name.find(".", start)
            word = node.name[start:] if end < 0 else node.name[start:end]
            inside.setdefault(word, []).append(node)
        return {
            word: Part(self.network, prefix + word, tuple(nodes)) for word, nodes in inside.items()
        }

    @cached_property
    def is_repetition(self) -> bool:
        """Whether it is a run of copies, named by their numbers."""
        return bool(self.by_word) and all(map(str.isdigit, self.by_word))

    @property
    def block(self) -> GroupInfo | None:
        """The block that made it, with what that was given."""
        return self.network.graph.groups.get(self.path)

    @cached_property
    def readings(self) -> Mapping[Reading, int]:
        """Its nodes as they are counted, each with the number of its copies."""
        readings = self.network.readings_by_name
        found = Counter([readings[node.name] for node in self.nodes])
        times = self.network.graph.times
        if times:
            for name in {node.name for node in self.nodes} & times.keys():
                found[readings[name]] += times[name] - 1
        return found

    @cached_property
    def in_training(self) -> Part:
        """The same part of the network as it trains."""
        net = self.network.in_training
        if net is self.network:
            return self
        found = net._inside(self.path) if self.path else None
        if found is not None:
            return found
        there = (net.graph.by_name.get(node.name) for node in self.nodes)
        return Part(net, self.path, tuple(node for node in there if node is not None))

    @cached_property
    def traced(self) -> Reading:
        """The one node that it is, read in numbers that show their working."""
        assert self.node is not None, f"{self.path} is a group"
        return self.network.explained(self.node)

    @cached_property
    def main(self) -> Part | None:
        """The one layer that it is about, beside element-wise ones without numbers of their own."""
        if self.node is not None:
            return self
        heavy = [node for node in self.nodes if self.network.is_heavy(node)] or self.nodes
        return self.network[heavy[0].name] if len(heavy) == 1 else None

    def name_of(self, path: str) -> str:
        """What it calls a part of it: the path behind its own, or, as that would be a number in
        arithmetic, all of the path of a copy."""
        return path[len(self.path) + 1 :] if self.path and not self.is_repetition else path

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The nodes outside whose outputs it takes."""
        inside = {node.name for node in self.nodes}
        taken = (name for node in self.nodes for name in node.sources if name not in inside)
        return tuple(dict.fromkeys(taken))

    @cached_property
    def inputs(self) -> tuple[Shape, ...]:
        """The shapes that it takes from outside, each source once."""
        return tuple(self.network.graph.shapes[name] for name in self.sources)

    @property
    def output(self) -> Shape:
        """The shape of its last output."""
        return self.nodes[-1].shape

    @cached_property
    def ends(self) -> tuple[Node, ...]:
        """The nodes whose outputs no node of it reads, auxiliary ones aside where there are others:
        one, unless branches stay open."""
        read = {name for node in self.nodes for name in node.inputs}
        ends = [node for node in self.nodes if node.name not in read]
        ends = [node for node in ends if node.shape.elements] or ends  # what does not run ends none
        auxiliary = self.network.graph.auxiliary
        return tuple(node for node in ends if node.name not in auxiliary) or tuple(ends)

    if TYPE_CHECKING:

        def __getattr__(self, quantity: str) -> Any: ...

    def __dir__(self) -> list[str]:
        return sorted(name for name in super().__dir__() if not name.startswith("_"))

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, layer: object) -> bool:
        if isinstance(layer, str):
            return self._inside(layer) is not None
        return layer in self.nodes

    def __getitem__(self, name: str) -> Part:
        """The layer or group of a dotted name, which goes on from its own.

        Raises:
            ArchcalcError: there is none.
        """
        called = " ".join(filter(None, (self.network.name, self.path)))
        start = len(self.path) + 1 if self.path else 0
        if not isinstance(name, str):
            such = f"such as {quote(self.nodes[0].name[start:])}"
            raise ArchcalcError(f"a layer of {called} is a name, {such}; got {quote(name)}")
        found = self._inside(name)
        if found is None:
            of = quote(self.network.spelled or self.network.name, "")
            see = f"see archcalc layers {of}"
            hint = meant(name, [node.name[start:] for node in self.nodes]) or see
            raise ArchcalcError(f"{called} has no layer {quote(name)}; {hint}")
        return found

    def _inside(self, name: str) -> Part | None:
        found: Part | None = self
        for word in name.split("."):
            found = found.by_word.get(word) if found is not None else None
        return found

    def __repr__(self) -> str:
        kept = f"{self.stored:,} numbers stored"
        if self.network.is_learning_known:
            kept = f"{self.parameters:,} parameters"
        counts = f"{kept}, {self.macs:,} MACs"
        nodes = count_of(len(self), "node")
        return f"<{self._title}: {nodes}, {counts}>"

    @property
    def _title(self) -> str:
        return f"Part {self.path} of {self.network.name}"


@dataclass(frozen=True, eq=False, repr=False)
class Network(Part, NodeTables, Conditions):
    """One network: its graph, how it is counted, and what it is called.

    >>> from archcalc.network import load
    >>> net = load("lenet5")
    >>> net.parameters, net.macs, net["c3"].parameters
    (60000, 325680, 1516)
    """

    name: str
    preset: Preset
    graph: Graph
    batch: int = 1
    mode: Mode = "eval"
    bytes_per_number: int = BYTES_PER_NUMBER
    spelled: str = ""
    """What `load` found it by, settings aside: `my.json:mini`; else its name. A user's own text."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The arguments that were set otherwise than its spec sets them."""
    named: frozenset[str] = frozenset()
    """What its name says of how it was set: of `resnet50[num_classes=10,batch=8]` both."""
    origin: str = ""
    """What it was imported from, where no spec made it: `a torch module Net`."""
    is_learning_known: bool = True
    """Whether it is known which of its stored numbers are learned, as of an ONNX file it is not."""
    heard: tuple[Any, tuple[Any, ...], Mapping[str, Any]] | None = None
    """The torch module that it was imported from, and the inputs that it was given."""
    answers: tuple[Any, ...] = ()
    """What its forward was answered as it asked for numbers, in order."""
    is_of_values: bool = False
    """Whether it was counted for one real input, as another may cost otherwise."""
    optimizer: Optimizer = OPTIMIZER
    """Whose memory training needs."""
    training_graph: Callable[[], Graph] | None = None
    """Makes the graph of train mode, where it may be another."""

    @property
    def network(self) -> Network:
        """Itself."""
        return self

    @property
    def path(self) -> str:
        """An empty one: it is the root of the names in it."""
        return ""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All its nodes in execution order."""
        return self.graph.nodes

    @cached_property
    def in_training(self) -> Network:
        """The same network in train mode."""
        if self.mode == "train" or self.training_graph is None:
            return self
        return replace(self, graph=self.training_graph(), mode="train")

    layers = nodes

    @property
    def title(self) -> str:
        """How papers write its name: `ResNet-50`."""
        return self.preset.title

    @property
    def family(self) -> str:
        """The family that it stands with in tables."""
        return self.preset.family

    @property
    def year(self) -> int | None:
        """The year of its paper's first version; None where its spec does not say it."""
        return self.preset.year

    def heading(self, path: str = "") -> str:
        """What stands above what is said of it, or of a part of it: `resnet50 layer1: ResNet-50`;
        without a title where its spec gives it none but its name."""
        name = f"{self.name} {path}".rstrip()
        return name if self.title == self.name else f"{name}: {self.title}"

    @property
    def dated_title(self) -> str:
        """Its title with its year, where that is known: `ResNet-50, 2015`."""
        return self.title if self.year is None else f"{self.title}, {self.year}"

    @property
    def input(self) -> Shape | NamedInputs:
        """The shape of its input, without the batch; of named inputs that of each."""
        return self.graph.input

    def input_of(self, node: str) -> Shape | NamedInputs:
        """The shape of its input; of several those that a node is computed of."""
        if not isinstance(self.input, NamedInputs):
            return self.input
        return NamedInputs({name: self.input[name] for name in self.inputs_read[node]})

    def is_heavy(self, node: Node) -> bool:
        """Whether a layer is one to speak of: not element-wise, or with numbers of its own."""
        counted = self.readings_by_name[node.name]
        return bool(not node.op.is_elementwise or counted.parameters or counted.buffers)

    def plot(self, kind: str = "cost") -> Any:
        """A picture of it: see `archcalc.plot`."""
        return SHOWN_BY["plot"](kind, self)

    @property
    def _title(self) -> str:
        return f"Network {self.name}"
