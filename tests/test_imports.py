"""What a command loads, and which way imports point."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import archcalc

PACKAGE = Path(archcalc.__file__).parent
HEAVY = {"cairosvg", "torch", "fvcore", "numpy", "pandas"}

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


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]], ids=" ".join)
def test_the_start_page_loads_neither_click_nor_typing(arguments: list[str]) -> None:
    assert not loaded_by(arguments) & {"click", "typing", "re"}


def test_the_probe_sees_a_heavy_import() -> None:
    assert "numpy" in loaded_by(["list"], "import numpy\n" + PROBE + REPORT)


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
    {"arithmetic", "frozen", "suggestions", "upward"},
    {"closed", "errors", "shape"},
    {"expressions", "extras", "untrusted"},
    {"formats"},
    {"traced"},
    {"ops"},
    {"graph"},
    {"analysis", "language"},
    {"field_figures", "figures", "names", "stated_figure"},
    {"parts"},
    {"quantities"},
    {"importer"},
    {"network"},
    {"selection"},
    {"formulas", "twin"},
    {"counters", "differences"},
    {"claims", "explanation", "verification"},
    {"tables"},
    {"sweeps"},
    {"results"},
    {"pictures"},
    {"page"},
    {"report"},
    {"__init__"},
    {"cli"},
    {"__main__"},
]
"""The way the data flows: a module imports from its own row and the rows above it, never below."""

RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}

PATHS = sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return name.removesuffix(".__init__")


MODULES = {module_name(path): path.read_text(encoding="utf-8") for path in PATHS}

IMPORT_BY_NAME = {
    "archcalc.extras": "libraries",
    "archcalc.importer.code_files": "modules of the user's own",
    "archcalc.importer.onnx.operators": "the modules of its own folder",
    "archcalc.importer.rules": "the modules of its own folder",
    "archcalc.counters.installed": "libraries whose modules tools are run on",
    "archcalc.ops": "the modules of its own folder",
}
"""The modules that import what their code does not name, and what that is."""


def imports(code: str) -> set[str]:
    """The modules of the package that some code imports, by a statement or by `import_module`.

    Of a name from a package it is the module of that name; of f"archcalc.cli.{name}" it is
    `archcalc.cli`; of what the code does not name, "?".
    """
    names = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Import():
                names |= {alias.name for alias in node.names}
            case ast.ImportFrom():
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    names.add(name if name in MODULES else str(node.module))
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module" | "__import__")
            ):
                names.add(beginning(node.args[0]))
    return {name for name in names if name in MODULES or name == "?"}


def beginning(name: ast.expr) -> str:
    match name:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text.rpartition(".")[0]
    return "?"


def part_of(module: str) -> str:
    return module.partition(".")[2].partition(".")[0] or "__init__"


def points_up(here: str, code: str) -> list[str]:
    rank = RANK[part_of(here)]
    return [there for there in imports(code) - {"?"} if RANK[part_of(there)] > rank]


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    assert part_of(module) in RANK, f"{module} has no place in the flow: add it to ORDER"
    assert not points_up(module, MODULES[module])


@pytest.mark.parametrize(
    "statement",
    [
        "import archcalc",
        "import archcalc.pictures",
        "from archcalc import load",
        "from archcalc import pictures",
        "from archcalc.pictures import plot",
        "importlib.import_module('archcalc.pictures.notebook_page')",
        "__import__(f'archcalc.pictures.{kind}')",
    ],
)
def test_an_import_in_a_function_that_points_up_is_seen(statement: str) -> None:
    assert points_up("archcalc.parts.part", f"def plot(kind):\n    {statement}\n")


def test_the_flow_names_what_there_is() -> None:
    assert set(RANK) == {part_of(module) for module in MODULES}


def test_which_modules_import_what_they_do_not_name() -> None:
    assert {name for name, code in MODULES.items() if "?" in imports(code)} == set(IMPORT_BY_NAME)


def test_no_module_imports_itself_by_way_of_others() -> None:
    TopologicalSorter(
        {name: imports(code) - {name} for name, code in MODULES.items()}
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
    for module in imports(MODULES[here]):
        assert floor(module) <= floor(here), f"{here} stands under {module}"


BENCHMARKS = sorted((Path(__file__).parent.parent / "bench").glob("*.py"))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_what_benchmarks_import_is_there(path: Path) -> None:
    """Most of them take minutes and are run by nobody for months."""
    assert not missing_names(path.read_text(encoding="utf-8"))


def missing_names(code: str) -> list[str]:
    """What a text imports of archcalc's modules that they neither define nor import."""
    return [
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("archcalc.")
        for alias in node.names
        if f"{node.module}.{alias.name}" not in MODULES
        and not re.search(rf"\b{alias.name}\b", MODULES.get(str(node.module), ""))
    ]


def test_a_name_that_is_gone_would_be_missed() -> None:
    code = "from archcalc.network import load, gone\nfrom archcalc import figures\n"
    assert missing_names(code) == ["archcalc.network.gone"]
