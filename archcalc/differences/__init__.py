"""Networks side by side: what they have alike, and what not.

`alignment` pairs their layers, `pair` says what differs between two, `side_by_side` takes any
number of networks, `printed` is how they are shown, with the `pair_tables` of two, `data` what
programs get.
"""

from archcalc.differences.side_by_side import SideBySide, compare

__all__ = ["SideBySide", "compare"]
