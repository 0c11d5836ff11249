"""Facts arrive as they were told, in both codings, and other bytes are refused with a sentence."""

import numpy as np
import pytest
from msgspec.structs import replace
from tests.refpoints.facts import DEFAULT_BEARER, a_snapshot, facts, measured, moved

from wayside.core.errors import BadRequest
from wayside.refpoints.net import coding
from wayside.refpoints.net.facts import (
    BearerEstablished,
    CarriersChanged,
    Facts,
    HandedOver,
    LinkChanged,
    Stage,
)
from wayside.refpoints.net.network import Tunnel, TunnelEnd
from wayside.refpoints.net.source import Snapshot

TUNNEL = Tunnel(
    base_station=TunnelEnd(address="192.0.2.1", teid=1),
    gateway=TunnelEnd(address="192.0.2.2", teid=2**32 - 1),
)
TOLD = Facts(
    epoch=7,
    sequence=101,
    time_ns=1,
    origin=a_snapshot().origin,
    events=(
        HandedOver(device=1, source=0, target=1, stage=Stage.REJECTED),
        BearerEstablished(device=1, cell=0, bearer=DEFAULT_BEARER),
        BearerEstablished(device=2, cell=0, bearer=replace(DEFAULT_BEARER, tunnel=TUNNEL)),
        CarriersChanged(device=1, cell=0, added=(1, 2)),
        LinkChanged(ends=("mec1", "core"), delay_ms=40.0),
    ),
    moved=moved(0, 3),
    measured=(measured(0, 1, 2),),
)


@pytest.mark.parametrize(
    ("to_bytes", "from_bytes"),
    [(coding.pack, coding.unpack), (coding.write, coding.read)],
    ids=["MessagePack", "JSON"],
)
def test_facts_come_out_as_they_went_in(to_bytes, from_bytes) -> None:  # type: ignore[no-untyped-def]
    found = from_bytes(to_bytes(TOLD))
    assert isinstance(found, Facts)
    assert found.events == TOLD.events
    assert found.moved is not None and TOLD.moved is not None
    np.testing.assert_array_equal(found.moved.devices, TOLD.moved.devices)
    np.testing.assert_array_equal(found.moved.latitude, TOLD.moved.latitude)
    (radio,), (told,) = found.measured, TOLD.measured
    assert radio.cells.dtype == np.int32
    assert radio.cqi.dtype == np.int8
    np.testing.assert_array_equal(radio.power_dbm, told.power_dbm)
    assert np.isnan(radio.quality_db).all(), "what is not known stays unknown"


def test_a_snapshot_is_told_from_facts() -> None:
    assert isinstance(coding.unpack(coding.pack(a_snapshot())), Snapshot)
    assert isinstance(coding.read(coding.write(a_snapshot())), Snapshot)


def test_a_tick_of_ten_thousand_moved_devices_is_a_third_of_a_megabyte() -> None:
    rows = range(10_000)
    once = facts(101, moved=moved(*rows))
    assert len(coding.pack(once)) < 350_000


@pytest.mark.parametrize("raw", [b"", b"\xc1", b"{}", b"\x80", b"[1]", b'{"facts": {"epoch": 1}}'])
def test_other_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        coding.unpack(raw)
    with pytest.raises(BadRequest):
        coding.read(raw)
