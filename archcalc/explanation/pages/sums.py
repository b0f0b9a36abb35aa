"""What sums say: a row a part in the table of a group or a network, a line of a layer."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.arithmetic import product
from archcalc.explanation.pages.connection_table import parameters_by_table
from archcalc.explanation.pages.lines import MOST_ADDENDS, Lines, plain_lines, statement
from archcalc.explanation.pages.page import Form, Grid, Line, equation
from archcalc.explanation.tree import Explanation
from archcalc.explanation.workings import workings
from archcalc.ops.conv import Conv2d
from archcalc.quantities.quantity import Quantity, Sum
from archcalc.traced import Traced, addends

IN_TABLE = ("parameters", "macs", "connections")
"""The sums whose parts are rows; of others only the sum is said, unless they are asked for."""


def in_table(explanation: Explanation) -> list[Sum]:
    """The sums that a row shows of its layer."""
    return [
        each
        for name, each in explanation.sums.items()
        if each.of(explanation.part) and (explanation.is_asked or name in IN_TABLE)
    ]


class SumLines(Lines):
    """A row each in a table; what is in none, or of one layer, has a line."""

    def of_layer(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """The sum in names, in digits and its value."""
        (working,) = workings(explanation.part, quantity)
        yield statement(quantity.title, working)

    def of_group(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line | Grid]:
        """A line where it has no table."""
        is_said = explanation.is_asked or quantity.of(explanation.part)
        if is_said and quantity not in in_table(explanation):
            yield from plain_lines(explanation, quantity)

    def of_network(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """The sum over the stages; their names stand once for several quantities."""
        if quantity not in in_table(explanation):
            yield from plain_lines(explanation, quantity)
            return
        (working,) = workings(explanation.part, quantity)
        number = working.number
        terms = len(addends(number))
        if terms > MOST_ADDENDS:
            before = f"the sum of the {terms} rows below: "
            yield Line(quantity.title, equation(number, "value"), before)
            return
        forms: tuple[Form, ...] = ("substituted", "value")
        if terms > 1 and working.formula != _formula_above(explanation, quantity):
            forms = ("formula", *forms)
        yield Line(quantity.title, equation(number, *forms))


def _formula_above(explanation: Explanation, quantity: Quantity) -> str:
    """The formula of the line above, if that is a sum too."""
    above = explanation.quantities[: explanation.quantities.index(quantity)]
    for each in reversed(above):
        if each not in in_table(explanation):
            break
        (working,) = workings(explanation.part, each)
        if len(addends(working.number)) <= MOST_ADDENDS:
            return working.formula
    return ""


class ParametersLines(SumLines):
    """The parameters of a convolution by table have a line a run of the table."""

    def of_layer(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """A line, or several."""
        if getattr(explanation.part.nodes[0].op, "connections", None) is None:
            yield from super().of_layer(explanation, quantity)
        else:
            yield from parameters_by_table(explanation.part)


class MacsLines(SumLines):
    """A network says its FLOPs too."""

    def of_network(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """The sum, and twice as many FLOPs."""
        yield from super().of_network(explanation, quantity)
        if not explanation.is_asked and explanation.part.macs:
            macs = Traced(explanation.part.macs, "MACs", computed=True)
            yield Line("FLOPs", equation(Traced(2) * macs))


class ConnectionsLines(SumLines):
    """A convolution uses each parameter once at every position, and says so where it holds."""

    def of_layer(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """Its formula, and that of its parameters at every position."""
        yield from super().of_layer(explanation, quantity)
        part, (node, *_) = explanation.part, explanation.part.nodes
        if isinstance(node.op, Conv2d):
            height, width = Traced(node.shape.height, "height"), Traced(node.shape.width, "width")
            parameters = Traced(part.parameters, "parameters", computed=True)
            used = part.traced.batch * (product(height, width) * parameters)
            if used.value == quantity.of(part):
                before = "each parameter once a position: "
                yield Line("", equation(used), before=before, indent=2)


class BuffersLines(SumLines):
    """A layer that stores nothing says so only where it is asked."""

    def of_layer(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """Nothing, or its formula."""
        if explanation.is_asked or quantity.of(explanation.part):
            yield from super().of_layer(explanation, quantity)
