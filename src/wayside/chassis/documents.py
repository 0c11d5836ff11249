"""What an element says of itself: its OpenAPI documents and the list of its APIs.

Ours: the standard leaves the publication of OpenAPI to the implementation.
"""

from collections.abc import Sequence

from wayside.core.operations import Api, ApiInfo, operations_of
from wayside.core.wire import Wire, encode

from .http.messages import RawHandler, Request, Response, respond
from .openapi import document


class OfferedOperation(Wire):
    """One operation of an API."""

    name: str
    method: str
    path: str
    clause: str
    scope: str


class OfferedApi(Wire):
    """One API of an element; ``root`` is a URI, ``openapi`` that of its document."""

    name: str
    title: str
    version: str
    spec: str
    root: str
    openapi: str
    operations: tuple[OfferedOperation, ...]


def openapi_path(info: ApiInfo) -> str:
    """Return the path of an API's OpenAPI document."""
    return f"{info.root}/openapi.json"


def openapi_handler(api: type[Api]) -> RawHandler:
    """Return a handler that answers the document, with the caller's view of the API root."""

    async def answer(request: Request) -> Response:
        return respond(200, encode(document(api, request.base)))

    return answer


def apis_handler(apis: Sequence[Api]) -> RawHandler:
    """Return a handler that lists the APIs and their operations."""

    async def answer(request: Request) -> Response:
        return respond(200, encode([_offered(type(api), request.base) for api in apis]))

    return answer


def _offered(api: type[Api], base: str) -> OfferedApi:
    info = api.info
    return OfferedApi(
        name=info.name,
        title=info.title,
        version=info.version,
        spec=info.spec,
        root=base + info.root,
        openapi=base + openapi_path(info),
        operations=tuple(
            OfferedOperation(
                name=operation.name,
                method=operation.method,
                path=operation.path,
                clause=operation.clause,
                scope=operation.scope,
            )
            for operation in operations_of(api)
        ),
    )
