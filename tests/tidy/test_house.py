"""The law of the house as tests: sizes, names, door signs, and nothing unfinished."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src" / "wayside").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LINES_MAX = 600
MODEL_LINES_MAX = 900
FUNCTION_LINES_MAX = 70
FORBIDDEN_NAMES = {"utils", "helpers", "common_utils", "manager", "misc"}
MARKS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
PATCHES_PER_HUNDRED_TESTS_MAX = 5


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_has_a_door_sign_and_a_bearable_size(path: Path) -> None:
    text = path.read_text()
    limit = MODEL_LINES_MAX if path.name == "model.py" else LINES_MAX
    assert text.count("\n") <= limit, f"split it: one subject a file, at most {limit} lines"
    assert ast.get_docstring(ast.parse(text)), "say in a docstring what it holds and never does"
    assert path.stem not in FORBIDDEN_NAMES, "name it for its subject"


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_functions_are_short_and_public_ones_say_what_is_true_after_the_call(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        assert length <= FUNCTION_LINES_MAX, f"{node.name} has {length} lines"
    for node in _public_functions(ast.parse(path.read_text())):
        assert ast.get_docstring(node), f"{node.name} (line {node.lineno}) has no docstring"


def _public_functions(
    tree: ast.Module | ast.ClassDef,
) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    found: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found += _public_functions(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            overloads = {"overload", "override"}
            if not any(isinstance(d, ast.Name) and d.id in overloads for d in node.decorator_list):
                found.append(node)
    return found


def test_nothing_is_marked_unfinished() -> None:
    pattern = re.compile(r"#.*\b(" + "|".join(MARKS) + r")\b")
    found = [
        f"{_name(path)}:{number}"
        for path in SOURCES + TESTS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_tests_hardly_patch() -> None:
    text = "\n".join(path.read_text() for path in TESTS)
    patches = len(re.findall(r"\b(?:monkeypatch\.set" + r"attr|mock\.pat" + r"ch)", text))
    tests = len(re.findall(r"^\s*(?:async )?def test_", text, re.MULTILINE))
    assert patches * 100 <= PATCHES_PER_HUNDRED_TESTS_MAX * tests


def test_every_test_folder_mirrors_a_room_or_says_what_it_proves() -> None:
    rooms = {path.name for path in (ROOT / "src" / "wayside").iterdir() if path.is_dir()}
    kinds = {"contract", "properties", "world", "netns", "tidy", "examples", "bench"}
    folders = {
        path.name
        for path in (ROOT / "tests").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    assert folders <= rooms | kinds


def test_nothing_at_the_root_that_does_not_belong() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not listed:
        pytest.skip("not a git work tree")
    allowed = {
        ".ci", ".gitignore", ".importlinter", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md",
        "LICENSE", "Makefile", "README.md", "bench", "docs", "examples", "pyproject.toml",
        "requirements", "scenarios", "scripts", "src", "tests",
    }  # fmt: skip
    assert {name.split("/")[0] for name in listed} <= allowed


def test_lock_files_hold_names_versions_and_hashes_and_no_addresses() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        for line in path.read_text().splitlines():
            assert "://" not in line, f"{path.name}: {line}"
            assert not line.startswith(("--index", "--find", "--extra", "-i ", "-f ")), line


def test_each_decision_has_a_number_of_its_own_and_bears_it() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers)
    for page, number in zip(pages, numbers, strict=True):
        assert page.read_text().startswith(f"# {number}"), page.name
