"""A declared operation compiled into a handler: what can be settled before a request, is.

Never routes and never authorises: the element does, before the body is read.
"""

import dis
import inspect
import types
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from wayside.core.authorisation import Credentials
from wayside.core.errors import BadRequest, Unprocessable
from wayside.core.operations import Api, Operation
from wayside.core.requests import Accept, ByteRange, IfMatch
from wayside.core.wire import explain, field_of, require_shallow

from .http.messages import Request, Response, Takes
from .http.ranges import parse_range
from .negotiation import Negotiator
from .query import NO_LIST_QUERY, read
from .render import Renderer
from .signatures import Signature, signature_of

NO_CREDENTIALS = Credentials(authorization=None)


def waits(function: Callable[..., Any]) -> bool:
    """Tell whether a coroutine function has an ``await`` in it.

    One without runs to its end in one step, so that it needs no task: asyncio's time-outs and
    task groups, which must have one, all await.
    """
    code = getattr(function, "__code__", None)
    if not isinstance(code, types.CodeType):
        return True
    suspending = {"SEND", "GET_AWAITABLE", "YIELD_VALUE", "ASYNC_GEN_WRAP"}
    return any(step.opname in suspending for step in dis.get_instructions(code))


class BoundOperation:
    """One operation of one Api object; a Handler."""

    def __init__(self, api: Api, operation: Operation) -> None:
        self.api = type(api)
        self.operation = operation
        self.name = f"{type(api).info.name}.{operation.name}"
        signature = signature_of(operation)
        self._call: Callable[..., Coroutine[Any, Any, object]] = getattr(api, operation.name)
        if not inspect.iscoroutinefunction(self._call):
            raise TypeError(f"{self.name} is declared as an operation and is not async")
        self.inline = not waits(getattr(self._call, "__func__", self._call))
        self.takes = Takes.NONE
        if signature.uploads:
            self.takes = Takes.STREAM
        elif signature.body is not None:
            self.takes = Takes.WHOLE
        self.negotiator = Negotiator(operation.consumes, operation.produces)
        self._renderer = Renderer(operation, signature.reply[1])
        self._fill = _compile(signature)

    def check(self, request: Request) -> None:
        """Raise NotAcceptable or UnsupportedMediaType where the head rules an answer out."""
        headers = request.headers
        accept = headers.get(b"accept")
        if accept is not None:
            self.negotiator.check_accept(accept)
        if self.takes is not Takes.NONE and _has_body(headers):
            self.negotiator.check_content(headers.get(b"content-type"))

    def now(self, request: Request) -> Response:
        """Answer in one step; only where the handler never waits."""
        work = self._call(**self._fill(request))
        try:
            work.send(None)
        except StopIteration as end:
            reply = end.value
        else:
            work.close()
            raise RuntimeError(f"{self.name} waited although it has no await")
        return self._renderer.render(reply, request)

    async def later(self, request: Request) -> Response:
        """Answer, however long the handler waits."""
        return self._renderer.render(await self._call(**self._fill(request)), request)


def _has_body(headers: dict[bytes, bytes]) -> bool:
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


Filler = Callable[[Request, dict[str, Any]], None]


def _compile(signature: Signature) -> Callable[[Request], dict[str, Any]]:
    """Return what turns a request into the handler's arguments."""
    fillers = [_path_filler(name, *target) for name, target in signature.path.items()]
    for name, kind in signature.injected.items():
        if kind != "list_query":
            fillers.append(_injected_filler(name, kind))
    if signature.body is not None:
        fillers.append(_body_filler(signature.body, signature.body_optional))
    lists = next((n for n, kind in signature.injected.items() if kind == "list_query"), None)
    required = any(parameter.required for parameter in signature.query.values())
    fill_query = _query_filler(signature, lists)

    def fill(request: Request) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        if request.query or required:
            fill_query(request, arguments)
        elif lists is not None:
            arguments[lists] = NO_LIST_QUERY
        for filler in fillers:
            filler(request, arguments)
        return arguments

    return fill


def _path_filler(route_name: str, name: str, type_: Any) -> Filler:
    while hasattr(type_, "__supertype__"):
        type_ = type_.__supertype__

    def text(request: Request, arguments: dict[str, Any]) -> None:
        arguments[name] = request.values[route_name]

    def converted(request: Request, arguments: dict[str, Any]) -> None:
        try:
            arguments[name] = msgspec.convert(request.values[route_name], type_, strict=False)
        except msgspec.ValidationError as fault:
            raise BadRequest(f"{route_name}: {fault}.", field=route_name) from fault

    return text if type_ is str else converted


def _query_filler(signature: Signature, list_name: str | None) -> Filler:
    declared, lists = signature.query, list_name is not None

    def fill(request: Request, arguments: dict[str, Any]) -> None:
        given, list_query = read(request.query, declared, lists=lists)
        arguments.update(given)
        if list_name is not None:
            request.list_query = arguments[list_name] = list_query

    return fill


def _body_filler(type_: Any, optional: bool) -> Filler:
    decoder = msgspec.json.Decoder(type_)

    def fill(request: Request, arguments: dict[str, Any]) -> None:
        if not request.body:
            if optional:
                arguments["body"] = None
                return
            raise BadRequest("The body is missing; send one JSON document.", field="body")
        require_shallow(request.body)
        try:
            arguments["body"] = decoder.decode(request.body)
        except msgspec.ValidationError as fault:
            message = str(fault)
            raise Unprocessable(explain(message), field=field_of(message)) from fault
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            raise BadRequest(f"The body is not JSON: {fault}. Send one JSON document.") from fault

    return fill


def _injected_filler(name: str, kind: str) -> Filler:
    def value(request: Request) -> object:
        if kind == "caller":
            return request.caller
        if kind == "credentials":
            return request.credentials or NO_CREDENTIALS
        if kind == "peer_address":
            return None if request.peer.address == "unix" else request.peer.address
        if kind == "upload":
            return request.upload
        if kind == "accept":
            return _accept(request)
        return _if_match(request) if kind == "if_match" else _byte_range(request)

    def fill(request: Request, arguments: dict[str, Any]) -> None:
        arguments[name] = value(request)

    return fill


def _accept(request: Request) -> Accept | None:
    header = request.header(b"accept")
    return None if header is None else Accept(header)


def _if_match(request: Request) -> IfMatch | None:
    header = request.header(b"if-match")
    return None if header is None else IfMatch(header)


def _byte_range(request: Request) -> ByteRange | None:
    header = request.header(b"range")
    return None if header is None else parse_range(header)
