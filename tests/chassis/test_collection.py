"""Collections: what is acknowledged is kept, what is not is never seen."""

import asyncio
from collections.abc import Sequence

import pytest

from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.errors import Conflict, NotFound, PreconditionFailed, Unavailable
from wayside.core.journal import Change, Damaged, Put
from wayside.core.wire import Wire


class Device(Wire):
    device_name: str
    cell: str = "cell1"
    count: int = 0


def opened(journal: MemoryJournal) -> tuple[Store, Collection[Device]]:
    store = Store(journal, new_id=CountedIds())
    return store, Collection(
        store, "devices", Device, what="device", indexes={"cell": lambda device: device.cell}
    )


class SlowJournal(MemoryJournal):
    """A journal whose commits wait for the test."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def commit(self, changes: Sequence[Change]) -> None:
        await self.gate.wait()
        await super().commit(changes)


class FullJournal(MemoryJournal):
    """A journal on a full disk."""

    full = True

    async def commit(self, changes: Sequence[Change]) -> None:
        if self.full:
            raise Unavailable("The disk is full.")
        await super().commit(changes)


async def test_a_created_resource_is_read_with_its_bytes_and_its_tag() -> None:
    _, devices = opened(MemoryJournal())
    made = await devices.create("d1", Device(device_name="ue1"))
    assert devices.get("d1") is made
    assert made.encoded == b'{"deviceName":"ue1"}'
    assert made.etag.startswith('"') and made.etag.endswith('"')
    assert (await devices.replace("d1", Device(device_name="ue2"))).etag != made.etag


async def test_an_unknown_resource_is_not_found_by_name() -> None:
    _, devices = opened(MemoryJournal())
    assert devices.find("d9") is None
    with pytest.raises(NotFound, match="no device d9"):
        devices.get("d9")
    with pytest.raises(NotFound, match="no device d9"):
        await devices.replace("d9", Device(device_name="x"))
    with pytest.raises(NotFound, match="no device d9"):
        await devices.modify("d9", lambda device: device)
    with pytest.raises(NotFound, match="no device d9"):
        await devices.delete("d9")


async def test_two_creations_of_one_identifier_conflict_even_at_once() -> None:
    _, devices = opened(MemoryJournal())
    both = await asyncio.gather(
        devices.create("d1", Device(device_name="first")),
        devices.create("d1", Device(device_name="second")),
        return_exceptions=True,
    )
    assert isinstance(both[1], Conflict)
    assert devices.get("d1").value.device_name == "first"


async def test_a_change_needs_the_present_tag_where_one_is_given() -> None:
    _, devices = opened(MemoryJournal())
    first = await devices.create("d1", Device(device_name="a"))
    second = await devices.replace("d1", Device(device_name="b"), if_match=first.etag)
    with pytest.raises(PreconditionFailed, match="changed by someone else"):
        await devices.replace("d1", Device(device_name="c"), if_match=first.etag)
    with pytest.raises(PreconditionFailed):
        await devices.delete("d1", if_match=first.etag)
    await devices.replace("d1", Device(device_name="d"), if_match="*")
    with pytest.raises(PreconditionFailed):
        await devices.modify("d1", lambda device: device, if_match=second.etag)
    assert devices.get("d1").value.device_name == "d"


async def test_changes_of_one_resource_take_turns_and_none_is_lost() -> None:
    _, devices = opened(MemoryJournal())
    await devices.create("d1", Device(device_name="a"))

    def one_more(device: Device) -> Device:
        return Device(device_name=device.device_name, count=device.count + 1)

    await asyncio.gather(*(devices.modify("d1", one_more) for _ in range(50)))
    assert devices.get("d1").value.count == 50


async def test_readers_do_not_see_a_value_before_it_is_durable() -> None:
    journal = SlowJournal()
    _, devices = opened(journal)
    writing = asyncio.ensure_future(devices.create("d1", Device(device_name="a")))
    await asyncio.sleep(0.01)
    assert devices.find("d1") is None and list(devices.list()) == []
    journal.gate.set()
    await writing
    assert devices.get("d1").value.device_name == "a"


async def test_memory_and_journal_agree_where_the_caller_goes_away_meanwhile() -> None:
    journal = SlowJournal()
    store, devices = opened(journal)
    writing = asyncio.ensure_future(devices.create("d1", Device(device_name="a")))
    await asyncio.sleep(0.01)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    journal.gate.set()
    await store.close()
    assert devices.get("d1").value.device_name == "a"
    assert [id_ for id_, _ in journal.load("devices")] == ["d1"]


async def test_a_change_that_the_disk_refuses_leaves_everything_as_it_was() -> None:
    journal = FullJournal()
    _, devices = opened(journal)
    with pytest.raises(Unavailable, match="full"):
        await devices.create("d1", Device(device_name="a"))
    assert devices.find("d1") is None and list(devices.list(cell="cell1")) == []
    journal.full = False
    await devices.create("d1", Device(device_name="b"))
    assert devices.get("d1").value.device_name == "b"


async def test_an_index_finds_oldest_first_even_after_changes_of_the_key() -> None:
    _, devices = opened(MemoryJournal())
    for name, cell in (("d1", "cell1"), ("d2", "cell2"), ("d3", "cell1")):
        await devices.create(name, Device(device_name=name, cell=cell))
    await devices.modify("d1", lambda d: Device(device_name="d1", cell="cell2"))
    await devices.modify("d1", lambda d: Device(device_name="d1", cell="cell1"))
    assert [entry.id for entry in devices.list(cell="cell1")] == ["d1", "d3"]
    assert [entry.id for entry in devices.list(cell="cell2")] == ["d2"]
    assert list(devices.list(cell="nowhere")) == []
    with pytest.raises(ValueError, match="no index"):
        devices.list(colour="red")


async def test_several_collections_change_together_or_not_at_all() -> None:
    store, devices = opened(MemoryJournal())
    names: Collection[Device] = Collection(store, "names", Device, what="name")
    await store.commit(
        devices.creation("d1", Device(device_name="a")),
        names.creation("n1", Device(device_name="a")),
    )
    with pytest.raises(Conflict):
        await store.commit(
            devices.deletion("d1"), names.creation("n1", Device(device_name="again"))
        )
    assert devices.get("d1").value.device_name == "a"
    gone, changed = await store.commit(
        devices.deletion("d1"), names.replacement("n1", Device(device_name="b"))
    )
    assert gone is None and changed is not None and changed.value.device_name == "b"
    assert devices.find("d1") is None


async def test_commits_that_name_the_same_resources_in_other_orders_both_end() -> None:
    store, devices = opened(MemoryJournal())
    for name in ("d1", "d2"):
        await devices.create(name, Device(device_name=name))

    def swap(first: str, second: str) -> object:
        return store.commit(
            devices.modification(first, lambda d: d), devices.modification(second, lambda d: d)
        )

    pairs = [swap("d1", "d2") if n % 2 else swap("d2", "d1") for n in range(20)]
    await asyncio.wait_for(asyncio.gather(*pairs), 5)  # type: ignore[arg-type]


async def test_a_new_store_on_the_journal_has_all_of_it_in_the_order_of_creation() -> None:
    journal = MemoryJournal()
    store, devices = opened(journal)
    for name in ("d3", "d1", "d2"):
        await devices.create(name, Device(device_name=name))
    await devices.modify("d3", lambda d: Device(device_name="changed"))
    await devices.delete("d1")
    before = devices.list()
    await store.close()
    _, again = opened(journal)
    assert list(again.list()) == list(before)
    assert [entry.id for entry in again.list(cell="cell1")] == ["d3", "d2"]


async def test_a_damaged_document_is_named_at_the_start() -> None:
    journal = MemoryJournal()
    await journal.commit([Put("devices", "d7", b'1 {"deviceName":7}')])
    with pytest.raises(Damaged, match=r"device d7 .*\$\.deviceName"):
        opened(journal)


async def test_a_document_of_a_later_form_is_refused_by_name() -> None:
    journal = MemoryJournal()
    await journal.commit([Put("devices", "d7", b'2 {"deviceName":"a"}')])
    with pytest.raises(Damaged, match=r"d7 .* another form"):
        opened(journal)


async def test_a_kind_has_one_collection_and_a_closed_store_takes_no_more() -> None:
    store, devices = opened(MemoryJournal())
    with pytest.raises(ValueError, match="two collections"):
        Collection(store, "devices", Device, what="device")
    await store.close()
    with pytest.raises(Unavailable, match="stopping"):
        await devices.create("d1", Device(device_name="a"))
