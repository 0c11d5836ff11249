"""Every operation that is advertised says its clause, its scope and what it does."""

import inspect

import pytest

from wayside.core.operations import Operation, operations_of
from wayside.system.catalogue import Listed, catalogue

OPERATIONS = [
    pytest.param(listed, operation, id=f"{listed.name}.{operation.name}")
    for listed in catalogue()
    for operation in operations_of(listed.api)
]


@pytest.mark.parametrize(("listed", "operation"), OPERATIONS)
def test_an_operation_cites_its_clause_and_names_its_scope(
    listed: Listed, operation: Operation
) -> None:
    assert operation.clause, "say which clause asks for it, or 'Ours: …'"
    assert operation.scope == "public" or ":" in operation.scope
    assert inspect.getdoc(operation.handler), "say what is true after the call"
    assert inspect.signature(operation.handler).return_annotation is not inspect.Parameter.empty


def test_names_in_the_catalogue_are_unique() -> None:
    names = [(listed.name, listed.api.info.version) for listed in catalogue()]
    assert len(names) == len(set(names))


def test_no_two_operations_of_an_element_share_a_route() -> None:
    routes = [
        (listed.element, operation.method, listed.api.info.root + operation.path)
        for listed in catalogue()
        for operation in operations_of(listed.api)
    ]
    assert len(routes) == len(set(routes))
