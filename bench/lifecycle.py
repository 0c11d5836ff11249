"""From the request to instantiate until the edge instance answers a device.

``python -m bench lifecycle``. A device asks the cloud's address anew every few milliseconds; what
counts is the first reply that the new instance gives. Compared with the same application started
by hand on loopback, without Wayside around it.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event

from wayside.cli import lifecycle
from wayside.cli.connection import Face
from wayside.core.ids import AppInstanceId, AppLcmOpOccId
from wayside.core.replies import Entry
from wayside.linux import netns
from wayside.model.app_lcm import (
    AppInstanceInfo,
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    LcmOperationState,
)

from .figures import Figure, Note, below, percentile
from .running import HELLO_EDGE, Wayside, ask

ROUNDS = 15
BY_HAND_ROUNDS = 5
GOAL_S = 1.0
PORT = 8080
ATTEMPT_EVERY_S = 0.005
ATTEMPT_S_MAX = 1.0
ROUND_S_MAX = 30.0
POLL_S = 0.01
BY_HAND_ADDRESS = "127.83.7.1"
REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
OPEN = (LcmOperationState.STARTING, LcmOperationState.PROCESSING)

End = tuple[str, int]
Is = Callable[[dict[str, str]], bool]


@dataclass(frozen=True)
class Round:
    """One life; seconds since the request to create was sent, and how long the end took."""

    created: float
    accepted: float
    completed: float
    first_reply: float
    ending: float


async def first_reply(to: End, is_meant: Is, ended: Event) -> float:
    """Return the moment (``perf_counter``) of the first reply that is meant; NaN once ``ended``.

    A new attempt begins every few milliseconds, whatever became of the earlier ones.
    """
    found: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    attempts: set[asyncio.Task[None]] = set()
    try:
        while not found.done() and not ended.is_set():
            attempt = asyncio.create_task(_attempt(to, is_meant, found))
            attempts.add(attempt)
            attempt.add_done_callback(attempts.discard)
            await asyncio.wait([found], timeout=ATTEMPT_EVERY_S)
        return found.result() if found.done() else float("nan")
    finally:
        for attempt in tuple(attempts):
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)


async def _attempt(to: End, is_meant: Is, found: asyncio.Future[float]) -> None:
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(ATTEMPT_S_MAX):
            reader, writer = await asyncio.open_connection(*to)
            writer.write(REQUEST)
            answer = await reader.read()
        now = time.perf_counter()
        if is_meant(json.loads(answer.partition(b"\r\n\r\n")[2])) and not found.done():
            found.set_result(now)
    except (OSError, ValueError, TimeoutError):
        return  # nobody there, or half an answer while the flow was moved: the next one asks again
    finally:
        if writer is not None:
            writer.close()


async def one_life(face: Face, system: Wayside, app_d_id: str) -> Round:
    """Create, instantiate, be answered, terminate and delete; return when each was done."""
    ended = Event()
    identity: list[str] = []

    def is_meant(reply: dict[str, str]) -> bool:
        return reply.get("instance") in identity

    def look() -> float:
        return asyncio.run(first_reply((system.town.cloud.address, PORT), is_meant, ended))

    watch = asyncio.create_task(asyncio.to_thread(netns.inside, system.device_namespace, look))
    try:
        await asyncio.sleep(0.1)  # the first attempts have gone to the cloud
        begun = time.perf_counter()
        made = await face.instances.create_app_instance(CreateAppInstanceRequest(app_d_id=app_d_id))
        instance = AppInstanceId(_value(made.body).id)
        identity.append(instance)
        created = time.perf_counter()
        operation = await face.instances.instantiate_app_instance(instance, InstantiateAppRequest())
        accepted = time.perf_counter()
        completed = await _completed(face, operation.location)
        async with asyncio.timeout(ROUND_S_MAX):
            answered = await asyncio.shield(watch)
    finally:
        ended.set()
        await asyncio.wait([watch])
    ending = time.perf_counter()
    await lifecycle.end(face, (await face.instances.get_app_instance(instance)).value, None)
    return Round(
        created - begun,
        accepted - begun,
        completed - begun,
        answered - begun,
        time.perf_counter() - ending,
    )


async def _completed(face: Face, location: str | None) -> float:
    """Return the moment at which the operation was seen COMPLETED."""
    id = AppLcmOpOccId((location or "").rstrip("/").rpartition("/")[2])
    while True:
        occurrence = (await face.instances.get_app_lcm_op_occ(id)).value
        if occurrence.operation_state is LcmOperationState.COMPLETED:
            return time.perf_counter()
        if occurrence.operation_state not in OPEN:
            why = occurrence.error.detail if occurrence.error else ""
            raise RuntimeError(f"instantiation is {occurrence.operation_state}: {why}")
        await asyncio.sleep(POLL_S)


def by_hand() -> float:
    """Return seconds from starting hello-edge as a plain process until it answers on loopback."""
    identity = str(uuid.uuid4())
    environment = os.environ | {
        "MEC_APP_INSTANCE_ID": identity,
        "MEC_APP_ADDRESS": BY_HAND_ADDRESS,
        "MEC_MP1_URL": f"http://{BY_HAND_ADDRESS}:9",
        "PYTHONUNBUFFERED": "1",
    }
    python = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
    begun = time.perf_counter()
    process = subprocess.Popen(
        [python, str(HELLO_EDGE / "files" / "main.py")],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answered = asyncio.run(_wait_by_hand(identity))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    return answered - begun


async def _wait_by_hand(identity: str) -> float:
    async with asyncio.timeout(ROUND_S_MAX):
        to = BY_HAND_ADDRESS, PORT
        return await first_reply(to, lambda reply: reply.get("instance") == identity, Event())


async def lives(system: Wayside, rounds: int, note: Note) -> list[Round]:
    """Return ``rounds`` lives of hello-edge, and before them the first one of all."""

    async def work(face: Face) -> list[Round]:
        found = []
        for number in range(rounds + 1):
            found.append(await one_life(face, system, "hello-edge-1.0"))
            note(f"lifecycle: {number}/{rounds}, first reply after {found[-1].first_reply:.3f} s")
        return found

    return await ask(system.url, work)


def figures(system: Wayside, note: Note, rounds: int = ROUNDS) -> list[Figure]:
    """Return the figures of ``rounds`` lives on ``system``."""
    note("lifecycle: building and on-boarding hello-edge")
    system.onboard(HELLO_EDGE)
    first, *warm = asyncio.run(lives(system, rounds, note))
    return summary(first, warm, by_hand_s=[by_hand() for _ in range(BY_HAND_ROUNDS)])


def summary(first: Round, warm: Sequence[Round], *, by_hand_s: Sequence[float]) -> list[Figure]:
    """Return the rows of the table."""

    def row(what: str, part: Callable[[Round], float], share: float, compared: str) -> Figure:
        value = percentile([part(each) for each in warm], share)
        return Figure("lifecycle", f"{what}, p{share * 100:.0f}", value, "s", None, compared)

    cold = f"the very first, its package not yet on the host: {first.first_reply:.2f} s"
    alone = f"the same application by hand on loopback: {percentile(by_hand_s, 0.5):.2f} s"
    reply = row("instantiate -> first reply at a device", lambda r: r.first_reply, 0.5, alone)
    return [
        replace(reply, goal=below(GOAL_S)),
        row("instantiate -> first reply at a device", lambda r: r.first_reply, 0.95, cold),
        row("  of that: accepted (202)", lambda r: r.accepted, 0.5, ""),
        row("  beside that: COMPLETED on Mm1", lambda r: r.completed, 0.5, ""),
        row("forceful termination and deletion", lambda r: r.ending, 0.5, ""),
    ]


def _value(body: AppInstanceInfo | Entry[AppInstanceInfo]) -> AppInstanceInfo:
    return body.value if isinstance(body, Entry) else body
