"""What other tests prove: each is named by its file and function, and must exist."""

import ast
from collections.abc import Iterable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def missing(named: Iterable[str]) -> list[str]:
    """Return those of ``room/test_file.py::test_function`` that are nowhere to be found."""
    return [each for each in named if not _exists(each)]


def _exists(named: str) -> bool:
    path, _, function = named.partition("::")
    file = TESTS / path
    return file.exists() and any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function
        for node in ast.walk(ast.parse(file.read_text()))
    )
