"""What subscriptions of V3.1.1 mean. Pure."""

from dataclasses import dataclass

import msgspec

from wayside.core.errors import BadRequest, Unprocessable
from wayside.services.location.terms import Terms, circle, polygon
from wayside.services.location.wishes import (
    AreaWish,
    Change,
    Crossing,
    DistanceWish,
    Limits,
    PeriodicWish,
    PlaceWish,
    StatusWish,
    Wish,
)

from . import subscriptions as asked

CHANGES = {
    asked.LocationEventType.ENTERING_AREA_EVENT: Change.ENTERING,
    asked.LocationEventType.LEAVING_AREA_EVENT: Change.LEAVING,
}
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
