"""What may be watched, whatever version of the API asks for it, and what then happens. Pure data.

Devices are named by their addresses, cells and zones by their ids: rows are the engine's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from wayside.core.errors import Unprocessable
from wayside.refpoints.net.areas import Area

from .model import DistanceCriteria, OperationStatus

PAIRS_MAX = 10_000


class Change(Enum):
    """What became of a device and an area, or of what is watched in its stead."""

    ENTERING = "entering"
    LEAVING = "leaving"
    TRANSFERRING = "transferring"
    """It went from one access point to another within the area."""


class Crossing(IntEnum):
    """Which threshold of users was crossed, and which way. Ref: MEC 013 clause 6.4.7."""

    OVER_ZONE_UPPER_THD = 1
    UNDER_ZONE_LOWER_THD = 2
    OVER_AP_UPPER_THD = 3
    UNDER_AP_LOWER_THD = 4


@dataclass(frozen=True)
class PlaceWish:
    """Hear of devices at access points."""

    addresses: tuple[str, ...] = ()
    """Empty: all devices."""
    zone: str | None = None
    cells: tuple[str, ...] = ()
    """The area; with no zone either, each zone is an area by itself."""
    changes: frozenset[Change] = frozenset(Change)


@dataclass(frozen=True)
class StatusWish:
    """Hear how many users a zone and its access points have, and whether those serve."""

    zone: str
    thresholds: Mapping[Crossing, int] = field(default_factory=dict)
    statuses: frozenset[OperationStatus] = frozenset()


@dataclass(frozen=True)
class AreaWish:
    """Hear of devices on the map."""

    addresses: tuple[str, ...]
    area: Area
    changes: frozenset[Change]
    immediately: bool = False
    """Whether it is told at once who is within already."""


@dataclass(frozen=True)
class DistanceWish:
    """Hear when devices have come near to each other, or gone far."""

    monitored: tuple[str, ...]
    reference: tuple[str, ...]
    """Empty: the monitored among each other."""
    distance_m: float
    criteria: DistanceCriteria
    immediately: bool

    def pairs(self) -> list[tuple[str, str]]:
        """Return whose distances count; raise Unprocessable for none, and for too many."""
        if self.reference:
            found = [(one, other) for one in self.monitored for other in self.reference]
        else:
            found = [
                (one, other)
                for number, one in enumerate(self.monitored)
                for other in self.monitored[number + 1 :]
            ]
        if not found:
            raise Unprocessable(
                "referenceAddress: one monitored device has no distance by itself; name another.",
                field="referenceAddress",
            )
        if len(found) > PAIRS_MAX:
            raise Unprocessable(
                f"monitoredAddress: these are {len(found)} distances; at most {PAIRS_MAX} are "
                "watched for one subscription.",
                field="monitoredAddress",
            )
        return found


@dataclass(frozen=True)
class PeriodicWish:
    """Hear where devices are, every so often."""

    addresses: tuple[str, ...]
    interval_s: float


Wish = PlaceWish | StatusWish | AreaWish | DistanceWish | PeriodicWish


@dataclass(frozen=True)
class Limits:
    """How much a subscriber wants to be told."""

    interval_s: float = 0.0
    """Between two notifications at least; what was undone meanwhile is not told."""
    count: int = 0
    """Then the subscription ends; 0: never."""
    each: bool = False
    """Whether ``count`` is for each device by itself."""


@dataclass(frozen=True)
class Watch:
    """One subscription as the engine knows it."""

    key: str
    wish: Wish
    limits: Limits = Limits()


@dataclass(frozen=True)
class Happened:
    """Something that a subscriber is to be told, by names: rows may mean others when it is told."""

    time_ns: int
    change: Change | None = None
    address: str | None = None
    """The device's, as the subscription calls it, or as answers do."""
    cell: str | None = None
    """Where the device is now; where it was, if it left."""
    before: str | None = None
    """Where it was before."""
    crossing: Crossing | None = None
    users: int | None = None
    """How many, where a threshold was crossed."""
    status: OperationStatus | None = None
    zone: str = ""
    """The zone of the access point."""
    area: str = ""
    """Which of the areas of the watch it is about."""
    final: bool = False
    """Nothing follows."""

    @property
    def subject(self) -> object:
        """What it is about: what undoes it or follows it has the same."""
        if self.address is not None:
            return (self.address, self.area)
        return (self.crossing, self.status is not None, self.cell)


def undoes(change: Change | None, other: Change | None) -> bool:
    """Tell whether one change takes the other back."""
    return {change, other} == {Change.ENTERING, Change.LEAVING}
