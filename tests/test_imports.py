"""What a command loads, and which way imports point."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import archcalc

PACKAGE = Path(archcalc.__file__).parent
HEAVY = {"cairosvg", "torch", "fvcore", "sympy", "numpy", "pandas"}

LIGHT_COMMANDS = [
    ["list"],
    ["table", "--models", "all"],
    ["table", "--models", "lenet5", "--format", "json"],
    ["layers", "resnet50"],
    ["explain", "googlenet", "--layer", "inception4a"],
    ["compare", "resnet50", "resnet101"],
    ["formula", "resnet50"],
    ["reconcile", "resnet50", "--tools", "all"],
    ["sweep", "--help"],
    ["solve", "--help"],
    ["explain", "lenet5", "--format", "json"],
    ["claims", "--source", "documents"],
    ["validate", str(PACKAGE.parent / "specs" / "networks" / "lenet5.json")],
    ["ops", "conv2d"],
    ["schema"],
    ["plot", "cost", "resnet50"],
    ["diagram", "resnet50"],
]

PROBE = """
import sys
from archcalc.cli import main
status = main(sys.argv[1:])
assert status == 0, status
"""
REPORT = """
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print("\\nLOADED", *loaded)
"""


def loaded_by(arguments: list[str], probe: str = PROBE + REPORT) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", probe, *arguments], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.rpartition("LOADED")[2].split())


@pytest.mark.parametrize("arguments", LIGHT_COMMANDS, ids=" ".join)
def test_a_command_that_only_counts_loads_nothing_heavy(arguments: list[str]) -> None:
    loaded = loaded_by(arguments)
    assert "archcalc" in loaded
    assert not loaded & HEAVY


def test_a_sweep_loads_numpy_alone() -> None:
    assert loaded_by(["sweep", "lenet5", "--input", "32:40"]) & HEAVY == {"numpy"}


@pytest.mark.parametrize(
    ("format", "loads"),
    [
        ("text", False),
        ("csv", False),
        ("json", False),
        ("latex", False),
        ("markdown", True),
        ("html", True),
    ],
)
def test_tabulate_is_loaded_for_the_tables_that_it_writes(format: str, loads: bool) -> None:
    assert ("tabulate" in loaded_by(["layers", "lenet5", "--format", format])) is loads


def test_the_help_loads_no_tabulate() -> None:
    assert "tabulate" not in loaded_by(["table", "--help"])


def test_the_probe_sees_a_heavy_import() -> None:
    assert "sympy" in loaded_by(["list"], "import sympy\n" + PROBE + REPORT)


@pytest.mark.parametrize(
    "statement",
    [
        "from archcalc import *",
        "help('archcalc')",
        "import archcalc; archcalc.load('lenet5')._repr_html_()",
    ],
)
def test_what_a_notebook_asks_loads_nothing_heavy(statement: str) -> None:
    assert not loaded_by([], f"import sys\n{statement}\n" + REPORT) & HEAVY


ORDER = [
    {"suggestions"},
    {"errors", "arithmetic", "shape", "device", "frozen", "kernels"},
    {"extras", "formats", "functions"},
    {"expression", "traced", "closed", "axis", "notebook"},
    {"arguments", "spelling", "variants"},
    {"ops"},
    {"graph", "advance"},
    {"language"},
    {"backward", "count", "memory", "receptive_field", "stochastic_depth"},
    {"catalog"},
    {"parts", "choosing"},
    {"figures"},
    {"quantity"},
    {"quantities"},
    {"importer"},
    {"network"},
    {"about", "counters"},
    {"folding", "table", "layers", "effort", "explanation", "twin", "formulas"},
    {"differences", "sweeps"},
    {"building", "installed", "witness"},
    {"counterparts", "exporting", "verification", "claims"},
    {"agreement", "pictures"},
    {"page"},
    {"report"},
    {"cli"},
    {"__init__", "__main__"},
]
"""The way the data flows: a module imports from its own row and the rows above it, never below."""

RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}


def parts() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", parts(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    here = part_of(path)
    assert here in RANK, f"{here} has no place in the flow: add it to ORDER"
    for module in imported(path):
        if module.startswith("archcalc."):
            there = module.split(".")[1]
            assert RANK[there] <= RANK[here], f"{here} imports {there}, which comes after it"


def imported(path: Path) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "archcalc":
                modules |= {f"archcalc.{alias.name}" for alias in node.names}
            modules.add(node.module)
    return modules - {"archcalc"}


PACKAGES = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_of_a_package_imports_itself_by_way_of_others(package: str) -> None:
    modules = {module_name(path): path for path in (PACKAGE / package).rglob("*.py")}
    TopologicalSorter(
        {
            name: {module for module in imported_modules(path) if module in modules} - {name}
            for name, path in modules.items()
        }
    ).prepare()  # a CycleError names the circle


def floor(module: str) -> int:
    """Where a module of explanation stands: numbers, then pages, then formats."""
    return next((n for name, n in FLOORS.items() if f"{module}.".startswith(name)), 0)


FLOORS = {"archcalc.explanation.formats.": 2, "archcalc.explanation.pages.": 1}


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "explanation").rglob("[!_]*.py")), ids=lambda path: path.stem
)
def test_the_floors_of_explanation_stand_on_each_other(path: Path) -> None:
    here = module_name(path)
    for module in imported_modules(path):
        assert floor(module) <= floor(here), f"{here} stands under {module}"


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imported_modules(path: Path) -> set[str]:
    """The modules that a module imports; of a name from a package, the module of that name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                names.add(name if name in MODULES else str(node.module))
    return names


MODULES = {module_name(path) for path in parts()}
