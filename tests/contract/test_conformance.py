"""The page of conformance says what was declared and what tests have shown."""

from tests.contract.conformance import named, page, row

from wayside.core.operations import operations_of
from wayside.system.catalogue import catalogue


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
