"""A player of examples/follow-me: joins, counts over HTTP and ticks over UDP, and says what it saw.

``python -m wayside.access.lab.player '<task>'`` runs inside a device's namespace and prints one
JSON document. A tick that is not answered in time is lost; a count is asked for once more.
"""

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import Any

import msgspec

from wayside.core.wire import Wire

ANSWER_S_MAX = 1.0
"""What takes longer is lost."""


class PlayTask(msgspec.Struct, frozen=True, kw_only=True):
    """How to play: where, at which level of mobility, how long and how often."""

    address: str
    level: int
    seconds: float
    count_port: int = 8090
    tick_port: int = 9060
    ticks_per_s: int = 60
    counts_per_s: int = 20


class Shot(Wire):
    """Something asked and what came of it; times in seconds since the beginning."""

    asked_s: float
    answered_s: float | None = None
    """None: lost."""
    value: int = 0
    """The count or the number of ticks after it."""
    host: str = ""
    """Where it was answered."""
    again: bool = False
    """Asked a second time: the connection broke, as it ended at another instance."""
    fault: str = ""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What a player saw."""

    started_ns: int = 0
    """On the machine's clock, ns since 1970-01-01 UTC: other times count from here."""
    counts: tuple[Shot, ...] = ()
    ticks: tuple[Shot, ...] = ()
    fault: str = ""
    """Why it could not join."""


def play(task: PlayTask) -> Played:
    """Join, count and tick until the time is up; return what was seen."""
    try:
        _ask(task, f"/join?level={task.level}")
    except (OSError, HTTPException, ValueError) as fault:
        return Played(fault=f"{task.address} port {task.count_port}: {fault}")
    begun, started_ns = time.perf_counter(), time.time_ns()
    ticks: list[Shot] = []
    ticking = threading.Thread(target=lambda: ticks.extend(_ticks(task, begun)))
    ticking.start()
    counts = tuple(_counts(task, begun))
    ticking.join()
    return Played(started_ns=started_ns, counts=counts, ticks=tuple(ticks))


def _counts(task: PlayTask, begun: float) -> Iterator[Shot]:
    number = 0
    while (asked := time.perf_counter() - begun) < task.seconds:
        number += 1
        yield _count(task, f"/count?n={begun}.{number}", asked, begun)
        _sleep_until(begun + number / task.counts_per_s)


def _count(task: PlayTask, path: str, asked: float, begun: float) -> Shot:
    """Ask, and once more where the connection broke: its number keeps it from counting twice."""
    fault = ""
    for again in (False, True):
        try:
            told = _ask(task, path)
            return Shot(
                asked_s=asked,
                answered_s=time.perf_counter() - begun,
                value=told["count"],
                host=told["host"],
                again=again,
            )
        except (OSError, HTTPException, ValueError, KeyError) as failure:
            fault = str(failure) or type(failure).__name__
    return Shot(asked_s=asked, fault=fault, again=True)


def _ask(task: PlayTask, path: str) -> Any:
    connection = HTTPConnection(task.address, task.count_port, timeout=ANSWER_S_MAX)
    try:
        connection.request("POST", path)
        answer = connection.getresponse()
        raw = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"status {answer.status}: {raw[:200].decode(errors='replace')}")
    return json.loads(raw)


def _ticks(task: PlayTask, begun: float) -> list[Shot]:
    sent: list[float] = []
    answers: dict[int, Shot] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as game:
        game.connect((task.address, task.tick_port))
        game.settimeout(ANSWER_S_MAX)
        done = threading.Event()

        def listen() -> None:
            while not (done.is_set() and len(answers) == len(sent)):
                try:
                    told = json.loads(game.recv(2048))
                except TimeoutError:
                    if done.is_set():
                        return
                    continue
                except OSError:  # nobody listens there for a moment
                    continue
                number, now = int(told["tick"]), time.perf_counter() - begun
                answers.setdefault(
                    number,
                    Shot(
                        asked_s=sent[number],
                        answered_s=now,
                        value=told["ticks"],
                        host=told["host"],
                    ),
                )

        listening = threading.Thread(target=listen)
        listening.start()
        while (now := time.perf_counter() - begun) < task.seconds:
            sent.append(now)
            with suppress(OSError):  # the refusal of an earlier one
                game.send(str(len(sent) - 1).encode())
            _sleep_until(begun + len(sent) / task.ticks_per_s)
        done.set()
        listening.join()
    return [answers.get(number, Shot(asked_s=at)) for number, at in enumerate(sent)]


def _sleep_until(moment: float) -> None:
    left = moment - time.perf_counter()
    if left > 0:
        time.sleep(left)


if __name__ == "__main__":
    played = play(msgspec.json.decode(sys.argv[1], type=PlayTask))
    sys.stdout.buffer.write(msgspec.json.encode(played))
