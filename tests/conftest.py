"""Every test is listened to, so that docs/conformance.md can say which of them shows what."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from tests.evidence import EVIDENCE

HEARD: dict[str, dict[str, list[Any]]] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file that ``make conformance`` reads."""
    parser.addoption("--evidence", metavar="FILE", help="write what each test has shown")


def pytest_configure() -> None:
    """Begin to listen."""
    EVIDENCE.listen()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Keep what the test itself has shown, if it passes."""
    EVIDENCE.clear()
    outcome = yield
    if EVIDENCE.shown:
        HEARD[item.nodeid] = {
            "shown": sorted(EVIDENCE.shown),
            "compared": sorted(EVIDENCE.compared),
        }
    return outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the file that was asked for."""
    path = session.config.getoption("--evidence")
    if path:
        Path(path).write_text(json.dumps(HEARD, indent=0))
