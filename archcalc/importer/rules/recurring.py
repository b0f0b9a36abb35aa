"""Rules of recurrent layers."""

from __future__ import annotations

from archcalc.importer.heard import LITERAL, Heard
from archcalc.importer.rules.table import rule
from archcalc.importer.sites import CannotSay, Raised, Site, without
from archcalc.ops.op import Op
from archcalc.ops.recurrent import Gru, Lstm, Rnn
from archcalc.ops.registry import create

GATES: dict[str, tuple[type[Op], int]] = {"lstm": (Lstm, 4), "gru": (Gru, 3), "rnn_tanh": (Rnn, 1)}


@rule(*(f"{word}.input" for word in GATES))  # those of packed sequences are taken apart
def recurrent(site: Site) -> Raised:
    """A recurrent layer over sequences; a state that is given is read beside them."""
    x, weights, states = site["input"], site["params"], site["hx"]
    if not isinstance(x, Heard) or len(x.shape) != 3 or not isinstance(weights, list):
        raise CannotSay
    cls, gates = GATES[site.call.word]
    axis = 0 if site["batch_first"] else 1
    hidden = weights[0].shape[0] // gates
    values: dict[str, object] = {
        "hidden_size": hidden,
        "num_layers": site["num_layers"],
        "bias": site.flag("has_biases"),
        "bidirectional": site.flag("bidirectional"),
    }
    if site.call.word == "lstm" and weights[1].shape[1] != hidden:
        values["proj_size"] = weights[1].shape[1]
    given = states if isinstance(states, list) else [states]
    beside = [heard for heard in given if heard.kind > LITERAL]
    return Raised(create(cls, values), [(x, without(x.shape, axis))], weights, axis, beside=beside)
