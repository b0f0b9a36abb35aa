"""Networks of ONNX files: `archcalc.load("model.onnx")`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archcalc.errors import ArchcalcError, did_you_mean, parameter, quote
from archcalc.extras import require
from archcalc.frozen import Frozen
from archcalc.language.model import Preset
from archcalc.untrusted import untrusted_file

if TYPE_CHECKING:
    from archcalc.parts.part import Network


def load_onnx(
    path: str, *, name: str = "", input: Any, batch: int, bytes_per_number: int
) -> Network:
    """The network of an ONNX file. No number of its weights is read, and no file beside it.

    Args:
        path: the file.
        name: what the network is called; else as the file.
        input: sizes without the batch, or a text such as `image=3x224x224,ids=77`; None for those
            that the file has.
        batch: samples, where the file leaves their number open or says 1.
        bytes_per_number: for memory; 4 is float32.

    Raises:
        ImportRefused: an operator is not known, or the cost depends on values; all that was found.
        ArchcalcError: a library is missing, or it is no ONNX file.
    """
    with untrusted_file(path):
        pass  # what is no file is refused before libraries are loaded, which takes seconds
    require(quote(path, ""), "onnx", "torch", "onnx")
    from archcalc.importer.graphs import graph_of
    from archcalc.importer.onnx import operators
    from archcalc.importer.onnx.call import OPERATORS
    from archcalc.importer.onnx.reading import read_onnx
    from archcalc.importer.onnx.running import OnnxRun, stored_numbers
    from archcalc.parts.part import Network

    assert operators
    file = read_onnx(path, lambda names: _sizes_asked(input, batch, names, path), batch, OPERATORS)
    called = name or path
    runs: list[OnnxRun] = []

    def listen(apart: Any) -> Any:
        runs.append(OnnxRun(file, apart))
        return runs[-1].run()

    made = graph_of(listen, called)
    note = _note(runs[-1], stored_numbers(file))
    preset = Preset(called, Frozen(), "ONNX file", "ONNX", None, "", (), note=note)
    # A file has no module, and tools see the one that archcalc would build.
    graph = dataclasses.replace(made.graph, as_called=Frozen({}))
    return Network(
        called, preset, graph, made.batch, "eval", bytes_per_number, name,
        origin="an ONNX file", is_learning_known=False,
    )  # fmt: skip


def _sizes_asked(
    input: Any, batch: int, names: Sequence[str], path: str
) -> Mapping[str, tuple[int, ...]]:
    """The sizes that `--input` says, with the batch in front, by the names of the inputs."""
    if input is None:
        return {}
    from archcalc.importer.given_inputs import inputs_asked

    alone, named = inputs_asked(input, batch)
    found = {name: tuple(tensor.shape) for name, tensor in named.items()}
    if alone:
        if len(names) > 1:
            said = ",".join(f"{quote(name, '')}=3x224x224" for name in names[:4])
            such = parameter("input", said)
            raise ArchcalcError(f"{quote(path, '')}: has {len(names)} inputs; {such}, say")
        found[names[0]] = tuple(alone[0].shape)
    for name in found:
        if name not in names:
            hint = did_you_mean(name, names) or f"it has {', '.join(map(quote, names[:4]))}"
            raise ArchcalcError(f"{quote(path, '')}: has no input {quote(name)}; {hint}")
    return found


def _note(run: Any, stored: Mapping[str, int]) -> str:
    """What a file has instead of parameters."""
    text = f"the file stores {stored['weights']:,} numbers in tensors of floats; ONNX does not say "
    text += "which of them are learned"
    if run.folded:
        norms = "1 batch norm is" if len(run.folded) == 1 else f"{len(run.folded)} batch norms are"
        text += f"; {norms} folded into convolutions"
    return text
