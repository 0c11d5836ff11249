"""How an element is served over HTTP/1.1: the only room that knows httptools and websockets.

Never knows an API: it serves an ``Element``.
"""

from wayside.chassis.element import Element

from .limits import Limits
from .messages import RawHandler, Request, Response, respond
from .process import run
from .server import HttpServer

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
