"""Statements of shapes and kernels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archcalc.arithmetic import exact_div
from archcalc.claims import measures
from archcalc.claims.assertions.assertion import (
    LIST,
    TEXT,
    Assertion,
    ClaimError,
    Finding,
    assertion,
    key,
    structure,
)
from archcalc.claims.calculation import Remark, remark
from archcalc.claims.subject import Networks, Part
from archcalc.graph import Node
from archcalc.network import Network
from archcalc.shape import Shape

if TYPE_CHECKING:
    from archcalc.claims.ledger import Claim

_COPIES = re.compile(r"(?P<one>.*?)(?: x(?P<copies>[0-9]+))?")


def sizes(shape: Shape, axes: str) -> list[Any]:
    """A shape's sizes in the order of some axes; a vector is a map of 1x1."""
    by_axis = {"C": shape.channels, "H": shape.height or 1, "W": shape.width or 1}
    return [by_axis[axis] for axis in axes]


def written(values: list[Any]) -> str:
    """Sizes as shapes are written."""
    return "x".join(map(str, values))


@assertion("shape")
class ShapeOf(Assertion):
    """The shape of a layer's output (or input): `55x55x96`, `55x55x48 x2` in two halves."""

    of: str = key(TEXT, "output or input", default="output")
    axes: str = key(TEXT, "the order in which the sizes stand", default="HWC")
    split_by: str = key(TEXT, "the layer whose groups split it", default="")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        shape = part.output if self.of == "output" else part.inputs[0]
        values = sizes(shape, self.axes)
        copies = self._copies(networks, claim)
        if copies != 1:
            values[self.axes.index("C")] = exact_div(shape.channels, copies)
        text = written(values) + (f" x{copies}" if copies != 1 else "")
        return structure(claim, str(claim.stated), text, text)

    def _copies(self, networks: Networks, claim: Claim) -> int:
        if not self.split_by:
            return 1
        part = networks.part(replace(claim.subject, layer=(self.split_by,)))
        copies: int = measures.find("groups").of(part)
        return copies

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        part = networks.part(claim.subject)
        if self.of != "output" or not part.nodes:
            return []
        lines = []
        for axis in ("height", "width"):
            shown = measures.working(part, axis)
            if shown is not None:
                lines.append(remark(axis, shown))
        return lines


@assertion("flow")
class Flow(Assertion):
    """What a part makes of its input: `120 -> 84`, `28x28x128 -> 28x28x32`."""

    axes: str = key(TEXT, "the sizes that stand there, in their order", default="C")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        inputs = [part.inputs[0].elements] if self.axes == "C" else sizes(part.inputs[0], self.axes)
        outputs = [part.output.elements] if self.axes == "C" else sizes(part.output, self.axes)
        text = f"{written(inputs)} -> {written(outputs)}"
        return structure(claim, str(claim.stated), text, text)


# --- kernels --------------------------------------------------------------------------------------

_KERNEL = re.compile(
    r"(?:(?P<filters>[0-9]+) x )?(?P<kernel>[0-9]+x[0-9]+)?(?:x(?P<depth>[0-9]+))?"
    r"(?: x(?P<copies>[0-9]+))?(?:(?:, | )?stride (?P<stride>[0-9]+))?(?:,? ?pad (?P<pad>[0-9]+))?"
)


class _Kernel:
    """The kernel of a layer, printed in the details that a statement gives."""

    def __init__(self, stated: str):
        match = _KERNEL.fullmatch(stated)
        if match is None:
            raise ClaimError(f"{stated!r} is no kernel such as '96 x 11x11x3, stride 4, pad 0'")
        self.given = {name for name, value in match.groupdict().items() if value is not None}

    def text(self, network: Network, node: Node) -> str:
        return self.written(dict(self._details(network, node)))

    def _details(self, network: Network, node: Node) -> Iterator[tuple[str, Any]]:
        x = node.input_shapes[0]
        groups = getattr(node.op, "groups", 1)
        filters = node.shape.channels
        yield "copies", groups
        yield "filters", exact_div(filters, groups) if "copies" in self.given else filters
        # A linear layer over a map is a convolution whose kernel is the map.
        default = (x.height or 1, x.width or 1)
        yield "kernel", written(list(getattr(node.op, "kernel_size", default)))
        yield "depth", exact_div(x.channels, groups)
        yield "stride", getattr(node.op, "stride", (1, 1))[0]
        yield "pad", getattr(node.op, "padding", (0, 0))[0]

    def written(self, values: dict[str, Any]) -> str:
        """In the order of the statement: `96 x 11x11x3 x2, stride 4, pad 0`."""
        has = self.given
        text = f"{values['filters']} x " if "filters" in has else ""
        text += values["kernel"] if "kernel" in has else ""
        text += f"x{values['depth']}" if "depth" in has else ""
        text += f" x{values['copies']}" if "copies" in has else ""
        parts = [text] if text else []
        parts += [f"stride {values['stride']}"] if "stride" in has else []
        parts += [f"pad {values['pad']}"] if "pad" in has else []
        return ", ".join(parts)


@assertion("kernel")
class KernelOf(Assertion):
    """A layer's filters: `96 x 11x11x3, stride 4, pad 0`, `128 x 5x5x48 x2` in two groups."""

    def find(self, networks: Networks, claim: Claim) -> Finding:
        part = networks.part(claim.subject)
        kernel = _Kernel(str(claim.stated))
        text = kernel.text(part.network, part.node)
        return structure(claim, str(claim.stated), text, text)

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        shown = measures.working(networks.part(claim.subject), "weights")
        return [] if shown is None else [remark("weights", shown)]


@assertion("uniform")
class Uniform(Assertion):
    """That all layers of a kind have the same kernel, in one model or several."""

    models: list[Any] = key(LIST, "the models, where there are several", default=[])

    def find(self, networks: Networks, claim: Claim) -> Finding:
        kernel = _Kernel(str(claim.stated))
        found: dict[str, int] = {}
        for part in self.parts(networks, claim):
            for node in part.nodes:
                text = kernel.text(part.network, node)
                found[text] = found.get(text, 0) + 1
        computed = sorted(found, key=lambda text: -found[text])
        text = ", ".join(f"{kernel} ({found[kernel]})" for kernel in computed)
        return structure(claim, [str(claim.stated)], computed, text)

    def parts(self, networks: Networks, claim: Claim) -> list[Part]:
        """The parts that are spoken of, one a model."""
        models = self.models or [claim.subject.model]
        return [networks.part(claim.subject.changed({"model": model})) for model in models]
