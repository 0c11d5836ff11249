"""The operations of ``wayside_mp3``. Never decides: ``peers`` and ``holding`` do."""

from wayside.core.authorisation import Caller
from wayside.core.errors import Unprocessable
from wayside.core.ids import HostId
from wayside.refpoints.mp3 import HeldDevice, Mp3, PeerPlatform, PlatformServices

from .holding import Guests
from .peers import Peers


class PlatformExchange(Mp3):
    """This platform's end of Mp3."""

    def __init__(self, peers: Peers, guests: Guests) -> None:
        self._peers = peers
        self._guests = guests

    async def exchange_services(
        self, host_id: HostId, body: PlatformServices, caller: Caller | None = None
    ) -> PlatformServices:
        """Take a peer's message, from the peer itself."""
        self._peers.require_speaker(host_id, caller)
        if body.host_id != host_id:
            raise Unprocessable(
                f"$.hostId: it is {body.host_id[:64]}, in the path {host_id[:64]}; send the same.",
                field="$.hostId",
            )
        return await self._peers.exchange(body)

    async def list_platforms(self) -> tuple[PeerPlatform, ...]:
        """List the peers."""
        return self._peers.list_peers()

    async def hold_device(
        self, host_id: HostId, hold_id: str, body: HeldDevice, caller: Caller | None = None
    ) -> None:
        """Send a device's packets to the peer that serves it."""
        self._peers.require_speaker(host_id, caller)
        await self._guests.hold(host_id, hold_id, body)

    async def release_device(
        self, host_id: HostId, hold_id: str, caller: Caller | None = None
    ) -> None:
        """Steer the device by our own rules again."""
        self._peers.require_speaker(host_id, caller)
        await self._guests.release(host_id, hold_id)
