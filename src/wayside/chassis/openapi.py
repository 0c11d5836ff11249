"""OpenAPI 3.1 documents from the declarations: they need no running system and no second source.

Never describes what is not declared. Schemas come from the wire types.
"""

import inspect
from collections.abc import Iterator
from typing import Any

import msgspec

from wayside.core.errors import PROBLEMS
from wayside.core.operations import Api, Operation, operations_of
from wayside.core.replies import Accepted, Answer, Created, Entry, Page
from wayside.core.requests import FileReply
from wayside.model.common import ProblemDetails

from .http.problems import PROBLEM_TYPE
from .query import FLAGS, LIST_NAMES, is_document
from .signatures import Signature, signature_of

Json = dict[str, Any]
PUBLIC = "public"
"""The scope of operations that need no token."""
TOKEN_PATH = "/oauth2/v1/token"
REFERENCE = "#/components/schemas/{name}"
REFUSED = (400, 401)
"""The statuses that carry an operation's own ``refusal``."""
GOES_ON = "The work was accepted and goes on."
LIST_TEXTS = {
    "filter": "Attribute filter: (op,attribute,value[,…]) joined by semicolons.",
    "fields": "Complex attributes to include, by comma.",
    "exclude_fields": "Complex attributes to leave out, by comma.",
    "all_fields": "Include all complex attributes.",
    "exclude_default": "Leave out the attributes that are left out by default.",
    "nextpage_opaque_marker": "Marker of a page, from the Link of the page before.",
}


def document(api: type[Api], root: str = "") -> Json:
    """Return the OpenAPI 3.1 document of ``api``; ``root`` is the API root of its servers entry."""
    info = api.info
    described = [_Described(api, operation) for operation in operations_of(api)]
    types = [ProblemDetails, *(type_ for one in described for type_ in one.types)]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    found = iter(schemas[1:])
    paths: Json = {}
    for one in described:
        method = one.operation.method.lower()
        paths.setdefault(one.operation.path, {})[method] = one.rendered(found)
    statuses = sorted({status for one in described for status in one.errors})
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": info.title or info.name,
            "version": info.version.removeprefix("v"),
            "description": _description(api),
        },
        "servers": [{"url": root + info.root}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {f"Problem{status}": _problem(status) for status in statuses},
            "securitySchemes": {"OAuth2": _oauth2(described, root)},
        },
    }
    # Defaults are Python's values (tuples, enumerations) until they are written as JSON.
    plain: Json = msgspec.json.decode(msgspec.json.encode(whole))
    return plain


class _Described:
    """One operation, its types in the order in which their schemas are taken."""

    def __init__(self, api: type[Api], operation: Operation) -> None:
        self.operation = operation
        self._signature: Signature = signature_of(operation)
        self._kind, self._type = self._signature.reply
        self._text = _docstring(api, operation)
        self._typed_body = self._signature.body is not None
        common = set(_common_errors(operation, self._signature))
        self.errors = sorted(common | set(operation.errors))

    @property
    def types(self) -> Iterator[Any]:
        """Yield the types of path and query parameters, body and representation."""
        yield from (type_ for _, type_ in self._signature.path.values())
        yield from (parameter.type_ for parameter in self._signature.query.values())
        if self._typed_body:
            yield self._signature.body
        if self._type is not None:
            yield self._type
        if self.operation.refusal is not None:
            yield self.operation.refusal

    def rendered(self, schemas: Iterator[Json]) -> Json:
        """Return the Operation Object, taking this operation's schemas from the iterator."""
        operation, signature = self.operation, self._signature
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": next(schemas)}
            for name in signature.path
        ]
        for name, parameter in signature.query.items():
            schema = next(schemas)
            if parameter.many:
                schema = {"type": "array", "items": schema}
            entry: Json = {"name": name, "in": "query", "schema": schema}
            if parameter.many:
                entry |= {"style": "form", "explode": False}
            elif is_document(parameter.type_) and not parameter.members:
                entry["content"] = {"application/json": {"schema": entry.pop("schema")}}
            parameters.append(entry | ({"required": True} if parameter.required else {}))
        parameters += _injected_parameters(signature)
        body = self._body(next(schemas) if self._typed_body else None)
        summary, _, rest = self._text.partition("\n")
        needs = [] if operation.scope == PUBLIC else [{"OAuth2": [operation.scope]}]
        rendered: Json = {
            "operationId": operation.name,
            "summary": summary.strip(),
            "description": inspect.cleandoc(rest).strip(),
            "parameters": parameters,
            "requestBody": body,
            "responses": self._responses(schemas),
            "security": needs,
            "x-etsi-ref": operation.clause,
        }
        optional = ("description", "parameters", "requestBody")
        return {k: v for k, v in rendered.items() if v or k not in optional}

    def _body(self, schema: Json | None) -> Json:
        if schema is None and not self._signature.uploads:
            return {}
        shown = schema or {"type": "string", "format": "binary"}
        return {
            "required": not self._signature.body_optional,
            "content": {name: {"schema": shown} for name in self.operation.consumes},
        }

    def _responses(self, schemas: Iterator[Json]) -> Json:
        schema = next(schemas) if self._type is not None else None
        responses = {str(status): answer for status, answer in self._successes(schema)}
        for status in self.errors:
            responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
        if self.operation.refusal is not None:
            content = {"application/json": {"schema": next(schemas)}}
            for status in REFUSED:
                problem = _problem(status)
                responses[str(status)] = problem | {"content": problem["content"] | content}
        return responses

    def _successes(self, schema: Json | None) -> Iterator[tuple[int, Json]]:
        kind, produces = self._kind, self.operation.produces
        if kind is Page:
            schema = {"type": "array", "items": schema}
        if kind is FileReply:
            schema = {"type": "string", "format": "binary"}
        content = {name: {"schema": schema} for name in produces} if schema is not None else {}
        status, text = 200, "Success."
        headers: tuple[str, ...] = ()
        if kind is Entry:
            headers = ("ETag",)
        elif kind is Page:
            headers = ("Link",)
        elif kind is Created:
            status, text, headers = 201, "The resource was created.", ("Location", "ETag")
        elif kind is Accepted:
            status, text, headers = 202, GOES_ON, ("Location",)
        elif kind is None:
            status, text = 204, "Success, without content."
        answer: Json = {"description": text}
        if headers:
            answer["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
        if content:
            answer["content"] = content
        yield status, answer
        if self._signature.may_go_on:
            where = {"Location": {"schema": {"type": "string"}}}
            yield 202, {"description": GOES_ON, "headers": where}
        if kind is Entry and self.operation.method == "GET":
            yield 304, {"description": "If-None-Match names the present version."}
        if kind is FileReply:
            yield 206, {"description": "The range asked for.", "content": content}
        if kind is Answer and self._signature.may_be_empty:
            yield 204, {"description": "Success, without content."}


def _common_errors(operation: Operation, signature: Signature) -> Iterator[int]:
    yield from (400, 401, 403, 406, 429)
    if operation.method != "GET":
        yield 503  # what cannot be kept now, or an element behind this one that is away
    if signature.path:
        yield 404
    if signature.body is not None or signature.uploads:
        yield from (413, 415)
    if signature.uploads:
        yield 507
    if signature.body is not None:
        yield 422


def _injected_parameters(signature: Signature) -> list[Json]:
    text = {"type": "string"}
    found: list[Json] = []
    for kind in signature.injected.values():
        if kind == "if_match":
            found.append({"name": "If-Match", "in": "header", "schema": text})
        elif kind == "byte_range":
            found.append({"name": "Range", "in": "header", "schema": text})
        elif kind == "list_query":
            for name in LIST_NAMES:
                schema = {"type": "boolean"} if name in FLAGS else text
                described = {"name": name, "in": "query", "schema": schema}
                found.append(described | {"description": LIST_TEXTS[name]})
    return found


def _problem(status: int) -> Json:
    kind = PROBLEMS.get(status)
    return {
        "description": inspect.getdoc(kind) if kind is not None else f"Status {status}.",
        "content": {PROBLEM_TYPE: {"schema": {"$ref": REFERENCE.format(name="ProblemDetails")}}},
    }


def _oauth2(described: list[_Described], root: str) -> Json:
    scopes = sorted({one.operation.scope for one in described} - {PUBLIC})
    flow = {"tokenUrl": root + TOKEN_PATH, "scopes": dict.fromkeys(scopes, "")}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def _description(api: type[Api]) -> str:
    text = inspect.getdoc(api) or ""
    return f"{text}\n\nRef: {api.info.spec}." if api.info.spec else text


def _docstring(api: type[Api], operation: Operation) -> str:
    """Return the first docstring of the operation on the way from ``api`` up to its trait."""
    for kind in api.__mro__:
        member = vars(kind).get(operation.name)
        text = inspect.getdoc(member) if member is not None and member.__doc__ else None
        if text:
            return text
    return operation.name.replace("_", " ")
