"""Lists of subscriptions as MEC 011 writes them. Never keeps a subscription: the chassis does.

MEC 011 calls the array ``subscriptions`` where the other APIs say ``subscription``.
Ref: MEC 011 clause 6.2.2.
"""

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import LinkType, Subscription, SubscriptionLinkList


class Mp1SubscriptionLinks(Wire):
    """The links of a subscription list; ``subscriptions`` is absent where there is none."""

    self: LinkType
    subscriptions: tuple[Subscription, ...] = ()


class Mp1SubscriptionLinkList(Wire):
    """An instance's subscriptions. Ref: MEC 011 clause 6.2.2."""

    links: Mp1SubscriptionLinks = msgspec.field(name="_links")


def link_list(found: SubscriptionLinkList) -> Mp1SubscriptionLinkList:
    """Return the same list under MEC 011's name."""
    return Mp1SubscriptionLinkList(
        links=Mp1SubscriptionLinks(self=found.links.self, subscriptions=found.links.subscription)
    )
