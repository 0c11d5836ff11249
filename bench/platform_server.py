"""A whole MEC platform on a journal on disk, for ``bench.registry`` to drive. Prints its port.

Its data plane is the simulated one: nothing here steers a packet. Callbacks are really called.
"""

import asyncio
import sys
from pathlib import Path

from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.kernel_clock import KernelClockState
from wayside.adapters.poster import HttpPoster
from wayside.adapters.sqlite import SqliteJournal
from wayside.chassis.delivery import Deliverer
from wayside.chassis.http import Element, HttpServer, run
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.tasks import Nursery
from wayside.dataplane.dns import DnsServer, DnsSettings
from wayside.dataplane.metering import SimulatedMeter
from wayside.dataplane.shaper import SimulatedShaper
from wayside.dataplane.simulated import SimulatedDataPlane
from wayside.mep.build import Mep, Ports
from wayside.refpoints.mm5 import PlatformConfiguration
from wayside.security.sandbox import SandboxAuthoriser

APP = "app1"


async def serve(folder: Path) -> None:
    """Serve one platform with one configured instance until the process is ended."""
    clock, ids = SystemClock(), CountedIds("id")
    async with Nursery() as nursery:
        outlet = Outlet(Deliverer(clock, nursery), HttpPoster(), root=lambda: "http://127.0.0.1")
        mep = Mep(
            Ports(
                store=Store(SqliteJournal(folder / "mep.db"), new_id=ids),
                mp2=SimulatedDataPlane(DnsServer(DnsSettings(()), nursery)),
                shaper=SimulatedShaper(),
                meter=SimulatedMeter(),
                clock=clock,
                clock_state=KernelClockState(),
                nursery=nursery,
                outlet=outlet,
            )
        )
        await mep.start()
        await mep.platform.configure(
            PlatformConfiguration(
                app_instance_id=APP, app_d_id="d1", app_name="bench", app_provider="wayside"
            )
        )
        element = Element(
            title="MEP",
            apis=mep.apis,
            authoriser=SandboxAuthoriser(),
            clock=clock,
            new_id=ids,
        )
        server = HttpServer(element, nursery=nursery)
        print(await server.listen_tcp("127.0.0.1", 0), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    run(serve(Path(sys.argv[1])))
