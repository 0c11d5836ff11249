"""What the tests of this folder share: throw-away namespaces with names of their own."""

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from wayside.linux import netns, probe

_numbers = itertools.count()


@pytest.fixture
def make_namespace() -> Iterator[Callable[[], str]]:
    """Makes namespaces that are gone after the test."""
    if (reason := probe.missing()) is not None:
        pytest.skip(reason)
    made: list[str] = []

    def make() -> str:
        made.append(f"wt{os.getpid()}-{next(_numbers)}")
        netns.create(made[-1])
        return made[-1]

    yield make
    netns.delete(*made)
