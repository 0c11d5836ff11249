"""What is told where facts were missed: what both pictures show."""

from msgspec.structs import replace
from tests.services.rni.conftest import Radio
from tests.services.rni.events import VIDEO, radio_snapshot, radio_street
from tests.services.rni.wishes import FAR, WIDE

from wayside.refpoints.net.facts import (
    BearerEstablished,
    BearerModified,
    BearerReleased,
    Cause,
    Detached,
    Event,
    HandedOver,
)
from wayside.refpoints.net.network import Bearer
from wayside.refpoints.net.picture import Picture
from wayside.services.rni.missed import missed


def pictures(*events: Event) -> tuple[Picture, Picture]:
    """The street with car-1 in the wide cell and ue1 in far, before and after ``events``."""
    street = radio_street()
    street.attach("car-1", "wide")
    street.attach("ue1", "far")
    before = Picture(street.feed.picture.snapshot())
    street.tell(*events)
    return before, street.feed.picture


WIDE_ROW, FAR_ROW, UE1_ROW = 2, 4, 5
CHANGED = replace(VIDEO, q_ci=5)


def test_another_serving_cell_was_a_handover() -> None:
    told = HandedOver(device=0, source=WIDE_ROW, target=FAR_ROW)
    assert missed(*pictures(told)) == (told,)


def test_bearers_came_changed_and_went() -> None:
    new = BearerEstablished(device=UE1_ROW, cell=FAR_ROW, bearer=VIDEO)
    assert missed(*pictures(new)) == (new,)
    street = radio_street()
    street.attach("ue1", "far")
    street.tell(new)
    before = Picture(street.feed.picture.snapshot())
    changed = BearerModified(device=UE1_ROW, cell=FAR_ROW, bearer=CHANGED)
    street.tell(changed)
    assert missed(before, street.feed.picture) == (changed,)
    before = Picture(street.feed.picture.snapshot())
    gone = BearerReleased(device=UE1_ROW, cell=FAR_ROW, bearer=CHANGED)
    street.tell(gone)
    assert missed(before, street.feed.picture) == (gone,)


def test_who_left_has_the_bearers_of_its_group_no_longer() -> None:
    usual = Bearer(id=1, q_ci=9)
    left = Detached(device=0, cell=WIDE_ROW, cause=Cause.LEFT)
    before, now = pictures(left)
    assert missed(before, now) == (BearerReleased(device=0, cell=WIDE_ROW, bearer=usual),)
    assert missed(now, before) == (BearerEstablished(device=0, cell=WIDE_ROW, bearer=usual),)


def test_nothing_is_said_of_another_epoch() -> None:
    before, now = pictures(HandedOver(device=0, source=WIDE_ROW, target=FAR_ROW))
    other = Picture(replace(now.snapshot(), epoch=2))
    assert missed(before, other) == ()


async def test_a_subscriber_hears_of_a_handover_that_was_missed(radio: Radio) -> None:
    await radio.subscribe("CellChangeSubscription")
    radio.street.attach("car-1", "wide")
    await radio.heard()
    elsewhere = radio_street()
    elsewhere.attach("car-1", "far")
    for _ in range(40):
        elsewhere.tell()
    radio.street.feed.begin_again(elsewhere.feed.picture.snapshot())
    (told,) = await radio.heard()
    assert (told["srcEcgi"], told["trgEcgi"]) == (WIDE, [FAR])


async def test_another_epoch_begins_anew_and_facts_are_told_again(radio: Radio) -> None:
    await radio.subscribe("CellChangeSubscription")
    radio.street.attach("car-1", "wide")
    radio.street.feed.begin_again(replace(radio_snapshot(), epoch=9))
    await radio.heard()
    radio.street.attach("car-1", "wide")
    radio.street.hand_over("car-1", "wide", "far")
    assert len(await radio.heard()) == 1
