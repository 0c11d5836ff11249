"""Small types of MEC 009 that every API uses: problem details, links, time stamps."""

import msgspec

from wayside.core.clock import Nanoseconds
from wayside.core.errors import Problem
from wayside.core.wire import Wire


class ProblemDetails(Wire):
    """Why a request failed. Ref: MEC 009 clause 5.2.2, RFC 7807; status and detail always."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None
    field: str | None = None
    """Ours: the path of the faulty field (``$.callbackReference``) or the parameter's name."""

    @classmethod
    def of(cls, problem: Problem) -> "ProblemDetails":
        """Return the details of a problem, to answer or to keep."""
        return cls(
            title=problem.title, status=problem.status, detail=problem.detail, field=problem.field
        )


class LinkType(Wire):
    """A link to a resource. Ref: MEC 009 clause 6.14; ``href`` is a URI."""

    href: str


class SelfLink(Wire):
    """The ``_links`` of a resource that links to itself alone."""

    self: LinkType


class TimeStamp(Wire):
    """Time since 1970-01-01 UTC. Ref: MEC 011 clause 7.1.5.1, MEC 010-2 clause 6.2.2.

    Both members are always sent.
    """

    seconds: int = msgspec.field()
    nano_seconds: int = msgspec.field()

    @classmethod
    def of(cls, moment: Nanoseconds) -> "TimeStamp":
        """Return the stamp of a clock's moment."""
        seconds, nanos = divmod(moment, 1_000_000_000)
        return cls(seconds=seconds, nano_seconds=nanos)


class Subscription(Wire):
    """One line of a subscription list. Ref: MEC 009 clause 6.12."""

    href: str
    subscription_type: str


class SubscriptionLinks(Wire):
    """The links of a subscription list; ``subscription`` is absent where there is none."""

    self: LinkType
    subscription: tuple[Subscription, ...] = ()


class SubscriptionLinkList(Wire):
    """A caller's subscriptions. Ref: MEC 009 clause 6.12.2, MEC 011 clause 7.1.4.2."""

    links: SubscriptionLinks = msgspec.field(name="_links")
