"""Every test is listened to, so that docs/conformance.md can say which of them shows what."""

import json
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.contract.conformance import PAGE, named
from tests.evidence import EVIDENCE, Shown

HEARD: dict[str, dict[str, list[Any]]] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file that ``make conformance`` reads."""
    parser.addoption("--evidence", metavar="FILE", help="write what each test has shown")


def pytest_configure() -> None:
    """Begin to listen."""
    EVIDENCE.listen()


DRAWN = "tests/properties/"
"""What a fuzzer draws is no promise."""


@cache
def _named() -> dict[str, set[Shown]]:
    found = named(PAGE.read_text()) if PAGE.exists() else {}
    return {test: shown for test, shown in found.items() if not test.startswith(DRAWN)}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Keep what the test itself has shown, if it passes; fail it where the page says more."""
    EVIDENCE.clear()
    outcome = yield
    missing = _named().get(item.nodeid, set()) - EVIDENCE.shown
    if missing and not item.config.getoption("--evidence"):
        raise AssertionError(f"{sorted(missing)} is not shown here any more: make conformance")
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
