"""Access points and stations for the tests of WLAN access information: what is told is what a test
says.

Three access points in a row (``cafe`` and ``bar`` of the network ``Town``, ``shop`` of ``Shop``);
``phone-1`` to ``phone-4`` from 10.60.0.1 and 02:00:00:00:01:01 on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from wayside.access.feed import Feed
from wayside.model.place import Position
from wayside.refpoints.net.facts import (
    Associated,
    Cause,
    Disassociated,
    Event,
    Facts,
    Loaded,
    Measured,
)
from wayside.refpoints.net.network import Cell, Group, Network, Operator, Zone
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import NOBODY, Origin, Reals, Technology

T0_NS = 1_700_000_000_000_000_000
CAFE, BAR, SHOP = "02:00:00:00:0a:01", "02:00:00:00:0a:02", "02:00:00:00:0a:03"
POINTS = (
    ("cafe", "Town", 5210.0, 80.0, 0x020000000A01),
    ("bar", "Town", 5210.0, 80.0, 0x020000000A02),
    ("shop", "Shop", 2437.0, 20.0, 0x020000000A03),
)
NAN = float("nan")


def phone(number: int) -> str:
    """Return a phone's address."""
    return f"02:00:00:00:01:{number:02x}"


def network(phones: int = 4) -> Network:
    """Return what there is."""
    return Network(
        operators=(Operator(id="north", mcc="001", mnc="01"),),
        zones=(Zone(id="square"),),
        cells=tuple(
            Cell(
                id=name,
                technology=Technology.WLAN,
                operator="north",
                zone="square",
                position=Position(latitude=43.5, longitude=-7.25),
                height_m=3,
                identity=identity,
                carrier_hz=carrier_mhz * 1e6,
                bandwidth_hz=bandwidth_mhz * 1e6,
                power_dbm=20,
                ssid=ssid,
            )
            for name, ssid, carrier_mhz, bandwidth_mhz, identity in POINTS
        ),
        groups=(
            Group(
                id="phone",
                first=0,
                count=phones,
                operator="north",
                address="10.60.0.1",
                supi="imsi-001010000000001",
                mac=phone(1),
                radios=(Technology.WLAN,),
            ),
        ),
    )


def a_feed(phones: int = 4, *, origin: Origin = Origin.MEASURED) -> Feed:
    """Return the network before anything was told of it."""
    snapshot = Snapshot(epoch=1, sequence=0, time_ns=T0_NS, origin=origin, network=network(phones))
    return Feed(snapshot)


@dataclass
class Town:
    """Words for what happens. Each call is one ``Facts``, a second later."""

    feed: Feed = field(default_factory=a_feed)

    def tell(self, *events: Event, measured: Measured | None = None,
             loaded: Loaded | None = None) -> Facts:  # fmt: skip
        """Tell all of one moment."""
        picture = self.feed.picture
        facts = Facts(
            epoch=picture.epoch,
            sequence=picture.sequence + 1,
            time_ns=picture.time_ns + 1_000_000_000,
            origin=picture.origin,
            events=events,
            measured=() if measured is None else (measured,),
            loaded=loaded,
        )
        self.feed.tell(facts)
        return facts

    def join(self, number: int, point: str = "cafe") -> None:
        """Have a phone be a station of an access point."""
        self.tell(Associated(device=number - 1, cell=self._cell(point)))

    def leave(self, number: int, point: str = "cafe") -> None:
        """Have a phone leave an access point."""
        cell = self._cell(point)
        self.tell(Disassociated(device=number - 1, cell=cell, cause=Cause.LEFT))

    def measure(
        self, phones: Mapping[int, Mapping[str, float]], *, point: str = "cafe",
        neighbour: str | None = None,
    ) -> None:  # fmt: skip
        """Have figures be told of phones at an access point, those that are named; others are not
        known: ``power_dbm``, ``neighbour_power_dbm``, ``down`` and ``up`` in bit/s."""

        def column(name: str) -> Reals:
            return np.array([each.get(name, NAN) for each in phones.values()], dtype=np.float32)

        size = len(phones)
        unknown = np.full(size, NAN, dtype=np.float32)
        beside = NOBODY if neighbour is None else self._cell(neighbour)
        self.tell(
            measured=Measured(
                technology=Technology.WLAN,
                devices=np.array([number - 1 for number in phones], dtype=np.int32),
                cells=np.full(size, self._cell(point), dtype=np.int32),
                power_dbm=column("power_dbm"),
                quality_db=unknown,
                sinr_db=unknown,
                cqi=np.full(size, -1, dtype=np.int8),
                timing_advance_ns=unknown,
                neighbours=np.full(size, beside, dtype=np.int32),
                neighbour_power_dbm=column("neighbour_power_dbm"),
                downlink_bps=unknown,
                uplink_bps=unknown,
                downlink_bps_max=column("down"),
                uplink_bps_max=column("up"),
            )
        )

    def load(self, shares: Sequence[tuple[str, float, float]], *, strangers: int = 0) -> None:
        """Have the shares of air time, down and up, be told of access points; each also has
        stations whom nobody can name."""
        self.tell(
            loaded=Loaded(
                cells=np.array([self._cell(each) for each, _, _ in shares], dtype=np.int32),
                devices=np.array(
                    [len(self.feed.picture.devices_of_cell(self._cell(e))) for e, _, _ in shares],
                    dtype=np.int32,
                )
                + np.int32(strangers),
                downlink_share=np.array([down for _, down, _ in shares], dtype=np.float32),
                uplink_share=np.array([up for _, _, up in shares], dtype=np.float32),
            )
        )

    def _cell(self, name: str) -> int:
        return self.feed.picture.network.cell_rows[name]
