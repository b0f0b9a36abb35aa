"""A graph of archcalc's ops from what was heard, each node compared with torch.

Shapes, parameters, buffers and multiply-adds of every node are those of archcalc's own formulas;
where torch says otherwise of the same call, nothing is imported.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from math import prod
from typing import Any

from archcalc.errors import Problem
from archcalc.importer.called import NOT_MADE, Applied, Called, Constant, Free, Unread
from archcalc.importer.heard import DATA, LITERAL, Call, Heard, Listening, Root
from archcalc.importer.refusal import MOST_REFUSALS
from archcalc.importer.rules import free_of, rule_of
from archcalc.importer.rules.arranged import given_part, index_of
from archcalc.importer.sites import (
    CannotSay,
    Raised,
    Site,
    common_axis,
    counted,
    guessed_axis,
    without,
)
from archcalc.ops.arrange import Permute
from archcalc.ops.kinds import FieldError
from archcalc.ops.op import Op, OpError
from archcalc.ops.parameter import Parameter
from archcalc.ops.reshape import Reshape
from archcalc.shape import Shape

SAME = {
    "alias", "clone", "contiguous", "detach", "lift_fresh", "resolve_conj", "resolve_neg", "to",
    "type_as", "_to_copy", "view_as_real_copy", "requires_grad",
}  # fmt: skip
"""Operators that pass their input on, or a copy of it."""

_JOINS = {"cat", "concat", "concatenate"}
"""Operators that join any number of inputs."""

SPLITS = {
    "chunk", "split", "split_with_sizes", "unbind", "tensor_split", "unsafe_chunk", "unsafe_split",
    "unsafe_split_with_sizes", "select",
}  # fmt: skip
"""Operators that give parts of their input along an axis."""

BUG = "; this is a bug in archcalc, please report it"


@dataclass(eq=False)
class Draft:
    """A node before it has a name."""

    op: Op
    inputs: list[Draft | Heard]
    """Where its inputs come from: nodes, or inputs of the network."""
    input_shapes: tuple[Shape, ...]
    shape: Shape
    times: int
    path: str
    """The module that ran."""
    run: int
    word: str
    """What it is called beside its module's name."""
    owner: str = ""
    """The name of the parameter that it reads first."""
    weights: Draft | None = None
    """The node whose parameters it uses."""
    is_arranging: bool = False
    """Whether nothing is lost where nobody reads it."""


@dataclass
class Raising:
    """The making of a graph from a record."""

    record: Listening
    batch: int
    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._made: dict[int, Draft | Heard] = {}
        """What stands for a value: the node that makes it, or an input."""
        self._stored: dict[tuple[int, tuple[int, ...]], Draft] = {}
        self._claims: dict[int, list[tuple[int, int, Draft]]] = {}
        """Who reads which part of a parameter or buffer first."""
        for heard in self.record.inputs:
            is_batch = bool(heard.shape) and heard.shape[0] == self.batch
            heard.axis = 0 if is_batch and len(heard.shape) > 1 else None
            self._made[id(heard)] = heard
        self.unsaid: set[tuple[int, ...]] = set()
        """The calls that no op expresses as they are used, which may have parts that can be."""
        self._roots = {root.key: root for root in self.record.roots.values()}

    def run(self) -> None:
        """Make a node of every call that computes something."""
        for call in self.record.calls:
            if len(self.problems) >= MOST_REFUSALS:
                return
            self._take(call)

    # --- one call ---------------------------------------------------------------------------------

    def _take(self, call: Call) -> None:
        made = call.makes[0] if call.makes else None
        if made is None or (made.root is not None and not call.macs):
            return
        if call.macs == 0 and all(heard.kind == LITERAL for heard in call.makes):
            return
        source = call.reads[0] if call.reads else None
        is_same = call.word in SAME or (call.word in _JOINS and len(call.reads) == 1)
        if is_same and source is not None and source.shape == made.shape:
            self._pass_on(source, made)
            return
        if call.word in SPLITS and source is not None:
            for output in range(len(call.makes)):
                if not self._add_index(call, output):
                    self._add(call, self._part(call, output))
            return
        self._add(call, self._raised(call))
        for output in range(1, len(call.makes)):
            self._add_output(call, output)

    def _pass_on(self, source: Heard, made: Heard) -> None:
        made.axis = source.axis
        self._made[id(made)] = self._made.get(id(source), source)

    def _raised(self, call: Call) -> Raised | None:
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
            reason = f"no rule for {call.name}; what it costs is unknown"
            if rule_of(call.function) is not None:
                given = ", ".join("x".join(map(str, heard.shape)) for heard in call.reads)
                reason = f"no rule for {call.name} of {given} as it is used here"
                self.unsaid.add(call.number)
            self._problem(call.path, reason)
            return None
        return self._as_called(call, free)

    def _as_called(self, call: Call, free: Free) -> Raised:
        """A call by torch's own name, of which it is known why it has no multiply-adds."""
        made = call.makes[0]
        axis = self._axis_of_called(call, free)
        operands = [heard for heard in call.reads if heard.kind > LITERAL]
        xs = [(heard, self._as_operand(heard, made, axis)) for heard in operands]
        times = made.shape[axis] if axis is not None else 1
        y = without(made.shape, axis)
        return Raised(Called(function=call.word, shape=tuple(y), free=free), xs, y, (), times, axis)

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

    def _part(self, call: Call, output: int) -> Raised | None:
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
            y = without(made.shape, axis)
            free = Free("it only takes a part")
            times = made.shape[axis] if axis is not None else 1
            xs = [(source, without(source.shape, source.axis))]
            return Raised(
                Called(function=call.word, shape=tuple(y), free=free),
                xs,
                y,
                (),
                times,
                axis,
                output,
            )

    def _add_index(self, call: Call, output: int) -> bool:
        """One index of an axis, as a slice of one that is made flat; whether it is such."""
        source, made = call.reads[0], call.makes[output]
        if call.word not in ("select", "unbind") or made.kind < DATA or not made.shape:
            return False
        site = Site(call, self.batch)
        index = site["index"] if call.word == "select" else output
        try:
            raised = index_of(site, index)
            raised.op.check(raised.inputs[0][1])
        except (CannotSay, OpError, FieldError):
            return False
        dim = counted(site["dim"], len(source.shape))
        flat = (*source.shape[:dim], 1, *source.shape[dim + 1 :])
        part = Heard(flat, DATA, source.is_float, call=call, axis=source.axis)
        axis = None if source.axis is None else source.axis - (dim < source.axis)
        after = without(made.shape, axis)
        if not after:
            return False
        self._append(call, raised, into=part)
        op = Reshape(shape=tuple(after))
        again = Raised(op, [(part, raised.shape)], after, (), raised.times, axis, output)
        self._append(call, again)
        return True

    def _add_output(self, call: Call, output: int) -> None:
        """A further output of a call, which the node of the first one gives."""
        made, first = call.makes[output], call.makes[0]
        node = self._made.get(id(first))
        if node is None or not made.shape:
            return
        axis = guessed_axis(made.shape, self.batch) if made.kind == DATA else None
        y = without(made.shape, axis)
        free = Free(f"{call.word} makes it beside its first output")
        op = Called(function=f"output {output + 1}", shape=tuple(y), free=free)
        xs = [(first, without(first.shape, first.axis))]
        times = made.shape[axis] if axis is not None else 1
        self._append(call, Raised(op, xs, y, (), times, axis, output), is_checked=False)

    def _add(self, call: Call, raised: Raised | None) -> None:
        if raised is None:
            return
        made = call.makes[raised.output]
        made.axis = raised.axis
        if self._is_identity(raised):
            self._pass_on(raised.inputs[0][0], made)
            made.axis = raised.axis
            return
        self._append(call, raised)

    def _is_identity(self, raised: Raised) -> bool:
        """Whether it leaves every number of a sample where it was."""
        op = raised.op
        if isinstance(op, Reshape):
            return raised.inputs[0][1] == raised.shape
        return isinstance(op, Permute) and op.order == tuple(range(len(op.order)))

    def _append(
        self, call: Call, raised: Raised, *, is_checked: bool = True, into: Heard | None = None
    ) -> None:
        made = call.makes[raised.output] if into is None else into
        inputs = [self._node_of(heard, shape, call) for heard, shape in raised.inputs]
        draft = Draft(
            raised.op, inputs, tuple(shape for _, shape in raised.inputs), raised.shape,
            raised.times, call.path, call.run, raised.op.name.replace(" ", "_"),
        )  # fmt: skip
        draft.is_arranging = isinstance(raised.op, Called) and not raised.op.free.per_output
        draft.is_arranging |= call.word in SPLITS or free_of(call.function) is not None
        self._give_weights(draft, raised, call)
        if is_checked:
            self._check(draft, call, raised, made)
        made.axis = raised.axis
        if made.axis is None and made.kind == DATA:
            made.axis = guessed_axis(made.shape, self.batch)
        self._made[id(made)] = draft
        self.drafts.append(draft)

    # --- what nodes read --------------------------------------------------------------------------

    def _node_of(self, heard: Heard, shape: Shape, call: Call) -> Draft | Heard:
        """The node, or the input, that a value comes from; one is made for what is stored."""
        found = self._made.get(id(heard))
        while isinstance(found, Heard) and found is not heard and id(found) in self._made:
            heard, found = found, self._made[id(found)]
        if isinstance(found, Draft) or (found is not None and found.kind == DATA):
            return found
        heard = found or heard
        if heard.root is not None:
            return self._stored_node(heard, heard.root, shape)
        draft = Draft(
            Constant(shape=tuple(shape)), [], (), shape, 1, call.path, call.run, "constant",
            is_arranging=True,
        )  # fmt: skip
        self.drafts.append(draft)
        return draft

    def _stored_node(self, heard: Heard, root: Root, shape: Shape) -> Draft:
        """The node of a parameter or a buffer, in the shape in which it is read."""
        whole = prod(root.shape)
        is_whole = heard.span[1] == whole == shape.elements and bool(shape)
        sizes = tuple(shape) if is_whole else (root.shape or (1,))
        key = (root.key, sizes)
        draft = self._stored.get(key)
        if draft is None:
            values = {"shape": sizes, "learned": int(root.is_parameter)}
            first = self.record.inputs[0]
            draft = Draft(
                _parameter(values), [first], (without(first.shape, first.axis),), Shape(*sizes), 1,
                root.name.rpartition(".")[0], 0, root.name.rpartition(".")[2], owner=root.name,
            )  # fmt: skip
            self._stored[key] = draft
            own, others = self._claim(root, (0, whole), draft)
            if not own and whole:
                draft.weights = others[0]
                draft.op = dataclasses.replace(draft.op, learned=1)  # type: ignore[type-var]
            self.drafts.append(draft)
        if is_whole:
            return draft
        part = self._stored.get((root.key, tuple(shape), *heard.span))  # type: ignore[arg-type]
        if part is None:
            free = Free("it only arranges numbers")
            op = Called(function="view", shape=tuple(shape), free=free)
            part = Draft(
                op, [draft], (Shape(*sizes),), shape, 1,
                draft.path, 0, "view", is_arranging=True,
            )  # fmt: skip
            self._stored[(root.key, tuple(shape), *heard.span)] = part  # type: ignore[index]
            self.drafts.append(part)
        return part

    def _claim(self, root: Root, span: tuple[int, int], draft: Draft) -> tuple[int, list[Draft]]:
        """How many numbers of a root nobody has read before, and who has read the others."""
        start, count = span
        claims = self._claims.setdefault(root.key, [])
        others = [
            by for begin, length, by in claims if begin < start + count and start < begin + length
        ]
        if others:
            return 0, others
        claims.append((start, count, draft))
        return count, []

    def _give_weights(self, draft: Draft, raised: Raised, call: Call) -> None:
        """Say whose the weights of a node are: its own, another node's, or computed ones."""
        own = {True: 0, False: 0}
        shared: list[Draft] = []
        computed = list(raised.beside)
        is_partly_own = has_shared_buffers = False
        for heard in raised.weights:
            root = heard.root
            if root is None:
                computed.append(heard)
                continue
            draft.owner = draft.owner or root.name
            count, others = self._claim(root, heard.span, draft)
            own[root.is_parameter] += count
            if not others:
                is_partly_own = True
            if root.is_parameter:
                shared += others
            elif others:
                is_partly_own = has_shared_buffers = True
        xs = draft.input_shapes
        if computed:
            self._read_weights(draft, computed, call)
        elif len(set(map(id, shared))) == 1 and not is_partly_own and hasattr(draft.op, "weights"):
            draft.weights = shared[0]
            return
        if isinstance(draft.op, Called):
            return
        expected = draft.op.parameters(*xs), draft.op.buffers(*xs)
        if not computed and not shared and (own[True], own[False]) == expected:
            return
        is_known = (
            computed or shared or has_shared_buffers or own[True] + own[False] == sum(expected)
        )
        if not is_known:
            said = f"{expected[0]:,} parameters and {expected[1]:,} buffers"
            has = f"{own[True]:,} and {own[False]:,}"
            self._problem(call.path, f"archcalc computes {said} for it, torch has {has}{BUG}")
        draft.op = Applied(
            op=draft.op, own=own[True], own_buffers=own[False], reads=len(raised.inputs)
        )

    def _read_weights(self, draft: Draft, computed: list[Heard], call: Call) -> None:
        for heard in computed:
            shape = Shape(*heard.shape)
            draft.inputs.append(self._node_of(heard, shape, call))
            draft.input_shapes = (*draft.input_shapes, shape)

    # --- comparing with torch ---------------------------------------------------------------------

    def _check(self, draft: Draft, call: Call, raised: Raised, made: Heard) -> None:
        """Compare a node with what torch says of its call."""
        xs = draft.input_shapes
        sizes = list(draft.op.output(*xs))
        if raised.axis is not None:
            sizes.insert(raised.axis, raised.times)
        if tuple(sizes) != made.shape:
            ours, theirs = ("x".join(map(str, s)) for s in (sizes, made.shape))
            self._problem(call.path, f"archcalc computes {ours} for it, torch {theirs}{BUG}")
        macs = int(raised.times * draft.op.macs(draft.shape, *xs))
        if macs != call.macs and raised.output == 0:
            said = f"archcalc computes {macs:,} MACs for it, torch {call.macs:,}"
            self._problem(call.path, f"{said} for {call.name}{BUG}")

    def _problem(self, path: str, text: str) -> None:
        problem = Problem(path or "forward", text)
        if problem not in self.problems:
            self.problems.append(problem)

    # --- the end ----------------------------------------------------------------------------------

    def ends(self) -> dict[str, Draft | Heard]:
        """What stands for each output, by its name in what forward gives."""
        found = {}
        for name, heard in self.record.outputs.items():
            end = self._made.get(id(heard))
            while isinstance(end, Heard) and end is not heard and id(end) in self._made:
                heard, end = end, self._made[id(end)]
            if end is not None:
                found[name] = end
        return found

    def kept(self, ends: dict[str, Draft | Heard]) -> list[Draft]:
        """The nodes without those that only arrange numbers for nobody."""
        read = {id(end) for end in ends.values()}
        kept = []
        for draft in reversed(self.drafts):
            if id(draft) in read or not draft.is_arranging:
                read.update(map(id, draft.inputs))
                kept.append(draft)
        return kept[::-1]

    def unread(self) -> list[Draft]:
        """A node for each module with parameters or buffers that nothing reads."""
        left: dict[str, list[int]] = {}
        for root in self._roots.values():
            read = sum(count for _, count, _ in self._claims.get(root.key, ()))
            if read < prod(root.shape):
                owner = root.name.rpartition(".")[0] or root.name
                left.setdefault(owner, [0, 0])[not root.is_parameter] += prod(root.shape) - read
        return [
            Draft(
                Unread(own=counts[0], own_buffers=counts[1]),
                [],
                (),
                NOT_MADE,
                1,
                owner,
                0,
                "unread",
            )
            for owner, counts in left.items()
        ]


def _parameter(values: dict[str, Any]) -> Op:
    """A parameter of any rank."""
    return Parameter(**values)
