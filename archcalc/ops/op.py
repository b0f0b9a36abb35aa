"""What every op declares.

Adding a layer type means one class in one file of this folder. From it follow the schema, shapes,
costs, explanations, closed forms, the torch module, the reference and the cross-checks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

from archcalc.arithmetic import Number, Zero
from archcalc.errors import Problem
from archcalc.frozen import Frozen
from archcalc.ops.fields import FieldInfo, written
from archcalc.ops.in_torch import TorchModule, TorchPart
from archcalc.ops.kinds import AXIS_LIST, FLAG, INTEGERS
from archcalc.ops.saved import Saved
from archcalc.ops.window import Reach
from archcalc.shape import Shape, axes_of

MANY = -1
"""The arity of an op that joins any number of inputs."""

CONNECTION_KINDS = ("link", "bias")
"""Kinds of elementary operation that LeNet's paper counts as connections beside multiply-adds."""


class OpError(ValueError):
    """An op that cannot take these inputs: the problem and, where there is one, a suggestion."""

    def __init__(self, problem: str, hint: str = ""):
        self.problem, self.hint = problem, hint
        super().__init__(str(Problem("", problem, hint)))


ParameterShapes = Mapping[str, tuple[Number, ...]]
"""The shape of each of an op's parameters, by the name that its torch module gives it."""


class Example(NamedTuple):
    """One use of an op with figures worked out by hand; it drives every cross-check.

    `fields` is written as in a spec file; `inputs` and `output` are sizes without the batch:
    `(C, H, W)`, `(features,)`. Figures that are left out are 0.
    """

    fields: Mapping[str, Any]
    inputs: tuple[tuple[int, ...], ...]
    output: tuple[int, ...]
    parameters: int = 0
    macs: int = 0
    operations: Mapping[str, int] = Frozen()
    buffers: int = 0
    note: str = ""


_NO_BUFFERS = Zero("it stores nothing that is not learned")


class Op(ABC):
    """A layer type: frozen fields, and formulas over them and the shapes of its inputs.

    `x` is an input's shape, `y` the output's; both without the batch. Formulas use `+ - * //` and
    the helpers of `archcalc.arithmetic`, and never branch on a number, so that the same line
    counts with ints, shows its working with Traced numbers, and has a closed form in Open ones.
    """

    def __init__(self, **fields: Any):
        """
        Raises:
            TypeError: a required field is missing, or there is none of a name.
        """
        for name in self.required_fields:
            if name not in fields:
                raise TypeError(f"{self.name} has no {name}")
        for name in fields:
            if name not in self.field_names:
                raise TypeError(f"{self.name} has no field {name}")
        self.__dict__.update(fields)

    def _values(self) -> tuple[Any, ...]:
        return type(self).read_fields(self)

    @property
    def values(self) -> dict[str, Any]:
        """The values of its fields, by name in their order."""
        return dict(zip(self.field_names, self._values(), strict=True))

    def replaced(self, **fields: Any) -> Self:
        """The same op with other values of some fields.

        Raises:
            TypeError: there is no field of a name.
        """
        return type(self)(**{**self.values, **fields})

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        given = (f"{name}={value!r}" for name, value in self.values.items())
        return f"{type(self).__qualname__}({', '.join(given)})"

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{self.name} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{self.name} cannot be changed")

    field_names: ClassVar[tuple[str, ...]] = ()
    """The names of its fields, in their order."""
    required_fields: ClassVar[tuple[str, ...]] = ()
    """Those that must be given."""
    field_infos: ClassVar[Mapping[str, FieldInfo]] = {}
    """What each field declares."""
    field_defaults: ClassVar[Mapping[str, Any]] = {}
    """What each field is where it is not given; REQUIRED of one that must be."""
    read_fields: ClassVar[Callable[[Op], tuple[Any, ...]]] = staticmethod(lambda op: ())
    """Its values of them."""
    name: ClassVar[str]
    arity: ClassVar[int] = 1
    value_inputs: ClassVar[int | None] = None
    """How many of its inputs, from the first, it reads values of; of the others it takes the size.
    None is all of them."""
    takes_indices: ClassVar[bool] = False
    """Whether its input is whole numbers, to which no gradient flows."""
    takes_signals: ClassVar[bool] = False
    """Whether it reads a sequence as CxL, channels first, where it is not known to be tokens."""
    reads_what_it_keeps: ClassVar[bool] = False
    """Whether it reads of its input only the numbers that are in its output."""
    is_weighted: ClassVar[bool] = False
    """A layer that depth and activations count: convolutions, linear layers, LeNet's RBF units."""
    is_elementwise: ClassVar[bool] = False
    """An op that keeps its input's shape and has no parameters worth a row of its own."""
    words: ClassVar[tuple[str, ...]] = ()
    """What texts call it, beside its name, and the kinds of layer that it is one of."""
    torch_name: ClassVar[str] = ""
    """The class in torch.nn that its module is, where it is one."""
    examples: ClassVar[tuple[Example, ...]] = ()

    @abstractmethod
    def output(self, *inputs: Shape) -> Shape:
        """The shape of the output."""

    @abstractmethod
    def parameters(self, *inputs: Shape) -> Number:
        """Learnable scalars, biases included."""

    def parameter_shapes(self, *inputs: Shape) -> ParameterShapes:
        """The shapes of its parameters, where other layers can use them (its field `weights`)."""
        return {}

    @abstractmethod
    def macs(self, y: Shape, *inputs: Shape) -> Number:
        """Multiply-adds of convolutions, linear layers and matrix products, for one sample."""

    @abstractmethod
    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        """Other elementary operations by kind, for one sample."""

    @abstractmethod
    def window(self, *inputs: Shape) -> Reach:
        """What one output position sees of inputs of these sizes: a Window, POINT, WHOLE, ..."""

    @abstractmethod
    def module(self, torch: Any, *channels: int) -> Any:
        """The torch module, from the fields and the inputs' channel counts alone."""

    def prepared(self, *tensors: Any) -> Sequence[Any]:
        """What its module is given, of what comes in: of a linear layer a map as a vector."""
        return tensors

    @abstractmethod
    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        """What the module keeps of a forward pass in training, for the backward pass."""

    def axis_names(self, *inputs: Shape) -> tuple[tuple[str, ...], ...]:
        """The names that formulas give the axes of each input and, last, of the output.

        An empty name is that of the layer which an input comes from.
        """
        fields = self.field_names
        is_joined = len(inputs) > 1
        before, after = ("in", "out") if "out_channels" in fields else ("channels", "channels")
        features = "in_features" if "out_features" in fields else "features"
        outputs = "out_features" if "out_features" in fields else "features"
        return (
            *(axes_of(x, *(("", "") if is_joined else (before, features))) for x in inputs),
            axes_of(self.output(*inputs), after, outputs),
        )

    def position_axes(self, y: Shape) -> tuple[int, ...]:
        """The axes of its output that positions are along: of a map two, of a sequence one."""
        return y.position_axes

    def settled(self, *inputs: Shape) -> Op:
        """The op as it is over these inputs, where a field that is not given depends on them."""
        return self

    def in_channels(self, *inputs: Shape) -> tuple[Number, ...]:
        """The channels of each input, of which its module is made."""
        return tuple([x[0] for x in inputs])

    def is_view(self, *inputs: Shape) -> bool:
        """Whether the output has no memory of its own, but that of the first input."""
        return False

    def buffers(self, *inputs: Shape) -> Number:
        """Stored numbers that are not learned: running statistics, LeNet's RBF prototypes."""
        return _NO_BUFFERS

    @property
    def has_known_gradient(self) -> bool:
        """Whether it is known what its backward pass needs, and that of what reads its output."""
        return True

    @property
    def weighted_layers(self) -> int:
        """How many weighted layers a path through it has, one behind the other."""
        return int(self.is_weighted)

    def parameters_read(self, *inputs: Shape) -> Number:
        """Its parameters, or those of the layer whose parameters it uses."""
        if not getattr(self, "weights", ""):
            return self.parameters(*inputs)
        return self.replaced(weights="").parameters(*inputs)

    def activations(self, y: Shape, *inputs: Shape) -> Number:
        """The outputs that `has_activations` speaks of, those inside it included."""
        return y.elements

    @property
    def has_activations(self) -> bool:
        """Whether its outputs are those of a convolution, linear layer or matrix product."""
        return False

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        """What its module is in torch, as tools that count see it.

        Calls that only arrange numbers and that no tool counts, such as a reshape, are left out.

        Raises:
            OpError: that is not known.
        """
        if not self.torch_name:
            raise OpError(f"what {self.name} consists of in torch is not known")
        return (TorchModule(self.torch_name, inputs[0].elements, y.elements),)

    def check(self, *inputs: Shape) -> None:  # noqa: B027, most ops fit any input
        """Raise OpError where the fields and the inputs do not fit together."""

    def summary(self, *inputs: Shape) -> str:
        """A few words for a row: `conv2d 7x7/2 pad 3`."""
        return " ".join([self.name, *self.settings()])

    def settings(self) -> Iterator[str]:
        """The fields worth saying in a row: the window, then whatever is not the default."""
        values = self.values
        kernel = values.pop("kernel_size", None)
        if kernel is not None:
            yield _window_text(kernel, values.pop("stride", (1,) * len(kernel)))
        for name, value in values.items():
            if name in _SAID_ELSEWHERE or value == self.field_defaults[name]:
                continue
            label, kind = _SHORT.get(name, name), self.field_infos[name].kind
            if kind is FLAG:
                yield label if value else f"no {label}"
            elif kind in (AXIS_LIST, INTEGERS):
                yield f"{label} {_listed(value)}"
            else:
                yield f"{label} {_setting(value)}"


_SHORT = {"padding": "pad", "num_groups": "groups", "num_heads": "heads"}
_SAID_ELSEWHERE = {"out_channels", "out_features", "bias", "eps"}
"""Fields that the output's shape and the parameters' formula already show, or that cost nothing."""


def _window_text(kernel: Any, stride: Any) -> str:
    steps = stride[:1] if len(set(stride)) == 1 else stride
    text = "x".join(map(str, kernel))
    return text if steps == (1,) else f"{text}/{'x'.join(map(str, steps))}"


def _listed(values: tuple[int, ...]) -> str:
    """Numbers that are no sizes: `0 and 1`; once where all are the same."""
    texts = [*map(str, values if len(set(values)) > 1 else values[:1])]
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def _setting(value: Any) -> str:
    if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1:
        return str(value[0])
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return value if isinstance(value, str) else written(value)
