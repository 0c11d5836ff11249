"""What subscriptions of V3.1.1 mean, and how it is said what happened. Pure."""

from dataclasses import dataclass

import msgspec

from wayside.core.clock import Nanoseconds
from wayside.core.errors import BadRequest, Unprocessable
from wayside.core.replies import Entry
from wayside.model.common import LinkType, TimeStamp
from wayside.model.subscriptions import NotificationLinks
from wayside.refpoints.net.picture import Picture
from wayside.services.location.addresses import Addressing, in_query
from wayside.services.location.model import LocationInfo
from wayside.services.location.places import location_of, time_of
from wayside.services.location.terms import Terms, circle, polygon
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

from . import notifications as told
from . import subscriptions as asked
from .model import UserInfo, UserList

USERS = "/location/v3/queries/users"
CHANGES = {
    asked.LocationEventType.ENTERING_AREA_EVENT: Change.ENTERING,
    asked.LocationEventType.LEAVING_AREA_EVENT: Change.LEAVING,
}
EVENTS = {change: event for event, change in CHANGES.items()}
EACH_MIN_S = 1.0


def like(value: asked.Subscribed) -> asked.Subscribed:
    """Return what the client asked for, without what the platform adds."""
    return msgspec.structs.replace(value, links=None, websock_notif_config=None)


def limits(value: asked.Subscribed) -> Limits:
    """Return how much a subscriber wants to be told."""
    match value:
        case asked.UserLocationEventSubscription(user_event_para=para) if para is not None:
            return Limits(count=int(para.occurrence_info is asked.OccurrenceInfo.ONE_TIME_EVENT))
        case asked.UserLocationPeriodicSubscription(periodic_event_info=info):
            return Limits(count=int(info.reporting_amount))
        case (
            asked.ZoneLocationEventSubscription()
            | asked.ZoneStatusSubscription()
            | asked.UserAreaSubscription()
            | asked.UserDistanceSubscription()
        ):
            ctrl = value.reporting_ctrl or asked.ReportingCtrl()
            interval_s = max(ctrl.minimum_interval or 0, ctrl.maximum_frequency or 0)
            return Limits(float(interval_s), ctrl.maximum_count or 0)
    return Limits()


@dataclass(frozen=True)
class Meaning:
    """What is to be watched for a subscription; each raises Unprocessable where it cannot be."""

    terms: Terms

    def of_user(self, value: asked.UserSubscription) -> Wish:
        """Ref: clauses 6.3.4 and 6.3.5."""
        self.terms.require_addresses([value.address], "address")
        if isinstance(value, asked.UserLocationPeriodicSubscription):
            return self._periodic(value)
        para = value.user_event_para or asked.UserEventPara()
        if para.access_point_list and para.zone_id is not None:
            raise BadRequest(
                "$.userEventPara: give accessPointList or zoneId, not both.",
                field="$.userEventPara",
            )
        if para.zone_id is not None:
            self.terms.require_zone(para.zone_id, "userEventPara.zoneId")
        self.terms.require_access_points(para.access_point_list, "userEventPara.accessPointList")
        return PlaceWish(
            (value.address,),
            para.zone_id,
            para.access_point_list,
            _changes(value.location_event_criteria),
        )

    def _periodic(self, value: asked.UserLocationPeriodicSubscription) -> Wish:
        info = value.periodic_event_info
        if info.reporting_amount * info.reporting_interval > 8_639_999:
            raise Unprocessable(
                "$.periodicEventInfo: reportingAmount times reportingInterval is at most 8639999 "
                "seconds (TS 29.572 clause 6.1.6.2.24).",
                field="$.periodicEventInfo",
            )
        return PeriodicWish((value.address,), max(info.reporting_interval, EACH_MIN_S))

    def of_zone(self, value: asked.ZoneSubscription) -> Wish:
        """Ref: clauses 6.3.6 and 6.3.7."""
        self.terms.require_zone(value.zone_id)
        if isinstance(value, asked.ZoneLocationEventSubscription):
            self.terms.require_addresses(value.address_list, "addressList")
            changes = _changes(value.location_event_criteria)
            return PlaceWish(value.address_list, value.zone_id, (), changes)
        given = {
            Crossing.OVER_ZONE_UPPER_THD: value.upper_number_of_users_zone_threshold,
            Crossing.UNDER_ZONE_LOWER_THD: value.lower_number_of_users_zone_threshold,
            Crossing.OVER_AP_UPPER_THD: value.upper_number_of_users_ap_threshold,
            Crossing.UNDER_AP_LOWER_THD: value.lower_number_of_users_ap_threshold,
        }
        thresholds = {way: users for way, users in given.items() if users is not None}
        if not thresholds and not value.operation_status:
            raise Unprocessable(
                "$.operationStatus: give a threshold or a status; there is nothing to tell else.",
                field="$.operationStatus",
            )
        return StatusWish(value.zone_id, thresholds, frozenset(value.operation_status))

    def of_area(self, value: asked.UserAreaSubscription) -> Wish:
        """Ref: clauses 6.3.8 and 6.5.7."""
        self.terms.require_addresses(value.address_list, "addressList")
        self.terms.require_accuracy(value.tracking_accuracy)
        area = value.area_define
        points = [(each.latitude, each.longitude) for each in area.points]
        if area.shape is asked.AreaShape.POLYGON:
            shape = polygon(points, "areaDefine.points")
        elif len(points) != 1 or area.radius is None:
            raise Unprocessable(
                "$.areaDefine: a circle has one point and a radius.", field="$.areaDefine"
            )
        else:
            shape = circle(*points[0], area.radius, "areaDefine.radius")
        return AreaWish(value.address_list, shape, _changes(value.location_event_criteria))

    def of_distance(self, value: asked.UserDistanceSubscription) -> Wish:
        """Ref: clause 6.3.9."""
        self.terms.require_addresses(value.monitored_address, "monitoredAddress")
        self.terms.require_addresses(value.reference_address, "referenceAddress")
        self.terms.require_accuracy(value.tracking_accuracy)
        wish = DistanceWish(
            value.monitored_address,
            value.reference_address,
            value.distance,
            value.criteria,
            value.check_immediate,
        )
        wish.pairs()
        return wish


def _changes(events: asked.Events) -> frozenset[Change]:
    return frozenset(CHANGES[each] for each in events or tuple(CHANGES))


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
        cell = picture.network.cells[happened.cell]
        return told.Notified(
            user_location_event_notification=told.UserLocationEventNotification(
                links=_links(entry.value),
                time_stamp=_stamp(happened),
                wayside_origin=picture.origin,
                user_location_event=EVENTS[happened.change],
                address=value.address,
                access_point_id=cell.id,
                zone_id=cell.zone,
                location_info=self._place(
                    picture, happened.row, wanted=para.reporting_location_req
                ),
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
        place = self._place(picture, row, wanted=True)
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
            assert happened.change is not None and happened.row is not None
            return told.Notified(
                zone_location_event_notification=told.ZoneLocationEventNotification(
                    links=_links(entry.value),
                    time_stamp=_stamp(happened),
                    wayside_origin=picture.origin,
                    user_location_event=EVENTS[happened.change],
                    address=happened.address
                    or self.addressing.shown(picture.network, happened.row),
                    zone_id=value.zone_id,
                )
            )
        cell = None if happened.cell is None else picture.network.cells[happened.cell].id
        return told.Notified(
            zone_status_notification=told.ZoneStatusNotification(
                links=_links(entry.value),
                time_stamp=_stamp(happened),
                wayside_origin=picture.origin,
                zone_id=value.zone_id,
                access_point_id=cell,
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
                location_info=self._place(picture, happened.row, wanted=wanted),
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

    def _place(
        self, picture: Picture, row: int | None, *, wanted: bool | None
    ) -> LocationInfo | None:
        if not wanted or row is None:
            return None
        return location_of(picture, row, self.accuracy_m)

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
