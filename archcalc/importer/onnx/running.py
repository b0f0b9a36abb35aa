"""The nodes of an ONNX file run as calls of torch on the meta device, under a listener.

What is computed of nothing but known numbers, such as the sizes of a reshape, is computed; its size
is bounded. The shape of all else is compared with what ONNX's own inference says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

from archcalc.errors import quote
from archcalc.importer.heard import DATA, Listening, Root, Trouble
from archcalc.importer.listening import Listener
from archcalc.importer.nested import sizes_alone
from archcalc.importer.onnx.call import MORE_THAN_MOST, NOT_COMPUTED, OPERATORS, OnnxCall, Unknown
from archcalc.importer.onnx.inferring import inferred
from archcalc.importer.onnx.opening import first_line
from archcalc.importer.onnx.places import NodePlace, as_name, place_of
from archcalc.importer.onnx.reading import MOST_NUMBERS, OnnxFile
from archcalc.importer.passes import hear
from archcalc.importer.place import Place
from archcalc.importer.rules import is_known
from archcalc.importer.whole_calls import CallNumber
from archcalc.language.nodes import HIGHEST_RANK

_FIRST_STATISTIC = 3
"""From where on the inputs of a batch norm are running statistics."""
MOST_COMPUTED = 2**24
"""The most numbers that are read and made to compute numbers; what more come to is unknown."""
_DO_NOT_FIT = (
    *(TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RuntimeError),
    NotImplementedError,
)
"""What torch raises of sizes and settings that do not fit together."""


class OnnxRun:
    """One pass over the nodes of a file."""

    def __init__(self, file: OnnxFile, apart: frozenset[CallNumber] = frozenset()):
        self.file = file
        self.record = Listening(shares_memory=False)
        self.place = Place()
        self.listener = Listener(self.record, is_known, self.place, apart=apart)
        self.folded: list[str] = []
        """The modules of batch norms that were folded into others."""
        self._tensors: dict[str, Any] = {}
        self._numbers: dict[str, Any] = {}
        """Tensors with numbers, of those values whose numbers are known."""
        self._computing = 0
        """How many numbers were read and made where numbers are computed of numbers."""
        self._names: dict[str, str] = {}
        """The names of stored tensors, as names of parameters."""
        self._last_path: str | None = None
        self._store()
        for name, (sizes, dtype) in file.inputs.items():
            self._tensors[name] = tensor = torch.empty(sizes, dtype=dtype, device="meta")
            self.record.inputs.append(self.listener.introduce(tensor, DATA))
            self.record.input_names.append(as_name(name) or "input")

    def _store(self) -> None:
        statistics = {
            name
            for node in self.file.nodes
            if node.op_type == "BatchNormalization"
            for name in node.input[_FIRST_STATISTIC:]
        }
        taken: dict[str, int] = {}
        for name, stored in self.file.stored.items():
            tensor = torch.empty(stored.shape, dtype=stored.dtype, device="meta")
            if stored.numbers is not None:
                self._numbers[name] = stored.numbers
            if stored.is_weight:
                word = as_name(name) or "constant"
                while word in taken:
                    taken[word] += 1
                    word = f"{word}_{taken[word]}"
                taken[word] = 1
                self._names[name] = word
                root = Root(word, name not in statistics, stored.shape, id(tensor))
                self.listener.introduce_root(tensor, root)
            self._tensors[name] = tensor

    def run(self) -> Listening:
        """What is heard of the pass."""
        hear(self.listener, self._run)
        return self.record

    def _run(self) -> Any:
        for node in self.file.nodes:
            self._enter(node)
            outputs = self._outputs(node)
            if outputs is None:
                return ()
            shapes = inferred(node, self.file.version, self._tensors, self._numbers)
            for name, tensor in zip(node.output, outputs, strict=False):
                if name and not self._agrees(name, tensor, shapes.get(name)):
                    return ()
        missing = [name for name in self.file.outputs if name not in self._tensors]
        if missing:
            self._trouble(f"nothing makes its output {quote(missing[0])}")
            return ()
        found = {as_name(name): self._tensors[name] for name in self.file.outputs}
        return found if len(found) > 1 else next(iter(found.values()), ())

    # --- one node ---------------------------------------------------------------------------------

    def _enter(self, node: Any) -> None:
        """Follow which module runs."""
        found = place_of(node)
        path = self._path(node, found)
        self.record.classes |= found.classes
        if found.is_folded_norm and found.path not in self.folded:
            self.folded.append(found.path)
        if path != self._last_path:
            if self._last_path is not None:
                self.place.leave()
            self.place.enter(path)
            self._last_path = path

    def _path(self, node: Any, found: NodePlace) -> str:
        """The module of the weights that a node reads, where one was folded into it; else its
        own."""
        names = [self._names[name] for name in node.input[1:2] if name in self._names]
        module, _, word = names[0].rpartition(".") if names else ("", "", "")
        return module if module and word == "weight" and found.is_folded_norm else found.path

    def _outputs(self, node: Any) -> Sequence[Any] | None:
        """The tensors that a node makes; None where something is wrong with it."""
        names = [name or None for name in node.input]
        missing = [name for name in names if name is not None and name not in self._tensors]
        if missing:
            self._trouble(f"{quote(node.op_type, '')}: nothing makes its input {quote(missing[0])}")
            return None
        known = [None if name is None else self._numbers.get(name) for name in names]
        try:
            if self._is_computed(node, names, known):
                return self._computed(node, names, known)
            tensors = [None if name is None else self._tensors[name] for name in names]
            return self._called(node, tensors, known)
        except Unknown as problem:
            self._trouble(f"{quote(node.op_type, '')}: {problem}")
            return None

    def _is_computed(self, node: Any, names: Sequence[str | None], known: Sequence[Any]) -> bool:
        """Whether a node is to be computed: of known numbers alone, none of them a weight."""
        if node.op_type in ("Shape", "Size"):
            return True
        is_weight = any(name in self._names for name in names)
        return not is_weight and all(
            number is not None for number, name in zip(known, names, strict=True) if name
        )

    def _computed(
        self, node: Any, names: Sequence[str | None], known: Sequence[Any]
    ) -> Sequence[Any]:
        """The same of a node over known numbers, whose results are known too where they are few."""
        tensors = [None if name is None else self._tensors[name] for name in names]
        with _disable_current_modes():
            sizes = [sizes_alone(x) for x in self._called(node, tensors, known)]
            made = sum(x.numel() for x in sizes)
            self._computing += made + sum(x.numel() for x in known if x is not None)
            is_few = made <= MOST_NUMBERS and self._computing <= MOST_COMPUTED
            if is_few and node.op_type not in NOT_COMPUTED:
                is_of_sizes = node.op_type in ("Shape", "Size")
                found = self._called(node, tensors if is_of_sizes else known, known)
                for name, tensor in zip(node.output, found, strict=False):
                    if tensor.device.type == "cpu":
                        self._numbers[name] = tensor
        return sizes

    def _called(self, node: Any, tensors: Sequence[Any], known: Sequence[Any]) -> Sequence[Any]:
        call = OnnxCall(node, self.file.version, tensors, known)
        try:
            found = OPERATORS[node.op_type](call)
        except _DO_NOT_FIT as error:
            said = f"its inputs and attributes do not fit together: {first_line(error)}"
            raise Unknown(said) from None
        return found if isinstance(found, list | tuple) else (found,)

    # --- comparing with ONNX's inference ----------------------------------------------------------

    def _agrees(self, name: str, tensor: Any, shape: tuple[int, ...] | None) -> bool:
        """Take a node's output, if it has the shape that ONNX infers; None where it does not."""
        if shape is not None and shape != tuple(tensor.shape):
            said, torchs = ("x".join(map(str, sizes)) for sizes in (shape, tensor.shape))
            self._trouble(f"{quote(name)} is {said} by ONNX's inference, and {torchs} by torch's")
            return False
        if tensor.dim() > HIGHEST_RANK:
            self._trouble(f"{quote(name)} has {tensor.dim()} axes, {MORE_THAN_MOST}")
            return False
        self._tensors[name] = tensor
        return True

    def _trouble(self, text: str) -> None:
        self.record.troubles.append(Trouble(self.place.path, text))


def stored_numbers(file: OnnxFile) -> Mapping[str, int]:
    """How many numbers a file stores, by what they are: `weights`, single ones and whole ones
    apart."""
    found = {"weights": 0, "others": 0}
    for stored in file.stored.values():
        size = 1
        for n in stored.shape:
            size *= n
        found["weights" if stored.is_weight else "others"] += size
    return found
