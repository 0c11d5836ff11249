"""The process of the access network: simulates, tells and shows it. Never touches a packet.

Started again, it begins anew: what it told before is of another epoch.
"""

import asyncio
import sys
from pathlib import Path

from wayside.access import carrying
from wayside.access.simulated.scenario import load
from wayside.access.simulated.source import SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.access.view.api import NetworkView

from .launch import Launch, arguments_of
from .process import Hands, run
from .serving import inner_server
from .state import FACTS, NETWORK


async def serve(wanted: Launch, hands: Hands, ended: asyncio.Event) -> None:
    """Let the network live until ``ended`` is set."""
    world = world_of(load(Path(wanted.scenario)))
    source = SimulatedSource(world, hands.clock, epoch=hands.clock.now())
    server = inner_server(
        "Wayside's access network", [NetworkView(lambda: source.picture)], wanted, hands
    )
    hands.nursery.start(source.run(), name="access network")
    teller = await carrying.serve(source, wanted.state.socket(FACTS))
    await server.listen_unix(wanted.state.socket(NETWORK))
    await ended.wait()
    await server.close()
    teller.close()


def main() -> None:
    """Run the access network of a state folder's scenario until it is told to end."""
    wanted = arguments_of(sys.argv[1:], __doc__)
    run(lambda hands, ended: serve(wanted, hands, ended))


if __name__ == "__main__":
    main()
