"""A counter's number as a quantity, so that it is explained as any other: layer by layer."""

from __future__ import annotations

from functools import reduce
from operator import add

from archcalc.analysis.count import Reading
from archcalc.arithmetic import Number, Zero, plain
from archcalc.counters.derivation import Sight
from archcalc.counters.rules import Counter
from archcalc.errors import ArchcalcError
from archcalc.quantities.quantity import LARGE_COUNTS, Sum


def quantity_of(counter: Counter) -> Sum:
    """What a counter adds for each layer, as a quantity.

    Its value raises ArchcalcError for a layer of which that is not known.
    """

    def of_layer(layer: Reading) -> Number:
        if counter.network_inputs:
            raise ArchcalcError(f"{counter.name} is of a network's inputs, not of layers")
        said = Sight(layer).said_by(counter)
        if said.unknown:
            raise ArchcalcError(f"not known: {said.unknown}")
        numbers = [addend.number for addend in said.addends]
        numbers = [number for number in numbers if plain(number)]
        return reduce(add, numbers) if numbers else Zero(f"{counter.name} counts nothing of it")

    return Sum(counter.name, counter.name, LARGE_COUNTS, of_layer=of_layer, is_attribute=False)
