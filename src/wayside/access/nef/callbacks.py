"""Where a NEF posts what it reports. The path holds a key that nobody can guess.

Never says what a report means, and is served to the NEF alone.
"""

from typing import Protocol

from wayside.core.operations import Api, post

from .keeping import Keeper
from .model import (
    EventNotification,
    MonitoringEventReport,
    MonitoringNotification,
    UserPlaneEventReport,
    UserPlaneNotificationData,
)
from .wishes import Interface, Wish

SCOPE = "public"


class Hearer(Protocol):
    """Who is told what the NEF has reported."""

    def reported(self, wish: Wish, reports: tuple[MonitoringEventReport, ...]) -> None:
        """Something has happened to devices."""
        ...

    def promised(self, wish: Wish, report: UserPlaneEventReport) -> None:
        """A promise has been made, changed or broken."""
        ...

    def rerouted(self, wish: Wish, change: EventNotification) -> None:
        """A device's traffic leaves the core elsewhere, or is about to."""
        ...


class NefCallbacks(
    Api, name="wayside_nef", version="v1", spec="TS 29.122, TS 29.522", title="Reports of a NEF"
):
    """What a NEF posts to the destinations that it was given."""

    def __init__(self, keeper: Keeper, hearer: Hearer) -> None:
        self._keeper, self._hearer = keeper, hearer

    @post("/monitoring/{key}", clause="TS 29.122 clause 5.3.3", scope=SCOPE, errors=(404,))
    async def report_events(self, key: str, body: MonitoringNotification) -> None:
        """Take reports on devices. Raises NotFound where nothing is subscribed under the key."""
        wish = self._keeper.of(key, Interface.MONITORING)
        self._hearer.reported(wish, body.monitoring_event_reports)
        if body.cancel_ind:
            await self._keeper.cancelled(key)

    @post("/sessions/{key}", clause="TS 29.122 clause 5.14.3", scope=SCOPE, errors=(404,))
    async def report_session(self, key: str, body: UserPlaneNotificationData) -> None:
        """Take reports on a session. Raises NotFound where there is none under the key."""
        wish = self._keeper.of(key, Interface.SESSIONS)
        for report in body.event_reports:
            await self._keeper.tell(key, report)
            self._hearer.promised(wish, report)

    @post("/influences/{key}", clause="TS 29.522 clause 5.4", scope=SCOPE, errors=(404,))
    async def report_path(self, key: str, body: EventNotification) -> None:
        """Take a change of path. Raises NotFound where nothing was asked under the key."""
        self._hearer.rerouted(self._keeper.of(key, Interface.INFLUENCES), body)
