"""What a scope opens: whole APIs for reading or writing, or one kind of resource of them. Pure.

``mec_app_support:write`` opens all that writes; ``mec_app_support:traffic_rules:write`` the traffic
rules alone. Subscriptions are such a kind: ``mec_service_mgmt:subscriptions:write`` is the right to
its one type. Where an API has several, each has a scope of its own:
``app_lcm:subscriptions:AppIdentifierCreationSubscription:write``.
Ref: MEC 009 clause 6.16.2 (permissions by resource and method, and by subscription type).
"""

from collections.abc import Set

from wayside.core.authorisation import HeldTypes
from wayside.core.operations import Operation

ALL = "all"
"""The scope that grants every operation. Ref: MEC 009 clause 6.16.2."""

PUBLIC = "public"
"""The scope of operations that need no token: the token endpoint itself. Ours."""


def narrow_scope(operation: Operation) -> str:
    """Return the scope of the operation's kind of resource: the last name in its path."""
    api, _, right = operation.scope.partition(":")
    names = [segment for segment in operation.path.split("/") if segment and "{" not in segment]
    return f"{api}:{names[-1]}:{right}" if names else operation.scope


def type_scope(operation: Operation, type_: str) -> str:
    """Return the scope of one type of the subscriptions that the operation is about."""
    kind, _, right = narrow_scope(operation).rpartition(":")
    return f"{kind}:{type_}:{right}"


def opens(scopes: Set[str], operation: Operation) -> bool:
    """Tell whether one of ``scopes`` grants the operation, for one type of subscription at least.

    Which ones ``held_types`` tells.
    """
    return _opens_all(scopes, operation) or any(
        type_scope(operation, type_) in scopes for type_ in operation.types
    )


def held_types(scopes: Set[str], operation: Operation) -> HeldTypes | None:
    """Return the subscription types that ``scopes`` hold a caller to; None: to none."""
    if not operation.types or _opens_all(scopes, operation):
        return None
    held = (type_ for type_ in operation.types if type_scope(operation, type_) in scopes)
    return HeldTypes(frozenset(held), type_scope(operation, "{type}"))


def _opens_all(scopes: Set[str], operation: Operation) -> bool:
    return operation.scope in scopes or ALL in scopes or narrow_scope(operation) in scopes


def may_have(own: Set[str], wanted: Set[str]) -> bool:
    """Tell whether who has ``own`` may have ``wanted``: the same, or narrower ones."""
    return ALL in own or all(not own.isdisjoint(_and_wider(scope)) for scope in wanted)


def _and_wider(scope: str) -> list[str]:
    """Return the scope, and those that grant it too: without the type, without the resource."""
    *kinds, right = scope.split(":")
    return [":".join((*kinds[:kept], right)) for kept in range(1, len(kinds) + 1)]
