"""One word, one meaning: public names and modules that are defined once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import archcalc

PACKAGE = Path(archcalc.__file__).parent

ALLOWED = {
    # Every module of a command, or of a table, has its own under the one name.
    "command", "COLUMNS", "USUAL",
    # A type of claim is called as its JSON name has it; nothing imports these classes.
    "Branches", "Formula", "Value",
    # The same of two kinds of number, one that remembers its making and a closed form.
    "condition", "formula", "latex", "product",
    # What `typing` calls it, in modules that do not load it.
    "TYPE_CHECKING",
}  # fmt: skip

FLOORS = {
    # One subject on several floors: computed, declared as a quantity, explained as arithmetic, put
    # on a page, in a format.
    "design.py", "latex.py", "memory.py", "network.py", "receptive_field.py", "shape.py",
    "stochastic_depth.py", "table.py", "text.py",
    # What a command prints, beside what it computes.
    "printed.py",
}  # fmt: skip


def defined(path: Path) -> Iterator[str]:
    """The public names that a module defines at its top."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        else:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", 0)]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in dict.fromkeys(names) if not name.startswith("_"))


def repeated(places: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, place in places:
        found.setdefault(name, []).append(place)
    return {name: several for name, several in found.items() if len(several) > 1}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_no_two_modules_define_a_public_name() -> None:
    found = repeated(
        (name, str(path)) for path in modules() for name in dict.fromkeys(defined(path))
    )
    assert {name: places for name, places in found.items() if name not in ALLOWED} == {}
    assert set(found) >= ALLOWED, "what is defined once needs no argument"


def test_no_two_modules_have_a_name() -> None:
    found = repeated((path.name, str(path)) for path in modules() if not path.name.startswith("__"))
    assert {name: places for name, places in found.items() if name not in FLOORS} == {}
    assert set(found) >= FLOORS, "what is there once needs no argument"


def test_a_second_definition_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "new.py"
    file.write_text("load = 1\nclass Part: ...\n_private: int = 2\npublic: int = 3\n")
    assert list(defined(file)) == ["load", "Part", "public"]
    places = [*((name, "new.py") for name in defined(file)), ("Part", "parts.py")]
    assert repeated(iter(places)) == {"Part": ["new.py", "parts.py"]}


@pytest.mark.parametrize(
    "package",
    [
        "",
        "language",
        "verification",
        "analysis",
        "analysis/receptive_field",
        "names",
        "parts",
        "tables",
        "twin",
    ],
)
def test_the_map_of_a_package_names_all_of_it(package: str) -> None:
    """Of the whole package its folders, of others their modules."""
    folder = PACKAGE / package
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    inside = [path for path in folder.iterdir() if (path / "__init__.py").exists() or package]
    names = {path.stem for path in inside if not path.name.startswith("__")}
    assert names
    assert {name for name in names if f"`{name}" not in text} == set()
