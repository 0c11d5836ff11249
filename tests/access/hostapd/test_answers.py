"""What hostapd says is understood, and what it leaves out is not known."""

from math import isnan, nan
from pathlib import Path

import pytest
from tests.access.hostapd.twin import CAFE, FIGURES, PHONE, STATUS, WATCH, a_table, station

from wayside.access.hostapd import figures
from wayside.access.hostapd.answers import (
    Heard,
    Station,
    ends,
    event_of,
    radio_of,
    station_of,
)
from wayside.access.hostapd.associations import Associations
from wayside.access.hostapd.points import Point, described, network_with
from wayside.access.static.table import TableFault
from wayside.refpoints.net.facts import Associated, Cause, Disassociated


def a_point(cell: str) -> Point:
    return Point(cell, Path("/run") / cell)


def status(**changes: object) -> str:
    said = STATUS | {name.replace("_0", "[0]"): value for name, value in changes.items()}
    return "".join(f"{name}={value}\n" for name, value in said.items() if value is not None)


def test_a_station_with_figures_as_a_driver_tells_them() -> None:
    assert station_of(station(PHONE, **FIGURES)) == Station(
        mac=PHONE,
        authorised=True,
        signal_dbm=-61,
        downlink_bps=433.3e6,
        uplink_bps=65e6,
        mcs=9,
        sent_bytes=5000,
        received_bytes=1000,
    )


def test_a_station_of_whom_no_driver_tells_figures() -> None:
    found = station_of(station(PHONE, flags="[AUTHORIZED]"))
    assert found is not None and found.authorised
    assert isnan(found.signal_dbm) and isnan(found.downlink_bps)
    assert (found.mcs, found.sent_bytes) == (-1, None)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ({"signal": 0}, nan),
        ({"signal": "strong"}, nan),
        ({"tx_rate_info": "0"}, nan),
        ({"tx_rate_info": "60 mcs 3"}, 3),
        ({"tx_rate_info": "60 hemcs 11 henss 2"}, 11),
        ({"tx_rate_info": "60"}, -1),
    ],
)
def test_figures_that_are_none_are_not_known(lines: dict[str, object], expected: float) -> None:
    found = station_of(station(PHONE, **lines))
    assert found is not None
    if isnan(expected):
        assert isnan(found.signal_dbm) and isnan(found.downlink_bps)
    else:
        assert found.mcs == expected


@pytest.mark.parametrize("answer", ["", "FAIL\n", "UNKNOWN COMMAND\n"])
def test_the_end_of_the_list(answer: str) -> None:
    assert station_of(answer) is None


@pytest.mark.parametrize(
    ("changes", "carrier_mhz", "bandwidth_mhz"),
    [
        ({}, 5210, 80),
        ({"vht_oper_chwidth": 2, "vht_oper_centr_freq_seg0_idx": 50}, 5250, 160),
        ({"vht_oper_chwidth": 0}, 5190, 40),
        ({"vht_oper_chwidth": 0, "secondary_channel": -1}, 5170, 40),
        ({"vht_oper_chwidth": 0, "secondary_channel": 0}, 5180, 20),
        ({"ieee80211ac": 0}, 5190, 40),
        (
            {
                "freq": 5955,
                "ieee80211ax": 1,
                "he_oper_chwidth": 1,
                "he_oper_centr_freq_seg0_idx": 7,
            },
            5985,
            80,
        ),
        ({"freq": 0}, 0, 0),
        ({"freq": None}, 0, 0),
    ],
)
def test_the_band_is_the_middle_of_the_channel_and_its_width(
    changes: dict[str, object], carrier_mhz: float, bandwidth_mhz: float
) -> None:
    radio = radio_of(status(**changes), "wlan0")
    assert (radio.carrier_hz, radio.bandwidth_hz) == (carrier_mhz * 1e6, bandwidth_mhz * 1e6)


def test_of_several_networks_on_a_radio_the_socket_s_own_counts() -> None:
    answer = status() + "bss[1]=wlan0_1\nbssid[1]=02:00:00:00:0a:09\nssid[1]=Guests\nnum_sta[1]=7\n"
    assert radio_of(answer, "wlan0").bssid == CAFE
    guests = radio_of(answer, "wlan0_1")
    assert (guests.bssid, guests.ssid, guests.stations) == ("02:00:00:00:0a:09", "Guests", 7)


def test_what_a_radio_leaves_out_is_not_known() -> None:
    radio = radio_of(
        status(bssid_0="00:00:00:00:00:00", ssid_0="", chan_util_avg=None, max_txpower=None), "x"
    )
    assert (radio.bssid, radio.ssid, radio.power_dbm) == (None, None, 0)
    assert isnan(radio.utilisation)
    assert radio_of(status(), "wlan0").utilisation == 0.2
    assert not radio_of(status(state="DISABLED"), "wlan0").enabled


def test_events() -> None:
    assert event_of(f"<3>AP-STA-CONNECTED {PHONE}") == Heard(PHONE, True)
    assert event_of(f"<3>AP-STA-CONNECTED {PHONE} keyid=guest") == Heard(PHONE, True)
    assert event_of(f"<3>AP-STA-DISCONNECTED {PHONE}") == Heard(PHONE, False)
    assert event_of("<3>AP-STA-POSSIBLE-PSK-MISMATCH " + PHONE) is None
    assert ends("<3>CTRL-EVENT-TERMINATING ")
    assert ends("<3>AP-DISABLED ")
    assert not ends(f"<3>AP-STA-CONNECTED {PHONE}")


def test_the_access_point_that_heard_a_station_last_has_it() -> None:
    one = Associations()
    assert list(one.came(0, 5)) == [Associated(device=5, cell=0)]
    assert list(one.came(0, 5)) == []
    assert list(one.came(1, 5)) == [
        Disassociated(device=5, cell=0, cause=Cause.COVERAGE),
        Associated(device=5, cell=1),
    ]
    assert list(one.listed(0, {5})) == [], "the first has not noticed"
    assert one.stations(1) == [5]
    assert list(one.went(0, 5)) == []
    assert list(one.went(1, 5)) == [Disassociated(device=5, cell=1, cause=Cause.LEFT)]


def test_a_station_that_goes_from_where_it_went_is_again_where_it_is_listed() -> None:
    one = Associations()
    list(one.came(0, 5))
    list(one.came(1, 5))
    assert list(one.lost(1)) == [
        Disassociated(device=5, cell=1, cause=Cause.CELL),
        Associated(device=5, cell=0),
    ]


def test_a_list_tells_who_came_and_who_went() -> None:
    one = Associations()
    list(one.listed(0, {1, 2}))
    assert list(one.listed(0, {2, 3})) == [
        Disassociated(device=1, cell=0, cause=Cause.LEFT),
        Associated(device=3, cell=0),
    ]


def test_what_flows_is_what_was_counted_between_two_looks() -> None:
    def told(sent: int | None, received: int | None) -> Station:
        return Station(PHONE, True, sent_bytes=sent, received_bytes=received)

    first = figures.after(None, 0, told(1000, 100), 10.0)
    assert isnan(first.downlink_bps)
    second = figures.after(first, 0, told(3000, 100), 12.0)
    assert (second.downlink_bps, second.uplink_bps) == (8000, 0)
    assert isnan(figures.after(second, 0, told(10, None), 14.0).downlink_bps), "it began anew"
    assert isnan(figures.after(second, 1, told(9000, 900), 14.0).downlink_bps), "another's counter"


def test_the_network_is_the_access_points_that_are_asked_and_who_has_a_station_address() -> None:
    network = network_with(a_table(), [a_point("bar"), a_point("cafe")], source="s")
    assert [each.id for each in network.cells] == ["bar", "cafe"]
    assert [network.device(row).id for row in range(network.size)] == ["phone", "watch"]
    assert network.row_of_mac(WATCH) == 1
    cell = described(network.cells[1], radio_of(status(ssid_0="Other"), "wlan0"))
    assert (cell.ssid, cell.carrier_hz, cell.power_dbm) == ("Other", 5210e6, 20)
    silent = radio_of("state=ENABLED\n", "wlan0")
    assert described(cell, silent) == cell


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (["none"], "source.access_points[0].cell: the table has no cell none"),
        (["cafe", "mast"], "source.access_points[1].cell: mast is no access point"),
        (["cafe", "cafe"], "source.access_points[1].cell: cafe is there already"),
        ([], "source.access_points: at least one"),
    ],
)
def test_access_points_that_the_table_does_not_have_are_refused(
    cells: list[str], fault: str
) -> None:
    with pytest.raises(TableFault) as caught:
        network_with(a_table(), [a_point(each) for each in cells], source="s")
    assert any(each.startswith(fault) for each in caught.value.faults)
