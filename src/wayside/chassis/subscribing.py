"""What every API's subscription types have in common, read and set by the standard's names.

Pure. Some APIs write callbackReference, some callbackUri; all the rest is the same.
Ref: MEC 009 clauses 6.12.3 and 6.12a.3.
"""

from typing import Any, TypeVar

import msgspec

from wayside.core.authorisation import Caller, held_of
from wayside.core.clock import Nanoseconds
from wayside.core.errors import BadRequest
from wayside.core.wire import Wire
from wayside.model.common import LinkType, SelfLink, SubscriptionLinkList, TimeStamp
from wayside.model.subscriptions import SubscriptionsLinks, WebsockNotifConfig

S = TypeVar("S")

CALLBACKS = {
    "callback_reference": "callbackReference",
    "callback_uri": "callbackUri",
    "notification_destination": "notificationDestination",
}
"""What the APIs call the URI that is notified; the last is 3GPP's."""


class Holder(Wire):
    """Whose a subscription is, kept beside it; and of an expired one, until when to say 410."""

    owner: str
    gone_until: int | None = None


def owner_of(caller: Caller | None) -> str:
    """Return whose the subscriptions of a caller are, where no path says it."""
    return "" if caller is None else caller.subject


def holder_of(caller: Caller | None) -> str:
    """Return whose a caller's subscriptions are: the instance's that its token is bound to."""
    bound = None if caller is None else caller.app_instance_id
    return bound or owner_of(caller)


def require_held(caller: Caller | None, value: Any) -> None:
    """Return where the caller's token grants subscriptions of this type; raise Forbidden else."""
    held = held_of(caller)
    if held is not None:
        held.require(subscription_type_of(value))


def subscription_type_of(value: Any) -> str:
    """Return the literal by which the API tells its subscription types apart."""
    said = getattr(value, "subscription_type", None)
    if said is None:
        said = value.__struct_config__.tag or type(value).__name__
    return str(said)


def callback_of(value: Any) -> str | None:
    """Return the URI that is to be called, whatever the API calls it."""
    for name in CALLBACKS:
        found = getattr(value, name, None)
        if found is not None:
            return str(found)
    return None


def callback_name(value: Any) -> str:
    """Return the callback's name on the wire, for sentences."""
    return next((wire for name, wire in CALLBACKS.items() if hasattr(value, name)), "callbackUri")


def without_callback(value: S) -> S:
    """Return the subscription with the WebSocket as its only way."""
    absent = {name: None for name in CALLBACKS if getattr(value, name, None) is not None}
    return msgspec.structs.replace(value, **absent)  # type: ignore[type-var]


def socket_of(value: Any) -> WebsockNotifConfig | None:
    """Return what the subscription says of a WebSocket, if anything."""
    config = getattr(value, "websock_notif_config", None)
    return config if isinstance(config, WebsockNotifConfig) else None


def with_socket(value: S, config: WebsockNotifConfig | None) -> S:
    """Return the subscription with this WebSocket configuration, None for none."""
    if socket_of(value) == config:
        return value
    return msgspec.structs.replace(value, websock_notif_config=config)  # type: ignore[type-var]


def asks_for_socket(value: Any) -> bool:
    """Tell whether the client asks to be notified over a WebSocket."""
    config = socket_of(value)
    return config is not None and config.request_websocket_uri


def asks_for_test(value: Any) -> bool:
    """Tell whether the client asks for a test notification."""
    return getattr(value, "request_test_notification", None) is True


def deadline_of(value: Any) -> Nanoseconds | None:
    """Return the moment when the subscription ends, if it does."""
    stamp = getattr(value, "expiry_deadline", None)
    if not isinstance(stamp, TimeStamp):
        return None
    return Nanoseconds(stamp.seconds * 1_000_000_000 + stamp.nano_seconds)


def deadline_name(value: Any) -> str:
    """Return the deadline's name on the wire, for sentences."""
    return "expiryDeadline" if is_told_of_expiry(value) else "eventReq.monDur"


def is_told_of_expiry(value: Any) -> bool:
    """Tell whether the API tells a subscriber that its subscription has ended; 3GPP's do not."""
    return "expiry_deadline" in value.__struct_fields__


def with_self_link(value: S, href: str) -> S:
    """Return the subscription with its ``_links.self`` at ``href``; 3GPP's have no links."""
    if not hasattr(value, "links"):
        return value
    return msgspec.structs.replace(value, links=SelfLink(self=LinkType(href=href)))  # type: ignore[type-var]


def linked(value: S, href: str) -> S:
    """Return the subscription with its ``_links.self`` at ``href`` and its ``id`` from there."""
    id_ = href.rpartition("/")[2]
    return msgspec.structs.replace(with_self_link(value, href), id=id_)  # type: ignore[type-var]


def subscriptions_links(found: SubscriptionLinkList) -> SubscriptionsLinks:
    """Return a list's links under the name that MEC 010-2 gives the array."""
    return SubscriptionsLinks(self=found.links.self, subscriptions=found.links.subscription)


def require_one_way(value: Any, *, both_allowed: bool) -> None:
    """Return where the subscription says how to notify; raise BadRequest otherwise.

    Some APIs (MEC 015, MEC 045) allow only one of callback and WebSocket.
    """
    name, callback = callback_name(value), callback_of(value)
    if callback is None and not asks_for_socket(value):
        raise BadRequest(
            f"Give {name}, or websockNotifConfig with requestWebsocketUri true: there is no other "
            "way to notify.",
            field=f"$.{name}",
        )
    if callback is not None and socket_of(value) is not None and not both_allowed:
        raise BadRequest(
            f"Give either {name} or websockNotifConfig, not both.", field="$.websockNotifConfig"
        )
