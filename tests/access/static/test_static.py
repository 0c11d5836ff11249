"""An operator's table is told as it was written, and refused with every fault in it."""

import pytest
from tests.access.static.tables import TABLE, a_table

from wayside.access.static.source import StaticSource
from wayside.access.static.table import TableFault, load, parse
from wayside.adapters.clocks import VirtualClock
from wayside.core.errors import Unprocessable
from wayside.refpoints.net.facts import Stage
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import Technology


def test_subscribers_are_found_by_address_and_are_where_the_table_says() -> None:
    picture = StaticSource(a_table(), VirtualClock(), epoch=1).picture
    crane = picture.network.row_of_address("10.45.7.1")
    gate = picture.network.row_of_id("gate")
    assert crane == 0
    assert gate == 1
    assert picture.network.device(gate).mac == "02:00:00:00:00:07"
    assert picture.zone_of(crane) == "harbour"
    assert picture.zone_of(gate) == "quay"
    assert picture.zone_of(2) is None
    assert picture.cells[Technology.NR].tolist() == [0, -1, -1]
    assert picture.latitude[0] == 43.581
    assert picture.latitude[1] != picture.latitude[1], "nobody has said where the gate is"


async def test_another_table_is_another_epoch_for_all_who_listen() -> None:
    source = StaticSource(a_table(), VirtualClock(), epoch=1)
    reader = source.join()
    first = await anext(reader)
    assert isinstance(first, Snapshot)
    source.replace(a_table(TABLE.replace('address = "10.45.7.1"', 'address = "10.45.7.9"')))
    second = await anext(reader)
    assert isinstance(second, Snapshot)
    assert (first.epoch, second.epoch) == (1, 2)
    assert Picture(second).network.row_of_address("10.45.7.9") == 0


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('address = "10.45.9.4"', 'address = "10.45.7.1"', "subscribers[1].address: 10.45.7.1 is"),
        ('address = "10.45.9.4"', 'address = "quay"', "subscribers[1].address: 'quay' is not"),
        ('cell = "ap1"', 'cell = "ap2"', "subscribers[1].cell: there is no cell ap2"),
        ('id = "gate"', 'id = "crane"', "subscribers[1].id: crane is there already"),
        ("latitude = 43.581\n", "", "subscribers[0].latitude: latitude and longitude go together"),
        ('mcc = "001"', 'mcc = "1"', "operators[0].mcc"),
        ('operator = "north"\nzone', 'operator = "south"\nzone', "cells[0].operator: there is no"),
        ("[[operators]]", "[[operaters]]", "operaters: unknown"),
    ],
)
def test_a_table_that_cannot_be_true_is_refused_by_field(old: str, new: str, expected: str) -> None:
    with pytest.raises(TableFault) as caught:
        parse(TABLE.replace(old, new, 1), source="t.toml")
    assert any(fault.startswith(expected) for fault in caught.value.faults), caught.value.faults


def test_a_table_that_cannot_be_read_is_told(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TableFault, match="No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "t.toml").write_bytes(b"\xff")
    with pytest.raises(TableFault, match="not UTF-8"):
        load(tmp_path / "t.toml")


async def test_a_handover_that_the_operator_says_is_told_and_true_once_it_is_done() -> None:
    table = parse(
        TABLE.replace('id = "ap1"\ntechnology = "WLAN"', 'id = "ap1"\ntechnology = "NR"'),
        source="test",
    )
    source = StaticSource(table, VirtualClock(), epoch=1)
    cells = source.picture.cells[Technology.NR]
    source.hand_over(0, 1, Stage.PREPARED)
    assert cells[0] == 0
    source.hand_over(0, 1, Stage.COMPLETED)
    assert source.picture.cells[Technology.NR][0] == 1
    with pytest.raises(Unprocessable):
        source.hand_over(0, 1, Stage.COMPLETED)
