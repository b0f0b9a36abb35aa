"""How reading and counting grow with the number of layers of a chain."""

from __future__ import annotations

from measure import in_turn, seconds

from archcalc.count import readings
from archcalc.language import listing
from archcalc.language.expand import expand
from archcalc.language.read import from_json


def chain(layers: int) -> None:
    """Read, expand and count a chain of so many convolutions."""
    tree = {
        "title": "chain", "year": 2024, "source": "bench", "input": [4, 8, 8],
        "layers": [
            {"name": "conv", "op": "conv2d", "repeat": layers, "out_channels": 4,
             "kernel_size": 3, "padding": 1}
        ],
    }  # fmt: skip
    spec = from_json(tree, "chain.json", "chain")
    graph = expand(spec, spec.presets["chain"])
    assert sum(reading.parameters for reading in readings(graph).values()) == layers * 148


if __name__ == "__main__":
    # The bound protects from untrusted files; here we want to see past it.
    listing.MOST_ITEMS = 10**7
    for exponent in range(3, 7):
        time = seconds(lambda n=10**exponent: chain(n))
        print(f"10^{exponent} layers  {time:7.3f} s  {time / 10**exponent * 1e6:5.1f} us a layer")
    _, _, ratio = in_turn(lambda: chain(100_000), lambda: chain(200_000), pairs=5)
    print(f"200,000 layers cost {ratio:.2f}x what 100,000 cost (median of 5 pairs)")
