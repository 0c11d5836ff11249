"""The base station's side of N3: a cell's packets leave in GTP-U, and come back out of it.

``python -m wayside.access.lab.gnb '<config>'`` runs in the cell's namespace until SIGTERM. Never
looks further into a packet than to the device that it is of or for.
"""

import select
import signal
import sys

import msgspec

from wayside.linux.bursts import Bursts
from wayside.linux.gtpu.end import Bearer, TunnelEnd
from wayside.linux.gtpu.messages import PORT
from wayside.linux.gtpu.port import TunnelPort
from wayside.linux.tap import Tap
from wayside.refpoints.n3 import N3Side


def end_of(side: N3Side) -> TunnelEnd:
    """Return the base station's end of the tunnels."""
    bearers = [
        Bearer(each.device, each.user_plane, each.downlink_teid, each.uplink_teid, each.qfi)
        for each in side.sessions
    ]
    return TunnelEnd(bearers, address=side.address, is_uplink=True)


def main(config_text: str) -> None:
    """Serve the cell described by JSON ``config_text`` until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    side = msgspec.json.decode(config_text, type=N3Side)
    port = TunnelPort(Tap(side.interface), Bursts(side.address, PORT), end_of(side))
    readers = port.readers()
    while True:
        for handle in select.select(readers, (), ())[0]:
            readers[handle]()


if __name__ == "__main__":
    main(sys.argv[1])
