"""What a neural network costs, with the arithmetic shown and PyTorch to confirm it.

>>> import archcalc
>>> net = archcalc.load("resnet50", num_classes=10)
>>> net.parameters, net["layer1.0"].macs
(23528522, 231211008)

The way of the data through the package:

- `language/` reads a spec file and expands it to a `graph`; `expressions/` are the arithmetic in
  it, and `names/` what users call networks, what they set, and the catalog of built-in ones;
  `untrusted` opens a file.
- `ops/` has every layer type and every formula, which ints count with, `traced/` numbers explain
  and `closed/` forms solve.
- `analysis/` computes tables of a graph: counts, memory, receptive fields.
- `importer/` follows a torch module while it runs, and makes a `graph` of what it calls.
- `parts/` are a network, its groups and layers; `quantities/` declares all that is computed of
  them; `network` loads one, and `selection/` those that names and patterns mean.
- `twin/` builds a network in PyTorch, `verification/` asks it and compares.
- `counters/` derives what other tools say of a network, by rules that are data.
- `tables/` list quantities, `explanation/` shows how they come about, `formulas/` solves them for
  arguments, `sweeps/` evaluates spaces of these, `differences/` sets two networks side by side.
- `results` shows in Python what commands print, which `upward` leads to; `pictures/` draws what
  networks cost, as SVG.
- `claims/` judges what documents and papers state.
- `page/` writes one HTML page that counts in a browser, by formulas that the ops write.
- `report/` writes pages, `cli/` runs commands; `figures` and `field_figures` word a
  number, `stated_figure` reads one, `formats/` print.
"""

from __future__ import annotations

import importlib

from archcalc.upward import SHOWN_BY

TYPE_CHECKING = False  # as type checkers read it; `typing` is not loaded for `archcalc --help`
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from archcalc.counters import reconcile
    from archcalc.differences import compare
    from archcalc.errors import ArchcalcError, SpecError
    from archcalc.explanation import explain
    from archcalc.formulas import formula
    from archcalc.importer.from_torch import from_torch
    from archcalc.importer.spec_writing import spec_text
    from archcalc.network import Network, load, models
    from archcalc.pictures import plot
    from archcalc.pictures.diagram import diagram
    from archcalc.sweeps import solve, sweep
    from archcalc.tables.table import table
    from archcalc.twin.building import build
    from archcalc.verification import verify

__version__ = "0.1.0"

# Each is imported when it is first used, so that `import archcalc` costs next to nothing.
_HOME = {
    "ArchcalcError": "errors",
    "Network": "network",
    "SpecError": "errors",
    "build": "twin.building",
    "compare": "differences",
    "diagram": "pictures.diagram",
    "explain": "explanation",
    "formula": "formulas",
    "from_torch": "importer.from_torch",
    "load": "network",
    "models": "network",
    "plot": "pictures",
    "reconcile": "counters",
    "solve": "sweeps",
    "spec_text": "importer.spec_writing",
    "sweep": "sweeps",
    "table": "tables.table",
    "verify": "verification",
}

__all__ = [
    "ArchcalcError",
    "Network",
    "SpecError",
    "build",
    "compare",
    "diagram",
    "explain",
    "formula",
    "from_torch",
    "load",
    "models",
    "plot",
    "reconcile",
    "solve",
    "spec_text",
    "sweep",
    "table",
    "verify",
]


def _imported(home: str, name: str) -> Any:
    return getattr(importlib.import_module(f"archcalc.{home}"), name)


def _imported_when_called(home: str, name: str) -> Callable[..., Any]:
    return lambda *arguments: _imported(home, name)(*arguments)


SHOWN_BY["render"] = _imported_when_called("results", "rendered")
SHOWN_BY["dataframe"] = _imported_when_called("results", "dataframe_of")
SHOWN_BY["layers_dataframe"] = _imported_when_called("tables.layer_table", "layers_dataframe")
SHOWN_BY["plot"] = _imported_when_called("pictures", "plot")
SHOWN_BY["notebook_page"] = _imported_when_called("pictures.notebook_page", "notebook_page")


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'archcalc' has no attribute {name!r}")
    globals()[name] = value = _imported(_HOME[name], name)
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
