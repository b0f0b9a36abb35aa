"""What a network needs in memory, and what running it moves."""

from __future__ import annotations

from archcalc.analysis import memory
from archcalc.analysis.memory import OPTIMIZERS
from archcalc.arithmetic import Number, largest
from archcalc.errors import parameter
from archcalc.parts.part import Network, Part
from archcalc.quantities.counts import MACS
from archcalc.quantities.quantity import BYTES, ByRule, Ratio, Sum, where_learning_is_known

Sum(
    "memory_parameters",
    "param bytes",
    BYTES,
    note="param bytes: {bytes} a parameter.",
    is_had=where_learning_is_known,
    of_layer=lambda layer: layer.bytes_per_number * layer.parameters,
)

Sum(
    "memory_outputs",
    "output bytes",
    BYTES,
    note="output bytes: of all outputs that are no views, without the network's input.",
    of_layer=memory.bytes_of_output,
)


def _memory_peak(part: Part) -> Number:
    live, times = part.network.live_bytes, part.network.graph.times
    return largest(live[node.name] for node in part.nodes if times.get(node.name, 1) >= 1)


ByRule(
    "memory_peak",
    "peak bytes",
    BYTES,
    note="peak bytes: the most alive at once of the input and all outputs, in file order, each "
    "freed after its last use.",
    note_of_layers="peak bytes: the most alive at once of the input and all outputs, in file "
    "order, each freed after its last use; of several layers the largest, not the sum.",
    rule=_memory_peak,
)


Sum(
    "memory_buffers",
    "buffer bytes",
    BYTES,
    note="buffer bytes: {bytes} a number that is stored but not learned.",
    is_had=where_learning_is_known,
    of_layer=lambda layer: layer.bytes_per_number * layer.buffers,
)


def _memory_inference(part: Part) -> Number | None:
    if not part.network.is_learning_known:
        return None
    return memory.inference_bytes(part.memory_parameters, part.memory_buffers, part.memory_peak)


ByRule(
    "memory_inference",
    "infer bytes",
    BYTES,
    note="infer bytes: what inference needs: parameters, buffers and peak bytes.",
    tables=("table",),
    is_had=where_learning_is_known,
    rule=_memory_inference,
)


def _is_training_known(net: Network) -> bool:
    """Whether it is known what its training keeps: of an import, where it was heard in training."""
    is_heard = not net.origin or (net.mode == "train" and not net.graph.samples)
    return is_heard and net.graph.has_known_gradients


def _said_of_unknown_training(net: Network) -> list[str]:
    if _is_training_known(net):
        return []
    if net.origin and net.mode != "train":
        train = parameter("mode", "train")
        return [f"{net.name}: not known in eval mode; {train} follows it in training."]
    return [f"{net.name}: not known; archcalc explain --quantity memory_saved says why."]


def _memory_saved(part: Part) -> Number | None:
    if not _is_training_known(part.network):
        return None
    trained = part.in_training
    saved, times = trained.network.saved_bytes, trained.network.graph.times
    return sum(saved[node.name] * times.get(node.name, 1) for node in trained.nodes)


ByRule(
    "memory_saved",
    "saved bytes",
    BYTES,
    note="saved bytes: what training keeps of a forward pass for the backward pass, as torch's "
    "autograd does, each tensor at the first layer that needs it.",
    is_had=_is_training_known,
    remarks=_said_of_unknown_training,
    rule=_memory_saved,
)


def _memory_training(part: Part) -> Number | None:
    if not _is_training_known(part.network):
        return None
    trained = part.in_training
    copies = 2 + len(OPTIMIZERS[trained.network.optimizer][1])
    return memory.training_bytes(
        trained.memory_parameters, copies, trained.memory_buffers, trained.memory_saved
    )


ByRule(
    "memory_training",
    "train bytes",
    BYTES,
    note="train bytes: parameters, their gradients and what {optimizer} keeps of each, buffers and "
    "saved bytes; in train mode.",
    is_had=_is_training_known,
    remarks=_said_of_unknown_training,
    tables=("table",),
    rule=_memory_training,
)


MOVED_BYTES = Sum(
    "moved_bytes",
    "bytes moved",
    BYTES,
    note="bytes moved: parameters read, inputs and outputs, of every node.",
    of_layer=memory.moved_bytes,
)

Ratio(
    "arithmetic_intensity",
    "MACs/byte",
    note="MACs/byte: for each byte of parameters read, inputs and outputs.",
    over=MACS,
    under=MOVED_BYTES,
)
