"""The process of the access network: has it told and shows it. Never touches a packet.

Started again, it begins anew: what it told before is of another epoch.
"""

import asyncio
import sys
from pathlib import Path

from wayside.access import carrying
from wayside.access.view.api import NetworkView
from wayside.core.errors import Unprocessable

from .launch import Launch, arguments_of
from .process import Hands, run
from .serving import inner_server
from .sources import chosen
from .state import FACTS, NETWORK


async def serve(wanted: Launch, hands: Hands, ended: asyncio.Event) -> None:
    """Let whoever is chosen tell of the network until ``ended`` is set."""
    choice = chosen(Path(wanted.scenario))
    if choice is None:
        raise Unprocessable(
            f"{wanted.scenario}: there is no access network: it has neither [network] nor [source]."
        )
    async with choice.open(wanted.state, hands) as source:
        network = source.network
        view = NetworkView(lambda: network.picture, source.put, source.hand_over)
        apis = [view, *source.apis]
        server = inner_server("Wayside's access network", apis, wanted, hands)
        telling = hands.nursery.start(source.run(), name="access network")
        teller = await carrying.serve(network, wanted.state.socket(FACTS))
        await server.listen_unix(wanted.state.socket(NETWORK))
        await ended.wait()
        await server.close()
        teller.close()
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


def main() -> None:
    """Run the access network of a state folder's scenario until it is told to end."""
    wanted = arguments_of(sys.argv[1:], __doc__)
    run(lambda hands, ended: serve(wanted, hands, ended))


if __name__ == "__main__":
    main()
