"""Lists of subscriptions as MEC 011 writes them. Never keeps a subscription: the chassis does.

MEC 011 calls the array ``subscriptions`` where the other APIs say ``subscription``.
Ref: MEC 011 clause 6.2.2.
"""

import msgspec

from wayside.chassis.subscribing import subscriptions_links
from wayside.core.wire import Wire
from wayside.model.common import SubscriptionLinkList
from wayside.model.subscriptions import SubscriptionsLinks


class Mp1SubscriptionLinkList(Wire):
    """An instance's subscriptions. Ref: MEC 011 clause 6.2.2."""

    links: SubscriptionsLinks = msgspec.field(name="_links")


def link_list(found: SubscriptionLinkList) -> Mp1SubscriptionLinkList:
    """Return the same list under MEC 011's name."""
    return Mp1SubscriptionLinkList(links=subscriptions_links(found))
