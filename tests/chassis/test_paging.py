"""Reading a list to its end costs what it holds, not its square."""

from wayside.chassis.paging import first_page, next_page
from wayside.core.replies import Entry, Listing, Made

COUNT, PAGE = 1_000, 10


def entries() -> Listing[int]:
    names = sorted((f"{number:04}" for number in range(COUNT)), key=lambda name: name[::-1])
    return Listing(Entry(name, int(name), b"", "") for name in names)


def test_each_entry_is_judged_about_once_however_many_pages_there_are() -> None:
    whole, judged = entries(), []

    def is_even(entry: Entry[int]) -> bool:
        judged.append(entry.id)
        return entry.value % 2 == 0

    page, last = first_page(filter(is_even, whole), PAGE)
    read = [entry.value for entry in page]
    while last is not None:
        page, last = next_page(whole, last, PAGE, wanted=is_even)
        read += [entry.value for entry in page]
    assert read == list(range(0, COUNT, 2))
    pages = COUNT // 2 // PAGE
    assert len(judged) <= COUNT + COUNT + 2 * pages  # the first page needs to see them all


def test_the_order_by_id_is_worked_out_once_for_all_pages() -> None:
    whole = entries()
    next_page(whole, "0500", PAGE)
    assert whole.by_id is whole.by_id
    assert [entry.id for entry in whole.by_id] == sorted(entry.id for entry in whole)
    assert [entry.id for entry in whole] != sorted(entry.id for entry in whole)


def test_a_page_goes_on_behind_an_entry_that_is_gone() -> None:
    whole = Listing(entry for entry in entries() if entry.id != "0500")
    page, _ = next_page(whole, "0500", 2)
    assert [entry.id for entry in page] == ["0501", "0502"]


def test_of_a_list_that_is_made_no_more_is_made_than_the_pages_that_are_read() -> None:
    made: list[int] = []

    def make(place: int) -> Entry[int]:
        made.append(place)
        return Entry(f"{place:04}", place, b"", "")

    whole = Made([f"{number:04}" for number in range(1000)], make)
    page, last = first_page(whole, 10)
    assert ([entry.value for entry in page], last) == (list(range(10)), "0009")
    page, last = next_page(whole, "0500x", 10)
    assert ([entry.value for entry in page], last) == (list(range(501, 511)), "0510")
    page, last = next_page(whole, "0995", 10)
    assert ([entry.value for entry in page], last) == (list(range(996, 1000)), None)
    assert len(made) == 11 + 11 + 4
    assert whole[-1].value == 999
