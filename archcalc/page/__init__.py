"""One page for a browser, which counts networks and shows why by the ops' own formulas."""

from __future__ import annotations

from archcalc.page.write import page

__all__ = ["page"]
