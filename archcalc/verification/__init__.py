"""Whether archcalc and PyTorch agree on a network, node by node and with no tolerance.

`witness` says what PyTorch and fvcore count of a twin, over the `kernels` that each needs;
`disagreements` what they should have said, and where they differ; `verifying` hears them all, if
the `effort` allows it; `agreement` is what people and programs get of several networks, and
`disagreement_table` where one does not agree.
`own_module` hears a user's own module, from which a network was imported; `counterparts` compares a
network with another that should be the same.
"""

from archcalc.verification.disagreements import Disagreement
from archcalc.verification.verifying import TIME_LIMIT, Refused, Verification, verify

__all__ = ["TIME_LIMIT", "Disagreement", "Refused", "Verification", "verify"]
