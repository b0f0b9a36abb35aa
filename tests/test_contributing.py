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

import archcalc

PACKAGE = Path(archcalc.__file__).parent
TESTS = Path(__file__).parent
TEXT = (TESTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
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
    without_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / "archcalc", ignore=without_caches)
    if not (PACKAGE / "specs").exists():
        shutil.copytree(PACKAGE.parent / "specs", folder / "specs")
    shutil.copytree(TESTS, folder / "tests", ignore=without_caches)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(TESTS.parent / name, folder)


def test_adding_an_op_is_one_class(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    file = tmp_path / "archcalc" / "ops" / "activation.py"
    file.write_text(file.read_text() + "\n\n" + block("op"))
    shown = run(tmp_path, "archcalc", "ops", "silu")
    assert "Sigmoid-weighted linear unit" in shown.stdout
    checked = run(tmp_path, "pytest", "tests/test_ops.py", "-k", "silu", "-p", "no:cacheprovider")
    assert checked.returncode == 0, checked.stdout[-2000:]
    assert "passed" in checked.stdout
    # The checks must be able to fail: with a wrong count they do.
    file.write_text(file.read_text().replace('{"exp": 36,', '{"exp": 35,'))
    wrong = run(tmp_path, "pytest", "tests/test_ops.py", "-k", "silu", "-p", "no:cacheprovider")
    assert wrong.returncode == 1


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
    checked = run(tmp_path, "pytest", tests, "-k", "not verify", "-p", "no:cacheprovider")
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
