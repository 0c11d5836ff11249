"""What a declared operation's signature says: which parameter is filled from where.

Read once, by the binder, the client and the OpenAPI document; never at a request.
"""

import inspect
import re
import types
import typing
from dataclasses import dataclass
from typing import Any, Union

import msgspec

from wayside.core.authorisation import Caller, Credentials
from wayside.core.operations import Operation
from wayside.core.replies import Accepted, Answer, Created, Entry, Page
from wayside.core.requests import (
    Accept,
    ByteRange,
    FileReply,
    IfMatch,
    ListQuery,
    PeerAddress,
    Upload,
)

from .query import Parameter, is_document

INJECTED = {
    Accept: "accept", Caller: "caller", Credentials: "credentials", IfMatch: "if_match",
    ByteRange: "byte_range", ListQuery: "list_query", PeerAddress: "peer_address", Upload: "upload",
}  # fmt: skip
PARAMETER = re.compile(r"\{([A-Za-z0-9_]+)\}")
REPLIES = (Entry, Page, Created, Accepted)


def camel(name: str) -> str:
    """Return a Python name in the standard's lowerCamel: ``app_d_id`` is ``appDId``."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


@dataclass(frozen=True)
class Signature:
    """The parameters of one operation by their source, and what it returns."""

    path: dict[str, tuple[str, Any]]
    """Name in the route → parameter name and type."""
    query: dict[str, Parameter]
    """Name in the query string → what is declared."""
    injected: dict[str, str]
    """Parameter name → kind, a value of ``INJECTED``."""
    body: Any
    """Type of ``body``; None where there is none. ``Upload`` is a body too."""
    body_optional: bool
    returns: Any
    """The return annotation, whole."""

    @property
    def uploads(self) -> bool:
        """Tell whether the body comes as a stream."""
        return "upload" in self.injected.values()

    @property
    def may_be_empty(self) -> bool:
        """Tell whether an Answer may come without content."""
        given = typing.get_args(self.returns)
        return not given or without_none(given[0])[1]

    @property
    def may_go_on(self) -> bool:
        """Tell whether 202 may be answered in place of the reply, where the work takes longer."""
        parts = _parts(without_none(self.returns)[0])
        return len(parts) > 1 and any(_is_accepted(part) for part in parts)

    @property
    def reply(self) -> tuple[Any, Any]:
        """The kind of reply and the type of its representation.

        The kind is Entry, Page, Created, Accepted, FileReply, Answer, None, or object for a
        plain value; the type is None where there is no typed representation.
        """
        returns, _ = without_none(self.returns)
        if self.may_go_on:
            (returns,) = (part for part in _parts(returns) if not _is_accepted(part))
        origin = typing.get_origin(returns) or returns
        if origin in REPLIES:
            arguments = typing.get_args(returns)
            type_ = arguments[0] if arguments else Any
            return origin, None if type_ is type(None) else type_
        if origin is Answer:
            given = typing.get_args(returns)
            return Answer, without_none(given[0])[0] if given else None
        if origin is FileReply or returns is type(None):
            return (None if returns is type(None) else origin), None
        return object, returns


def _parts(type_: Any) -> tuple[Any, ...]:
    union = typing.get_origin(type_) in (Union, types.UnionType)
    return typing.get_args(type_) if union else (type_,)


def _is_accepted(type_: Any) -> bool:
    return (typing.get_origin(type_) or type_) is Accepted


def without_none(type_: Any) -> tuple[Any, bool]:
    """Return the type without None, and whether None was in it."""
    if typing.get_origin(type_) in (Union, types.UnionType):
        parts = [part for part in typing.get_args(type_) if part is not type(None)]
        if len(parts) < len(typing.get_args(type_)):
            return (parts[0] if len(parts) == 1 else Union[tuple(parts)]), True  # noqa: UP007
    return type_, False


def signature_of(operation: Operation) -> Signature:
    """Return the signature of a declaration; raise TypeError where it does not fit its route."""
    function = operation.handler
    hints = typing.get_type_hints(function)
    names = set(PARAMETER.findall(operation.path))
    path: dict[str, tuple[str, Any]] = {}
    query: dict[str, Parameter] = {}
    injected: dict[str, str] = {}
    body, body_optional = None, False
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        name = parameter.name
        type_, optional = without_none(hints[name])
        if type_ in INJECTED:
            injected[name] = INJECTED[type_]
        elif name in names or camel(name) in names:
            path[name if name in names else camel(name)] = (name, type_)
        elif name == "body":
            body, body_optional = type_, optional
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            shown = name.replace("_", "-") if operation.hyphens else name
            query[shown] = _query_parameter(name, type_, parameter)
        else:
            raise TypeError(f"{function.__qualname__}: {name} is not in {operation.path}")
    missing = names - path.keys()
    if missing:
        raise TypeError(f"{function.__qualname__}: no parameter for {', '.join(missing)}")
    returns = hints.get("return", type(None))
    return Signature(path, query, injected, body, body_optional, returns)


def _query_parameter(name: str, type_: Any, parameter: inspect.Parameter) -> Parameter:
    many = typing.get_origin(type_) in (tuple, list, frozenset)
    item = typing.get_args(type_)[0] if many else type_
    required = parameter.default is inspect.Parameter.empty
    return Parameter(name, item, many, required, _members(item))


def _members(type_: Any) -> tuple[str, ...]:
    """Return the names of a structure's members on the wire where all are plain values."""
    if not is_document(type_):
        return ()
    fields = msgspec.structs.fields(type_)
    kinds = {typing.get_origin(each) or each for f in fields for each in _parts(f.type)}
    if any(is_document(kind) or kind in (tuple, dict) for kind in kinds):
        return ()
    return tuple(each.encode_name for each in fields)
