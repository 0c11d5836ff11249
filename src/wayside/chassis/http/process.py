"""How a process that serves is run: uvloop, and a collector that suits records kept for long.

Never starts a thread or a server: ``main`` does.
"""

import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

YOUNG_OBJECTS = 10_000
MIDDLE_ROUNDS = 20
OLD_ROUNDS = 50
"""An element keeps what it is told for hours, almost without cycles: looking through all of it
as often as Python does by default cost a third of the rate of POST."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` on uvloop to its end and return what it returned."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, MIDDLE_ROUNDS, OLD_ROUNDS)
    return uvloop.run(main)
