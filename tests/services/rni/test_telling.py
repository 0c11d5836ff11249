"""Who is told of what happened: found by device and by cell, each once, with all targets."""

from typing import Any

import msgspec
import pytest
from tests.services.rni.events import VIDEO, radio_snapshot
from tests.services.rni.wishes import FAR, WIDE, whom, wish
from tests.services.street import T0_NS, UE1

from wayside.core.replies import Entry
from wayside.refpoints.net.facts import (
    BearerEstablished,
    CarriersChanged,
    Event,
    HandedOver,
    Stage,
)
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import Origin
from wayside.services.rni.directory import Directory
from wayside.services.rni.logic import accepted
from wayside.services.rni.names import Names, identity_of
from wayside.services.rni.telling import told
from wayside.services.rni.wishes import HoStatus, RniSubscription

LEFT_ROW, RIGHT_ROW, WIDE_ROW, FAR_ROW, UE1_ROW = 0, 1, 2, 4, 5
EVERYTHING = {"filterCriteriaAssocHo": {"hoStatus": [1, 3, 4, 5]}}


def entry(id_: str, type_: str, **changes: Any) -> Entry[RniSubscription]:
    """A subscription as it is kept."""
    value = accepted(msgspec.convert(wish(type_, **changes), RniSubscription))
    return Entry(id_, value, b"", "")


def hear(
    *events: Event, to: list[Entry[RniSubscription]], nr_in_ecgi: bool = True
) -> list[tuple[str, Any]]:
    """Who is told what of events, in order."""
    picture = Picture(radio_snapshot())
    names = Names(picture.network, nr_in_ecgi=nr_in_ecgi)
    directory = Directory(to, names, picture, path="/subscriptions")
    found = told(events, directory, names, (T0_NS, Origin.STATIC))
    return [(entry.id, notification) for entry, notification in found]


def handover(target: int, stage: Stage, source: int = WIDE_ROW) -> HandedOver:
    return HandedOver(device=UE1_ROW, source=source, target=target, stage=stage)


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        (Stage.PREPARED, HoStatus.IN_PREPARATION),
        (Stage.REJECTED, HoStatus.REJECTED),
        (Stage.CANCELLED, HoStatus.CANCELLED),
    ],
)
def test_several_targets_are_one_notification_before_a_handover_and_where_it_fails(
    stage: Stage, status: HoStatus
) -> None:
    events = [handover(target, stage) for target in (FAR_ROW, LEFT_ROW)]
    ((_, one),) = hear(*events, to=[entry("1", "CellChangeSubscription", **EVERYTHING)])
    assert one.ho_status is status
    assert [each.cell_id for each in one.trg_ecgi] == ["1234502", "123450001"]
    assert one.wayside_origin is Origin.STATIC


def test_what_is_completed_has_one_target() -> None:
    events = (handover(FAR_ROW, Stage.COMPLETED), handover(WIDE_ROW, Stage.COMPLETED, FAR_ROW))
    found = hear(*events, to=[entry("1", "CellChangeSubscription")])
    assert [len(one.trg_ecgi) for _, one in found] == [1, 1]


def test_a_cell_that_has_no_ecgi_is_not_told() -> None:
    one = [entry("1", "CellChangeSubscription", **EVERYTHING)]
    nr = handover(RIGHT_ROW, Stage.COMPLETED, LEFT_ROW)
    assert hear(nr, to=one, nr_in_ecgi=False) == []
    assert len(hear(nr, to=one)) == 1


def test_a_subscription_stands_in_one_place_and_is_found_once() -> None:
    to = [
        entry("all", "CellChangeSubscription"),
        entry("ue", "CellChangeSubscription", filterCriteriaAssocHo={"associateId": whom(UE1)}),
        entry("twice", "CellChangeSubscription", filterCriteriaAssocHo={"ecgi": [WIDE, FAR]}),
        entry(
            "ue and far",
            "CellChangeSubscription",
            filterCriteriaAssocHo={"associateId": whom(UE1, "10.60.0.1"), "ecgi": [FAR]},
        ),
        entry("other", "CellChangeSubscription", filterCriteriaAssocHo={"ecgi": [
            {"plmn": {"mcc": "001", "mnc": "02"}, "cellId": "1234501"}]}),
    ]  # fmt: skip
    elsewhere = {"associateId": whom(UE1), "ecgi": [WIDE | {"cellId": "7654321"}]}
    to.append(entry("elsewhere", "CellChangeSubscription", filterCriteriaAssocHo=elsewhere))
    found = hear(handover(FAR_ROW, Stage.COMPLETED), to=to)
    assert sorted(who for who, _ in found) == ["all", "twice", "ue", "ue and far"]


def test_a_bearer_without_a_tunnel_is_told_as_a_bearer_alone() -> None:
    to = [
        entry("rab", "RabEstSubscription"),
        entry("s1", "S1BearerSubscription"),
    ]
    bare = msgspec.structs.replace(VIDEO, tunnel=None)
    for bearer, who in ((VIDEO, ["rab", "s1"]), (bare, ["rab"])):
        event = BearerEstablished(device=UE1_ROW, cell=WIDE_ROW, bearer=bearer)
        assert [each for each, _ in hear(event, to=to)] == who


def test_carriers_that_are_removed_are_told_as_removed() -> None:
    event = CarriersChanged(device=UE1_ROW, cell=WIDE_ROW, removed=(FAR_ROW,))
    ((_, one),) = hear(event, to=[entry("1", "CaReconfSubscription")])
    assert one.secondary_cell_add == ()
    assert [each.ecgi.cell_id for each in one.secondary_cell_remove] == ["1234502"]


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("1234501", 0x1234501),
        ("0x1234501", 0x1234501),
        ("1", 1),
        ("1" * 28, 2**28 - 1),
        ("0" * 35 + "1", 1),
        ("abcdef012", 0xABCDEF012),
        ("1" * 10, None),
        ("", None),
        ("-1", None),
        ("1_0", None),
        ("１", None),
    ],
)
def test_a_cell_identity_is_read_in_each_of_its_forms(text: str, identity: int | None) -> None:
    assert identity_of(text) == identity
