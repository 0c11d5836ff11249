"""What a NEF reports becomes facts; what is asked of it is kept alive, and nothing left there."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from tests.access.nef.cores import (
    CRANE,
    GATE,
    LTE1,
    NR1,
    NR2,
    TABLE,
    TRUCK,
    Core,
    a_core,
    lte,
    nr,
)
from tests.access.nef.twin import INFLUENCES, MONITORING, SESSIONS

from wayside.access.nef.source import NefSource
from wayside.access.nef.wishes import Interface
from wayside.refpoints.net.facts import (
    Attached,
    BearerEstablished,
    BearerModified,
    BearerReleased,
    Cause,
    Detached,
    Facts,
    HandedOver,
)
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import NOBODY, Origin, Technology

WISHES = 3 * 3 + 1 + 1
"""Three kinds of monitoring for two devices and a group, a session, an influence."""


@pytest.fixture
async def core() -> AsyncIterator[Core]:
    with TemporaryDirectory(prefix="ws", dir="/tmp") as folder:
        async with a_core(Path(folder)) as found:
            yield found


async def granted(core: Core, source: NefSource, count: int = WISHES) -> None:
    """Wait until the NEF has all wishes that are for long, and has said who is where."""

    def all_granted() -> bool:
        held = [h for wish, h in source.keeper.held() if h.id is not None and not wish.once]
        return len(held) == count

    await core.until(all_granted, tick_s=0.5)
    await core.until(lambda: (source.picture.access_points()[[CRANE, GATE]] != NOBODY).all())


def serving_cell(source: NefSource, device: int, technology: Technology = Technology.NR) -> int:
    return int(source.picture.cells[technology][device])


async def test_devices_are_where_the_core_says_from_the_beginning(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        assert source.origin is Origin.MEASURED
        assert serving_cell(source, CRANE) == NR1
        assert serving_cell(source, GATE, Technology.LTE) == LTE1, "found by its address"
        assert source.picture.zone_of(GATE) == "quay"
        assert source.picture.zone_of(TRUCK) is None, "nobody has said"
        assert np.isnan(source.picture.latitude).all(), "a cell says no place"


async def test_a_report_of_another_cell_is_a_handover_of_another_technology_a_new_attachment(
    core: Core,
) -> None:
    async with core.source() as source:
        await granted(core, source)
        reader = source.join()
        assert isinstance(await anext(reader), Snapshot)
        (crane,) = core.nef.of(
            MONITORING, externalId="crane@port.example", locationType="CURRENT_LOCATION"
        )
        assert await core.nef.report(crane, locationInfo=nr(0x4002)) == 204
        assert await core.nef.report(crane, locationInfo=nr(0x4002)) == 204, "nothing new"
        assert await core.nef.report(crane, locationInfo=lte(0x0A01)) == 204
        told = await anext(reader)
        assert isinstance(told, Facts)
        assert told.events == (HandedOver(device=CRANE, source=NR1, target=NR2),)
        assert told.origin is Origin.MEASURED
        told = await anext(reader)
        assert isinstance(told, Facts)
        assert told.events == (
            Detached(device=CRANE, cell=NR2, cause=Cause.LEFT),
            Attached(device=CRANE, cell=LTE1),
        )


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ({"cellId": "nr2"}, NR2),
        ({"cellId": "00101000004002"}, NR2),
        ({"cellId": "001-01-000004002"}, NR2),
        (nr(0x4FFF), NOBODY),
        (nr(0x4002, mnc="02"), NOBODY),
        ({"cellId": "elsewhere"}, NOBODY),
        ({"plmnId": "00101"}, NR1),
    ],
)
async def test_cells_are_known_by_all_their_names_and_an_unknown_one_is_none_of_ours(
    core: Core, location: dict[str, object], expected: int
) -> None:
    async with core.source() as source:
        await granted(core, source)
        (crane,) = core.nef.of(
            MONITORING, externalId="crane@port.example", locationType="CURRENT_LOCATION"
        )
        assert await core.nef.report(crane, locationInfo=location) == 204
        assert serving_cell(source, CRANE) == expected


async def test_reports_on_a_group_name_their_device(
    core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    async with core.source() as source:
        await granted(core, source)
        (trucks,) = core.nef.of(
            MONITORING, externalGroupId="trucks@port.example", locationType="CURRENT_LOCATION"
        )
        assert await core.nef.report(trucks, msisdn="33600000008", locationInfo=nr(0x4001)) == 204
        assert await core.nef.report(trucks, msisdn="33600009999", locationInfo=nr(0x4001)) == 204
        assert await core.nef.report(trucks, locationInfo=nr(0x4002)) == 204
        assert serving_cell(source, TRUCK) == NR1
        assert "33600009999, whom the table does not know" in caplog.text


async def test_areas_and_velocities_become_places(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        (crane,) = core.nef.of(
            MONITORING, externalId="crane@port.example", locationType="CURRENT_LOCATION"
        )
        area = {
            "shape": "POINT_UNCERTAINTY_CIRCLE",
            "point": {"lat": 43.581, "lon": 7.121},
            "uncertainty": 30,
        }
        velocity = {"hSpeed": 36, "bearing": 90}
        where = {**nr(0x4001), "geographicArea": area, "ueVelocity": velocity}
        assert await core.nef.report(crane, locationInfo=where) == 204
        picture = source.picture
        assert (picture.latitude[CRANE], picture.longitude[CRANE]) == (43.581, 7.121)
        assert picture.speed_mps[CRANE] == pytest.approx(10.0)
        assert picture.heading_deg[CRANE] == 90
        assert np.isnan(picture.altitude_m[CRANE])
        assert np.isnan(picture.latitude[GATE])


@pytest.mark.parametrize(
    ("reason", "cause"), [(2, Cause.COVERAGE), (0, Cause.LEFT), (None, Cause.LEFT)]
)
async def test_what_is_lost_is_detached_and_asked_for_when_it_is_reachable_again(
    core: Core, reason: int | None, cause: Cause
) -> None:
    async with core.source() as source:
        await granted(core, source)
        reader = source.join()
        await anext(reader)
        who = {"externalId": "crane@port.example"}
        (loss,) = core.nef.of(MONITORING, monitoringType="LOSS_OF_CONNECTIVITY", **who)
        (reach,) = core.nef.of(MONITORING, monitoringType="UE_REACHABILITY", **who)
        rest = {} if reason is None else {"lossOfConnectReason": reason}
        assert await core.nef.report(loss, **rest) == 204
        told = await anext(reader)
        assert isinstance(told, Facts)
        assert told.events == (Detached(device=CRANE, cell=NR1, cause=cause),)
        core.nef.places["crane@port.example"] = nr(0x4002)
        assert await core.nef.report(reach, reachabilityType="DATA") == 204
        assert serving_cell(source, CRANE) == NOBODY, "where it is has not been said yet"
        await core.until(lambda: serving_cell(source, CRANE) == NR2, tick_s=0.5)
        asked = [body for method, _, body in core.nef.asked if method == "POST"][-1]
        assert asked is not None
        assert asked["locationType"] == "CURRENT_LOCATION"
        assert asked["maximumNumberOfReports"] == 1


async def test_what_is_promised_is_a_bearer_and_follows_the_core(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        (video,) = core.nef.of(SESSIONS, ueIpv4Addr="10.45.7.1")
        assert (video["qosReference"], video["altQoSReferences"]) == ("gold", ["silver"])
        assert source.picture.bearers(CRANE) == (), "asked for, and not promised yet"
        reader = source.join()
        await anext(reader)
        for event, rest in (
            ("SUCCESSFUL_RESOURCES_ALLOCATION", {}),
            ("QOS_NOT_GUARANTEED", {"appliedQosRef": "silver"}),
            ("QOS_NOT_GUARANTEED", {}),
            ("QOS_GUARANTEED", {}),
            ("USAGE_REPORT", {}),
            ("LOSS_OF_BEARER", {}),
        ):
            assert await core.nef.session(video, event, **rest) == 204
        events = []
        for _ in range(5):
            told = await anext(reader)
            assert isinstance(told, Facts)
            events += told.events
        assert [type(each) for each in events] == [
            BearerEstablished, BearerModified, BearerModified, BearerModified, BearerReleased,
        ]  # fmt: skip
        figures = [
            (e.bearer.q_ci, e.bearer.downlink_guaranteed_bps, e.bearer.downlink_bps_max)
            for e in events
            if isinstance(e, BearerEstablished | BearerModified)
        ]
        assert figures == [
            (3, 20_000_000, 40_000_000), (4, 5_000_000, 0), (3, 0, 0), (3, 20_000_000, 40_000_000),
        ]  # fmt: skip


async def test_a_bearer_lives_as_long_as_something_serves_its_device(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        (video,) = core.nef.of(SESSIONS)
        await core.nef.session(video, "SUCCESSFUL_RESOURCES_ALLOCATION")
        who = {"externalId": "crane@port.example"}
        (loss,) = core.nef.of(MONITORING, monitoringType="LOSS_OF_CONNECTIVITY", **who)
        (place,) = core.nef.of(MONITORING, locationType="CURRENT_LOCATION", **who)
        reader = source.join()
        await anext(reader)
        await core.nef.report(loss)
        await core.nef.report(place, locationInfo=nr(0x4002))
        told = [await anext(reader), await anext(reader)]
        kinds = [type(event) for each in told if isinstance(each, Facts) for event in each.events]
        assert kinds == [BearerReleased, Detached, Attached, BearerEstablished]


async def test_traffic_is_asked_to_leave_the_core_here_and_its_way_is_known(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        (local,) = core.nef.of(INFLUENCES, externalGroupId="trucks@port.example")
        assert local["trafficRoutes"] == [{"dnai": "harbour-site", "routeProfId": "n6-harbour"}]
        assert local["subscribedEvents"] == ["UP_PATH_CHANGE"]
        change = {
            "subscribedEvent": "UP_PATH_CHANGE", "dnaiChgType": "EARLY",
            "targetDnai": "harbour-site", "srcUeIpv4Addr": "10.45.9.5",
        }  # fmt: skip
        assert await core.nef.post(INFLUENCES, local, change) == 204
        assert source.ways == {}, "an early word is of what will be"
        assert await core.nef.post(INFLUENCES, local, change | {"dnaiChgType": "LATE"}) == 204
        assert source.ways == {TRUCK: "harbour-site"}


async def test_subscriptions_are_renewed_before_they_end(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        first = {s["self"]: s["monitorExpireTime"] for s in core.nef.of(MONITORING)}
        await core.until(lambda: any(m == "PUT" for m, _, _ in core.nef.asked), tick_s=60.0)
        assert core.clock.monotonic() <= 3600, "before the hour was over"
        await core.until(
            lambda: all(s["monitorExpireTime"] > first[s["self"]] for s in core.nef.of(MONITORING))
        )
        assert len(core.nef.subscriptions) == WISHES


async def test_where_a_nef_cannot_renew_a_new_one_takes_the_old_ones_place(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        first = set(core.nef.subscriptions)
        core.nef.refusing["PUT"] = (405, {"title": "Method Not Allowed"})
        monitoring = {path for path in first if MONITORING in path}
        await core.until(lambda: not monitoring & set(core.nef.subscriptions), tick_s=60.0)
        await granted(core, source)
        assert len(core.nef.subscriptions) == WISHES


async def test_a_nef_that_gives_less_time_is_asked_sooner(core: Core) -> None:
    async with core.source() as source:
        core.nef.expires = "2023-11-14T22:23:20Z"  # ten minutes
        await granted(core, source)
        await core.until(lambda: any(m == "PUT" for m, _, _ in core.nef.asked), tick_s=1.0)
        assert core.clock.monotonic() < 600


async def test_what_the_nef_cancels_is_asked_for_again(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        (crane,) = core.nef.of(
            MONITORING, externalId="crane@port.example", locationType="CURRENT_LOCATION"
        )
        del core.nef.subscriptions["/" + crane["self"].split("/", 3)[3]]
        note = {"subscription": crane["self"], "cancelInd": True}
        assert await core.nef.post(MONITORING, crane, note) == 204
        assert await core.nef.post(MONITORING, crane, note) == 404, "it is not ours any longer"
        await core.until(lambda: len(core.nef.subscriptions) >= WISHES, tick_s=0.5)


async def test_who_is_killed_and_started_again_asks_for_nothing_twice(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        (video,) = core.nef.of(SESSIONS)
        await core.nef.session(video, "SUCCESSFUL_RESOURCES_ALLOCATION")
    lasting = {k for k, v in core.nef.subscriptions.items() if "maximumNumberOfReports" not in v}
    async with core.source(epoch=2) as source:
        await core.until(lambda: serving_cell(source, CRANE) == NR1)
        assert lasting <= set(core.nef.subscriptions)
        assert len(source.picture.bearers(CRANE)) == 1, "what was promised before is known still"
        await core.until(lambda: len(core.nef.subscriptions) == WISHES, tick_s=1.0)


async def test_what_the_table_wants_no_longer_is_taken_back_at_the_next_start(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
    shorter = TABLE.partition("[[sessions]]")[0]
    async with core.source(shorter, epoch=2) as source:
        await core.until(lambda: not core.nef.of(SESSIONS) and not core.nef.of(INFLUENCES))
        await granted(core, source, 9)


async def test_what_the_table_wants_otherwise_is_asked_for_anew(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
    changed = TABLE.replace('reference = "gold"\nalternatives = ["silver"]', 'reference = "silver"')
    assert changed != TABLE
    async with core.source(changed, epoch=2):
        await core.until(
            lambda: [s["qosReference"] for s in core.nef.of(SESSIONS)] == ["silver"], tick_s=0.5
        )


async def test_a_subscription_whose_answer_was_lost_is_found_again_and_not_left(
    core: Core,
) -> None:
    core.nef.losing = True
    async with core.source() as source:
        await core.until(lambda: len(core.nef.subscriptions) >= WISHES)
        core.nef.losing = False
        lasting = {k for k, v in core.nef.subscriptions.items() if "monitorExpireTime" in v}
        await core.until(lambda: len(source.keeper.held()) >= WISHES, tick_s=0.5)
        await granted(core, source)
        assert len([m for m, _, _ in core.nef.asked if m == "GET"]) >= 1
        assert lasting


async def test_an_orderly_end_leaves_nothing_at_the_nef(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
    async with core.source(epoch=2, orderly=True) as source:
        await granted(core, source)
    assert core.nef.subscriptions == {}


async def test_a_refusal_says_why_and_is_tried_again_later(
    core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    core.nef.refusing["POST"] = (
        403, {"title": "Forbidden", "cause": "LOCATION_NOT_ALLOWED", "detail": "No consent."},
    )  # fmt: skip
    async with core.source() as source:
        await core.until(lambda: len(source.keeper.faults) == WISHES + 3)
        assert "403 LOCATION_NOT_ALLOWED No consent." in set(source.keeper.faults.values())
        assert caplog.text.count("LOCATION_REPORTING of crane: 403 LOCATION_NOT_ALLOWED") == 1
        core.nef.places["10.45.9.4"] = lte(0x0A01)  # nobody has said who has the address
        core.nef.refusing.clear()
        await core.until(lambda: source.keeper.faults == {}, tick_s=1.0)
        await granted(core, source)


async def test_nobody_reports_without_the_key(core: Core) -> None:
    async with core.source() as source:
        await granted(core, source)
        body = {"subscription": "http://nef.example/x", "monitoringEventReports": []}
        root = "http://here.example/wayside_nef/v1"
        for path in ("monitoring/guess", "sessions/guess", "influences/guess"):
            answer = await core.callbacks.post(f"{root}/{path}", json=body)
            assert answer.status_code in (404, 422), answer.text
        (video,) = core.nef.of(SESSIONS)
        key = video["notificationDestination"].rpartition("/")[2]
        answer = await core.callbacks.post(f"{root}/{Interface.MONITORING}/{key}", json=body)
        assert answer.status_code == 404, "a key is good for its own interface"
        answer = await core.callbacks.post(
            f"{root}/sessions/{key}", content=b"{", headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400
