from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import golden as golden_files


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with a golden file."""
    update = request.config.getoption("--update-golden")
    return lambda name, text: golden_files.compare(name, text, update=update)
