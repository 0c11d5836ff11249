"""What a NEF's answers hold, whichever interface they are of. Pure.

What cannot be understood is BadGateway: the fault is theirs or the path's.
"""

from typing import Any

import msgspec

from wayside.core.errors import BadGateway, Problem
from wayside.core.replies import Answer
from wayside.core.wire import Wire, decode

from .model import MonitoringEventReport, MonitoringEventReports
from .stamps import moment_of


class _Subscribed(Wire):
    """What is read of any subscription that a NEF answers."""

    self_uri: str = msgspec.field(default="", name="self")
    notification_destination: str = ""
    monitor_expire_time: str | None = None
    monitoring_event_report: MonitoringEventReport | None = None


def _read(answer: Answer[bytes], kind: Any) -> Any:
    try:
        return decode(bytes(answer.body or b"{}"), kind)
    except Problem as fault:
        raise BadGateway(f"The NEF's answer cannot be understood: {fault.detail}") from fault


def id_of(answer: Answer[bytes]) -> str | None:
    """Return the NEF's own identifier of what it has made; None where it says none."""
    location = dict(answer.headers).get("location") or _read(answer, _Subscribed).self_uri
    id: str = location.rstrip("/").rpartition("/")[2]
    return id or None


def until_of(answer: Answer[bytes], asked_ns: int | None) -> int | None:
    """Return when a subscription ends: as the NEF says, where it says sooner."""
    if asked_ns is None or answer.status == 204:
        return asked_ns
    stamp = _read(answer, _Subscribed).monitor_expire_time
    given = None if stamp is None else moment_of(stamp)
    return asked_ns if given is None else min(asked_ns, given)


def reports_in(answer: Answer[bytes]) -> tuple[MonitoringEventReport, ...]:
    """Return the reports that came with an answer: one, several, or that of a subscription."""
    if answer.status == 201:
        report = _read(answer, _Subscribed).monitoring_event_report
        return () if report is None else (report,)
    body = bytes(answer.body)
    if b"monitoringEventReports" in body:
        reports: tuple[MonitoringEventReport, ...] = _read(
            answer, MonitoringEventReports
        ).monitoring_event_reports
        return reports
    return (_read(answer, MonitoringEventReport),)


def destinations(answer: Answer[bytes]) -> dict[str, str]:
    """Return the NEF's identifiers of what it has, by where it notifies."""
    found: dict[str, str] = {}
    for each in _read(answer, tuple[_Subscribed, ...]):
        found[each.notification_destination] = each.self_uri.rstrip("/").rpartition("/")[2]
    return {where: id for where, id in found.items() if id}


class _Refusal(Wire):
    title: str = ""
    detail: str = ""
    cause: str = ""


def said(answer: Answer[bytes]) -> str:
    """Return an answer's own words. Ref: TS 29.122 clause 5.2.6."""
    try:
        refusal = decode(bytes(answer.body or b"{}"), _Refusal)
    except Problem:
        refusal = _Refusal()
    words = " ".join(each for each in (refusal.cause, refusal.detail or refusal.title) if each)
    return f"{answer.status} {words}".rstrip(" .") + "."
