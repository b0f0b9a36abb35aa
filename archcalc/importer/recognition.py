"""Which op of archcalc a call is, by its rule; else an operator by torch's own name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

from archcalc.importer.called import Called, Free
from archcalc.importer.heard import DATA, LITERAL, Call, Heard
from archcalc.importer.operators import no_rule
from archcalc.importer.rules import free_of, rule_of
from archcalc.importer.rules.arranged import arranged, given_part, index_of, joined, zeros_around
from archcalc.importer.sites import (
    CannotSay,
    Raised,
    Site,
    common_axis,
    counted,
    guessed_axis,
    without,
)
from archcalc.importer.whole_calls import CallNumber
from archcalc.ops.kinds import FieldError
from archcalc.ops.op import OpError
from archcalc.ops.registry import create
from archcalc.ops.reshape import Reshape
from archcalc.shape import Shape


class Recognition:
    """What is known of the calls of a module that runs over so many samples."""

    def __init__(self, batch: int, problem: Callable[[str, str], None]):
        self.batch, self.problem = batch, problem
        self.unsaid: set[CallNumber] = set()
        """The calls that no op expresses as they are used, which may have parts that can be."""

    def op_of(self, call: Call) -> Raised | None:
        """The op that a call is: by its rule, else by torch's own name. None where what it costs is
        unknown, which is a problem then."""
        if not all(call.makes[0].shape):  # as where no sample is sent to an expert
            return self._as_called(call, Free("it has no value to work on"))
        site = Site(call, self.batch)
        rule = rule_of(call.function)
        if rule is not None:
            try:
                raised = rule(site)
                raised.op.check(*(shape for _, shape in raised.inputs))
                if all(min(shape, default=0) > 0 for _, shape in raised.inputs):
                    return raised
            except (CannotSay, OpError, FieldError, TypeError):
                pass
        return self._called(call)

    def _called(self, call: Call) -> Raised | None:
        free = free_of(call.function)
        if free is None or call.macs:
            reason = no_rule(call.function)
            if rule_of(call.function) is not None:
                given = ", ".join("x".join(map(str, heard.shape)) for heard in call.reads)
                reason = f"no rule for {call.name} of {given} as it is used here"
                self.unsaid.add(call.number)
            self.problem(call.path, reason)
            return None
        return self._as_called(call, free)

    def _as_called(self, call: Call, free: Free) -> Raised:
        """A call by torch's own name, of which it is known why it has no multiply-adds."""
        made = call.makes[0]
        axis = self._axis_of_called(call, free)
        operands = [heard for heard in call.reads if heard.kind > LITERAL]
        xs = [(heard, self._as_operand(heard, made, axis)) for heard in operands]
        y = without(made.shape, axis)
        return Raised(Called(function=call.word, shape=tuple(y), free=free), xs, axis=axis)

    def _as_operand(self, heard: Heard, made: Heard, axis: int | None) -> Shape:
        """An operand without its samples: in the result's rank where it is spread over that."""
        rank = len(made.shape)
        if axis is not None and len(heard.shape) <= rank:
            sizes = (*(1,) * (rank - len(heard.shape)), *heard.shape)
            if sizes[axis] in (1, made.shape[axis]):
                return without(sizes, axis)
        return without(heard.shape, heard.axis)

    def _axis_of_called(self, call: Call, free: Free) -> int | None:
        """The axis of samples behind an operator of which nothing more is known."""
        made = call.makes[0]
        axis = common_axis([h for h in call.reads if h.kind > LITERAL], made)
        if axis is not None and (free.is_pointwise or axis == 0):
            return axis
        return guessed_axis(made.shape, self.batch) if made.kind == DATA else None

    def part(self, call: Call, output: int) -> Raised | None:
        """One of the parts that a call gives, as a slice or a value of an axis."""
        try:
            return given_part(Site(call, self.batch), output)
        except (CannotSay, OpError, FieldError):
            made, source = call.makes[output], call.reads[0]
            axis = None
            if source.axis is not None and len(made.shape) == len(source.shape):
                axis = source.axis
            elif made.kind == DATA:
                axis = guessed_axis(made.shape, self.batch)
            free = Free("it only takes a part")
            op = Called(function=call.word, shape=tuple(without(made.shape, axis)), free=free)
            xs = [(source, without(source.shape, source.axis))]
            return Raised(op, xs, axis=axis, output=output)

    def flat_part(self, call: Call, output: int) -> tuple[Heard, Raised, Raised] | None:
        """One index of an axis, as a slice of one that is made flat: the slice's value, and both.

        None where it is no such.
        """
        source, made = call.reads[0], call.makes[output]
        if call.word not in ("select", "unbind") or made.kind < DATA or not made.shape:
            return None
        site = Site(call, self.batch)
        index = site["index"] if call.word == "select" else output
        try:
            raised = index_of(site, index)
            raised.op.check(raised.inputs[0][1])
        except (CannotSay, OpError, FieldError):
            return None
        dim = counted(site["dim"], len(source.shape))
        flat = (*source.shape[:dim], 1, *source.shape[dim + 1 :])
        part = Heard(flat, DATA, source.is_float, call=call, axis=source.axis)
        axis = None if source.axis is None else source.axis - (dim < source.axis)
        after = without(made.shape, axis)
        if not after:
            return None
        inputs = [(part, without(flat, source.axis))]
        again = Raised(Reshape(shape=tuple(after)), inputs, axis=axis, output=output)
        return part, raised, again

    def in_steps(self, call: Call) -> Sequence[tuple[Heard, Raised]]:
        """What each step of a call makes, of one that several ops express; none where one does."""
        try:
            steps: list[tuple[Heard, Raised]] = []
            if call.word == "stack":
                steps += self._stacked(call)
            elif call.word in ("pad", "constant_pad_nd") and min(call.given["pad"]) < 0:
                steps += self._moved(call)
            for _, raised in steps:
                raised.op.check(*(shape for _, shape in raised.inputs))
        except (CannotSay, OpError, FieldError):
            return ()
        return steps

    def _stacked(self, call: Call) -> Iterator[tuple[Heard, Raised]]:
        """Tensors with a size of 1 along a new axis, and their join."""
        dim = counted(call.given["dim"], len(call.makes[0].shape))
        parts = []
        for heard in call.reads:
            sizes = (*heard.shape[:dim], 1, *heard.shape[dim:])
            axis = None if heard.axis is None else heard.axis + (dim <= heard.axis)
            parts.append(Heard(sizes, heard.kind, heard.is_float, call=call, axis=axis))
            step = dataclasses.replace(call, reads=[heard], makes=parts[-1:])
            op = create(Reshape, {"shape": tuple(without(sizes, axis))})
            yield parts[-1], arranged(Site(step, self.batch), op, axis)
        yield call.makes[0], joined(Site(dataclasses.replace(call, reads=parts), self.batch))

    def _moved(self, call: Call) -> Iterator[tuple[Heard, Raised]]:
        """A border taken away on one side, and added on the other."""
        ends, x, made = call.given["pad"], call.reads[0], call.makes[0]
        if max(ends) <= 0:
            return
        added = [*(0,) * (2 * len(x.shape) - len(ends)), *(max(end, 0) for end in ends[::-1])]
        sizes = [n - a - b for n, a, b in zip(made.shape, added[::2], added[1::2], strict=True)]
        part = Heard(tuple(sizes), x.kind, x.is_float, call=call, axis=x.axis)
        for sign, reads, makes in ((-1, x, part), (1, part, made)):
            given = {**call.given, "pad": [end if end * sign > 0 else 0 for end in ends]}
            step = dataclasses.replace(call, given=given, reads=[reads], makes=[makes])
            yield makes, zeros_around(Site(step, self.batch))

    def further(self, call: Call, output: int) -> Raised:
        """A further output of a call, which the node of the first one gives."""
        made, first = call.makes[output], call.makes[0]
        axis = guessed_axis(made.shape, self.batch) if made.kind == DATA else None
        free = Free(f"{call.word} makes it beside its first output")
        shape = tuple(without(made.shape, axis))
        op = Called(function=f"output {output + 1}", shape=shape, free=free)
        xs = [(first, without(first.shape, first.axis))]
        return Raised(op, xs, axis=axis, output=output)
