"""CONTRIBUTING's recipes, carried out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
NO_CACHE = ("-p", "no:cacheprovider")
TEXT = (TESTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```\w*\n(.*?)```", TEXT, re.DOTALL)
    assert found, marker
    return found[1]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def copy_checkout(folder: Path) -> None:
    """A checkout that a test may change."""
    for name in ("archcalc", "specs", "tests", "docs"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(TESTS.parent / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(TESTS.parent / name, folder)


def files_with(folder: Path, pattern: str) -> list[str]:
    """The files of tests in which a pattern is found."""
    files = sorted((folder / "tests").glob("test_*.py"))
    return [str(file) for file in files if re.search(pattern, file.read_text())]


def op_tests(folder: Path) -> list[str]:
    """The files of tests that go through all ops, or through their examples."""
    found = files_with(folder, r"\bOPS[).]|from tests\.op_cases")
    assert {Path(file).name for file in found} >= {"test_ops.py", "test_op_formulas.py"}
    return found


def with_the_new_op(folder: Path) -> Path:
    """A copy of the checkout in which the recipe of an op is carried out."""
    copy_checkout(folder)
    file = folder / "archcalc" / "ops" / "squashing.py"
    file.write_text(file.read_text() + "\n\n" + block("op"))
    return file


def test_adding_an_op_is_one_class(tmp_path: Path) -> None:
    """Every test that goes through all ops passes with it."""
    with_the_new_op(tmp_path)
    shown = run(tmp_path, "archcalc", "ops", "tanhshrink")
    assert "What a hyperbolic tangent takes away" in shown.stdout
    tested = run(tmp_path, "pytest", "-x", "-m", "not slow", *NO_CACHE, *op_tests(tmp_path))
    assert tested.returncode == 0, tested.stdout[-2000:]


def test_the_recipe_is_formatted_linted_and_typed(tmp_path: Path) -> None:
    pytest.importorskip("ruff", reason="part of the extra dev")
    file = str(with_the_new_op(tmp_path))
    for check in (["ruff", "format", "--check", file], ["ruff", "check", file], ["mypy"]):
        checked = run(tmp_path, *check)
        assert checked.returncode == 0, checked.stdout[-2000:]


def test_a_wrong_count_of_a_new_op_is_found(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    file = tmp_path / "archcalc" / "ops" / "new.py"
    imports = (
        "from archcalc.ops.squashing import Activation, Example, Saved, Sequence, Shape, op\n"
        "from archcalc.ops.squashing import TorchCall, TorchModule, TorchPart\n\n\n"
    )
    for per_value, status in (('("tanh", "subtract")', 0), ('("tanh", "add")', 1)):
        file.write_text(imports + block("op").replace('("tanh", "subtract")', per_value))
        tested = run(tmp_path, "pytest", "tests/test_ops.py", "-k", "tanhshrink", *NO_CACHE)
        assert tested.returncode == status, tested.stdout[-2000:]


@pytest.mark.slow
def test_adding_a_quantity_is_one_declaration_and_its_value_by_hand(tmp_path: Path) -> None:
    """Every test that goes through all quantities passes with them, once they have their rows."""
    copy_checkout(tmp_path)
    declared = tmp_path / "archcalc" / "quantities" / "counts.py"
    text = declared.read_text().replace("ByRule,", "ByRule, Ratio,", 1)
    declared.write_text(text + "\n" + block("quantity"))
    tests = tmp_path / "tests" / "test_quantities.py"
    assert run(tmp_path, "pytest", str(tests), *NO_CACHE).returncode == 1
    rows = tests.read_text()
    last = rows.index('}\n"""Every quantity of it')
    tests.write_text(rows[:last] + block("quantity test") + rows[last:])
    schemas = "tests/test_output_schemas.py"
    assert run(tmp_path, "pytest", schemas, *NO_CACHE).returncode == 1
    run(tmp_path, "pytest", "--update-golden", schemas, *NO_CACHE)
    files = files_with(tmp_path, r"\bQUANTITIES[).]")
    assert {Path(file).name for file in files} >= {"test_quantities.py", "test_explain.py"}
    tested = run(tmp_path, "pytest", "-x", "-m", "not slow", *NO_CACHE, schemas, *files)
    assert tested.returncode == 0, tested.stdout[-2000:]
    printed = run(tmp_path, "archcalc", "layers", "lenet5", "--columns", "outputs")
    assert "outputs: numbers in the outputs of all nodes." in printed.stdout
    # A wrong formula is found.
    declared.write_text(declared.read_text().replace("layer.y.elements", "layer.y.channels"))
    assert run(tmp_path, "pytest", str(tests), *NO_CACHE).returncode == 1


def test_adding_a_network_is_one_file(tmp_path: Path) -> None:
    file = tmp_path / "tinynet.json"
    file.write_text(block("network"))
    assert run(TESTS.parent, "archcalc", "validate", str(file)).returncode == 0
    counted = run(TESTS.parent, "archcalc", "table", "--models", str(file), "--format", "json")
    (record,) = json.loads(counted.stdout)
    # By hand: (3·3·3 + 1)·8 + (8 + 1)·10 parameters; 32·32·8 outputs of 27, and 8·10.
    assert record["parameters"] == 224 + 90
    assert record["macs"] == 221_184 + 80
    verified = run(TESTS.parent, "archcalc", "verify", "--models", str(file))
    assert verified.returncode == 0, verified.stderr


def test_adding_a_counter_is_one_file(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    (tmp_path / "specs" / "counters" / "my-tool.json").write_text(block("counter"))
    (tmp_path / "tinynet.json").write_text(block("network"))
    printed = run(tmp_path, "archcalc", "reconcile", "tinynet.json", "--tools", "my tool")
    # By hand: 32·32·8 outputs of 3·3·3 products, a bias each, and 8·10 products.
    assert f"{2 * 221_184 + 8_192 + 2 * 80:,}" in printed.stdout
    files = ("tests/test_counter_rules.py", "tests/test_own_conventions.py")
    tests = (*files, "-k", "every_counter or accepts_every")
    assert run(tmp_path, "pytest", *tests, *NO_CACHE).returncode == 0


def test_adding_a_format_is_one_class_and_its_entry(tmp_path: Path) -> None:
    core = pytest.importorskip("docutils.core", reason="docutils reads the format added")
    nodes = pytest.importorskip("docutils.nodes")
    copy_checkout(tmp_path)
    formats = tmp_path / "archcalc" / "formats"
    (formats / "rst.py").write_text(block("format"))
    entries = (formats / "__init__.py").read_text()
    table = "from archcalc.formats.table"
    entries = entries.replace(table, f"from archcalc.formats.rst import Rst\n{table}")
    (formats / "__init__.py").write_text(entries.replace("Html())", "Html(), Rst())"))
    readme = tmp_path / "README.md"
    readme.write_text(readme.read_text().replace("latex|html`", "latex|html|rst`"))
    tests = "tests/test_formats.py"
    checked = run(tmp_path, "pytest", tests, "-k", "not verify", *NO_CACHE)
    assert checked.returncode == 0, checked.stdout[-2000:]
    for command, texts in (
        ("layers lenet5", ["c1", "conv2d 5x5, tanh", "117,600", "36.1%", "13 nodes in all"]),
        ("explain googlenet --layer inception4a", ["(1·1·480 + 1)·192", "pool.project"]),
    ):
        printed = run(tmp_path, "archcalc", *command.split(), "--format", "rst")
        strict = {"halt_level": 1, "report_level": 1}
        page = core.publish_doctree(printed.stdout, settings_overrides=strict)
        for text in texts:
            assert text in page.astext()
        assert list(page.findall(nodes.table))


def test_adding_a_type_of_claim_is_one_class_with_its_row_and_test(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    file = tmp_path / "archcalc" / "claims" / "assertions" / "structures.py"
    file.write_text(file.read_text() + "\n\n" + block("claim"))
    tests = [
        "tests/test_claims.py",
        "tests/test_claims_command.py",
        "-k",
        "type",
        "-p",
        "no:cacheprovider",
    ]
    incomplete = run(tmp_path, "pytest", *tests)
    assert "test_every_type_of_assertion_is_tried_above" in incomplete.stdout
    assert "test_the_page_has_every_type_and_all_its_keys" in incomplete.stdout
    for path, last, marker in (
        ("docs/claims.md", "| `measurement` |", "claim row"),
        ("tests/test_claims.py", '    ({"type": "undecided",', "claim test"),
    ):
        text = (tmp_path / path).read_text()
        assert last in text
        (tmp_path / path).write_text(text.replace(last, block(marker) + last))
    complete = run(tmp_path, "pytest", *tests)
    assert complete.returncode == 0, complete.stdout[-2000:]
    # GoogLeNet has two layers of response normalisation: the new test must be able to fail.
    text = (tmp_path / "tests/test_claims.py").read_text()
    wrong = block("claim test").replace("vgg16", "googlenet")
    (tmp_path / "tests/test_claims.py").write_text(text.replace(block("claim test"), wrong))
    assert "1 failed" in run(tmp_path, "pytest", *tests).stdout
