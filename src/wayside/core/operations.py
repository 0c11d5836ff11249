"""Declarations of API operations: said once, they serve, make the client, and publish OpenAPI.

A method of an ``Api`` carries its route, clause and scope in a decorator. Its signature is the
contract: a positional parameter named in the route is a path parameter, ``body`` is the request
body, keyword-only parameters are query parameters under the very name the standard gives them.
Parameters annotated ``Caller``, ``IfMatch``, ``ListQuery``, ``ByteRange`` or ``Upload`` are filled
in by the chassis (see ``wayside.core.requests``). Never serves anything: ``chassis`` does.
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """One method on one resource, as declared."""

    name: str
    method: str
    path: str
    clause: str
    scope: str
    errors: tuple[int, ...]
    """Statuses beyond those that every operation may answer, such as 409 or 412."""
    consumes: tuple[str, ...]
    """Media types of the request body; JSON unless said otherwise."""
    produces: tuple[str, ...]
    """Media types of the answer's body; JSON unless said otherwise."""
    handler: Callable[..., Any]
    """The declared function: its signature and docstring are the contract."""
    refusal: type | None = None
    """What 400 and 401 may carry instead of a problem, where another standard rules."""
    hyphens: bool = False
    """Whether its query parameters are written ``api-name``, as 3GPP does, not ``api_name``."""
    types: tuple[str, ...] = ()
    """Of an operation on subscriptions of several types: the types, each with a scope of its own.
    """


@dataclass(frozen=True)
class ApiInfo:
    """What an API is called and where it lives: ``{apiRoot}/{name}/{version}``."""

    name: str
    version: str
    spec: str
    title: str

    @property
    def root(self) -> str:
        """The path that all of this API's routes start with."""
        return f"/{self.name}/{self.version}"


class Api:
    """Base of every API; a subclass names itself in its class statement.

    ``class AppLcm(Api, name="app_lcm", version="v1", spec="MEC 010-2 V3.1.1", title="…")``.
    A further subclass that only implements inherits the declaration and need not repeat it; a
    method that overrides a declared one keeps its declaration.
    """

    info: ClassVar[ApiInfo]

    def __init_subclass__(
        cls, *, name: str = "", version: str = "", spec: str = "", title: str = "", **rest: Any
    ) -> None:
        super().__init_subclass__(**rest)
        if name:
            cls.info = ApiInfo(name=name, version=version, spec=spec, title=title)


def operations_of(api: type[Api]) -> tuple[Operation, ...]:
    """Return the operations that ``api`` declares or inherits, in the order of declaration."""
    found: dict[str, Operation] = {}
    for kind in reversed(api.__mro__):
        for name, member in vars(kind).items():
            declared = getattr(member, "__operation__", None)
            if isinstance(declared, Operation):
                found[name] = declared
    return tuple(found.values())


def also_at(declared: F, path: str, *, name: str) -> F:
    """Return a declared operation once more, at a second path; ``name`` is the attribute's."""

    @functools.wraps(declared)
    async def same(*given: Any, **named: Any) -> Any:
        return await declared(*given, **named)

    operation: Operation = declared.__operation__  # type: ignore[attr-defined]
    same.__name__ = name
    same.__operation__ = replace(  # type: ignore[attr-defined]
        operation, name=name, path=path, handler=same
    )
    return same  # type: ignore[return-value]


JSON = ("application/json",)


def _declare(
    method: str,
    path: str,
    clause: str,
    scope: str,
    errors: tuple[int, ...],
    consumes: tuple[str, ...],
    produces: tuple[str, ...],
    refusal: type | None = None,
    *,
    hyphens: bool = False,
    types: Iterable[str] = (),
) -> Callable[[F], F]:
    def mark(function: F) -> F:
        declared = Operation(
            function.__name__, method, path, clause, scope, errors, consumes, produces, function,
            refusal, hyphens, tuple(types),
        )  # fmt: skip
        function.__operation__ = declared  # type: ignore[attr-defined]
        return function

    return mark


def get(
    path: str,
    *,
    clause: str,
    scope: str,
    errors: tuple[int, ...] = (),
    produces: tuple[str, ...] = JSON,
    hyphens: bool = False,
    types: Iterable[str] = (),
) -> Callable[[F], F]:
    """Declare a GET: reads, changes nothing; ``hyphens``: in the names of query parameters."""
    return _declare(
        "GET", path, clause, scope, errors, JSON, produces, hyphens=hyphens, types=types
    )


def post(
    path: str,
    *,
    clause: str,
    scope: str,
    errors: tuple[int, ...] = (),
    consumes: tuple[str, ...] = JSON,
    refusal: type | None = None,
    types: Iterable[str] = (),
) -> Callable[[F], F]:
    """Declare a POST: creates a resource or starts a task."""
    return _declare("POST", path, clause, scope, errors, consumes, JSON, refusal, types=types)


def put(
    path: str,
    *,
    clause: str,
    scope: str,
    errors: tuple[int, ...] = (),
    consumes: tuple[str, ...] = JSON,
    types: Iterable[str] = (),
) -> Callable[[F], F]:
    """Declare a PUT: replaces a resource whole."""
    return _declare("PUT", path, clause, scope, errors, consumes, JSON, types=types)


def patch(
    path: str,
    *,
    clause: str,
    scope: str,
    errors: tuple[int, ...] = (),
    consumes: tuple[str, ...] = ("application/merge-patch+json", "application/json"),
) -> Callable[[F], F]:
    """Declare a PATCH: changes some attributes of a resource."""
    return _declare("PATCH", path, clause, scope, errors, consumes, JSON)


def delete(
    path: str,
    *,
    clause: str,
    scope: str,
    errors: tuple[int, ...] = (),
    types: Iterable[str] = (),
) -> Callable[[F], F]:
    """Declare a DELETE: removes a resource."""
    return _declare("DELETE", path, clause, scope, errors, JSON, JSON, types=types)
