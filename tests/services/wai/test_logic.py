"""What is measured, reported and worth a notification, without any set-up."""

from typing import Any

import pytest
from tests.services.wai.cafe import BAR, CAFE, POINTS, SHOP, Town, network, phone

from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.store import Store
from wayside.core.errors import NotFound, Unprocessable
from wayside.model.place import Position
from wayside.refpoints.net.network import Cell
from wayside.services.wai import channels, logic, reporting
from wayside.services.wai.book import MeasurementBook
from wayside.services.wai.channels import Span
from wayside.services.wai.identities import StaIdentity
from wayside.services.wai.measurements import (
    BeaconReport,
    BeaconReported,
    BeaconReportingConfig,
    BeaconRequestConfig,
    ChannelLoad,
    ChannelLoadConfig,
    LoadReported,
    MeasurementConfig,
    MeasurementInfo,
    MeasurementMode,
    NeighborReport,
    NeighborReportConfig,
    Report,
)
from wayside.services.wai.model import (
    AssocEvent,
    AssocTrigger,
    RateEvent,
    RateTrigger,
    StaDataRate,
)
from wayside.services.wai.narrowing import stations_of
from wayside.services.wai.wlan import Wlan, geolocation, rcpi_of


def point(carrier_mhz: float, bandwidth_mhz: float = 20) -> Cell:
    return Cell(
        id="p",
        technology=network().cells[0].technology,
        operator="north",
        zone="z",
        position=Position(latitude=0, longitude=0),
        height_m=1,
        identity=1,
        carrier_hz=carrier_mhz * 1e6,
        bandwidth_hz=bandwidth_mhz * 1e6,
        power_dbm=20,
    )


@pytest.mark.parametrize(
    ("carrier_mhz", "bandwidth_mhz", "channel", "operating_class", "phy"),
    [
        (2412, 20, 1, 81, 6),
        (2472, 20, 13, 81, 6),
        (2484, 20, 14, 82, 6),
        (2422, 40, 3, 83, 7),
        (5180, 20, 36, 115, 4),
        (5190, 40, 38, 116, 7),
        (5210, 80, 42, 128, 9),
        (5250, 160, 50, 129, 9),
        (5530, 80, 106, 128, 9),
        (5720, 20, 144, 121, 4),
        (5825, 20, 165, 125, 4),
        (5955, 20, 1, 131, 14),
        (5985, 80, 7, 133, 14),
        (58_320, 2160, 1, 180, 8),
        (0, 0, None, None, 6),
        (3600, 20, None, None, 4),
    ],
)
def test_a_carrier_is_named_as_ieee_802_11_names_it(
    carrier_mhz: float,
    bandwidth_mhz: float,
    channel: int | None,
    operating_class: int | None,
    phy: int,
) -> None:
    cell = point(carrier_mhz, bandwidth_mhz)
    assert channels.channel_of(cell) == channel
    assert channels.class_of(cell) == operating_class
    assert channels.phy_of(cell) == phy


@pytest.mark.parametrize(
    ("operating_class", "channel", "expected"),
    [
        (81, 6, Span(2427, 2447)),
        (83, 1, Span(2402, 2442)),
        (84, 5, Span(2402, 2442)),
        (115, 36, Span(5170, 5190)),
        (117, 40, Span(5170, 5210)),
        (128, 42, Span(5170, 5250)),
        (128, 36, Span(5170, 5250)),
        (115, 52, None),
        (128, 3, None),
        (7, 1, None),
    ],
)
def test_a_channel_of_a_class_is_a_piece_of_spectrum(
    operating_class: int, channel: int, expected: Span | None
) -> None:
    assert channels.spectrum_of(operating_class, channel) == expected


def test_spans_that_touch_do_not_meet() -> None:
    assert Span(5170, 5190).meets(Span(5180, 5260))
    assert not Span(5170, 5190).meets(Span(5190, 5210))


@pytest.mark.parametrize(("dbm", "rcpi"), [(-120, 0), (-110, 0), (-60.3, 99), (-60, 100), (5, 220)])
def test_power_is_told_in_halves_of_a_db(dbm: float, rcpi: int) -> None:
    assert rcpi_of(dbm) == rcpi


def test_a_place_is_fixed_point_in_two_s_complement() -> None:
    found = geolocation(Position(latitude=-0.5, longitude=180))
    assert found.lat == 2**34 - 2**24
    assert found.long == 180 * 2**25


def a_wlan(**figures: float) -> Wlan:
    """A phone at the café that hears the bar too, and how busy both are."""
    town = Town()
    town.join(1)
    town.measure({1: {"power_dbm": -60, "neighbour_power_dbm": -70} | figures}, neighbour="bar")
    town.load([("cafe", 0.3, 0.1), ("bar", 0.2, 0.0)])
    return Wlan(town.feed.picture)


def reports(**info: Any) -> list[Report]:
    return list(reporting.reports(a_wlan(), 0, "m", MeasurementInfo(**info)))


def load(channel: int = 36, operating_class: int = 115, **more: Any) -> list[Report]:
    wanted = ChannelLoadConfig(operating_class=operating_class, channel=channel, **more)
    return reports(channel_load_conf=wanted)


def test_a_channel_is_as_busy_as_all_make_it_that_are_heard_on_it() -> None:
    (report,) = load()
    assert isinstance(report, ChannelLoad)
    assert report.channel_load == round(0.6 * 255)
    assert load(channel=6, operating_class=81) == [], "nobody is heard there"
    assert load(channel=52, operating_class=118) == [], "beside it"


@pytest.mark.parametrize(
    ("condition", "threshold", "is_reported"),
    [
        (LoadReported.ALWAYS, None, True),
        (LoadReported.AT_LEAST, 153, True),
        (LoadReported.AT_LEAST, 154, False),
        (LoadReported.AT_MOST, 153, True),
        (LoadReported.AT_MOST, 152, False),
    ],
)
def test_a_channel_load_is_reported_on_its_condition(
    condition: LoadReported, threshold: int | None, is_reported: bool
) -> None:
    assert bool(load(reporting_condition=condition, threshold=threshold)) is is_reported


def beacons(
    condition: BeaconReported = BeaconReported.ALWAYS, threshold: int = 0, **more: Any
) -> list[str]:
    fields = {"operating_class": 128, "channel_id": 42} | more
    wanted = BeaconRequestConfig(
        measurement_mode=MeasurementMode.PASSIVE,
        beacon_reporting_conf=BeaconReportingConfig(
            reporting_condition=condition, threshold=threshold
        ),
        **fields,
    )
    found = reports(beacon_request_conf=wanted)
    assert all(isinstance(each, BeaconReport) for each in found)
    return [each.bssid for each in found if isinstance(each, BeaconReport)]


def test_beacons_are_those_that_are_heard_where_it_is_listened() -> None:
    assert beacons() == beacons(channel_id=0) == beacons(channel_id=255) == [CAFE, BAR]
    assert beacons(operating_class=81, channel_id=0) == []
    assert beacons(bssid=BAR.upper()) == [BAR]
    assert beacons(bssid="ff:ff:ff:ff:ff:ff") == [CAFE, BAR]
    assert beacons(ssid="Town") == [CAFE, BAR]
    assert beacons(ssid="Shop") == []


@pytest.mark.parametrize(
    ("condition", "threshold", "expected"),
    [
        (BeaconReported.RCPI_ABOVE, 80, [CAFE]),
        (BeaconReported.RCPI_ABOVE, 79, [CAFE, BAR]),
        (BeaconReported.RCPI_BELOW, 100, [BAR]),
        (BeaconReported.RCPI_ABOVE_SERVING, 256 - 21, [CAFE, BAR]),
        (BeaconReported.RCPI_ABOVE_SERVING, 256 - 20, [CAFE]),
        (BeaconReported.RCPI_BELOW_SERVING, 256 - 20, []),
        (BeaconReported.RCPI_BELOW_SERVING, 256 - 19, [BAR]),
        (BeaconReported.RCPI_NEAR_SERVING, 256 - 20, [CAFE, BAR]),
        (BeaconReported.RCPI_NEAR_SERVING, 256 - 19, [CAFE]),
    ],
)
def test_beacons_are_reported_on_their_condition(
    condition: BeaconReported, threshold: int, expected: list[str]
) -> None:
    assert beacons(condition, threshold) == expected


def test_the_neighbour_is_one_of_the_same_network_unless_another_is_asked_for() -> None:
    def found(**config: Any) -> list[str]:
        made = reports(neighbor_report_conf=NeighborReportConfig(**config))
        return [each.bssid for each in made if isinstance(each, NeighborReport)]

    assert found() == found(ssid="Town") == found(ssid="Town", bssid=BAR) == [BAR]
    assert found(ssid="Shop") == []
    assert found(ssid="Town", bssid=CAFE) == []
    assert found(bssid=CAFE) == [BAR], "a BSSID without an SSID is ignored"


def test_what_is_claimed_of_a_neighbour_is_what_its_band_shows() -> None:
    (report,) = reports(neighbor_report_conf=NeighborReportConfig())
    assert isinstance(report, NeighborReport)
    info = report.bssid_info
    assert (info.very_high_throughput, info.security, info.ap_reachability) == (True, False, 2)


def test_a_station_of_whom_nothing_is_told_reports_nothing() -> None:
    town = Town()
    town.join(1)
    wlan = Wlan(town.feed.picture)
    for info in (
        MeasurementInfo(channel_load_conf=ChannelLoadConfig(operating_class=115, channel=36)),
        MeasurementInfo(neighbor_report_conf=NeighborReportConfig()),
    ):
        assert list(reporting.reports(wlan, 0, "m", info)) == []
    assert wlan.ap_info(0).bss_load is None


def test_stations_whom_nobody_can_name_are_counted() -> None:
    town = Town()
    town.join(1)
    town.load([("cafe", 0.5, 0.0)], strangers=3)
    load = Wlan(town.feed.picture).load(0)
    assert load is not None and load.sta_count == 4


def test_air_time_that_is_told_as_one_is_all_of_it() -> None:
    town = Town()
    town.load([("cafe", 0.5, float("nan")), ("bar", 0.9, 0.4)])
    wlan = Wlan(town.feed.picture)
    assert wlan.busy(0) == 0.5
    assert wlan.busy(1) == 1.0
    assert wlan.busy(2) is None


@pytest.mark.parametrize(
    ("trigger", "threshold", "counts"),
    [(AssocTrigger.AT_LEAST, 2, [2, 3]), (AssocTrigger.AT_MOST, 2, [0, 1, 2])],
)
def test_the_number_of_stations_is_compared_inclusively(
    trigger: AssocTrigger, threshold: int, counts: list[int]
) -> None:
    event = AssocEvent(trigger=trigger, threshold=threshold)
    assert [count for count in range(4) if logic.is_reached(event, count)] == counts


LOW, HIGH = 5, 15
RATES = [(LOW, LOW), (LOW, HIGH), (HIGH, LOW), (HIGH, HIGH)]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (RateTrigger.DOWNLINK_AT_LEAST, [2, 3]),
        (RateTrigger.DOWNLINK_AT_MOST, [0, 1]),
        (RateTrigger.UPLINK_AT_LEAST, [1, 3]),
        (RateTrigger.UPLINK_AT_MOST, [0, 2]),
        (RateTrigger.BOTH_AT_LEAST, [3]),
        (RateTrigger.BOTH_AT_MOST, [0]),
        (RateTrigger.EITHER_AT_LEAST, [1, 2, 3]),
        (RateTrigger.EITHER_AT_MOST, [0, 1, 2]),
    ],
)
def test_rates_are_compared_as_the_trigger_says(trigger: RateTrigger, expected: list[int]) -> None:
    event = RateEvent(trigger=trigger, downlink_rate_threshold=10, uplink_rate_threshold=10)
    rates = [
        StaDataRate(sta_last_data_downlink_rate=down, sta_last_data_uplink_rate=up)
        for down, up in RATES
    ]
    assert [at for at, rate in enumerate(rates) if logic.is_met(event, rate)] == expected
    assert not logic.is_met(event, StaDataRate()), "what nobody tells meets nothing"


def test_a_rate_at_the_threshold_meets_it_from_both_sides() -> None:
    rate = StaDataRate(sta_last_data_downlink_rate=10)
    for trigger in (RateTrigger.DOWNLINK_AT_LEAST, RateTrigger.DOWNLINK_AT_MOST):
        assert logic.is_met(RateEvent(trigger=trigger, downlink_rate_threshold=10), rate)


@pytest.mark.parametrize(
    ("info", "field"),
    [
        (
            MeasurementInfo(
                measurement_duration=256,
                channel_load_conf=ChannelLoadConfig(operating_class=115, channel=36),
            ),
            "measurementDuration",
        ),
        (
            MeasurementInfo(channel_load_conf=ChannelLoadConfig(operating_class=7, channel=36)),
            "channelLoadConf.operatingClass",
        ),
        (
            MeasurementInfo(channel_load_conf=ChannelLoadConfig(operating_class=115, channel=37)),
            "channelLoadConf.channel",
        ),
        (
            MeasurementInfo(
                channel_load_conf=ChannelLoadConfig(
                    operating_class=115, channel=36, reporting_condition=LoadReported.AT_MOST
                )
            ),
            "channelLoadConf.threshold",
        ),
        (
            MeasurementInfo(
                beacon_request_conf=BeaconRequestConfig(
                    operating_class=81,
                    channel_id=99,
                    measurement_mode=MeasurementMode.ACTIVE,
                    beacon_reporting_conf=BeaconReportingConfig(
                        reporting_condition=BeaconReported.ALWAYS, threshold=0
                    ),
                )
            ),
            "beaconRequestConf.channelId",
        ),
        (
            MeasurementInfo(
                beacon_request_conf=BeaconRequestConfig(
                    operating_class=81,
                    channel_id=0,
                    measurement_mode=MeasurementMode.ACTIVE,
                    beacon_reporting_conf=BeaconReportingConfig(
                        reporting_condition=BeaconReported.RSNI_ABOVE, threshold=0
                    ),
                )
            ),
            "beaconRequestConf.beaconReportingConf.reportingCondition",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_by_its_field(info: MeasurementInfo, field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        logic.check_measurement(info)
    assert refused.value.field == f"$.measurementInfo.{field}"


def test_stations_are_found_by_any_spelling_and_only_while_they_are_there() -> None:
    town = Town()
    town.join(1)
    wlan = Wlan(town.feed.picture)
    assert wlan.row_of(phone(1).upper()) == 0
    assert wlan.row_of(phone(2)) is None
    assert wlan.row_of("00:00:00:00:00:00") is None
    assert wlan.rows_of([StaIdentity(mac_id=phone(1)), StaIdentity(mac_id=phone(1))]) == [0]
    assert wlan.cell_of(CAFE.upper()) == 0
    assert len(POINTS) == len(wlan.cells)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, [1, 2, 3]),
        (f"(eq,staId/macId,{phone(2)})", [2]),
        (f"(in,staId/macId,{phone(1)},{phone(3)})", [1, 3]),
        (f"(in,staId/macId,{phone(1)},{phone(3)});(eq,apAssociated/bssid,{SHOP})", [3]),
        (f"(eq,apAssociated/bssid,{CAFE})", [1, 2]),
        (f"(eq,apAssociated/bssid,{CAFE});(eq,apAssociated/bssid,{SHOP})", []),
        ("(eq,apAssociated/bssid,mec404)", []),
        (f"(neq,staId/macId,{phone(2)})", [1, 2, 3]),
        ("(gt,rssi/rssi,3)", [1, 2, 3]),
        ("(eq", [1, 2, 3]),
    ],
)
def test_a_filter_rules_stations_out_before_they_are_described(
    text: str | None, expected: list[int]
) -> None:
    town = Town()
    for number, name in ((1, "cafe"), (2, "cafe"), (3, "shop")):
        town.join(number, name)
    found = stations_of(Wlan(town.feed.picture), text)
    assert [mac for mac, _ in found] == [phone(each) for each in expected]


async def test_measurements_are_their_consumers_alone_and_go_with_it() -> None:
    book = MeasurementBook(Store(MemoryJournal(), new_id=CountedIds()))
    config = MeasurementConfig(
        sta_id=(StaIdentity(mac_id=phone(1)),),
        measurement_id="m",
        measurement_info=MeasurementInfo(neighbor_report_conf=NeighborReportConfig()),
    )
    mine = await book.create("app1", config)
    theirs = await book.create("app2", config)
    with pytest.raises(NotFound):
        book.get("app1", theirs.id)
    with pytest.raises(NotFound):
        await book.delete("app1", theirs.id)
    with pytest.raises(NotFound):
        await book.replace("app1", theirs.id, config)
    await book.replace("app1", mine.id, config)
    await book.release("app1")
    assert book.list("app1") == []
    assert [each.id for each in book.list("app2")] == [theirs.id]
