"""A 3GPP core as a source of facts: what its NEF reports of the operator's devices.

Never asks anything itself: ``keeping`` does; never decides what a report means: ``logic`` does.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from wayside.access.feed import Feed, FeedReader
from wayside.access.static.table import network_of
from wayside.chassis.backoff import Backoff
from wayside.chassis.client import HttpClient, connect
from wayside.chassis.store import Store
from wayside.core.clock import Clock
from wayside.core.errors import Problem, Unauthorised, Unavailable
from wayside.core.ids import NewId
from wayside.refpoints.net.facts import Event, Facts
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import Origin

from .callbacks import NefCallbacks
from .keeping import Asker, Keeper
from .logic import Devices, Names, Place, bearer_of, events_of, moved, names_of, place_of
from .model import (
    EventNotification,
    IpAddr,
    MonitoringEventReport,
    MonitoringType,
    UeIdInfo,
    UeIdReq,
    UserPlaneEventReport,
)
from .northbound import UEId
from .table import CoreTable
from .wishes import Monitoring, Wish, first_places, target_of, where, wishes_of

log = logging.getLogger(__name__)

CLOSE_S = 3.0
BACKOFF = Backoff(first_s=2.0, longest_s=60.0)


@dataclass(frozen=True)
class Ports:
    """What the source stands on."""

    http: HttpClient
    store: Store
    clock: Clock
    new_key: NewId


class NefSource:
    """Port: ``AccessNetwork``. What it tells is MEASURED."""

    origin = Origin.MEASURED

    def __init__(
        self, table: CoreTable, asker: Asker, ports: Ports, *, how: Monitoring, epoch: int
    ) -> None:
        self._table, self._asker, self._how, self._ports = table, asker, how, ports
        network = network_of(table)
        self._clock = ports.clock
        self._feed = Feed(
            Snapshot(
                epoch=epoch,
                sequence=0,
                time_ns=self._clock.now(),
                origin=self.origin,
                network=network,
            )
        )
        self._found: dict[int, str] = {}
        self._names: Names = names_of(table, network, self._found)
        self._devices = Devices(tuple(cell.technology for cell in network.cells))
        self._strangers: set[str] = set()
        self._questions = count(1)
        self.ways: dict[int, str] = {}
        """By device: where its traffic leaves the core (DNAI), where that was reported."""
        self.keeper = Keeper(
            asker, ports.http, ports.store, self._clock, ports.new_key, self.reported
        )
        self.callbacks = NefCallbacks(self.keeper, self)

    @property
    def picture(self) -> Picture:
        """The present, as every reader sees it."""
        return self._feed.picture

    def join(self) -> FeedReader:
        """Return a reader; see ``Source``."""
        return self._feed.join()

    async def run(self) -> None:
        """Ask for everything and keep it alive until cancelled; readers then hear of the end."""
        try:
            await self._find_names()
            self.keeper.want(wishes_of(self._table, self._how, self._found))
            self.keeper.want(first_places(self._table, self._how, self._found))
            for wish, held in self.keeper.held():
                if held.told is not None:
                    self.promised(wish, held.told)
            await self.keeper.run()
        finally:
            self._feed.end()

    async def close(self) -> None:
        """Take back what the NEF has; what it does not answer is taken back at the next start."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.keeper.close()
        except (Problem, TimeoutError) as fault:
            log.warning("the NEF still has subscriptions; the next start ends them: %s", fault)

    def reported(self, wish: Wish, reports: tuple[MonitoringEventReport, ...]) -> None:
        """Tell what the reports say that was not known."""
        events: list[Event] = []
        places: list[tuple[int, Place]] = []
        for report in reports:
            device = self._names.device(report)
            device = wish.device if device is None else device
            if device is None:
                self._stranger(report.external_id or report.msisdn or "a device without a name")
                continue
            events += events_of(self._devices, self._names, device, report)
            info = report.location_info
            place = None if info is None else place_of(info)
            if place is not None:
                places.append((device, place))
            if report.monitoring_type == MonitoringType.UE_REACHABILITY and info is None:
                self._ask_where(device)
        self._tell(events, places)

    def promised(self, wish: Wish, report: UserPlaneEventReport) -> None:
        """Tell what a promise has come to."""
        session, device = wish.session, wish.device
        if session is None or device is None:
            return
        before = self._devices.promised.get(device, {}).get(session.bearer)
        bearer = bearer_of(self._table, session, report, before)
        self._tell(self._devices.has(device, session.bearer, bearer), ())

    def rerouted(self, wish: Wish, change: EventNotification) -> None:
        """Know where a device's traffic leaves the core now; an early word is of what will be."""
        log.info(
            "%s: %s: from %s to %s", wish.name, change.dnai_chg_type, change.source_dnai,
            change.target_dnai,
        )  # fmt: skip
        device = self._device_of(wish, change)
        if device is None or change.dnai_chg_type == "EARLY":
            return
        if change.target_dnai is None:
            self.ways.pop(device, None)
        else:
            self.ways[device] = change.target_dnai

    def _device_of(self, wish: Wish, change: EventNotification) -> int | None:
        address = change.tgt_ue_ipv4_addr or change.src_ue_ipv4_addr
        if address is not None:
            try:
                return self.picture.network.row_of_address(address)
            except ValueError:
                return None
        _, _, name = (change.gpsi or "").partition("-")
        return self._names.devices.get(name, wish.device)

    def _ask_where(self, device: int) -> None:
        """Ask for the place of a device that is reachable again: the report does not say."""
        target = target_of(self._table, self._found, device)
        name = self._table.subscribers[device].id
        name = f"{name} (question {next(self._questions)})"
        question = where(self._how, target, device, name, kind="CURRENT_LOCATION")
        self.keeper.want([question])

    def _stranger(self, name: str) -> None:
        if name not in self._strangers:
            self._strangers.add(name)
            log.warning("the NEF reports of %s, whom the table does not know", name[:80])

    def _tell(self, events: Iterable[Event], places: Iterable[tuple[int, Place]]) -> None:
        happened, moves = tuple(events), moved(places)
        if not happened and moves is None:
            return
        self._feed.tell(
            Facts(
                epoch=self.picture.epoch,
                sequence=self.picture.sequence + 1,
                time_ns=max(self._clock.now(), self.picture.time_ns),
                origin=self.origin,
                events=happened,
                moved=moves,
            )
        )

    async def _find_names(self) -> None:
        """Ask who the devices are that the table gives an address alone."""
        api = connect(UEId, self._asker.nef, self._ports.http)
        for row, line in enumerate(self._table.subscribers):
            if line.external_id or line.msisdn or line.group:
                continue
            try:
                self._found[row] = (await self._name_of(api, line.address)).external_id
            except Problem as fault:
                log.warning(
                    "the NEF does not say who %s is (%s); it is monitored by its address",
                    line.address, fault.detail,
                )  # fmt: skip
        self._names = names_of(self._table, self.picture.network, self._found)

    async def _name_of(self, api: UEId, address: str) -> UeIdInfo:
        """Return who has the address; asks again and again while the NEF does not answer."""
        asked = UeIdReq(
            af_id=self._asker.scs_as_id, ue_ip_addr=IpAddr(ipv4_addr=address), dnn=self._how.dnn
        )
        failures = 0
        while True:
            try:
                return await api.retrieve(asked)
            except (Unavailable, Unauthorised) as fault:
                failures += 1
                if failures == 1:
                    log.warning("the NEF cannot be asked: %s", fault.detail)
                await self._clock.sleep(BACKOFF.wait_s(failures))
