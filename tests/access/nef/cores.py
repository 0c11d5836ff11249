"""An operator's table of a core, and a source beside a twin NEF, for the tests of both."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.access.nef.twin import TwinNef, serving

from wayside.access.nef.keeping import Asker
from wayside.access.nef.source import NefSource, Ports
from wayside.access.nef.table import CoreTable, parse
from wayside.access.nef.wishes import Monitoring
from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.client import HttpClient
from wayside.chassis.http import Element, HttpServer
from wayside.chassis.store import Store
from wayside.core.tasks import Nursery
from wayside.security.sandbox import SandboxAuthoriser

TABLE = """
[[operators]]
id = "north"
mcc = "001"
mnc = "01"

[[cells]]
id = "nr1"
technology = "NR"
operator = "north"
zone = "harbour"
latitude = 43.58
longitude = 7.12
identity = 0x4001

[[cells]]
id = "nr2"
technology = "NR"
operator = "north"
zone = "quay"
latitude = 43.59
longitude = 7.12
identity = 0x4002

[[cells]]
id = "lte1"
technology = "LTE"
operator = "north"
zone = "quay"
latitude = 43.58
longitude = 7.13
identity = 0x0a01

[[subscribers]]
id = "crane"
operator = "north"
address = "10.45.7.1"
supi = "imsi-001010000000001"
external_id = "crane@port.example"

[[subscribers]]
id = "gate"
operator = "north"
address = "10.45.9.4"
supi = "imsi-001010000000007"

[[subscribers]]
id = "truck-a"
operator = "north"
address = "10.45.9.5"
supi = "imsi-001010000000008"
msisdn = "33600000008"
group = "trucks@port.example"

[[qos]]
reference = "gold"
q_ci = 3
downlink_guaranteed_mbps = 20
uplink_guaranteed_mbps = 5
downlink_mbps_max = 40
uplink_mbps_max = 10

[[qos]]
reference = "silver"
q_ci = 4
downlink_guaranteed_mbps = 5

[[sessions]]
id = "crane-video"
subscriber = "crane"
reference = "gold"
alternatives = ["silver"]
flows = ["permit out ip from 10.60.1.0/24 to 10.45.7.1"]
bearer = 10

[[influences]]
id = "local"
dnai = "harbour-site"
profile = "n6-harbour"
group = "trucks@port.example"
flows = ["permit out ip from 10.60.1.0/24 to any"]
"""
CRANE, GATE, TRUCK = range(3)
NR1, NR2, LTE1 = range(3)


def a_table(text: str = TABLE) -> CoreTable:
    return parse(text, source="core.toml")


def nr(identity: int, mcc: str = "001", mnc: str = "01") -> dict[str, object]:
    """The location of a device in this NR cell."""
    plmn = {"mcc": mcc, "mnc": mnc}
    tai = {"plmnId": plmn, "tac": "000001"}
    ncgi = {"plmnId": plmn, "nrCellId": f"{identity:09X}"}
    return {"userLocation": {"nrLocation": {"tai": tai, "ncgi": ncgi}}}


def lte(identity: int) -> dict[str, object]:
    """The location of a device in this E-UTRAN cell."""
    plmn = {"mcc": "001", "mnc": "01"}
    tai = {"plmnId": plmn, "tac": "0001"}
    ecgi = {"plmnId": plmn, "eutraCellId": f"{identity:07x}"}
    return {"userLocation": {"eutraLocation": {"tai": tai, "ecgi": ecgi}}}


@dataclass
class Core:
    """A twin NEF, the clock, and whatever sources a test starts on one journal."""

    folder: Path
    nef: TwinNef
    nursery: Nursery
    callbacks: httpx.AsyncClient
    clock: VirtualClock = field(default_factory=VirtualClock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    ids: CountedIds = field(default_factory=lambda: CountedIds("key"))
    running: asyncio.Task[None] | None = None
    """The source that runs."""

    async def stop(self) -> None:
        """End the source's work, as the process does."""
        assert self.running is not None
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)

    @asynccontextmanager
    async def source(
        self,
        text: str = TABLE,
        *,
        how: Monitoring | None = None,
        epoch: int = 1,
        orderly: bool = False,
    ) -> AsyncIterator[NefSource]:
        """A source that runs, with its callbacks served; ended in order, or as if killed."""
        store = Store(self.journal, new_id=self.ids)
        async with HttpClient() as http, Nursery() as nursery:
            found = NefSource(
                a_table(text),
                Asker(
                    scs_as_id="wayside",
                    nef=f"unix:{self.folder}/nef",
                    notify="http://here.example/wayside_nef/v1",
                ),
                Ports(http, store, self.clock, self.ids),
                how=how or Monitoring(),
                epoch=epoch,
            )
            element = Element(
                title="callbacks", apis=[found.callbacks], authoriser=SandboxAuthoriser(),
                clock=self.clock, new_id=CountedIds("request"),
            )  # fmt: skip
            server = HttpServer(element, nursery=nursery)
            await server.listen_unix(self.folder / "callbacks")
            self.running = nursery.start(found.run(), name="nef")
            yield found
            await self.stop()
            if orderly:
                await found.close()
            await server.close()

    async def until(self, true: Callable[[], bool], *, tick_s: float = 0.0) -> None:
        """Wait, with or without time passing, until something is so."""
        async with asyncio.timeout(10):
            while not true():
                if tick_s:
                    await self.clock.advance(tick_s)
                await asyncio.sleep(0.002)


@asynccontextmanager
async def a_core(folder: Path) -> AsyncIterator[Core]:
    transport = httpx.AsyncHTTPTransport(uds=f"{folder}/callbacks")
    async with (
        Nursery() as nursery,
        httpx.AsyncClient(transport=transport) as callbacks,
        serving(folder, callbacks) as nef,
    ):
        nef.addresses["10.45.9.4"] = "gate@port.example"
        nef.places["crane@port.example"] = nr(0x4001)
        nef.places["gate@port.example"] = lte(0x0A01)
        yield Core(folder, nef, nursery, callbacks)
