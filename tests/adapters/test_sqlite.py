"""The SQLite journal: what was acknowledged is there after anything."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from wayside.adapters.sqlite import SqliteJournal
from wayside.core.errors import Unavailable
from wayside.core.journal import Damaged, Put, Remove

SOURCE = Path(__file__).parents[2] / "src"

WRITER = """
import asyncio, sys
from pathlib import Path
from wayside.adapters.sqlite import SqliteJournal
from wayside.core.journal import Put

async def main():
    journal = SqliteJournal(Path(sys.argv[1]))
    async def write(lane):
        for number in range(1_000_000):
            await journal.commit([Put("n", f"{lane}-{number}", b"x" * 200)])
            sys.stdout.write(f"{lane}-{number}\\n")
            sys.stdout.flush()
    await asyncio.gather(*(write(lane) for lane in range(8)))

asyncio.run(main())
"""


async def test_documents_come_back_in_the_order_of_their_creation(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "a.db")
    await journal.commit([Put("k", "b", b"1"), Put("k", "a", b"2"), Put("other", "a", b"3")])
    await journal.commit([Put("k", "b", b"4"), Remove("k", "nothing")])
    await journal.commit([Remove("other", "a")])
    await journal.close()
    again = SqliteJournal(tmp_path / "a.db")
    assert list(again.load("k")) == [("b", b"4"), ("a", b"2")]
    assert list(again.load("other")) == []
    await again.close()


async def test_many_commits_at_once_are_all_kept(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "a.db")
    await asyncio.gather(*(journal.commit([Put("k", str(n), b"x")]) for n in range(700)))
    assert {id_ for id_, _ in journal.load("k")} == {str(n) for n in range(700)}
    await journal.close()


async def test_close_writes_what_was_accepted_and_then_refuses(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "a.db")
    writes = [asyncio.ensure_future(journal.commit([Put("k", str(n), b"x")])) for n in range(50)]
    await asyncio.sleep(0)
    await journal.close()
    await asyncio.gather(*writes)
    with pytest.raises(Unavailable, match="closed"):
        await journal.commit([Put("k", "late", b"x")])
    await journal.close()
    again = SqliteJournal(tmp_path / "a.db")
    assert len(list(again.load("k"))) == 50
    await again.close()


def test_every_acknowledged_write_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().strip() for _ in range(300)]
    child.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in child.stdout.readlines() if line.endswith("\n")]
    child.stdout.close()
    child.wait()
    journal = SqliteJournal(path)
    kept = {id_ for id_, _ in journal.load("n")}
    asyncio.run(journal.close())
    assert set(acknowledged) <= kept


async def test_a_full_disk_refuses_with_a_sentence_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "a.db")
    await journal.commit([Put("k", "before", b"x")])
    # The limit on file sizes is the nearest to a full disk that a test may make.
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        with pytest.raises(Unavailable, match=r"a\.db could not be written.*room"):
            await journal.commit([Put("k", "small", b"x"), Put("k", "large", b"x" * 1_000_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert [id_ for id_, _ in journal.load("k")] == ["before"]
    await journal.commit([Put("k", "after", b"x")])
    assert [id_ for id_, _ in journal.load("k")] == ["before", "after"]
    await journal.close()


async def test_a_commit_that_cannot_be_kept_spares_its_neighbours(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "a.db")
    results = await asyncio.gather(
        journal.commit([Put("k", "good", b"x")]),
        journal.commit([Put("k", "half", b"x"), Put("k", "lone \ud800 surrogate", b"x")]),
        journal.commit([Put("k", "fine", b"x")]),
        return_exceptions=True,
    )
    assert isinstance(results[1], Unavailable)
    assert [id_ for id_, _ in journal.load("k")] == ["good", "fine"]
    await journal.close()


async def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "a.db"
    with pytest.raises(Unavailable, match="nowhere"):
        SqliteJournal(path)


async def test_a_second_process_is_refused_by_name(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "a.db")
    with pytest.raises(Unavailable, match=r"a\.db cannot be opened.*no other process"):
        SqliteJournal(tmp_path / "a.db", lock_wait_s=0.05)
    await journal.close()


def test_a_file_that_is_no_database_names_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"this is not a database at all, and long enough to be read as one" * 100)
    with pytest.raises(Damaged, match=r"a\.db cannot be used: .*Restore it"):
        SqliteJournal(path)


async def test_a_torn_file_names_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    journal = SqliteJournal(path)
    await journal.commit([Put("k", str(n), b"x" * 2000) for n in range(100)])
    await journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    with pytest.raises(Damaged, match="Restore it"):
        SqliteJournal(path)


async def test_the_state_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    await SqliteJournal(path).close()
    database = sqlite3.connect(path)
    database.execute("UPDATE schema SET version = 9")
    database.commit()
    database.close()
    with pytest.raises(Damaged, match="version 9, ours is 1"):
        SqliteJournal(path)


def test_the_database_of_another_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE photographs (name TEXT)")
    database.commit()
    database.close()
    with pytest.raises(Damaged, match="another program"):
        SqliteJournal(path)
