"""What is known to differ between ETSI's documents and Wayside: ``differences.toml``."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("differences.toml")
KINDS = ("messages", "schemas", "parameters")
TREES = (
    {"{tree}": "/app_packages", "{id}": "{appPkgId}"},
    {"{tree}": "/onboarded_app_packages", "{id}": "{appDId}"},
)


def entries() -> list[dict[str, Any]]:
    """What the file lists, in its order: ``apis``, ``reason`` and lists of differences by kind."""
    listed: list[dict[str, Any]] = tomllib.loads(FILE.read_text())["difference"]
    return listed


def known(api: str, kind: str) -> set[str]:
    """The differences of a kind that are known of an API, named as in the catalogue."""
    return {
        what
        for entry in entries()
        if api in entry["apis"]
        for line in entry.get(kind, ())
        for what in expanded(line)
    }


def expanded(line: str) -> Iterator[str]:
    """Yield a line for each tree of packages that it stands for."""
    for tree in TREES:
        whole = line
        for mark, text in tree.items():
            whole = whole.replace(mark, text)
        yield whole
