"""Where a closed form comes from: its parts by stage, or by the map that weights are used on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial, divided
from archcalc.shape import Shape


class Share(NamedTuple):
    """One addend of a closed form: that of a stage, or of all layers with equal maps."""

    name: str
    """The stage's; of a map an empty one."""
    form: Polynomial
    """The addend, or what it is at each position of a map."""
    positions: Polynomial | None = None
    """How many positions the map has, where it is by map."""
    sizes: tuple[Polynomial, ...] = ()
    """The sizes of the map, whose product these are."""

    @property
    def total(self) -> Polynomial:
        """The addend."""
        return self.form if self.positions is None else self.form * self.positions

    def changed(self, change: Callable[[Polynomial], Polynomial]) -> Share:
        """The share with all its forms changed."""
        positions = None if self.positions is None else change(self.positions)
        return Share(self.name, change(self.form), positions, tuple(map(change, self.sizes)))


def form_of(value: Any) -> Polynomial:
    """The closed form of a number, open or not."""
    return value.form if isinstance(value, Open) else Polynomial.constant(value)


def by_stage(part: Any, quantity: str) -> list[Share]:
    """A quantity of each group or layer directly inside a part, in order, without those of 0."""
    shares = [
        Share(name, form_of(getattr(child, quantity))) for name, child in part.by_word.items()
    ]
    return [share for share in shares if share.form.terms]


def by_map(part: Any) -> list[Share]:
    """MACs by the sizes of the map at whose positions they are made; the weights used at each.

    The last share, without a map, is what does not grow with the positions of one.
    """
    weights: dict[tuple[Polynomial, ...], Polynomial] = {}
    for reading, copies in part.readings.items():
        macs = form_of(copies * reading.macs)
        if macs.terms:
            sizes, form = _at_each_position(macs, (reading.y, *reading.xs))
            weights[sizes] = weights.get(sizes, Polynomial({})) + form
    rest = weights.pop((), Polynomial({}))
    shares = [Share("", form, _product(sizes), sizes) for sizes, form in weights.items()]
    return [*shares, Share("", rest)] if rest.terms else shares


def _at_each_position(
    macs: Polynomial, shapes: tuple[Shape, ...]
) -> tuple[tuple[Polynomial, ...], Polynomial]:
    """The sizes of the first tensor whose positions divide some MACs, and what is left of these."""
    for shape in shapes:
        sizes = tuple(map(form_of, shape.positions))
        positions = _product(sizes)
        if not positions.is_constant:
            form, rest = divided(macs, positions)
            if not rest.terms:
                return sizes, form
    return (), macs


def _product(sizes: tuple[Polynomial, ...]) -> Polynomial:
    product = Polynomial.constant(1)
    for size in sizes:
        product = product * size
    return product
