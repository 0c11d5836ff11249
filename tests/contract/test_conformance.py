"""The page of conformance is true: every operation has a row, every test that it names exists.

That the tests show what they are named for is checked where they run: ``tests/conftest.py``.
"""

from tests.contract.conformance import PAGE, named, page, routes, row
from tests.contract.elsewhere import missing

from wayside.core.operations import operations_of
from wayside.system.catalogue import catalogue

AGAIN = "docs/conformance.md is stale: make conformance"


def test_every_operation_has_a_row_with_its_clause_and_no_other_has() -> None:
    declared = {
        (listed.name, operation.clause, f"{operation.method} {operation.path}")
        for listed in catalogue()
        for operation in operations_of(listed.api)
    }
    assert routes(PAGE.read_text()) == declared, AGAIN


def test_every_test_that_is_named_exists() -> None:
    tests = {test.partition("[")[0] for test in named(PAGE.read_text())}
    assert missing(test.removeprefix("tests/") for test in sorted(tests)) == [], AGAIN


def test_what_is_written_is_what_is_read_back() -> None:
    heard = {
        "tests/a.py::test_one": {"shown": [("app_lcm", "list_app_instances", 200)], "compared": []},
        "tests/b.py::test_two[x]": {
            "shown": [("app_lcm", "list_app_instances", 400), ("vim", "none", 200)],
            "compared": [],
        },
    }
    assert named(page(heard)) == {
        "tests/a.py::test_one": {("app_lcm", "list_app_instances", 200)},
        "tests/b.py::test_two[x]": {("app_lcm", "list_app_instances", 400)},
    }


def test_a_state_is_what_the_tests_have_shown() -> None:
    listed = next(each for each in catalogue() if each.name == "app_lcm")
    operation = next(o for o in operations_of(listed.api) if o.name == "list_app_instances")

    def state(status: int, *compared: str) -> str:
        shown = [("app_lcm", operation.name, status)]
        return row(listed, operation, {"t": {"shown": shown, "compared": compared}}).state

    assert state(200, "GET /app_lcm/v1/app_instances") == "compared"
    assert state(200, "GET /another") == "shown"
    assert state(400, "GET /app_lcm/v1/app_instances") == "not shown"
