"""What a living network is, as a scenario's ``[network]`` says it: the form of each field.

Never says whether the parts fit together: ``consistency`` does. Never reads a file.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from wayside.access.reading import Record
from wayside.refpoints.net.network import Bearer, Mcc, Mnc
from wayside.refpoints.net.values import Technology

from .pathloss import Environment
from .rates import WlanStandard

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Latitude = Annotated[float, Meta(ge=-85, le=85)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Point = tuple[Latitude, Longitude]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Mbps = Annotated[float, Meta(ge=0, le=100_000)]


class OperatorPlan(Record):
    """Whose cells and subscribers they are."""

    id: Name
    mcc: Mcc = "001"
    """001 01 is the test network. Ref: ITU-T E.212."""
    mnc: Mnc = "01"


class ZonePlan(Record):
    """A name for several cells together."""

    id: Name


class DataNetworkPlan(Record):
    """Where devices' sessions lead."""

    id: Name
    dnn: str
    """The data network's name. Ref: TS 23.003 clause 9A."""


class CellPlan(Record):
    """A cell or an access point, and how it sends."""

    id: Name
    technology: Technology
    operator: str
    zone: str
    latitude: Latitude
    longitude: Longitude
    carrier_mhz: Annotated[float, Meta(ge=450, le=7125)]
    bandwidth_mhz: Positive
    power_dbm: Annotated[float, Meta(ge=-10, le=60)]
    """All of the bandwidth together, before the antenna's gain."""
    height_m: Annotated[float, Meta(ge=1, le=150)] = 25.0
    environment: Environment = Environment.UMA
    gain_dbi: Annotated[float, Meta(ge=0, le=40)] = 0.0
    azimuth_deg: Annotated[float, Meta(ge=0, lt=360)] | None = None
    """Where a sector looks, clockwise from north; none: everywhere."""
    tilt_deg: Annotated[float, Meta(ge=-90, le=90)] = 6.0
    antennas: Annotated[int, Meta(ge=1, le=4)] = 2
    """How many layers or spatial streams a device may get at most."""
    downlink_share: Annotated[float, Meta(gt=0, lt=1)] | None = None
    """Of the time, where one carrier serves both directions; none: a carrier for each."""
    devices_max: Annotated[int, Meta(ge=0)] = 0
    """How many it serves at most; 0: no bound."""
    physical_id: Annotated[int, Meta(ge=0, le=1007)] = 0
    tracking_area: Annotated[int, Meta(ge=0, le=0xFFFFFF)] = 1
    standard: WlanStandard = WlanStandard.AX
    ssid: str | None = None


class Road(Record):
    """A way that devices take. Where points of two roads coincide they cross."""

    id: Name
    points: Annotated[tuple[Point, ...], Meta(min_length=2)]
    oneway: bool = False
    loop: bool = False
    """Whether the last point leads on to the first."""


class Kind(StrEnum):
    """How devices move, unless they say otherwise."""

    WALKER = "walker"
    CAR = "car"
    DRONE = "drone"
    FIXED = "fixed"


class Traffic(Record):
    """What each device asks for all the time."""

    downlink_mbps: Mbps = 1.0
    uplink_mbps: Mbps = 0.2


class BearerPlan(Record):
    """A bearer of a device: an E-RAB, or a QoS flow."""

    id: Annotated[int, Meta(ge=0, le=63)]
    q_ci: Annotated[int, Meta(ge=0, le=255)] = 9
    """Its QCI or 5QI."""
    downlink_guaranteed_mbps: Mbps = 0.0
    uplink_guaranteed_mbps: Mbps = 0.0
    downlink_mbps_max: Mbps = 0.0
    """0: no bound of its own."""
    uplink_mbps_max: Mbps = 0.0

    @property
    def bearer(self) -> Bearer:
        """Return it in the words of facts."""
        return Bearer(
            id=self.id,
            q_ci=self.q_ci,
            downlink_guaranteed_bps=round(self.downlink_guaranteed_mbps * 1e6),
            uplink_guaranteed_bps=round(self.uplink_guaranteed_mbps * 1e6),
            downlink_bps_max=round(self.downlink_mbps_max * 1e6),
            uplink_bps_max=round(self.uplink_mbps_max * 1e6),
        )


class Around(Record):
    """A circle in which devices stand, evenly."""

    latitude: Latitude
    longitude: Longitude
    radius_m: Annotated[float, Meta(ge=0, le=50_000)]


class Population(Record):
    """Devices of one kind."""

    id: Name
    kind: Kind
    count: Annotated[int, Meta(ge=1, le=4_000_000)]
    operator: str
    radios: Annotated[tuple[Technology, ...], Meta(min_length=1)] = (Technology.NR,)
    roads: tuple[str, ...] = ()
    """Where they move; none named: on all."""
    around: Around | None = None
    """Where they stand, if fixed."""
    speed_kmh: tuple[NotNegative, NotNegative] | None = None
    """From, to; each keeps one of its own."""
    height_m: Annotated[float, Meta(ge=0, le=500)] | None = None
    """Above ground."""
    traffic: Traffic = field(default_factory=Traffic)
    bearers: tuple[BearerPlan, ...] = (BearerPlan(id=5),)
    """What each has whenever a cell of LTE or NR serves it."""
    data_network: str | None = None
    address: str | None = None
    """The first's IPv4 address; the others' count upwards."""
    alone: bool = False
    """One device with just this name, which the lab may know too."""
    off: bool = False
    """Switched off until an event switches them on."""


class Rule(Record):
    """When devices of a technology change cells. Ref: TS 38.331 clause 5.5.4.4, event A3."""

    offset_db: Annotated[float, Meta(ge=-15, le=15)] = 3.0
    hysteresis_db: Annotated[float, Meta(ge=0, le=15)] = 2.0
    trigger_ms: Annotated[float, Meta(ge=0, le=5120)] = 640.0
    """timeToTrigger."""
    attach_dbm: Annotated[float, Meta(ge=-140, le=-40)] = -116.0
    """The weakest signal that a device begins with."""
    lost_dbm: Annotated[float, Meta(ge=-140, le=-40)] = -124.0
    """Below this it is out of coverage."""


WLAN_RULE = Rule(
    offset_db=6.0, hysteresis_db=2.0, trigger_ms=1000.0, attach_dbm=-72.0, lost_dbm=-85.0
)


class Rules(Record):
    """The rules by technology."""

    lte: Rule = field(default_factory=Rule)
    nr: Rule = field(default_factory=Rule)
    wlan: Rule = WLAN_RULE

    def of(self, technology: Technology) -> Rule:
        """Return the rule of a technology."""
        return {Technology.LTE: self.lte, Technology.NR: self.nr, Technology.WLAN: self.wlan}[
            technology
        ]


class Deed(StrEnum):
    """What happens."""

    SWITCH_OFF = "switch-off"
    SWITCH_ON = "switch-on"
    LINK = "link"
    BEARER = "bearer"


class Happening(Record):
    """Something that happens at a time: a cell or a population is switched, a link changes."""

    at_s: NotNegative
    """Of the network's time since its start."""
    do: Deed
    cell: str | None = None
    population: str | None = None
    ends: tuple[str, str] | None = None
    delay_ms: Annotated[float, Meta(ge=0, le=10_000)] = 0.0
    rate_mbps: Mbps = 0.0
    loss: Annotated[float, Meta(ge=0, le=1)] = 0.0
    bearer: BearerPlan | None = None
    """What each device of the population has from now on, beside or in place of the same id."""


class NetworkPlan(Record):
    """A whole living network. Ours: the form of a scenario is this project's."""

    operators: tuple[OperatorPlan, ...]
    zones: tuple[ZonePlan, ...]
    cells: tuple[CellPlan, ...]
    seed: Annotated[int, Meta(ge=0, le=2**62)] = 1
    data_networks: tuple[DataNetworkPlan, ...] = ()
    roads: tuple[Road, ...] = ()
    populations: tuple[Population, ...] = ()
    rules: Rules = field(default_factory=Rules)
    events: tuple[Happening, ...] = ()
