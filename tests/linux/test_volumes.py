"""A folder of a bounded size: full when it is full, and as it was after it was let go."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from wayside.linux import probe, volumes

pytestmark = pytest.mark.netns

MIB = 1 << 20


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    if not (found := probe.finding("sized folders")).available:
        pytest.skip(f"no folder can be given a size here: {found.detail}")
    yield tmp_path
    volumes.let_go_below(tmp_path)


def test_it_holds_nearly_all_of_its_size_and_no_more(place: Path) -> None:
    volumes.make(place / "file", place / "folder", 8 * MIB)
    with pytest.raises(OSError, match="No space left"):
        for number in range(9):
            (place / "folder" / str(number)).write_bytes(bytes(MIB))
    held = sum(each.stat().st_size for each in (place / "folder").iterdir() if each.is_file())
    assert 7 * MIB <= held <= 8 * MIB
    assert (place / "file").stat().st_size == 8 * MIB


def test_making_it_again_changes_nothing_and_what_was_deleted_is_given_back(place: Path) -> None:
    folder = place / "folder"
    volumes.make(place / "file", folder, 32 * MIB)
    (folder / "kept").write_text("kept")
    (folder / "large").write_bytes(os.urandom(16 * MIB))
    os.sync()
    taken = (place / "file").stat().st_blocks
    (folder / "large").unlink()
    os.sync()
    assert (place / "file").stat().st_blocks < taken / 2
    volumes.make(place / "file", folder, 32 * MIB)
    assert (folder / "kept").read_text() == "kept"


def test_what_was_let_go_is_there_again_when_it_is_made_again(place: Path) -> None:
    folder = place / "a place\twith blanks"
    volumes.make(place / "file", folder, MIB)
    (folder / "kept").write_text("kept")
    volumes.let_go_below(place)
    assert not folder.exists()
    volumes.make(place / "file", folder, MIB)
    assert (folder / "kept").read_text() == "kept"


def test_a_release_leaves_neither_file_nor_folder_and_may_be_repeated(place: Path) -> None:
    volumes.make(place / "file", place / "folder", MIB)
    for _ in range(2):
        volumes.release(place / "file", place / "folder")
        assert list(place.iterdir()) == []


def test_a_draft_that_a_kill_left_behind_is_made_anew(place: Path) -> None:
    (place / ".file").write_bytes(b"half")
    volumes.make(place / "file", place / "folder", MIB)
    assert os.path.ismount(place / "folder")
