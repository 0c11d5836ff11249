"""Two platforms of one MEC system, joined by Mp3, with a cable between them that can be cut."""

from types import TracebackType
from typing import Self

from tests.mep.world import SERVICES, MepWorld, configuration

from wayside.adapters.clocks import VirtualClock
from wayside.core.authorisation import Caller
from wayside.core.errors import Unavailable
from wayside.core.ids import HostId
from wayside.mep.build import MepSettings
from wayside.mep.wayside_mp3.peers import Here
from wayside.refpoints.mp3 import Mp3, PeerPlatform, PlatformServices, Site

LEFT, RIGHT = HostId("mec1"), HostId("mec2")
CLIENTS = {LEFT: "left-client", RIGHT: "right-client"}
ROADSIDE = Site(zone="north", zone_group="city", nfvi_pop="pop1")
DOWNTOWN = Site(zone="south", zone_group="city")


class Cable(Mp3):
    """The other platform itself, as long as it is not cut; counts what went over it."""

    def __init__(self) -> None:
        self.far: MepWorld | None = None
        self.cut = False
        self.loses_answers = False
        self.messages: list[PlatformServices] = []

    async def exchange_services(
        self, host_id: HostId, body: PlatformServices, caller: Caller | None = None
    ) -> PlatformServices:
        if self.cut or self.far is None:
            raise Unavailable("Nobody answers.")
        self.messages.append(body)
        answer = await self.far.mep.mp3.exchange_services(host_id, body, caller)
        if self.loses_answers:
            raise Unavailable("The answer was lost.")
        return answer

    async def list_platforms(self) -> tuple[PeerPlatform, ...]:
        raise Unavailable("Not asked here.")


class Platforms:
    """``left`` and ``right``, each with one instance ``app1``, on one virtual clock."""

    def __init__(self, *, sites: tuple[Site, Site] = (ROADSIDE, DOWNTOWN)) -> None:
        self.clock = VirtualClock()
        self.to_right, self.to_left = Cable(), Cable()
        self.left = self._world(
            "left", Here(LEFT, sites[0], {RIGHT: self.to_right}, clients=CLIENTS)
        )
        self.right = self._world(
            "right", Here(RIGHT, sites[1], {LEFT: self.to_left}, clients=CLIENTS)
        )

    def _world(self, prefix: str, here: Here) -> MepWorld:
        settings = MepSettings(here=here, networks=("10.60.1.0/24",))
        return MepWorld(settings, clock=self.clock, prefix=prefix)

    async def __aenter__(self) -> Self:
        await self.left.__aenter__()
        await self.right.__aenter__()
        self.to_right.far, self.to_left.far = self.right, self.left
        await self.left.ready()
        await self.right.ready(configuration())
        await self.clock.advance(10)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        await self.right.__aexit__(kind, fault, trace)
        await self.left.__aexit__(kind, fault, trace)

    def cut(self, *, cut: bool = True) -> None:
        """Take the network between the platforms away, or bring it back."""
        self.to_left.cut = self.to_right.cut = cut

    async def seen(self, world: MepWorld | None = None) -> dict[str, str]:
        """What a consumer on the right (or at ``world``) finds: state by name."""
        found = (await (world or self.right).http.get(f"{SERVICES}/services")).json()
        return {each["serName"]: each["state"] for each in found}
