"""Types of subscribe and notify that every API shares: test, expiry, the WebSocket fallback.

Never holds a subscription of a particular API. Ref: MEC 009 clauses 6.12 and 6.12a.
"""

from typing import ClassVar

import msgspec

from wayside.core.wire import Wire

from .common import LinkType, Subscription, TimeStamp


class WebsockNotifConfig(Wire):
    """How notifications go over a WebSocket. Ref: MEC 009 table 6.12a.3-1, TS 29.122 5.2.1.2.10.

    The client asks with ``request_websocket_uri``; the server answers with ``websocket_uri``.
    """

    websocket_uri: str | None = None
    request_websocket_uri: bool = False


class SubscriptionsLinks(Wire):
    """The links of a subscription list as MEC 010-2 and MEC 011 write them.

    ``subscriptions`` is absent where there is none. Ref: MEC 010-2 clauses 6.2.2.19, 6.2.3.5,
    MEC 011 clause 6.2.2.
    """

    self: LinkType
    subscriptions: tuple[Subscription, ...] = ()


class NotificationLinks(Wire):
    """The links of a notification: ``subscription`` is the one that it belongs to."""

    subscription: LinkType


class TestNotification(Wire, tag_field="notificationType", tag="TestNotification"):
    """Sent once where ``requestTestNotification`` is true. Ref: MEC 009 clause 6.12a."""

    __test__: ClassVar[bool] = False
    """For pytest, which takes classes of this name for tests."""

    links: NotificationLinks = msgspec.field(name="_links")


class ExpiryNotification(Wire, tag_field="notificationType", tag="ExpiryNotification"):
    """Says that a subscription has ended at its deadline. Ref: MEC 009 clause 6.12.3."""

    time_stamp: TimeStamp
    links: NotificationLinks = msgspec.field(name="_links")
    expiry_deadline: TimeStamp
