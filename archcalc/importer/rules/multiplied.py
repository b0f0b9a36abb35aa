"""Rules of products of two tensors: matrix products, einsum, attention."""

from __future__ import annotations

from archcalc.importer.heard import DATA, Heard
from archcalc.importer.rules.table import rule
from archcalc.importer.rules.weighted import at_each_position, is_stored
from archcalc.importer.sites import CannotSay, Raised, Site, without
from archcalc.ops.attention import Attention
from archcalc.ops.products import Einsum, MatMul
from archcalc.ops.registry import create
from archcalc.shape import Shape


@rule("matmul", "mm", "bmm")
def matmul(site: Site) -> Raised:
    """A product of two tensors; of data with a stored matrix a linear layer."""
    reads = site.call.reads
    if len(reads) != 2:
        raise CannotSay
    a, b = reads
    if is_stored(b) and a.kind == DATA and len(b.shape) == 2:
        return at_each_position(a, b.shape[1], [b])
    if min(len(a.shape), len(b.shape)) < 2:
        raise CannotSay
    rank = len(site.made.shape)
    axis = _shared_axis(a, b, rank)
    xs = [_operand(heard, site.made, axis) for heard in (a, b)]
    return Raised(create(MatMul, {}), [(a, xs[0]), (b, xs[1])], axis=axis)


def _shared_axis(a: Heard, b: Heard, rank: int) -> int | None:
    """The axis of samples in front of the matrices of both, if it is one."""
    axes = {
        None if heard.axis is None else heard.axis + rank - len(heard.shape)
        for heard in (a, b)
        if heard.kind == DATA
    }
    (axis,) = axes if len(axes) == 1 else (None,)
    if axis is None or axis >= rank - 2:
        return None
    full = all(len(heard.shape) == rank or heard.kind < DATA for heard in (a, b))
    return axis if full else None


def _operand(heard: Heard, made: Heard, axis: int | None) -> Shape:
    """A factor with the sizes in front that the product has, through which it is repeated."""
    return without((*made.shape[:-2], *heard.shape[-2:]), axis)


@rule("mv")
def matrix_by_vector(site: Site) -> Raised:
    """A product of a matrix with a vector."""
    return by_equation(site, "ij,j->i")


@rule("einsum")
def einsum(site: Site) -> Raised:
    """A product of two tensors by an equation, where all that is summed is in both."""
    return by_equation(site, str(site["equation"]).replace(" ", ""))


def by_equation(site: Site, equation: str) -> Raised:
    """A product of two tensors as an einsum.

    Raises:
        CannotSay: it is one of another number of tensors, has no letter for some axes, or sums one
            number alone, of which torch makes no matrix product.
    """
    reads = site.call.reads
    if len(reads) != 2 or "..." in equation or "->" not in equation:
        raise CannotSay
    inputs, _, output = equation.partition("->")
    first, _, second = inputs.partition(",")
    letters = {
        axes[heard.axis]
        for axes, heard in zip((first, second), reads, strict=True)
        if heard.kind == DATA and heard.axis is not None
    }
    samples = letters.pop() if len(letters) == 1 else ""
    has_axis = samples and samples in first and samples in second and samples in output
    axes = [a.replace(samples, "") if has_axis else a for a in (first, second, output)]
    if not all(axes):
        axes, has_axis = [first, second, output], False
    sizes = dict(zip(first + second, [*reads[0].shape, *reads[1].shape], strict=True))
    summed = {c: size for c, size in sizes.items() if c not in output}
    if summed and max(summed.values()) == 1:
        raise CannotSay
    shapes = [Shape(*(sizes[c] for c in a)) for a in axes[:2]]
    op = create(Einsum, {"equation": f"{axes[0]},{axes[1]}->{axes[2]}"})
    axis = output.index(samples) if has_axis else None
    return Raised(op, list(zip(reads, shapes, strict=True)), axis=axis)


@rule("scaled_dot_product_attention")
def attention(site: Site) -> Raised:
    """Scaled dot-product attention; its heads are windows in front."""
    q, k, v, mask = (site[name] for name in ("query", "key", "value", "attn_mask"))
    rank = len(q.shape)
    axis = 0 if rank > 3 and q.axis == k.axis == v.axis == 0 else None
    front = q.shape[:-2]  # keys and values may be there for several heads, or for all
    xs = [(heard, without((*front, *heard.shape[-2:]), axis)) for heard in (q, k, v)]
    if mask is not None:
        full = (*q.shape[:-2], q.shape[-2], k.shape[-2])
        xs.append((mask, without(full, axis)))
    is_causal = int(bool(site["is_causal"]))
    values: dict[str, object] = {"num_heads": 1, "causal": is_causal}
    if v.shape[-1] != k.shape[-1]:
        values["value_dim"] = v.shape[-1]
    op = create(Attention, values)
    return Raised(op, xs, axis=axis)
