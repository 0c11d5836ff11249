"""Mp3, platform to platform: which services and instances of one are found on the other.

Ours: the standard gives Mp3 a purpose and no protocol (MEC 003 clause 7.2). Each platform tells the
whole of what it shares and what it holds of the other, in one message each way: whoever lost
something gets it again with the next one.
"""

from wayside.core.authorisation import Caller
from wayside.core.ids import HostId
from wayside.core.operations import Api, delete, get, put
from wayside.core.wire import Wire
from wayside.model.rules import TrafficRule
from wayside.model.services import ServiceInfo

OURS = "Ours: MEC 003 clause 7.2 leaves Mp3 open"
MOVING = "Ours: MEC 021 clause 7.4.5 has the platform steer to a device that crossed hosts"
WRITE = "mp3:write"


class Site(Wire):
    """Where a host lies, for the scopes of locality between a host and the whole system.

    Two hosts are in the same place where both name it alike; one that names none shares none.
    Ref: MEC 011 clause 8.1.6.5.
    """

    nfvi_pop: str | None = None
    zone: str | None = None
    zone_group: str | None = None


class Edition(Wire):
    """Which of a platform's lists a list is: later ones of one incarnation have higher numbers."""

    incarnation: str
    """New with every start of the platform."""
    number: int


class SharedInstance(Wire):
    """An application instance that runs, as other platforms are told of it."""

    app_instance_id: str
    app_d_id: str
    addresses: tuple[str, ...]


class PlatformServices(Wire):
    """What a platform shares, and which list of the other platform's it holds."""

    host_id: HostId
    """Of the platform that speaks."""
    site: Site = Site()
    edition: Edition
    heard: Edition | None = None
    """The list of the platform spoken to that the speaker holds; absent: none."""
    services: tuple[ServiceInfo, ...] | None = None
    """All that it shares; absent where the platform spoken to holds this edition already."""
    instances: tuple[SharedInstance, ...] | None = None
    """The application instances that run at it; told together with ``services``."""


class HeldDevice(Wire):
    """A device that is at the platform spoken to, and served by an instance at the speaker's."""

    address: str
    """IPv4."""
    rules: tuple[TrafficRule, ...]
    """Which of its packets, and how strongly; where they go is where the speaker's host is."""


class PeerPlatform(Wire):
    """Another platform, as this one sees it."""

    host_id: HostId
    reachable: bool
    """Whether it was heard within the time after which its services are SUSPENDED."""
    services: int
    """How many of its services are found here."""


class Mp3(Api, name="wayside_mp3", version="v1", spec="Ours", title="Platform to platform (Mp3)"):
    """What platforms of one MEC system tell each other."""

    @put("/platforms/{hostId}/services", clause=OURS, scope=WRITE)
    async def exchange_services(
        self, host_id: HostId, body: PlatformServices, caller: Caller | None = None
    ) -> PlatformServices:
        """Keep what the platform of ``hostId`` shares, and answer with what this one does.

        Raises NotFound where ``hostId`` is no peer of this platform, Forbidden where the token is
        not that peer's, Unprocessable where the body is another's.
        """
        raise NotImplementedError

    @get("/platforms", clause=OURS, scope="mp3:read")
    async def list_platforms(self) -> tuple[PeerPlatform, ...]:
        """List the platforms that this one exchanges services with."""
        raise NotImplementedError

    @put("/platforms/{hostId}/devices/{holdId}", clause=MOVING, scope=WRITE, errors=(409,))
    async def hold_device(
        self, host_id: HostId, hold_id: str, body: HeldDevice, caller: Caller | None = None
    ) -> None:
        """Send a device's packets to the host of ``hostId``, in force and durable on return.

        404 where ``hostId`` is no peer of this platform, 403 where the token is not that peer's,
        409 where no way for devices' packets leads from this host to that one.
        """
        raise NotImplementedError

    @delete("/platforms/{hostId}/devices/{holdId}", clause=MOVING, scope=WRITE)
    async def release_device(
        self, host_id: HostId, hold_id: str, caller: Caller | None = None
    ) -> None:
        """Steer the device by this platform's own rules again, in force on return; 404 as above."""
        raise NotImplementedError
