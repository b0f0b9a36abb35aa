"""What training keeps for the backward pass: by hand, and to the byte against torch's autograd.

`verify` compares it on every network and on random ones; here are the ops, one by one.
"""

from __future__ import annotations

import weakref
from itertools import product
from typing import Any

import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks

from archcalc.analysis.backward import saved_bytes, saved_tensors
from archcalc.analysis.memory import storages
from archcalc.graph import INPUT, Graph, Node
from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.network import load
from archcalc.ops.op import Example, Op
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape
from archcalc.twin.module import on_meta
from archcalc.verification import witness
from archcalc.verification.kernels import KernelsOfGpus
from tests.op_cases import EXAMPLES, Case, case_of

torch.set_num_threads(1)

BATCH = 3


# --- every op, on its examples --------------------------------------------------------------------


def in_a_graph(op: Op, inputs: list[Shape], output: Shape, flows: tuple[bool, ...]) -> Graph:
    """The op over inputs of which some have parameters before them, so that gradients flow there.

    What is before it keeps the network's input or nothing, and none of the tensors in question.
    """
    sources = tuple(
        Node(f"x{i}", create(OPS["prelu" if flow else "scale"], {} if flow else {"factor": 2}),
             (INPUT,), (shape,), shape, "")
        for i, (shape, flow) in enumerate(zip(inputs, flows, strict=True))
    )  # fmt: skip
    names = tuple(node.name for node in sources)
    node = Node("op", op, names, tuple(inputs), output, "")
    return Graph(inputs[0], (*sources, node), ("op",))


class Held:
    def __init__(self, tensor: Any):
        self.tensor = tensor


def kept_by_torch(module: Any, inputs: list[Any]) -> int:
    """The bytes of all memory that autograd holds for one module, without its parameters."""
    packed: list[weakref.ref[Held]] = []

    def pack(tensor: Any) -> Held:
        held = Held(tensor)
        packed.append(weakref.ref(held))
        return held

    with saved_tensors_hooks(pack, lambda held: held.tensor):
        output = module(*inputs)
    apart = {t.untyped_storage()._cdata for t in (*module.parameters(), *module.buffers())}
    held = [reference() for reference in packed]
    held_in = {h.tensor.untyped_storage()._cdata: h.tensor.untyped_storage() for h in held if h}
    del output
    return sum(s.nbytes() for address, s in held_in.items() if address not in apart)


def on_the_meta_device(case: Case) -> tuple[Any, list[Any]]:
    """The op's module in training, and inputs; those of a linear layer find its size first."""
    with torch.device("meta"):
        module = case.op.module(torch, *case.op.in_channels(*case.inputs))
        inputs = [torch.empty(BATCH, *shape.sizes) for shape in case.inputs]
        with torch.no_grad():
            module.eval()(*case.op.prepared(*inputs))
    return module.train(), inputs


# Fields that change what is kept, beyond those that the ops' examples have.
MORE = [
    ("dropout", {"p": 0}, [(7,)]),
    ("dropout", {"p": 1}, [(7,)]),
    ("tanh", {"slope": 2}, [(4, 2, 2)]),
    ("conv2d", {"out_channels": 2, "kernel_size": 3, "padding_mode": "reflect"}, [(1, 4, 5)]),
    ("conv2d", {"out_channels": 2, "kernel_size": 3, "padding": [0, 1], "padding_mode": "reflect"},
     [(3, 4, 5)]),
    ("add", {}, [(4,)]),
    ("channel_shuffle", {"groups": 1}, [(4, 2, 2)]),
    ("channel_shuffle", {"groups": 4}, [(4, 2, 2)]),
    ("pixel_shuffle", {"upscale_factor": 1}, [(4, 2, 2)]),
    ("pixel_unshuffle", {"downscale_factor": 1}, [(4, 2, 2)]),
    ("adaptive_avg_pool2d", {"output_size": 1}, [(4, 2, 2)]),
    ("adaptive_max_pool2d", {"output_size": 1}, [(4, 2, 2)]),
    ("einsum", {"equation": "hqd,khd->hqk"}, [(2, 7, 4), (5, 2, 4)]),
    ("einsum", {"equation": "qhd,khd->hqk"}, [(7, 2, 4), (5, 2, 4)]),
    ("einsum", {"equation": "chw,dwh->cd"}, [(3, 5, 4), (2, 4, 5)]),
    ("einsum", {"equation": "abc,bd->acd"}, [(3, 5, 4), (5, 2)]),
    ("einsum", {"equation": "abc,bd->adc"}, [(3, 1, 4), (1, 2)]),
    ("einsum", {"equation": "qhd,kh->qkd"}, [(7, 2, 1), (5, 2)]),
    ("einsum", {"equation": "ij,j->i"}, [(7, 2), (2,)]),
    ("attention", {"num_heads": 2}, [(3, 4), (5, 4), (5, 4), (2, 3, 5)]),
    ("attention", {"num_heads": 4, "causal": True}, [(3, 8), (3, 2), (3, 2)]),
    ("attention", {"num_heads": 2, "causal": True, "value_dim": 3},
     [(2, 33, 4), (2, 33, 4), (2, 33, 6)]),
    ("attention", {"num_heads": 2, "value_dim": 3}, [(3, 4), (5, 4), (5, 6), (3, 5)]),
    ("matmul", {}, [(2, 3, 4, 5), (2, 3, 5, 6)]),
    ("reduce", {"axes": [0, 1], "mode": "sum"}, [(4, 2, 2)]),
    ("roll", {"shifts": 0, "axes": 0}, [(4, 2)]),
    ("permute", {"order": [0, 1]}, [(4, 2)]),
    ("slice", {"stop": 4}, [(4, 2, 2)]),
    ("subtract", {}, [(4, 2, 2), (4, 1, 1)]),
    ("divide", {}, [(4, 1, 1), (4, 2, 2)]),
    ("multiply", {}, [(4, 1, 1), (4, 2, 2), (4,), (1, 2, 2)]),
    ("concat", {"axis": -1}, [(4, 2, 2), (4, 2, 3)]),
    ("multiply", {}, [(4, 3, 3)]),
    ("multiply", {}, [(4, 3, 3), (4, 1, 1), (4, 3, 3)]),
    ("mean", {}, [(4,)]),
    ("concat", {}, [(4,)]),
    ("batch_norm", {"affine": False}, [(4,)]),
]  # fmt: skip


def case_with(name: str, fields: Any, inputs: list[tuple[int, ...]]) -> Case:
    op = create(
        OPS[name], {key: tuple(v) if isinstance(v, list) else v for key, v in fields.items()}
    )
    shapes = [Shape(*sizes) for sizes in inputs]
    output = tuple(op.output(*shapes).sizes)
    return Case(op, Example(fields, tuple(inputs), output, 0, 0), shapes)


CASES = [case_of(*example) for example in EXAMPLES] + [case_with(*more) for more in MORE]


def label(case: Case) -> str:
    return f"{case.op.name}-{dict(case.example.fields)}-{len(case.inputs)}"


@pytest.mark.parametrize("case", CASES, ids=label)
def test_every_op_keeps_what_torch_keeps_of_it(case: Case) -> None:
    module, inputs = on_the_meta_device(case)
    for flows in product((False, True), repeat=len(inputs)):
        leaves = [x.clone().requires_grad_(flow) for x, flow in zip(inputs, flows, strict=True)]
        graph = in_a_graph(case.op, case.inputs, case.output, flows)
        with KernelsOfGpus():
            kept = kept_by_torch(module, [*case.op.prepared(*leaves)])
        assert saved_bytes(graph, storages(graph), BATCH, 4)["op"] == kept, flows


@pytest.mark.parametrize("case", CASES, ids=label)
def test_an_output_is_a_view_where_the_op_says_so(case: Case) -> None:
    module, inputs = on_the_meta_device(case)
    output = module(*case.op.prepared(*inputs))
    is_view = output.untyped_storage()._cdata == inputs[0].untyped_storage()._cdata
    assert case.op.is_view(*case.inputs) == is_view


# --- graphs, by hand ------------------------------------------------------------------------------


def graph_of(layers: list[dict[str, Any]], input: list[int]) -> Graph:
    tree = {"title": "t", "year": 2000, "source": "s", "input": input, "layers": layers}
    spec = from_json(tree, "t.json", "t")
    return expand(spec, spec.presets["t"])


CONV = {"op": "conv2d", "out_channels": 4, "kernel_size": 1}


def test_a_small_network_worked_out_by_hand() -> None:
    layers: list[dict[str, Any]] = [
        {"name": "conv", **CONV},
        {"name": "bn", "op": "batch_norm"},
        {"name": "relu", "op": "relu"},
        {"name": "pool", "op": "max_pool2d", "kernel_size": 2},
        {"name": "drop", "op": "dropout"},
        {"name": "fc", "op": "linear", "out_features": 5},
        {"name": "prob", "op": "softmax"},
    ]
    graph = graph_of(layers, [3, 6, 6])
    # Batch 2, numbers of 4 bytes; the maps are 3·36, then 4·36 and 4·9 numbers a sample.
    assert saved_bytes(graph, storages(graph), 2, 4) == {
        "conv": 4 * 2 * 3 * 36,  # its input
        "bn": 4 * 2 * 4 * 36 + 4 * 2 * 4,  # its input; mean and 1/deviation of 4 channels
        "relu": 4 * 2 * 4 * 36,  # its output
        "pool": 8 * 2 * 4 * 9,  # int64 indices; its input is relu's output, counted there
        "drop": 1 * 2 * 4 * 9,  # a mask of a byte a value
        "fc": 4 * 2 * 4 * 9,  # its input
        "prob": 4 * 2 * 5,  # its output
    }
    input_of_pool, _ = saved_tensors(graph, storages(graph))["pool"]
    assert (input_of_pool.storage, input_of_pool.first, input_of_pool.counts) == (
        "relu", "relu", False
    )  # fmt: skip


def test_nothing_is_kept_where_no_gradient_flows() -> None:
    """What is computed of the network's input without parameters has no gradient to compute."""
    before: list[dict[str, Any]] = [
        {"name": "norm", "op": "local_response_norm", "size": 3},
        {"name": "square", "op": "multiply", "inputs": ["norm", "norm"]},
    ]
    graph = graph_of([*before, {"name": "conv", **CONV}], [2, 3, 3])
    assert saved_bytes(graph, storages(graph), 1, 4) == {"norm": 0, "square": 0, "conv": 4 * 18}
    behind = graph_of([{"name": "conv", **CONV}, *before], [2, 3, 3])
    # The input, the squares of 4 channels between 2 of zeros, sums and powers; then one factor.
    kept = {"conv": 4 * 18, "norm": 4 * (36 + 6 * 9 + 36 + 36), "square": 4 * 36}
    assert saved_bytes(behind, storages(behind), 1, 4) == kept


def test_nothing_is_kept_before_a_lookup() -> None:
    """Whole numbers have no gradient; and torch, asked of it, does not hold what no one needs."""
    layers: list[dict[str, Any]] = [
        {"name": "fc", "op": "linear", "out_features": 3},
        {"name": "tanh", "op": "tanh"},
        {"name": "rows", "op": "embedding", "num_embeddings": 7, "embedding_dim": 4},
    ]
    graph = graph_of(layers, [5])
    assert saved_bytes(graph, storages(graph), 2, 4) == {"fc": 0, "tanh": 0, "rows": 8 * 2 * 3}
    twin, x = on_meta(graph), torch.empty(2, 5, device="meta")
    with torch.no_grad():
        twin(x)
    assert witness.autograd(twin, [x]).whole["memory_saved"] == 48


def test_a_view_is_kept_once_and_a_slice_has_memory_of_its_own() -> None:
    layers: list[dict[str, Any]] = [
        {"name": "conv", **CONV},
        {"name": "half", "op": "slice", "start": 1, "stop": 3},
        {"name": "flat", "op": "flatten"},
        {"name": "fc", "op": "linear", "out_features": 5},
        {"name": "again", "op": "linear", "out_features": 5, "inputs": ["half"]},
        {"op": "add", "inputs": ["fc", "again"]},
    ]
    graph = graph_of(layers, [3, 2, 2])
    kept = saved_bytes(graph, storages(graph), 1, 4)
    assert kept == {"conv": 48, "half": 0, "flat": 0, "fc": 4 * 8, "again": 0, "add": 0}


def test_windows_that_two_layers_read_as_a_row_are_kept_once() -> None:
    """Of one row, one column of windows: torch's meta device has them in another order than GPUs,
    and every row made of them is a copy there."""
    layers: list[dict[str, Any]] = [
        {"name": "windows", "op": "unfold", "kernel_size": [1, 3], "stride": [1, 3]},
        {"name": "flat", "op": "flatten"},
        {"name": "fc", "op": "linear", "out_features": 2},
        {"name": "again", "op": "flatten", "inputs": ["windows"]},
        {"name": "fc2", "op": "linear", "out_features": 2},
        {"op": "add", "inputs": ["fc", "fc2"]},
    ]
    graph = graph_of(layers, [1, 7, 5])
    kept = saved_bytes(graph, storages(graph), 2, 4)
    assert (kept["fc"], kept["fc2"]) == (4 * 2 * 3 * 7, 0)
    twin, x = on_meta(graph), torch.empty(2, 1, 7, 5, device="meta")
    assert witness.autograd(twin, [x]).whole["memory_saved"] == 4 * 2 * 3 * 7


def test_only_what_is_there_for_each_sample_grows_with_the_batch() -> None:
    graph = graph_of([{"name": "conv", **CONV}, {"name": "bn", "op": "batch_norm"}], [3, 6, 6])
    one, ten = (saved_bytes(graph, storages(graph), batch, 4) for batch in (1, 10))
    statistics = 4 * 2 * 4
    assert ten["conv"] == 10 * one["conv"]
    assert ten["bn"] - statistics == 10 * (one["bn"] - statistics)


# --- networks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["alexnet", "vgg11", "resnet18", "preact-resnet110-cifar"])
def test_relus_in_place_keep_the_same(model: str) -> None:
    """Why one figure holds for either spelling: a relu keeps its output, and torch allows it in
    place of an input only where nothing keeps that."""
    net = load(model, batch=2)
    twin = on_meta(net.graph)
    x = torch.empty(2, *net.input.sizes, device="meta")
    with torch.no_grad():
        twin(x)
    relus = [module for module in twin.modules() if isinstance(module, torch.nn.ReLU)]
    for relu in relus:
        relu.inplace = True
    assert relus
    whole = witness.autograd(twin, [x]).whole["memory_saved"]
    assert whole == sum(saved_bytes(net.graph, storages(net.graph), 2, 4).values())
