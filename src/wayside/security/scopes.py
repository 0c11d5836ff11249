"""What a scope opens: whole APIs for reading or writing, or one kind of resource of them. Pure.

``mec_app_support:write`` opens all that writes; ``mec_app_support:traffic_rules:write`` the traffic
rules alone. The subscriptions of an API are a resource with one type (MEC 011) or several, so
``mec_service_mgmt:subscriptions:write`` is the right to its subscription type and nothing else.
Ref: MEC 009 clause 6.16.2 (permissions by resource and method, and by subscription type).
"""

from collections.abc import Set

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


def opens(scopes: Set[str], operation: Operation) -> bool:
    """Tell whether one of ``scopes`` grants the operation."""
    return operation.scope in scopes or ALL in scopes or narrow_scope(operation) in scopes


def may_have(own: Set[str], wanted: Set[str]) -> bool:
    """Tell whether who has ``own`` may have ``wanted``: the same, or narrower ones."""
    return ALL in own or all(scope in own or _wider(scope) in own for scope in wanted)


def _wider(scope: str) -> str:
    api, _, right = scope.partition(":")
    return f"{api}:{right.rpartition(':')[2]}"
