"""What a report means is decided without any network."""

from math import isnan

import pytest
from tests.access.nef.cores import TABLE, a_table

from wayside.access.nef.logic import moved, place_of
from wayside.access.nef.model import LocationInfo
from wayside.access.nef.stamps import moment_of, stamp_of
from wayside.access.nef.table import TableFault
from wayside.core.wire import decode


def located(area: str) -> LocationInfo:
    return decode(f'{{"geographicArea": {area}}}'.encode(), LocationInfo)


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ('{"shape": "POINT", "point": {"lat": 43.5, "lon": 7.1}}', (43.5, 7.1)),
        (
            '{"shape": "POLYGON", "pointList": [{"lat": 1, "lon": 1}, {"lat": 1, "lon": 3},'
            ' {"lat": 3, "lon": 3}, {"lat": 3, "lon": 1}]}',
            (2, 2),
        ),
        (
            '{"shape": "ELLIPSOID_ARC", "point": {"lat": 0, "lon": 7}, "innerRadius": 1000,'
            ' "uncertaintyRadius": 223.9, "offsetAngle": 60, "includedAngle": 60}',
            (0, 7.01),
        ),
    ],
)
def test_the_middle_of_an_area_is_the_place(area: str, expected: tuple[float, float]) -> None:
    place = place_of(located(area))
    assert place is not None
    assert (place.latitude, place.longitude) == pytest.approx(expected, abs=1e-5)
    assert isnan(place.speed_mps)


@pytest.mark.parametrize("area", ["null", '{"shape": "LOCAL_2D_POINT_UNCERTAINTY_ELLIPSE"}'])
def test_what_has_no_place_on_earth_has_none(area: str) -> None:
    assert place_of(located(area)) is None


def test_the_last_place_of_a_device_is_told() -> None:
    first = place_of(located('{"shape": "POINT", "point": {"lat": 1, "lon": 2}}'))
    last = place_of(located('{"shape": "POINT_ALTITUDE", "point": {"lat": 3, "lon": 4},'
                            ' "altitude": 12}'))  # fmt: skip
    assert first is not None
    assert last is not None
    found = moved([(5, first), (2, first), (5, last)])
    assert found is not None
    assert found.devices.tolist() == [2, 5]
    assert found.latitude.tolist() == [1, 3]
    assert found.altitude_m[1] == 12
    assert moved([]) is None


def test_moments_go_there_and_back() -> None:
    assert stamp_of(1_700_000_000_000_000_000) == "2023-11-14T22:13:20Z"
    assert moment_of("2023-11-14T22:13:20Z") == 1_700_000_000_000_000_000
    assert moment_of("2023-11-14T23:13:20.5+01:00") == 1_700_000_000_500_000_000
    assert moment_of("2023-11-14T22:13:20") is None
    assert moment_of("soon") is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('technology = "LTE"', 'technology = "WLAN"', "cells[2].technology: a core tells of"),
        ("identity = 0x0a01", "identity = 0x10000000", "cells[2].identity: a cell of LTE has 28"),
        ("identity = 0x4002", "identity = 0x4001", "cells[1].identity: 0x4001 is there already"),
        ('external_id = "crane@port.example"', 'external_id = "crane"', "subscribers[0].external"),
        ('subscriber = "crane"', 'subscriber = "boat"', "sessions[0].subscriber: there is no"),
        (
            'alternatives = ["silver"]',
            'alternatives = ["tin"]',
            "sessions[0].reference: no [[qos]]",
        ),
        ('reference = "silver"', 'reference = "gold"', "qos.reference: gold is there 2 times"),
        ('dnai = "harbour-site"\n', "", "influences[0].dnai: missing"),
        ('id = "gate"', 'id = "crane"', "subscribers[1].id: crane is there already"),
    ],
)
def test_a_table_that_cannot_be_true_is_refused_by_field(old: str, new: str, expected: str) -> None:
    with pytest.raises(TableFault) as caught:
        a_table(TABLE.replace(old, new, 1))
    assert any(fault.startswith(expected) for fault in caught.value.faults), caught.value.faults
