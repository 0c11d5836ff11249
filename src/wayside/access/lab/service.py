"""Answers the lab's API from a scenario and a set of instruments.

Never measures by itself: instruments do, on real namespaces or on the simulated twin.
"""

import asyncio
from ipaddress import AddressValueError, IPv4Address
from typing import Protocol

from wayside.core.errors import Problem, Unprocessable

from .api import Lab
from .device import Outcome, Task
from .facts import HostFacts
from .figures import (
    CellView,
    CloudView,
    DelayReport,
    DelayRun,
    DeviceView,
    DownloadReport,
    DownloadRun,
    HostView,
    LinkDelay,
    LinkView,
    PlayReport,
    PlayRun,
    RequestReport,
    RequestRun,
    Served,
    TownView,
)
from .model import Device, Link, Scenario
from .paths import serving_host
from .player import Played, PlayTask


class Instruments(Protocol):
    """The port to whoever can measure: both twins have it."""

    simulated: bool

    async def measure_delays(self, count: int) -> tuple[LinkDelay, ...]:
        """Measure every link that has a delay with ``count`` echoes."""
        ...

    async def perform(self, device: Device, task: Task) -> tuple[Outcome, int]:
        """Do ``task`` from ``device``; return what it saw and the bytes on the backhaul."""
        ...

    async def play(self, device: Device, task: PlayTask) -> Played:
        """Play from ``device``. Raises Conflict where no packet is real."""
        ...


class LabService(Lab):
    """The lab of one town. ``hosts`` are the facts that the plan gave."""

    def __init__(
        self, scenario: Scenario, hosts: tuple[HostFacts, ...], instruments: Instruments
    ) -> None:
        self.scenario = scenario
        """The town as it is: whoever hands a device over puts it here."""
        self._facts = {facts.host_id: facts for facts in hosts}
        self._instruments = instruments
        self._one_at_a_time = asyncio.Lock()
        """Two runs at once would count each other's bytes and queue behind each other."""

    async def get_town(self) -> TownView:
        """See ``Lab.get_town``."""
        scenario = self.scenario
        simulated = self._instruments.simulated
        lists = (scenario.devices, scenario.cells, scenario.hosts)
        single = (scenario.core.id, scenario.cloud.id, scenario.system.id)
        return TownView(
            name=scenario.town.name,
            title=scenario.town.title,
            mode="simulated" if simulated else "namespaces",
            simulated=simulated,
            nodes=(*(node.id for nodes in lists for node in nodes), *single),
            links=tuple(_link_view(link) for link in scenario.links),
            cells=tuple(
                CellView(
                    id=cell.id,
                    latitude=cell.latitude,
                    longitude=cell.longitude,
                    host=serving_host(scenario, cell.id),
                )
                for cell in scenario.cells
            ),
            devices=tuple(self._device_view(device) for device in scenario.devices),
            hosts=tuple(self._host_views()),
            cloud=CloudView(
                address=scenario.cloud.address,
                dns_address=scenario.cloud.dns_address,
                names=scenario.cloud.names,
            ),
        )

    def _device_view(self, device: Device) -> DeviceView:
        host = serving_host(self.scenario, device.id)
        return DeviceView(
            id=device.id,
            address=device.address,
            cell=device.cell,
            host=host,
            dns=self._facts[host].dns_address if host else None,
        )

    def _host_views(self) -> list[HostView]:
        return [
            HostView(
                id=host.id,
                name=host.name,
                latitude=host.latitude,
                longitude=host.longitude,
                country=host.country,
                dns_address=self._facts[host.id].dns_address,
                mp1_address=self._facts[host.id].mp1_address,
                app_pool=self._facts[host.id].app_pool,
                latency_ns=self._facts[host.id].latency_ns,
            )
            for host in self.scenario.hosts
        ]

    async def measure_delays(self, body: DelayRun) -> DelayReport:
        """See ``Lab.measure_delays``."""
        async with self._one_at_a_time:
            links = await self._instruments.measure_delays(body.count)
        return DelayReport(links=links, simulated=self._instruments.simulated)

    async def run_requests(self, body: RequestRun) -> RequestReport:
        """See ``Lab.run_requests``."""
        device = self._device(body.device)
        task = self._task(body, device, count=body.count, keep_alive=body.keep_alive)
        async with self._one_at_a_time:
            outcome, crossed = await self._instruments.perform(device, task)
        return RequestReport(
            device=device.id,
            device_address=device.address,
            address=outcome.address,
            resolve_s=outcome.resolve_s,
            timings_s=outcome.timings_s,
            served=tuple(
                Served(served_by=by, instance=instance, count=count)
                for by, instance, count in outcome.served
            ),
            failures=outcome.failures,
            backhaul_bytes=crossed,
            simulated=self._instruments.simulated,
        )

    async def run_download(self, body: DownloadRun) -> DownloadReport:
        """See ``Lab.run_download``."""
        device = self._device(body.device)
        task = self._task(body, device, count=1, keep_alive=False)
        async with self._one_at_a_time:
            outcome, crossed = await self._instruments.perform(device, task)
        seconds = sum(outcome.timings_s)
        return DownloadReport(
            device=device.id,
            address=outcome.address,
            bytes=outcome.bytes if seconds else 0,
            seconds=seconds,
            throughput_bps=outcome.bytes * 8 / seconds if seconds else 0.0,
            failure=outcome.failures[0] if outcome.failures else None,
            backhaul_bytes=crossed,
            simulated=self._instruments.simulated,
        )

    async def run_play(self, body: PlayRun) -> PlayReport:
        """See ``Lab.run_play``."""
        device = self._device(body.device)
        _check_address("address", body.address)
        task = PlayTask(address=body.address, level=body.level, seconds=body.seconds)
        played = await self._instruments.play(device, task)
        return PlayReport(
            device=device.id,
            started_ns=played.started_ns,
            counts=played.counts,
            ticks=played.ticks,
            failure=played.fault or None,
            simulated=self._instruments.simulated,
        )

    def _device(self, wanted: str) -> Device:
        devices = {device.id: device for device in self.scenario.devices}
        if wanted in devices:
            return devices[wanted]
        raise Unprocessable(
            f"device: there is no device {wanted}. There are {', '.join(devices)}.", field="device"
        )

    def _task(
        self, body: RequestRun | DownloadRun, device: Device, *, count: int, keep_alive: bool
    ) -> Task:
        if (body.name is None) == (body.address is None):
            raise Unprocessable("address: give either address or name.", field="address")
        if not body.path.startswith("/") or not body.path.isascii() or " " in body.path:
            raise Unprocessable("path: it starts with / and holds no space.", field="path")
        _check_address("address", body.address)
        _check_address("dns", body.dns)
        host = serving_host(self.scenario, device.id)
        resolver = self._facts[host].dns_address if host else self.scenario.cloud.dns_address
        return Task(
            name=body.name,
            address=body.address,
            port=body.port,
            path=body.path,
            count=count,
            keep_alive=keep_alive,
            dns=body.dns or resolver,
            timeout_s=body.timeout_s,
        )


def _link_view(link: Link) -> LinkView:
    return LinkView(
        name=link.name,
        ends=link.ends,
        kind=link.kind.value,
        delay_ms=link.delay_ms,
        rate_mbps=link.rate_mbps,
    )


def _check_address(field: str, text: str | None) -> None:
    """Raise Unprocessable unless ``text`` is an address inside the town or its Internet."""
    if text is None:
        return
    try:
        IPv4Address(text)
    except AddressValueError as fault:
        problem: Problem = Unprocessable(f"{field}: {text!r} is not an IPv4 address.", field=field)
        raise problem from fault
