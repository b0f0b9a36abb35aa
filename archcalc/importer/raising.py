"""A graph of archcalc's ops from what was heard, each node compared with torch.

Shapes, parameters, buffers and multiply-adds of every node are those of archcalc's own formulas;
where torch says otherwise of the same call, nothing is imported.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from archcalc.errors import Problem
from archcalc.importer.called import Applied, Called, Constant, Free
from archcalc.importer.drafts import Draft, Ownership
from archcalc.importer.heard import DATA, LITERAL, Call, Heard, Listening, Root
from archcalc.importer.recognition import Recognition
from archcalc.importer.refusal import BUG, MOST_REFUSALS
from archcalc.importer.rules import free_of
from archcalc.importer.sites import Raised, guessed_axis, without
from archcalc.importer.torchs_own import differences_from_torch
from archcalc.ops.arrange import Permute, Slice
from archcalc.ops.op import Op
from archcalc.ops.parameter import Parameter
from archcalc.ops.reshape import Reshape
from archcalc.shape import Shape

SAME = {
    "alias", "clone", "contiguous", "detach", "lift_fresh", "resolve_conj", "resolve_neg", "to",
    "type_as", "_to_copy", "view_as_real_copy", "requires_grad",
}  # fmt: skip
"""Operators that pass their input on, or a copy of it."""

_COPIES = {"clone", "contiguous", "flatten", "reshape", "reshape_as"}
"""Operators that copy what does not lie in the order of its axes."""

_JOINS = {"cat", "concat", "concatenate"}
"""Operators that join any number of inputs."""

SPLITS = {
    "chunk", "split", "split_with_sizes", "unbind", "tensor_split", "unsafe_chunk", "unsafe_split",
    "unsafe_split_with_sizes", "select",
}  # fmt: skip
"""Operators that give parts of their input along an axis."""


def _copying(op: Op) -> Op:
    """An op that makes no view."""
    return op.replaced(view=0) if isinstance(op, Permute | Slice) else op


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
        """The nodes of parameters and buffers, by what is stored and its sizes."""
        self._stored_parts: dict[tuple[int, tuple[int, ...], tuple[int, int]], Draft] = {}
        """The nodes of parts of them, by the span of each too."""
        for heard in self.record.inputs:
            is_batch = bool(heard.shape) and heard.shape[0] == self.batch
            heard.axis = 0 if is_batch and len(heard.shape) > 1 else None
            self._made[id(heard)] = heard
        self.ownership = Ownership(self.record.roots.values())
        self.known = Recognition(self.batch, self._problem)

    def run(self) -> None:
        """Make a node of every call that computes something."""
        for call in self.record.calls:
            if len(self.problems) >= MOST_REFUSALS:
                return
            try:
                self._take(call)
            except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                said = f"{type(error).__name__} in the working of {call.name}: {error}"
                self._problem(call.path, f"{said}{BUG}")

    # --- one call ---------------------------------------------------------------------------------

    def _take(self, call: Call) -> None:
        made = call.makes[0] if call.makes else None
        if made is None or (made.root is not None and not call.macs):
            return
        if call.macs == 0 and all(heard.kind == LITERAL for heard in call.makes):
            return
        source = call.reads[0] if call.reads else None
        is_same = call.word in SAME or (call.word in _JOINS and len(call.reads) == 1)
        is_same |= call.word == "add" and call.given.get("other") in (0, 0.0)  # as sum() begins
        if source is not None and call.word in _COPIES:
            self._copy(source)
        if is_same and source is not None and source.shape == made.shape:
            self._pass_on(source, made)
            return
        if call.word in SPLITS and source is not None:
            for output in range(len(call.makes)):
                flat = self.known.flat_part(call, output)
                if flat is None:
                    self._add(call, self.known.part(call, output))
                else:
                    part, raised, again = flat
                    self._append(call, raised, into=part)
                    self._append(call, again)
            return
        steps = self.known.in_steps(call)
        for part, raised in steps:
            self._append(call, raised, into=part)
        if not steps:
            self._add(call, self.known.op_of(call))
        for output in range(1, len(call.makes)):
            if id(call.makes[0]) in self._made and call.makes[output].shape:
                self._append(call, self.known.further(call, output), is_checked=False)

    def _pass_on(self, source: Heard, made: Heard) -> None:
        made.axis = source.axis
        self._made[id(made)] = self._made.get(id(source), source)

    def _copy(self, source: Heard) -> None:
        """Take a view for a copy, as what reads it makes one."""
        draft = self._made.get(id(source))
        if isinstance(draft, Draft):
            draft.op = _copying(draft.op)

    def _add(self, call: Call, raised: Raised | None) -> None:
        if raised is None:
            return
        made = call.makes[raised.output]
        made.axis = raised.axis
        if self._is_identity(raised, made):
            self._pass_on(raised.inputs[0][0], made)
            made.axis = raised.axis
            return
        self._append(call, raised)

    def _is_identity(self, raised: Raised, made: Heard) -> bool:
        """Whether it leaves every number of a sample where it was."""
        op = raised.op
        if isinstance(op, Reshape):
            return raised.inputs[0][1] == without(made.shape, raised.axis)
        return isinstance(op, Permute) and op.order == tuple(range(len(op.order)))

    def _append(
        self, call: Call, raised: Raised, *, is_checked: bool = True, into: Heard | None = None
    ) -> None:
        made = call.makes[raised.output] if into is None else into
        inputs = [self._node_of(heard, shape, call) for heard, shape in raised.inputs]
        times = 1 if raised.axis is None else made.shape[raised.axis]
        draft = Draft(
            raised.op, inputs, tuple(shape for _, shape in raised.inputs),
            without(made.shape, raised.axis), times, call.path, call.run,
            raised.op.name.replace(" ", "_"),
        )  # fmt: skip
        draft.operator = str(call.function.overloadpacket.__name__)
        draft.spelled = call.spelled
        draft.has_samples_first = raised.axis == 0 and made.shape[0] == self.batch
        draft.is_part = len(call.number) > 1
        draft.is_arranging = isinstance(raised.op, Called) and not raised.op.free.per_output
        draft.is_arranging |= call.word in SPLITS or free_of(call.function) is not None
        draft.is_arranging &= not raised.weights
        self._give_weights(draft, raised, call)
        if is_checked:
            for said in differences_from_torch(draft, call, raised):
                self._problem(call.path, f"{said}{BUG}")
        if not self.record.shares_memory:
            draft.op = _copying(draft.op)
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
            first = self.record.inputs[0]
            op = Parameter(shape=sizes, learned=int(root.is_parameter))
            draft = Draft(
                op, [first], (without(first.shape, first.axis),), Shape(*sizes), 1,
                root.name.rpartition(".")[0], 0, root.name.rpartition(".")[2], owner=root.name,
            )  # fmt: skip
            self._stored[key] = draft
            own, others = self.ownership.claim(root, (0, whole), draft)
            if not own and whole:
                draft.weights = others[0]
                draft.op = draft.op.replaced(learned=1)
            self.drafts.append(draft)
        if is_whole:
            return draft
        place = root.key, tuple(shape), heard.span
        part = self._stored_parts.get(place)
        if part is None:
            free = Free("it only arranges numbers")
            view = Called(function="view", shape=tuple(shape), free=free)
            part = Draft(
                view, [draft], (Shape(*sizes),), shape, 1,
                draft.path, 0, "view", is_arranging=True,
            )  # fmt: skip
            self._stored_parts[place] = part
            self.drafts.append(part)
        return part

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
            count, others = self.ownership.claim(root, heard.span, draft)
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
