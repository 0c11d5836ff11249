"""A journal in one SQLite file: a writer thread that commits whatever waits as one group.

Knows documents only as bytes; never decides what they mean, and is never read while running.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wayside.core.errors import Unavailable
from wayside.core.journal import Change, Damaged, Put

SCHEMA_VERSION = 1
COMMITS_PER_GROUP_MAX = 512
LOCK_WAIT_S = 3.0
"""How long a start waits for a dying process to let go of the file."""

_SCHEMA = """
CREATE TABLE schema (version INTEGER NOT NULL);
CREATE TABLE documents (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (kind, id)
);
"""
# An upsert keeps the sequence of what was there, so that the order is that of creation.
_PUT = """
INSERT INTO documents (kind, id, body) VALUES (?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body
"""
_REMOVE = "DELETE FROM documents WHERE kind = ? AND id = ?"
_LOAD = "SELECT id, body FROM documents WHERE kind = ? ORDER BY sequence"


@dataclass(frozen=True, slots=True)
class _Waiting:
    changes: Sequence[Change]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class SqliteJournal:
    """Documents in the file ``path``, made where it is missing. Port: ``Journal``.

    One process at a time: a second one that opens the file is refused. Raises Unavailable where
    the file cannot be opened, Damaged where it is not a sound state file of this version.
    """

    def __init__(self, path: Path, *, lock_wait_s: float = LOCK_WAIT_S) -> None:
        self.where = str(path)
        self._database = _open(path, lock_wait_s)
        self._reading = threading.Lock()
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._writer = threading.Thread(target=self._write, name=f"journal {path}", daemon=True)
        self._writer.start()

    async def commit(self, changes: Sequence[Change]) -> None:
        """Return when ``changes`` are on the disk; raise Unavailable where it refuses them."""
        if self._closed:
            raise Unavailable(f"The state file {self.where} is closed. Start the element again.")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._queue.put(_Waiting(changes, loop, done))
        await done

    def load(self, kind: str) -> Iterable[tuple[str, bytes]]:
        """Return every (id, body) of ``kind``, oldest first; raise Damaged where it cannot."""
        try:
            with self._reading:
                return list(self._database.execute(_LOAD, (kind,)))
        except sqlite3.Error as fault:
            raise _damaged(self.where, str(fault)) from fault

    async def close(self) -> None:
        """Write what was accepted, then let go of the file. Again does nothing."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._writer.join)

    def _write(self) -> None:
        """Take what waits, commit it as a group, tell the waiting; until closed."""
        going = True
        while going:
            group: list[_Waiting] = []
            item = self._queue.get()
            while item is not None:
                group.append(item)
                if len(group) == COMMITS_PER_GROUP_MAX or self._queue.empty():
                    break
                item = self._queue.get()
            going = item is not None
            if group:
                self._commit_group(group)
        with self._reading:
            self._database.close()

    def _commit_group(self, group: Sequence[_Waiting]) -> None:
        problem = self._try([change for waiting in group for change in waiting.changes])
        if problem is None or len(group) == 1:
            _tell(group, problem)
            return
        # One commit that cannot be kept must not take its neighbours with it.
        for waiting in group:
            _tell([waiting], self._try(waiting.changes))

    def _try(self, changes: Sequence[Change]) -> Unavailable | None:
        """Commit ``changes`` as one; on a fault keep none of them and return what to say."""
        with self._reading:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                for change in changes:
                    if isinstance(change, Put):
                        self._database.execute(_PUT, (change.kind, change.id, change.body))
                    else:
                        self._database.execute(_REMOVE, (change.kind, change.id))
                self._database.execute("COMMIT")
            except (sqlite3.Error, ValueError, OverflowError) as fault:
                self._roll_back()
                problem = Unavailable(
                    f"The state file {self.where} could not be written: {fault}. Nothing of this "
                    "request was kept; see that the disk has room and is writable, then try again."
                )
                problem.__cause__ = fault
                return problem
        return None

    def _roll_back(self) -> None:
        # A full disk may have rolled back already; a second ROLLBACK is then an error in itself.
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")


def _tell(group: Sequence[_Waiting], problem: Unavailable | None) -> None:
    """Wake the waiting in their own loops; one wake-up per loop and group."""
    loops = {waiting.loop for waiting in group}
    for loop in loops:
        futures = [waiting.done for waiting in group if waiting.loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, futures, problem)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _settle(futures: Sequence[asyncio.Future[None]], problem: Unavailable | None) -> None:
    for future in futures:
        if future.done():
            continue
        if problem is None:
            future.set_result(None)
        else:
            future.set_exception(problem)


def _open(path: Path, lock_wait_s: float) -> sqlite3.Connection:
    """Return a connection to a sound file of our version."""
    try:
        database = sqlite3.connect(
            path, timeout=lock_wait_s, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as fault:
        raise _unavailable(path, fault) from fault
    try:
        _prepare(database, path)
    except sqlite3.OperationalError as fault:
        database.close()
        raise _unavailable(path, fault) from fault
    except sqlite3.DatabaseError as fault:
        database.close()
        raise _damaged(str(path), str(fault)) from fault
    except Damaged:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Take the file for this process alone, check it, and lay the schema where it is new."""
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise _damaged(str(path), str(verdict))
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if not tables:
        database.executescript(
            f"BEGIN IMMEDIATE; {_SCHEMA} INSERT INTO schema VALUES ({SCHEMA_VERSION}); COMMIT;"
        )
        return
    if not {"schema", "documents"} <= tables:
        raise _damaged(str(path), "it is a database of another program")
    version = database.execute("SELECT max(version) FROM schema").fetchone()[0]
    if version != SCHEMA_VERSION:
        raise _damaged(str(path), f"its schema is version {version}, ours is {SCHEMA_VERSION}")
    # A write, so that a second process is refused now and not at its first change.
    database.execute("BEGIN IMMEDIATE")
    database.execute("COMMIT")


def _unavailable(path: Path, fault: sqlite3.Error) -> Unavailable:
    return Unavailable(
        f"The state file {path} cannot be opened: {fault}. See that its folder exists and is "
        "writable and that no other process uses the file."
    )


def _damaged(where: str, why: str) -> Damaged:
    return Damaged(
        f"The state file {where} cannot be used: {why}. Restore it from a copy, or move it (and "
        "the -wal file beside it) away to start with an empty state."
    )
