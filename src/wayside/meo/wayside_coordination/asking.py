"""Asks which instances may end, and waits for the answer: of the OSS, or of whoever gives it here.

A question is durable before it is asked and limited in time; a kill of the orchestrator loses
neither question nor answer. Never ends an instance.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from wayside.chassis.answers import seconds_of
from wayside.core.clock import Clock, Nanoseconds
from wayside.core.errors import NotFound, Problem, TooManyRequests, Unprocessable
from wayside.core.replies import Accepted, Created, Entry
from wayside.meo.books import Books
from wayside.meo.follow import AWAY, pause_s
from wayside.meo.placement.room import Room
from wayside.model.common import TimeStamp
from wayside.model.coordination import WaysideCoordination, WaysideCoordinationState
from wayside.model.lcm_coord import LcmCoord
from wayside.refpoints import mm1

from .logic import answer_of, answered, closed, problem_of, request_of
from .questions import Questions

State = WaysideCoordinationState
LATER = (*AWAY, TooManyRequests)
"""Problems for which an OSS is asked again."""
OSS_WAIT_S_MIN, OSS_WAIT_S_MAX = 0.1, 5.0
"""How long an OSS that takes its time is left in peace, unless it says so itself: a tenth of the
time that it has taken."""


@dataclass(frozen=True)
class Coordination:
    """How the OSS is asked."""

    oss: mm1.LcmCoordination | None = None
    """None: whoever uses ``wayside_coordination/v1`` answers."""
    oss_name: str = ""
    root: Callable[[], str] = str
    """Returns the root of links in the question."""
    answer_within_s: float = 300.0
    graceful_timeout_s: int = 30
    """For an instance that ends gracefully where the OSS names no time."""
    suggests: bool = False
    """Whether candidates are looked for where a request names none."""

    @property
    def name(self) -> str | None:
        """The OSS as sentences call it; None where there is none."""
        return None if self.oss is None else f"The OSS at {self.oss_name}"


class Silence(NamedTuple):
    """Why an OSS has no answer, and when it wants to be asked again."""

    why: str = ""
    again_s: int | None = None


BY_HAND = Coordination()
"""No OSS is configured: people answer."""


class Asking:
    """Asks one question for an operation, and waits until it is answered or its time is up."""

    def __init__(self, books: Books, questions: Questions, clock: Clock, how: Coordination) -> None:
        self._books = books
        self._questions = questions
        self._clock = clock
        self._how = how

    async def note(self, id: str, op_occ_id: str, room: Room) -> WaysideCoordination:
        """Keep the question that ``room`` is, FUTILE where it has no option; durable on return."""
        now = self._clock.now()
        until = Nanoseconds(now + round(self._how.answer_within_s * 1e9))
        asked = WaysideCoordination(
            id=id,
            app_instance_id=self._books.occurrences.entries.get(op_occ_id).value.app_instance_id,
            app_lcm_op_occ_id=op_occ_id,
            state=State.PENDING if room.options else State.FUTILE,
            asked=(self._how.name or "Whoever answers here") if room.options else "",
            asked_time=TimeStamp.of(now),
            answer_until=TimeStamp.of(until),
            explanation=room.explanation,
            termination_options=room.options,
            considered=room.considered,
        )
        await self._questions.create(asked)
        return asked

    async def answer(self, asked: WaysideCoordination) -> WaysideCoordination:
        """Return the question with its answer, which is to go on; raise why it is not."""
        begun = self._clock.monotonic()
        next_s, silence = 0.0, Silence()
        while asked.state is State.PENDING:
            past_s = self._clock.monotonic() - begun
            if self._cancelled(asked):
                await self._close(asked, State.CANCELLED, "The operation was cancelled.")
            elif self._left_s(asked) <= 0:
                await self._close(asked, State.TIMED_OUT, self._too_late(asked, silence.why))
            elif self._how.oss is not None and past_s >= next_s:
                silence = await self._hear(asked, self._how.oss)
                next_s = past_s + (silence.again_s or _pause_s(past_s))
            asked = self._questions.get(asked.id)
            if asked.state is State.PENDING:
                await self._clock.sleep(min(pause_s(past_s), max(0.0, self._left_s(asked))))
        problem = problem_of(asked)
        if problem is not None:
            raise problem
        return asked

    async def withdraw(self, asked: WaysideCoordination) -> None:
        """Have the question not be answered any more; as it is, where it was answered."""
        if asked.state is State.PENDING:
            await self._close(asked, State.CANCELLED, "The operation was given up.")

    async def _close(self, asked: WaysideCoordination, state: State, reason: str) -> None:
        await self._questions.change(asked.id, lambda now: closed(now, state, reason))
        if self._how.oss is not None and asked.oss_coordination_id is not None:
            with suppress(Problem):  # It has answered, or is away: nobody follows the answer.
                await self._how.oss.cancel_coordination(asked.oss_coordination_id)

    async def _hear(self, asked: WaysideCoordination, oss: mm1.LcmCoordination) -> Silence:
        """Ask the OSS, or ask it again, and keep what it says."""
        try:
            said = await self._said(asked, oss)
        except LATER as problem:
            return Silence(problem.detail, seconds_of(problem.headers.get("Retry-After")))
        except Problem as refusal:
            why = refusal.detail
            await self._questions.change(asked.id, lambda now: closed(now, State.ABORT, why))
            return Silence()
        if not isinstance(said, Accepted):
            await self._keep(asked, said)
            return Silence()
        id_ = _id_of(said) or asked.oss_coordination_id
        if id_ != asked.oss_coordination_id:
            await self._questions.change(
                asked.id, lambda now: msgspec.structs.replace(now, oss_coordination_id=id_)
            )
        return Silence("It has not decided.", said.retry_after_s)

    async def _said(
        self, asked: WaysideCoordination, oss: mm1.LcmCoordination
    ) -> LcmCoord | Accepted[None]:
        """Return the answer, or that it will be found where the OSS says."""
        if asked.oss_coordination_id is not None:
            with suppress(NotFound):  # It has forgotten the question: it is asked anew.
                heard = await oss.get_coordination(asked.oss_coordination_id)
                return heard if isinstance(heard, Accepted) else heard.value
        made = await oss.create_coordination(request_of(asked, self._how.root()))
        if isinstance(made, Created):
            return made.body.value if isinstance(made.body, Entry) else made.body
        if not _id_of(made):
            raise Unprocessable("It answered 202 without Location: its answer cannot be found.")
        return made

    async def _keep(self, asked: WaysideCoordination, said: LcmCoord) -> None:
        try:
            await self._questions.change(asked.id, lambda now: answered(now, answer_of(said)))
        except Unprocessable as fault:
            reason = f"Its answer cannot be followed: {fault.detail}"
            await self._questions.change(asked.id, lambda now: closed(now, State.ABORT, reason))

    def _cancelled(self, asked: WaysideCoordination) -> bool:
        occ = self._books.occurrences.entries.get(asked.app_lcm_op_occ_id).value
        return bool(occ.is_cancel_pending)

    def _left_s(self, asked: WaysideCoordination) -> float:
        until = asked.answer_until
        return (until.seconds * 10**9 + until.nano_seconds - self._clock.now()) / 1e9

    def _too_late(self, asked: WaysideCoordination, silence: str) -> str:
        within = f"{self._how.answer_within_s:g} s"
        return f"{asked.asked} has not answered within {within}. {silence}".rstrip()


def _id_of(accepted: Accepted[None]) -> str:
    """Return what the OSS calls the question; empty where it does not say."""
    return (accepted.location or "").rstrip("/").rpartition("/")[2]


def _pause_s(past_s: float) -> float:
    return min(OSS_WAIT_S_MAX, max(OSS_WAIT_S_MIN, past_s / 10))
