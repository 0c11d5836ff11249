"""What is kept of devices on their way, and of those served from afar. Never moves any."""

from dataclasses import dataclass

from wayside.core.wire import Wire
from wayside.model.associate_id import AssociateId

from .logic import interface_of
from .model import ServiceLevel, TargetAppInfo


class Target(Wire):
    """The instance that takes over."""

    app_instance_id: str
    host_id: str
    addresses: tuple[str, ...] = ()

    @property
    def told(self) -> TargetAppInfo:
        """The same as a notification names it."""
        return TargetAppInfo(
            app_instance_id=self.app_instance_id, comm_interface=interface_of(self.addresses)
        )


class Move(Wire):
    """What the saga of a move knows so far."""

    id: str
    service_id: str
    app_instance_id: str
    device: AssociateId
    level: ServiceLevel
    host_id: str
    """Where the device goes."""
    cell: str
    origin: str
    held: bool = False
    """Whether its packets are sent here from there meanwhile."""
    target: Target | None = None
    told: bool = False
    """Whether the application has heard of it."""

    @property
    def address(self) -> str:
        """The device's address."""
        return self.device.value

    @property
    def key(self) -> str:
        """What there is one move of at a time: a device of a service."""
        return key_of(self.service_id, self.address)

    @property
    def stays(self) -> bool:
        """Whether the instance is to serve the device on, wherever it goes."""
        return self.level is ServiceLevel.APP_MOBILITY_NOT_ALLOWED


class Staying(Wire):
    """A device that is elsewhere and served here for as long as that is so."""

    address: str
    hold_id: str
    host_id: str


@dataclass(frozen=True)
class Patience:
    """How long a move may take, seconds."""

    handover_s: float = 30.0
    """From when a handover is prepared until the device is there."""
    confirmation_s: float = 30.0
    """Until the application has said that its state is transferred."""


def key_of(service_id: str, address: str) -> str:
    """Return what a device of a service is called here."""
    return f"{service_id}.{address}"
