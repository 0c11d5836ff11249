"""Who is told of moves and of neighbours, and when. Never decides what moves."""

from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.clock import Clock
from wayside.core.replies import Entry
from wayside.model.associate_id import AssociateId
from wayside.model.common import LinkType, TimeStamp
from wayside.model.subscriptions import NotificationLinks
from wayside.refpoints.hosting import Neighbours

from .book import MobilityBook
from .logic import told, wants
from .model import (
    AdjacentAppInfoNotification,
    AdjacentAppInfoSubscription,
    AmsSubscription,
    MobilityProcedureNotification,
    MobilityStatus,
    TargetAppInfo,
)


class Teller:
    """Sends the notifications of MEC 021."""

    def __init__(
        self,
        subscriptions: SubscriptionBook[AmsSubscription],
        book: MobilityBook,
        neighbours: Neighbours,
        clock: Clock,
    ) -> None:
        self._subscriptions = subscriptions
        self._book = book
        self._neighbours = neighbours
        self._clock = clock

    def moved(
        self,
        app_instance_id: str | None,
        device: AssociateId,
        status: MobilityStatus,
        *,
        target: TargetAppInfo | None = None,
        origin: str | None = None,
    ) -> None:
        """Tell how far a device's move is, to whoever wants to know; returns at once."""
        now = TimeStamp.of(self._clock.now())

        def made(entry: Entry[AmsSubscription]) -> MobilityProcedureNotification | None:
            if not wants(entry.value, app_instance_id, device, status):
                return None
            return MobilityProcedureNotification(
                time_stamp=now,
                associate_id=(device,),
                mobility_status=status,
                target_app_info=target,
                links=_links(entry.value),
                wayside_origin=origin,
            )

        self._subscriptions.notify(made)

    def neighbours_changed(self, app_d_id: str) -> None:
        """Tell who is adjacent now to the instances that have registered, of one application."""
        now = TimeStamp.of(self._clock.now())
        there = told(self._neighbours.adjacent(app_d_id))

        def made(entry: Entry[AmsSubscription]) -> AdjacentAppInfoNotification | None:
            if not self._concerns(entry.value, app_d_id):
                return None
            return AdjacentAppInfoNotification(
                time_stamp=now, adjacent_app_info=there, links=_links(entry.value)
            )

        self._subscriptions.notify(made)

    def _concerns(self, body: AmsSubscription, app_d_id: str) -> bool:
        if not isinstance(body, AdjacentAppInfoSubscription):
            return False
        named = body.filter_criteria.app_instance_id
        return any(
            named in (None, each) and self._neighbours.app_d_of(each) == app_d_id
            for each in self._book.registered()
        )


def _links(body: AmsSubscription) -> NotificationLinks:
    links = body.links
    return NotificationLinks(subscription=LinkType(href="" if links is None else links.self.href))
