"""Statements of shapes and kernels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from archcalc.arithmetic import exact_div
from archcalc.claims import measures
from archcalc.claims.assertions.assertion import LIST, TEXT, Assertion, assertion, key
from archcalc.claims.calculation import Remark, remark
from archcalc.claims.statement import ClaimError, Finding, Statement
from archcalc.claims.subject import Networks
from archcalc.graph import Node
from archcalc.shape import Shape


def sizes(shape: Shape, axes: str) -> list[Any]:
    """A shape's sizes in the order of some axes; a vector is a map of 1x1, N all its numbers."""
    by_axis = {"C": shape.channels, "H": shape.height or 1, "W": shape.width or 1}
    return [shape.elements if axis == "N" else by_axis[axis] for axis in axes]


def _written(values: list[Any]) -> str:
    """Sizes as shapes are written."""
    return "x".join(map(str, values))


@assertion("shape")
class ShapeOf(Assertion):
    """The shape of a layer's output (or input, or both): `55x55x96`, `35x35 -> 17x17`; in two
    halves `55x55x48 x2`."""

    of: str = key(TEXT, "output, input or both", default="output")
    axes: str = key(TEXT, "the order in which the sizes stand; N is all numbers", default="HWC")
    split_by: str = key(TEXT, "the layer whose groups split it", default="")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        part = networks.part(statement.subject)
        given, made = (
            sizes(shape, self.axes) for shape in (measures.first_input(part), measures.output(part))
        )
        if self.of == "both":
            text = f"{_written(given)} -> {_written(made)}"
            return statement.against(text, text)
        values = made if self.of == "output" else given
        if not self.split_by:
            return statement.against(_written(values), _written(values))
        split = networks.part(replace(statement.subject, layer=(self.split_by,)))
        copies = measures.measure_named("groups").of(split)
        values[self.axes.index("C")] = exact_div(values[self.axes.index("C")], copies)
        text = _written(values) + (f" x{copies}" if copies != 1 else "")
        return statement.against(text, text)

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        part = networks.part(statement.subject)
        if self.of != "output" or not part.nodes:
            return []
        shown = {axis: measures.working(part, axis) for axis in ("height", "width")}
        return [remark(axis, number) for axis, number in shown.items() if number is not None]


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

    def text(self, node: Node) -> str:
        return self.written(dict(self._details(node)))

    def _details(self, node: Node) -> Iterator[tuple[str, Any]]:
        x = node.input_shapes[0]
        groups = getattr(node.op, "groups", 1)
        filters = node.shape.channels
        yield "copies", groups
        yield "filters", exact_div(filters, groups) if "copies" in self.given else filters
        # A linear layer over a map is a convolution whose kernel is the map.
        default = (x.height or 1, x.width or 1)
        yield "kernel", _written(list(getattr(node.op, "kernel_size", default)))
        yield "depth", exact_div(x.channels, groups)
        yield "stride", getattr(node.op, "stride", (1, 1))[0]
        yield "pad", getattr(node.op, "padding", (0, 0))[0]

    def written(self, values: dict[str, Any]) -> str:
        """The values in the order of the statement: `96 x 11x11x3 x2, stride 4, pad 0`."""
        has = self.given
        text = f"{values['filters']} x " if "filters" in has else ""
        text += values["kernel"] if "kernel" in has else ""
        text += f"x{values['depth']}" if "depth" in has else ""
        text += f" x{values['copies']}" if "copies" in has else ""
        parts = [text] if text else []
        parts += [f"{name} {values[name]}" for name in ("stride", "pad") if name in has]
        return ", ".join(parts)


@assertion("kernel")
class KernelOf(Assertion):
    """A layer's filters: `96 x 11x11x3, stride 4, pad 0`, `128 x 5x5x48 x2` in two groups; with
    `models`, that all layers meant have this one kernel."""

    models: list[Any] = key(LIST, "the models all of whose layers are meant", default=[])

    def find(self, networks: Networks, statement: Statement) -> Finding:
        kernel = _Kernel(statement.text)
        if not self.models:
            text = kernel.text(measures.layer(networks.part(statement.subject)))
            return statement.against(text, text)
        subjects = [statement.subject.changed({"model": model}) for model in self.models]
        found = Counter(kernel.text(n) for s in subjects for n in networks.part(s).nodes)
        text = ", ".join(f"{kernel} ({count})" for kernel, count in found.most_common())
        computed = [kernel for kernel, _ in found.most_common()]
        return statement.against(computed, text, [statement.stated])

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        if self.models:
            return []
        shown = measures.working(networks.part(statement.subject), "weights")
        return [] if shown is None else [remark("weights", shown)]
