"""What subscriptions of V2.2.1 mean, and how it is said what happened. Pure."""

from dataclasses import dataclass
from typing import Any

import msgspec

from wayside.core.clock import Nanoseconds
from wayside.core.errors import Unprocessable
from wayside.core.replies import Entry
from wayside.model.common import TimeStamp
from wayside.refpoints.net.picture import Picture
from wayside.services.location.addresses import Addressing
from wayside.services.location.places import location_of, time_of
from wayside.services.location.terms import Terms, circle
from wayside.services.location.wishes import (
    AreaWish,
    Change,
    Crossing,
    DistanceWish,
    Happened,
    Limits,
    PeriodicWish,
    PlaceWish,
    StatusWish,
    Wish,
)

from . import bodies
from . import notifications as told
from . import subscriptions as asked

CHANGES = {
    asked.UserEventType.ENTERING: Change.ENTERING,
    asked.UserEventType.LEAVING: Change.LEAVING,
    asked.UserEventType.TRANSFERRING: Change.TRANSFERRING,
}
EVENTS = {change: event for event, change in CHANGES.items()}


def limits(kept: asked.Kept) -> Limits:
    """Return how much a subscriber wants to be told."""
    wish = kept.asked
    if isinstance(wish, asked.CircleNotificationSubscription):
        return Limits(float(wish.frequency), wish.count or 0, each=True)
    if isinstance(wish, asked.DistanceNotificationSubscription):
        return Limits(float(wish.frequency), wish.count or 0)
    return Limits()


@dataclass(frozen=True)
class Meaning:
    """What is to be watched for a subscription; each raises Unprocessable where it cannot be."""

    terms: Terms

    def of_tracking(self, kept: bodies.KeptTracking) -> Wish:
        """Ref: OMA Zonal Presence clause 5.2.2.10."""
        wish = kept.asked
        self.terms.require_addresses([wish.address], "address")
        return PlaceWish((wish.address,), changes=_changes(wish.user_event_criteria))

    def of_traffic(self, kept: bodies.KeptTraffic) -> Wish:
        """Ref: OMA Zonal Presence clause 5.2.2.9."""
        wish = kept.asked
        self.terms.require_zone(wish.zone_id)
        if wish.interest_realm:
            raise Unprocessable(
                "$.interestRealm: access points of this network have no interest realm; leave it "
                "out to hear of all.",
                field="$.interestRealm",
            )
        return PlaceWish((), wish.zone_id, (), _changes(wish.user_event_criteria))

    def of_status(self, kept: bodies.KeptStatus) -> Wish:
        """Ref: OMA Zonal Presence clause 5.2.2.12."""
        wish = kept.asked
        self.terms.require_zone(wish.zone_id)
        given = {
            Crossing.OVER_ZONE_UPPER_THD: wish.number_of_users_zone_threshold,
            Crossing.OVER_AP_UPPER_THD: wish.number_of_users_ap_threshold,
        }
        thresholds = {way: users for way, users in given.items() if users is not None}
        if not thresholds and not wish.operation_status:
            raise Unprocessable(
                "$.operationStatus: give a threshold or a status; there is nothing to tell else.",
                field="$.operationStatus",
            )
        return StatusWish(wish.zone_id, thresholds, frozenset(wish.operation_status))

    def of_circle(self, kept: bodies.KeptCircle) -> Wish:
        """Ref: OMA Terminal Location clause 5.2.2.9."""
        wish = kept.asked
        addresses = asked.addresses(wish.address)
        self.terms.require_addresses(addresses, "address")
        self.terms.require_accuracy(wish.tracking_accuracy)
        area = circle(wish.latitude, wish.longitude, wish.radius, "radius")
        change = CHANGES[asked.UserEventType(wish.entering_leaving_criteria.value)]
        return AreaWish(addresses, area, frozenset({change}), wish.check_immediate)

    def of_periodic(self, kept: bodies.KeptPeriodic) -> Wish:
        """Ref: OMA Terminal Location clause 5.2.2.8."""
        wish = kept.asked
        addresses = asked.addresses(wish.address)
        self.terms.require_addresses(addresses, "address")
        self.terms.require_accuracy(wish.requested_accuracy, "requestedAccuracy")
        return PeriodicWish(addresses, float(wish.frequency))

    def of_distance(self, kept: bodies.KeptDistance) -> Wish:
        """Ref: OMA Terminal Location clause 5.2.2.10."""
        wish = kept.asked
        monitored = asked.addresses(wish.monitored_address)
        reference = asked.addresses(wish.reference_address)
        self.terms.require_addresses(monitored, "monitoredAddress")
        self.terms.require_addresses(reference, "referenceAddress")
        self.terms.require_accuracy(wish.tracking_accuracy)
        found = DistanceWish(
            monitored, reference, wish.distance, wish.criteria, wish.check_immediate
        )
        found.pairs()
        return found


def _changes(events: tuple[asked.UserEventType, ...]) -> frozenset[Change]:
    return frozenset(CHANGES[each] for each in events or tuple(CHANGES))


@dataclass(frozen=True)
class Sayings:
    """How it is said what happened."""

    addressing: Addressing
    accuracy_m: int | None

    def of_presence(self, entry: Entry[Any], happened: Happened, picture: Picture) -> told.Notified:
        """Of a user or a zone. Ref: OMA Zonal Presence clause 5.2.2.11."""
        assert happened.change is not None
        assert happened.address is not None and happened.cell is not None
        is_transfer = happened.change is Change.TRANSFERRING
        return told.Notified(
            zonal_presence_notification=told.ZonalPresenceNotification(
                **_said(entry, picture),
                address=happened.address,
                zone_id=happened.zone,
                current_access_point_id=happened.cell,
                previous_access_point_id=happened.before if is_transfer else None,
                user_event_type=EVENTS[happened.change],
                timestamp=TimeStamp.of(Nanoseconds(happened.time_ns)),
            )
        )

    def of_status(self, entry: Entry[Any], happened: Happened, picture: Picture) -> told.Notified:
        """Ref: OMA Zonal Presence clause 5.2.2.13."""
        of_zone = happened.crossing is Crossing.OVER_ZONE_UPPER_THD
        return told.Notified(
            zone_status_notification=told.ZoneStatusNotification(
                **_said(entry, picture),
                zone_id=entry.value.asked.zone_id,
                access_point_id=happened.cell,
                number_of_users_in_zone=happened.users if of_zone else None,
                number_of_users_in_ap=None if of_zone else happened.users,
                operation_status=happened.status,
                timestamp=TimeStamp.of(Nanoseconds(happened.time_ns)),
            )
        )

    def of_circle(
        self, entry: Entry[bodies.KeptCircle], happened: Happened, picture: Picture
    ) -> told.Notified:
        """Ref: OMA Terminal Location clause 5.2.2.12."""
        assert happened.address is not None
        return told.Notified(
            subscription_notification=told.SubscriptionNotification(
                **_said(entry, picture),
                terminal_location=(self._terminal(picture, happened.address),),
                entering_leaving_criteria=entry.value.asked.entering_leaving_criteria,
                is_final_notification=happened.final,
            )
        )

    def of_periodic(
        self, entry: Entry[bodies.KeptPeriodic], happened: Happened, picture: Picture
    ) -> told.Notified:
        """Ref: OMA Terminal Location clause 5.2.2.12."""
        terminals = asked.addresses(entry.value.asked.address)
        return told.Notified(
            subscription_notification=told.SubscriptionNotification(
                **_said(entry, picture),
                terminal_location=tuple(self._terminal(picture, each) for each in terminals),
                is_final_notification=happened.final,
            )
        )

    def of_distance(
        self, entry: Entry[bodies.KeptDistance], happened: Happened, picture: Picture
    ) -> told.Notified:
        """Ref: OMA Terminal Location clause 5.2.2.12."""
        wish = entry.value.asked
        terminals = asked.addresses(wish.monitored_address)
        return told.Notified(
            subscription_notification=told.SubscriptionNotification(
                **_said(entry, picture),
                terminal_location=tuple(self._terminal(picture, each) for each in terminals),
                distance_criteria=wish.criteria,
                is_final_notification=happened.final,
            )
        )

    def _terminal(self, picture: Picture, address: str) -> told.TerminalLocation:
        row = self.addressing.find(picture.network, address)
        place = None if row is None else location_of(picture, row, self.accuracy_m)
        if place is None:
            return told.TerminalLocation(
                address=address, location_retrieval_status=told.RetrievalStatus.NOT_RETRIEVED
            )
        return told.TerminalLocation(
            address=address,
            location_retrieval_status=told.RetrievalStatus.RETRIEVED,
            current_location=msgspec.structs.replace(place, timestamp=time_of(picture)),
        )


def _said(entry: Entry[Any], picture: Picture) -> dict[str, Any]:
    """Return what all notifications of a subscription say."""
    wish = entry.value.asked
    link = asked.Link(rel=entry.value.subscription_type, href=wish.resource_url)
    return {
        "callback_data": wish.callback.callback_data,
        "link": (link,),
        "wayside_origin": picture.origin,
    }
