"""How V3.1.1 says what happened. Pure."""

from dataclasses import dataclass

from wayside.core.clock import Nanoseconds
from wayside.core.replies import Entry
from wayside.model.common import LinkType, TimeStamp
from wayside.model.subscriptions import NotificationLinks
from wayside.refpoints.net.picture import Picture
from wayside.services.location.addresses import Addressing, in_query
from wayside.services.location.model import LocationInfo
from wayside.services.location.places import location_of, time_of
from wayside.services.location.wishes import Happened

from . import notifications as told
from . import subscriptions as asked
from .meaning import CHANGES
from .model import UserInfo, UserList

USERS = "/location/v3/queries/users"

EVENTS = {change: event for event, change in CHANGES.items()}


@dataclass(frozen=True)
class Sayings:
    """How it is said what happened."""

    addressing: Addressing
    accuracy_m: int | None

    def to_user(
        self, entry: Entry[asked.UserSubscription], happened: Happened, picture: Picture
    ) -> told.Notified:
        """Ref: clauses 6.4.4 and 6.4.5."""
        value = entry.value
        if isinstance(value, asked.UserLocationPeriodicSubscription):
            return self._periodic(entry, value, happened, picture)
        assert happened.change is not None and happened.cell is not None
        para = value.user_event_para or asked.UserEventPara()
        return told.Notified(
            user_location_event_notification=told.UserLocationEventNotification(
                links=_links(entry.value),
                time_stamp=_stamp(happened),
                wayside_origin=picture.origin,
                user_location_event=EVENTS[happened.change],
                address=value.address,
                access_point_id=happened.cell,
                zone_id=happened.zone,
                location_info=self._place(picture, value.address, para.reporting_location_req),
            )
        )

    def _periodic(
        self,
        entry: Entry[asked.UserSubscription],
        value: asked.UserLocationPeriodicSubscription,
        happened: Happened,
        picture: Picture,
    ) -> told.Notified:
        row = self.addressing.find(picture.network, value.address)
        user = None if row is None else self._user(picture, row, value.address)
        place = self._place(picture, value.address, True)
        result = told.NotificationResult.SUCCESS if place else told.NotificationResult.ABNORMAL
        return told.Notified(
            user_location_periodic_notification=told.UserLocationPeriodicNotification(
                links=_links(entry.value),
                time_stamp=time_of(picture),
                wayside_origin=picture.origin,
                result=result,
                address=value.address,
                access_point_id=user.access_point_id if user else None,
                zone_id=user.zone_id if user else None,
                location_info=place,
                is_final_notification=happened.final or None,
            )
        )

    def to_zone(
        self, entry: Entry[asked.ZoneSubscription], happened: Happened, picture: Picture
    ) -> told.Notified:
        """Ref: clauses 6.4.6 and 6.4.7."""
        value = entry.value
        if isinstance(value, asked.ZoneLocationEventSubscription):
            assert happened.change is not None and happened.address is not None
            return told.Notified(
                zone_location_event_notification=told.ZoneLocationEventNotification(
                    links=_links(entry.value),
                    time_stamp=_stamp(happened),
                    wayside_origin=picture.origin,
                    user_location_event=EVENTS[happened.change],
                    address=happened.address,
                    zone_id=value.zone_id,
                )
            )
        return told.Notified(
            zone_status_notification=told.ZoneStatusNotification(
                links=_links(entry.value),
                time_stamp=_stamp(happened),
                wayside_origin=picture.origin,
                zone_id=value.zone_id,
                access_point_id=happened.cell,
                user_num_event=happened.crossing,
                operation_status=happened.status,
            )
        )

    def to_area(
        self, entry: Entry[asked.UserAreaSubscription], happened: Happened, picture: Picture
    ) -> told.Notified:
        """Ref: clause 6.4.8."""
        assert happened.change is not None and happened.address is not None
        wanted = entry.value.reporting_location_req
        return told.Notified(
            user_area_notification=told.UserAreaNotification(
                links=_links(entry.value),
                time_stamp=_stamp(happened),
                wayside_origin=picture.origin,
                user_location_event=EVENTS[happened.change],
                address=happened.address,
                location_info=self._place(picture, happened.address, wanted),
            )
        )

    def to_distance(
        self, entry: Entry[asked.UserDistanceSubscription], happened: Happened, picture: Picture
    ) -> told.Notified:
        """Ref: clause 6.4.9. The monitored users that are served are in it."""
        users = []
        for address in entry.value.monitored_address:
            row = self.addressing.find(picture.network, address)
            user = None if row is None else self._user(picture, row, address)
            if user is not None:
                users.append(user)
        return told.Notified(
            user_distance_notification=told.UserDistanceNotification(
                links=_links(entry.value),
                time_stamp=_stamp(happened),
                wayside_origin=picture.origin,
                distance_event=entry.value.criteria,
                monitored_users=UserList(user=tuple(users), resource_url=USERS),
            )
        )

    def _place(self, picture: Picture, address: str, wanted: bool | None) -> LocationInfo | None:
        row = self.addressing.find(picture.network, address) if wanted else None
        return None if row is None else location_of(picture, row, self.accuracy_m)

    def _user(self, picture: Picture, row: int, address: str) -> UserInfo | None:
        cell = picture.access_point(row)
        if cell is None:
            return None
        return UserInfo(
            address=address,
            access_point_id=picture.network.cells[cell].id,
            zone_id=picture.network.cells[cell].zone,
            resource_url=f"{USERS}?address={in_query(address)}",
            timestamp=time_of(picture),
            location_info=location_of(picture, row, self.accuracy_m),
        )


def _links(value: asked.Subscribed) -> NotificationLinks:
    assert value.links is not None, "a kept subscription links to itself"
    return NotificationLinks(subscription=LinkType(href=value.links.self.href))


def _stamp(happened: Happened) -> TimeStamp:
    return TimeStamp.of(Nanoseconds(happened.time_ns))
