"""What is asked of a core for the operator's table: subscriptions as data. Pure.

A wish has a name that stays the same from start to start, so that what the NEF has already is known
again. Never says whether it was granted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from wayside.access.reading import Record

from .logic import EVENTS
from .model import (
    Accuracy,
    AsSessionWithQoSSubscription,
    FlowInfo,
    MonitoringEventSubscription,
    MonitoringType,
    RouteToLocation,
    TrafficInfluSub,
)
from .table import CoreTable, SessionLine

Body = MonitoringEventSubscription | AsSessionWithQoSSubscription | TrafficInfluSub
Target = dict[str, Any]
"""How the NEF calls whom it is to monitor: a field of the subscription, and its value."""
UNSAID = ""
"""Where notifications go is filled in when the wish is sent."""


class Interface(StrEnum):
    """Which of the NEF's interfaces a wish is for; also the path of its notifications."""

    MONITORING = "monitoring"
    SESSIONS = "sessions"
    INFLUENCES = "influences"


class Monitoring(Record):
    """How closely devices are followed."""

    accuracy: Accuracy = Accuracy.CGI_ECGI
    """CGI_ECGI: by cell. GEO_AREA: by area too, where the core can tell one."""
    report_interval_s: Annotated[int, Meta(ge=0)] = 0
    """Between two reports of one device; 0: each change."""
    detection_s: Annotated[int, Meta(ge=1)] = 60
    """Without contact, after which a device is lost."""
    dnn: str | None = None
    """The data network whose addresses the table has."""


@dataclass(frozen=True)
class Wish:
    """One subscription that there should be."""

    name: str
    interface: Interface
    body: Body
    device: int | None = None
    """The one device that it concerns; None: reports name theirs."""
    session: SessionLine | None = None
    once: bool = False
    """Answered at once, or by the first reports; then it is done."""


def wishes_of(table: CoreTable, how: Monitoring, found: dict[int, str]) -> Iterator[Wish]:
    """Yield all that is wanted for as long as the table is true.

    ``found``: external identifiers of devices for which the table has none, by row.
    """
    for target, device, name in targets_of(table, found):
        for kind in MonitoringType:
            body = _monitoring(kind, how, target)
            yield Wish(f"{kind} of {name}", Interface.MONITORING, body, device)
    rows = {each.id: row for row, each in enumerate(table.subscribers)}
    for session in table.sessions:
        row = rows[session.subscriber]
        yield Wish(
            f"session {session.id}",
            Interface.SESSIONS,
            AsSessionWithQoSSubscription(
                notification_destination=UNSAID,
                dnn=how.dnn,
                flow_info=(FlowInfo(flow_id=1, flow_descriptions=session.flows),),
                qos_reference=session.reference,
                alt_qos_references=session.alternatives,
                ue_ipv4_addr=table.subscribers[row].address,
                events=EVENTS,
            ),
            row,
            session,
        )
    for line in table.influences:
        address = None
        if line.subscriber is not None:
            address = table.subscribers[rows[line.subscriber]].address
        yield Wish(
            f"influence {line.id}",
            Interface.INFLUENCES,
            TrafficInfluSub(
                dnn=how.dnn,
                ipv4_addr=address,
                external_group_id=line.group,
                any_ue_ind=True if address is None and line.group is None else None,
                subscribed_events=("UP_PATH_CHANGE",),
                dnai_chg_type="EARLY_LATE",
                notification_destination=UNSAID,
                traffic_filters=(FlowInfo(flow_id=1, flow_descriptions=line.flows),),
                traffic_routes=(RouteToLocation(dnai=line.dnai, route_prof_id=line.profile),),
            ),
            None if line.subscriber is None else rows[line.subscriber],
        )


def first_places(table: CoreTable, how: Monitoring, found: dict[int, str]) -> Iterator[Wish]:
    """Yield one question for each target: where it was last, so that the beginning is known."""
    for target, device, name in targets_of(table, found):
        yield where(how, target, device, name, kind="LAST_KNOWN_LOCATION")


def where(how: Monitoring, target: Target, device: int | None, name: str, *, kind: str) -> Wish:
    """Return the question where a target is: one report, and no more."""
    body = MonitoringEventSubscription(
        **target,
        notification_destination=UNSAID,
        monitoring_type=MonitoringType.LOCATION_REPORTING,
        location_type=kind,
        accuracy=how.accuracy,
        maximum_number_of_reports=1,
    )
    return Wish(f"place of {name}", Interface.MONITORING, body, device, once=True)


def targets_of(table: CoreTable, found: dict[int, str]) -> Iterator[tuple[Target, int | None, str]]:
    """Yield who is monitored as one: how the NEF calls it, the row if it is one device, a name."""
    for group in dict.fromkeys(each.group for each in table.subscribers if each.group):
        yield {"external_group_id": group}, None, f"group {group}"
    for row in range(len(table.subscribers)):
        if table.subscribers[row].group is None:
            yield target_of(table, found, row), row, table.subscribers[row].id


def target_of(table: CoreTable, found: dict[int, str], row: int) -> Target:
    """Return how the NEF calls the device of ``row``."""
    line = table.subscribers[row]
    if line.external_id is not None:
        return {"external_id": line.external_id}
    if line.msisdn is not None:
        return {"msisdn": line.msisdn}
    return {"external_id": found[row]} if row in found else {"ipv4_addr": line.address}


def _monitoring(
    kind: MonitoringType, how: Monitoring, target: Target
) -> MonitoringEventSubscription:
    own: dict[str, Any] = {}
    if kind is MonitoringType.LOCATION_REPORTING:
        interval = how.report_interval_s or None
        own = {
            "location_type": "CURRENT_LOCATION",
            "accuracy": how.accuracy,
            "minimum_report_interval": interval,
        }
    elif kind is MonitoringType.UE_REACHABILITY:
        own = {"reachability_type": "DATA"}
    else:
        own = {"maximum_detection_time": how.detection_s}
    return MonitoringEventSubscription(
        **target, **own, notification_destination=UNSAID, monitoring_type=kind
    )
