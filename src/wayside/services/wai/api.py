"""The operations of WLAN access information. Ref: MEC 028 clause 7.

Never decides: each operation sees whose it is, and hands on.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from wayside.chassis.etags import entry_of
from wayside.chassis.subscribing import holder_of, require_held
from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.authorisation import Caller, held_of
from wayside.core.ids import SubscriptionId
from wayside.core.operations import Api, delete, get, post, put
from wayside.core.replies import Created, Entry, Made, Page
from wayside.core.requests import IfMatch, ListQuery
from wayside.model.common import SelfLink
from wayside.refpoints.net.picture import AccessNetwork

from .book import MEASUREMENTS, ROOT, MeasurementBook
from .feed import WlanFeed
from .logic import check_subscription
from .measurements import (
    BeaconReport,
    ChannelLoad,
    MeasurementConfig,
    MeasurementConfigLink,
    MeasurementConfigLinkList,
    NeighborReport,
    link_of,
)
from .model import TYPES, ApInfo, StaInfo, SubscriptionLinkList, WaiSubscription
from .narrowing import stations_of
from .reporting import reports
from .wlan import Wlan

READ, WRITE = "wai:read", "wai:write"
SUBSCRIPTIONS = f"{ROOT}/subscriptions"
WHOLE = ListQuery()


class WlanInformation(
    Api, name="wai", version="v2", spec="MEC 028 V2.3.1", title="WLAN access information"
):
    """Access points and stations as they are now, what stations measure, and who is told."""

    def __init__(
        self,
        network: AccessNetwork,
        measurements: MeasurementBook,
        subscriptions: SubscriptionBook[WaiSubscription],
        *,
        feed: WlanFeed,
    ) -> None:
        self._network = network
        self._measurements = measurements
        self._subscriptions = subscriptions
        self._feed = feed

    @get("/queries/ap/ap_information", clause="7.3.3.1", scope=READ)
    async def list_ap_information(self, query: ListQuery = WHOLE) -> Page[ApInfo]:
        """List the access points with what is told of each."""
        wlan = Wlan(self._network.picture)
        found = ((row, wlan.ap_info(row)) for row in wlan.cells)
        return Page([entry_of(f"{info.ap_id.bssid}/{row}", info) for row, info in found])

    @get("/queries/sta/sta_information", clause="7.4.3.1", scope=READ)
    async def list_sta_information(
        self, query: ListQuery = WHOLE, caller: Caller | None = None
    ) -> Page[StaInfo]:
        """List the stations that are associated, with the reports of the caller's measurements.

        ``filter=(eq,channelLoad/measurementId,m1)`` finds those that report for a measurement.
        """
        wlan = Wlan(self._network.picture)
        measured: dict[int, list[MeasurementConfig]] = {}
        for each in self._measurements.list(holder_of(caller)):
            for row in wlan.rows_of(each.value.sta_id):
                measured.setdefault(row, []).append(each.value)
        stations = stations_of(wlan, query.filter)

        def made(place: int) -> Entry[StaInfo]:
            mac, row = stations[place]
            return entry_of(mac, _reported(wlan, row, measured.get(row, [])))

        return Page(Made([mac for mac, _ in stations], made))

    @get("/measurements", clause="7.7.3.1", scope=READ)
    async def list_measurements(self, caller: Caller | None = None) -> MeasurementConfigLinkList:
        """List the caller's measurements as links."""
        return MeasurementConfigLinkList(
            links=link_of(MEASUREMENTS),
            measurement_config=tuple(_lines(self._measurements, holder_of(caller))),
        )

    @post("/measurements", clause="7.7.3.4", scope=WRITE)
    async def create_measurement(
        self, body: MeasurementConfig, caller: Caller | None = None
    ) -> Created[MeasurementConfig]:
        """Have stations measure; their reports stand in ``sta_information`` from now on.

        422 for what cannot be measured here, and for a measurementId that the caller uses already.
        """
        entry = await self._measurements.create(holder_of(caller), body)
        return Created(f"{MEASUREMENTS}/{entry.id}", entry)

    @get("/measurements/{measurementConfigId}", clause="7.8.3.1", scope=READ)
    async def get_measurement(
        self, measurement_config_id: str, caller: Caller | None = None
    ) -> Entry[MeasurementConfig]:
        """Read one of the caller's measurements."""
        return self._measurements.get(holder_of(caller), measurement_config_id)

    @put("/measurements/{measurementConfigId}", clause="7.8.3.2", scope=WRITE, errors=(412,))
    async def replace_measurement(
        self,
        measurement_config_id: str,
        body: MeasurementConfig,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[MeasurementConfig]:
        """Replace a measurement whole."""
        return await self._measurements.replace(
            holder_of(caller), measurement_config_id, body, if_match=if_match
        )

    @delete("/measurements/{measurementConfigId}", clause="7.8.3.5", scope=WRITE)
    async def delete_measurement(
        self, measurement_config_id: str, caller: Caller | None = None
    ) -> None:
        """Measure this no more; its reports are gone."""
        await self._measurements.delete(holder_of(caller), measurement_config_id)

    @get("/subscriptions", clause="7.5.3.1", scope=READ, types=TYPES)
    async def list_subscriptions(
        self, *, subscription_type: str | None = None, caller: Caller | None = None
    ) -> SubscriptionLinkList:
        """List the caller's subscriptions as links; of assoc_sta, sta_data_rate, measure_report."""
        found = self._subscriptions.list(
            holder_of(caller), subscription_type=subscription_type, held=held_of(caller)
        )
        return SubscriptionLinkList(
            links=SelfLink(self=found.links.self), subscription=found.links.subscription
        )

    @post("/subscriptions", clause="7.5.3.4", scope=WRITE, types=TYPES)
    async def create_subscription(
        self, body: WaiSubscription, caller: Caller | None = None
    ) -> Created[WaiSubscription]:
        """Subscribe to who is associated, to rates of stations, or to what stations measure."""
        require_held(caller, body)
        check_subscription(body)
        entry = await self._subscriptions.create(holder_of(caller), body)
        self._feed.watch()
        return Created(f"{SUBSCRIPTIONS}/{entry.id}", entry)

    @get("/subscriptions/{subscriptionId}", clause="7.6.3.1", scope=READ, types=TYPES)
    async def get_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[WaiSubscription]:
        """Read one of the caller's subscriptions."""
        found = self._subscriptions.get(holder_of(caller), subscription_id)
        require_held(caller, found.value)
        return found

    @put(
        "/subscriptions/{subscriptionId}",
        clause="7.6.3.2",
        scope=WRITE,
        errors=(412,),
        types=TYPES,
    )
    async def replace_subscription(
        self,
        subscription_id: SubscriptionId,
        body: WaiSubscription,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[WaiSubscription]:
        """Replace a subscription whole; it begins anew."""
        await self.get_subscription(subscription_id, caller)
        require_held(caller, body)
        check_subscription(body)
        entry = await self._subscriptions.replace(
            holder_of(caller), subscription_id, body, if_match=if_match
        )
        self._feed.watch()
        return entry

    @delete("/subscriptions/{subscriptionId}", clause="7.6.3.5", scope=WRITE, types=TYPES)
    async def delete_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self.get_subscription(subscription_id, caller)
        await self._subscriptions.delete(holder_of(caller), subscription_id)
        self._feed.watch()


def _lines(book: MeasurementBook, owner: str) -> Iterator[MeasurementConfigLink]:
    for each in book.list(owner):
        yield MeasurementConfigLink(
            href=f"{MEASUREMENTS}/{each.id}", measurement_id=each.value.measurement_id
        )


def _reported(wlan: Wlan, row: int, measured: list[MeasurementConfig]) -> StaInfo:
    """Return a station with its reports; who it is stands above them and is not repeated."""
    info = wlan.sta_info(row)
    found = [
        report
        for each in measured
        for report in reports(wlan, row, each.measurement_id, each.measurement_info)
    ]
    return replace(
        info,
        beacon_report=tuple(each for each in found if isinstance(each, BeaconReport)),
        neighbor_report=tuple(each for each in found if isinstance(each, NeighborReport)),
        channel_load=tuple(each for each in found if isinstance(each, ChannelLoad)),
    )
