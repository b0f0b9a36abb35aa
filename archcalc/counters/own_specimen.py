"""A module of a user's own as tools are run on it: built anew by its spelling, in their process."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from archcalc.errors import ArchcalcError
from archcalc.names.variants import read_variant
from archcalc.network import OPTIONS, Network
from archcalc.parts.conditions import Mode


class OwnSpecimen(NamedTuple):
    """A module of a user's own by its spelling, and what it is given."""

    spelled: str
    """Such as `my_net.py:Net[width=64]`."""
    inputs: Sequence[Any]
    """What its forward takes, by position; tensors of which the numbers do not matter have none."""
    mode: Mode = "eval"


def own_specimen(net: Network) -> OwnSpecimen:
    """What tools are run on for a network that was imported from a torch module.

    Raises:
        ArchcalcError: it was imported from an object, which has no spelling, or no tool can give it
            its inputs.
    """
    assert net.heard is not None
    if not net.spelled:
        raise ArchcalcError("--run takes a module by its spelling, such as my_net.py:Net")
    from archcalc.importer.nested import sizes_alone

    module, inputs, named = net.heard
    taken = _by_position(module, inputs, named)
    given = taken if net.is_of_values else sizes_alone(taken)
    return OwnSpecimen(read_variant(net.spelled).without(*OPTIONS), tuple(given), net.mode)


def _by_position(module: Any, inputs: Sequence[Any], named: Mapping[str, Any]) -> Sequence[Any]:
    """Inputs as tools take them, which have no names for them."""
    if not named:
        return inputs
    bound = inspect.signature(module.forward).bind(*inputs, **named)
    bound.apply_defaults()
    if bound.kwargs:
        names = ", ".join(bound.kwargs)
        raise ArchcalcError(f"--run cannot give {names}: tools give inputs by their positions")
    return bound.args


def own_in_use(specimen: OwnSpecimen, *, is_meta: bool) -> tuple[Any, tuple[Any, ...]]:
    """The module with numbers, or without, and inputs for it; inputs that have none are zeros."""
    import torch

    from archcalc.importer.code_files import module_of
    from archcalc.importer.copying import meta_copy
    from archcalc.importer.nested import sizes_alone

    module = module_of(specimen.spelled)
    module.train(specimen.mode == "train")
    if is_meta:
        return meta_copy(module), sizes_alone(tuple(specimen.inputs))
    xs = tuple(
        torch.zeros(x.shape, dtype=x.dtype) if isinstance(x, torch.Tensor) and x.is_meta else x
        for x in specimen.inputs
    )
    return module, xs
