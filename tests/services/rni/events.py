"""The street with a second cell of LTE (``far``), and all that can happen to its device ue1."""

from msgspec.structs import replace
from tests.services.street import Street, measured, snapshot

from wayside.access.feed import Feed
from wayside.refpoints.net.facts import (
    BearerEstablished,
    BearerModified,
    BearerReleased,
    CarriersChanged,
    HandedOver,
    Stage,
)
from wayside.refpoints.net.network import Bearer, Network, Tunnel, TunnelEnd
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import Technology

VIDEO = Bearer(
    id=6,
    q_ci=7,
    downlink_guaranteed_bps=2_000_000,
    uplink_guaranteed_bps=500_000,
    tunnel=Tunnel(
        base_station=TunnelEnd(address="192.0.2.1", teid=0xA1),
        gateway=TunnelEnd(address="192.0.2.9", teid=0xB1),
    ),
)


def radio_snapshot(cars: int = 5) -> Snapshot:
    """The street's beginning, with ``far`` beside its cells."""
    before = snapshot(cars)
    there = before.network
    wide = there.cells[there.cell_rows["wide"]]
    far = replace(wide, id="far", identity=0x1234502, physical_id=9)
    network = Network(
        operators=there.operators,
        zones=there.zones,
        cells=(*there.cells, far),
        groups=there.groups,
    )
    return replace(before, network=network)


def radio_street(cars: int = 5) -> Street:
    """The street, with ``far``."""
    return Street(Feed(radio_snapshot(cars)))


def every_event(street: Street, device: str = "ue1") -> None:
    """Have the device be served, get a bearer, measure, and be handed over."""
    row, wide, far = street.row(device), street.cell("wide"), street.cell("far")
    street.attach(device, "wide")
    street.attach(device, "left")
    street.tell(BearerEstablished(device=row, cell=wide, bearer=VIDEO))
    changed = replace(VIDEO, downlink_bps_max=3_000_000)
    street.tell(BearerModified(device=row, cell=wide, bearer=changed))
    street.tell(CarriersChanged(device=row, cell=wide, added=(far,)))
    street.tell(
        measured=[
            measured(Technology.LTE, [row], [wide], neighbour=far),
            measured(Technology.NR, [row], [street.cell("left")], neighbour=street.cell("right")),
        ]
    )
    street.tell(
        HandedOver(device=row, source=wide, target=far, stage=Stage.PREPARED),
        HandedOver(device=row, source=wide, target=far),
    )
    street.tell(BearerReleased(device=row, cell=far, bearer=changed))
    street.tell(BearerEstablished(device=row, cell=far, bearer=VIDEO))
