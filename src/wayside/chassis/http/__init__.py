"""How an element is served over HTTP/1.1: the only room that knows httptools and websockets.

Never knows an API, nor the chassis above it: it serves a ``Dispatcher``, such as an ``Element``.
"""

from typing import TYPE_CHECKING, Any

from .limits import Limits
from .messages import RawHandler, Request, Response, respond
from .process import run
from .server import HttpServer

if TYPE_CHECKING:
    from wayside.chassis.element import Element

__all__ = [
    "Element",
    "HttpServer",
    "Limits",
    "RawHandler",
    "Request",
    "Response",
    "respond",
    "run",
]


def __getattr__(name: str) -> Any:
    # The element stands above this room; it is named here for those who serve it, and imported
    # late, so that importing a part of the chassis first makes no circle.
    if name == "Element":
        from wayside.chassis.element import Element

        return Element
    raise AttributeError(name)
