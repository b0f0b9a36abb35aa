"""What memory a part of a network needs, as arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archcalc.analysis.backward import bytes_of_saved
from archcalc.analysis.memory import OPTIMIZERS, inference_bytes, training_bytes
from archcalc.arithmetic import Zero
from archcalc.errors import parameter
from archcalc.explanation.part_sums import terms_of_parts
from archcalc.explanation.working import Working
from archcalc.figures import count_of
from archcalc.parts.part import Network, Part
from archcalc.shape import Shape, axes_of
from archcalc.traced import Traced, summed


def _memory_peak(part: Part) -> Iterator[Working]:
    """The outputs alive at the layer of the part that needs the most of them at once."""
    net = part.network
    at = max((node.name for node in part.nodes), key=lambda name: (net.live_bytes[name], name))
    named, count = net.alive.largest(at), net.alive.count(at)
    outputs = [Traced(net.output_bytes[name], name, computed=True) for name in named]
    which = ""
    if others := count - len(named):
        rest = net.live_bytes[at] - sum(net.output_bytes[name] for name in named)
        outputs.append(Traced(rest, f"({count_of(others, 'other')})", computed=True))
        which = f"the {len(named)} largest of {count:,} "
    rule = f"{which}alive while {at} runs; the network's input counts until its last use"
    yield Working("memory_peak", summed(outputs), note=rule)


def _memory_inference(part: Part) -> Iterator[Working]:
    """What inference needs at the least."""
    number = inference_bytes(
        Traced(part.memory_parameters, "parameter bytes", computed=True),
        Traced(part.memory_buffers, "buffer bytes", computed=True, default=not part.memory_buffers),
        Traced(part.memory_peak, "peak bytes", computed=True),
    )
    yield Working("memory_inference", number)


def _memory_saved(part: Part) -> Iterator[Working]:
    """The tensors that the gradients of a layer need; of a group the sum of what its parts save."""
    trained = part.in_training
    if trained.memory_saved is None:
        yield Working.none("memory_saved", _why_training_is_unknown(trained.network))
    elif not trained.memory_saved:
        yield Working.of("memory_saved", Zero(_why_nothing_saved(trained)))
    elif trained.node is None:
        counting = [child for child in trained.children if child.memory_saved]
        terms = terms_of_parts(trained, counting, lambda child: child.memory_saved)
        yield Working("memory_saved", summed(list(terms)))
    else:
        yield Working("memory_saved", summed(list(_tensors_saved(trained))))


def _tensors_saved(part: Part) -> Iterator[Traced]:
    """The bytes of every tensor that counts at a layer, in numbers that show their working."""
    net, reading = part.network, part.traced
    declared = {saved.name: saved for saved in reading.op.saved(reading.y, *reading.xs)}
    for tensor in net.saved_tensors[part.path]:
        has_numbers = tensor.declared.source is not None or tensor.declared.elements
        if tensor.counts and has_numbers:
            shape = net.graph.shapes[tensor.storage]
            storage = Shape(*map(Traced, shape, axes_of(shape)))
            saved = declared[tensor.declared.name]
            if not isinstance(saved.elements, Traced):
                saved = saved._replace(elements=Traced(saved.elements))
            yield bytes_of_saved(saved, storage, reading.batch, reading.bytes_per_number)


def _why_training_is_unknown(net: Network) -> str:
    for node in net.nodes:
        if not node.op.has_known_gradient:
            return f"not known: what is kept of {node.name}, a {node.op.name}, and behind it"
    train = parameter("mode", "train")
    how = "" if net.mode == "train" else f" in eval mode; {train} follows it in training"
    return f"not known of {net.origin}{how}"


def _why_nothing_saved(part: Part) -> str:
    if part.node is None:
        return "none of its layers has any"
    tensors = part.network.saved_tensors[part.path]
    if tensors:
        there = " and ".join(f"its {t.declared.name}" for t in tensors)
        return f"{there} {'counts' if len(tensors) == 1 else 'count'} at {tensors[0].first}"
    declared = part.node.op.saved(part.node.shape, *part.node.input_shapes)
    return "no gradient flows through it" if declared else "its gradient needs no values"


def _memory_training(part: Part) -> Iterator[Working]:
    """What training needs at the least."""
    trained = part.in_training
    if trained.memory_training is None:
        yield Working.none("memory_training", _why_training_is_unknown(trained.network))
        return
    if not trained.memory_training:
        yield Working.of("memory_training", Zero("it has no parameters and saves nothing"))
        return
    _, states = OPTIMIZERS[trained.network.optimizer]
    number = training_bytes(
        Traced(trained.memory_parameters, "parameter bytes", computed=True),
        2 + len(states),
        Traced(trained.memory_buffers, "buffer bytes", computed=True, default=not part.buffers),
        Traced(trained.memory_saved, "saved bytes", computed=True),
    )
    copies = ["parameters", "gradients", *states]
    yield Working("memory_training", number, note=f"{', '.join(copies[:-1])} and {copies[-1]}")


MEMORY: dict[str, Callable[[Part], Iterator[Working]]] = {
    "memory_peak": _memory_peak,
    "memory_inference": _memory_inference,
    "memory_saved": _memory_saved,
    "memory_training": _memory_training,
}
"""How each quantity of memory that is no sum of layers is explained."""
