"""The platform as its manager sees it (Mm5), and the two confirmations that move an instance.

Every step is durable before it is acknowledged and can be taken again after a crash. Never runs
or ends a process: the VIM does. Ref: MEC 011 clauses 5.2.2 and 5.2.3, MEC 010-2 clause 5.4.
"""

import math
from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.clock import Clock, Nanoseconds
from wayside.core.errors import Conflict
from wayside.core.ids import AppInstanceId
from wayside.core.tasks import Nursery
from wayside.refpoints.mm5 import Confirmation, OperationAction, PlatformConfiguration

from .instances import (
    EVENT_OF,
    INSTANCE_STATES,
    Instance,
    InstanceEvent,
    InstanceState,
    PendingEnd,
    no_such_instance,
)
from .mec_app_support.logic import (
    check_confirmation,
    check_instance_id,
    seconds_to_tell,
)
from .registrations import LetGo
from .rules import Rules
from .signals import Signals
from .turns import Turns

SECOND_NS = 1_000_000_000

_STILL = frozenset({InstanceState.CONFIGURED, InstanceState.READY})
"""States that the same configuration leaves as they are."""

Tell = Callable[[AppInstanceId, OperationAction, int], Awaitable[bool]]
"""Sends the termination notification with its seconds of grace; False: nobody subscribed."""


class Platform:
    """Implements Mm5 on a store, and what the instances themselves may ask of it."""

    def __init__(
        self,
        store: Store,
        instances: Collection[Instance],
        *,
        rules: Rules,
        turns: Turns,
        clock: Clock,
        nursery: Nursery,
        tell: Tell,
        let_go: Sequence[LetGo],
        forget: Sequence[LetGo] = (),
    ) -> None:
        self._store = store
        self._instances = instances
        self._rules = rules
        self._clock = clock
        self._tell = tell
        self._let_go = tuple(let_go)
        self._forget = tuple(forget)
        self._turns = turns
        self._ready: Signals[bool] = Signals(clock, nursery)
        self._ended: Signals[Confirmation] = Signals(clock, nursery)

    async def restore(self) -> None:
        """Bring the data plane to what the store says: once, before anything is served."""
        await self._rules.restore(entry.value for entry in self._instances.list())

    async def configure(self, wanted: PlatformConfiguration) -> None:
        """Know the instance, not ready yet; the same configuration again changes nothing.

        Raises Unprocessable where a rule sends to what is not the instance's own.
        """
        check_instance_id(wanted.app_instance_id)
        await self._turns.take(wanted.app_instance_id, self._configure(wanted))

    async def _configure(self, wanted: PlatformConfiguration) -> None:
        present = self._instances.find(wanted.app_instance_id)
        fresh = Instance(configuration=wanted, state=InstanceState.CONFIGURED)
        if present is None:
            creation = self._instances.creation(wanted.app_instance_id, fresh)
            await self._store.commit(*self._rules.configuration(wanted), creation)
            return
        if present.value.configuration == wanted and present.value.state in _STILL:
            return
        # It refuses before anything is taken away; and all of it is there after a kill, or none.
        wishes = self._rules.configuration(wanted, present.value)
        waiting = replace(present.value, state=InstanceState.CONFIGURED, pending=None)
        also = self._instances.replacement(wanted.app_instance_id, waiting)
        await self._rules.withdraw(present.value, also)
        replacement = self._instances.replacement(wanted.app_instance_id, fresh)
        await self._store.commit(*wishes, replacement)

    async def confirm_ready(self, app_instance_id: AppInstanceId) -> None:
        """Have the instance's rules in force: it runs. Again changes nothing.

        Raises Conflict for one that is not configured yet, or that is being let go.
        """
        await self._turns.take(app_instance_id, self._confirm_ready(app_instance_id))
        self._ready.send(app_instance_id, True)

    async def _confirm_ready(self, app_instance_id: AppInstanceId) -> None:
        found = self._instances.find(app_instance_id)
        if found is None:
            raise Conflict(
                f"The application instance {app_instance_id} is not configured on this platform "
                "yet; confirm again in a moment. One that registered itself need not confirm."
            )
        instance = found.value
        after = INSTANCE_STATES.after(instance.state, InstanceEvent.CONFIRM_READY)
        if after is not instance.state:
            await self._rules.activate(
                instance,
                forth=self._instances.replacement(app_instance_id, replace(instance, state=after)),
                back=self._instances.replacement(app_instance_id, instance),
            )

    async def wait_ready(self, app_instance_id: AppInstanceId, timeout_s: float) -> bool:
        """Return True once the instance has confirmed and its rules are in force, else False."""
        found = self._instances.find(app_instance_id)
        if found is None:
            raise no_such_instance(app_instance_id)
        if found.value.state is InstanceState.READY:
            return True
        return bool(await self._ready.wait(app_instance_id, timeout_s))

    async def end(
        self, app_instance_id: AppInstanceId, action: OperationAction, grace_s: float | None
    ) -> Confirmation:
        """Tell the instance, wait for its confirmation or ``grace_s`` seconds, then withdraw it.

        After a restart, called again, it goes on with what was left of the grace. An instance
        that is not known has nothing to withdraw.
        """
        if self._instances.find(app_instance_id) is None:
            return Confirmation.NOT_SUBSCRIBED
        await self._turns.take(app_instance_id, self._begin(app_instance_id, action, grace_s))
        outcome = await self._grace(app_instance_id, action, grace_s)
        await self._turns.take(app_instance_id, self._withdraw(app_instance_id))
        return outcome

    async def _begin(
        self, app_instance_id: AppInstanceId, action: OperationAction, grace_s: float | None
    ) -> None:
        instance = self._instances.get(app_instance_id).value
        state = INSTANCE_STATES.after(instance.state, EVENT_OF[action])
        pending = instance.pending
        if grace_s is None:
            pending = None
            self._ended.send(app_instance_id, Confirmation.TIMED_OUT)
        elif pending is None or pending.action is not action:
            pending = PendingEnd(action=action, deadline=self._deadline(grace_s))
        if (state, pending) != (instance.state, instance.pending):
            begun = replace(instance, state=state, pending=pending)
            await self._instances.replace(app_instance_id, begun)

    def _deadline(self, grace_s: float) -> Nanoseconds | None:
        if not math.isfinite(grace_s):
            return None
        return Nanoseconds(self._clock.now() + round(grace_s * SECOND_NS))

    async def _grace(
        self, app_instance_id: AppInstanceId, action: OperationAction, grace_s: float | None
    ) -> Confirmation:
        """Tell, and wait; what is pending is read from the store, as after a restart."""
        found = self._instances.find(app_instance_id)
        pending = found.value.pending if found else None
        if grace_s is None or pending is None or found is None:
            return Confirmation.NOT_SUBSCRIBED
        if pending.outcome is not None:
            return pending.outcome
        left_s = grace_s
        if pending.deadline is not None:
            # A clock that was set back meanwhile makes no grace longer than it was.
            left_s = min(grace_s, (pending.deadline - self._clock.now()) / SECOND_NS)
        if left_s <= 0:
            return Confirmation.TIMED_OUT
        if not await self._tell(app_instance_id, action, seconds_to_tell(left_s)):
            return Confirmation.NOT_SUBSCRIBED
        limit = None if pending.deadline is None else left_s
        return await self._ended.wait(app_instance_id, limit) or Confirmation.TIMED_OUT

    async def _withdraw(self, app_instance_id: AppInstanceId) -> None:
        found = self._instances.find(app_instance_id)
        if found is None or not INSTANCE_STATES.allows(found.value.state, InstanceEvent.WITHDRAW):
            return  # another call has ended it meanwhile
        await self._rules.withdraw(found.value)
        for let_go in self._let_go:
            await let_go(app_instance_id)
        state = INSTANCE_STATES.after(found.value.state, InstanceEvent.WITHDRAW)
        await self._instances.replace(
            app_instance_id, replace(found.value, state=state, pending=None)
        )

    async def confirm_termination(
        self, app_instance_id: AppInstanceId, action: OperationAction
    ) -> None:
        """Let the pending end go on at once; raise Conflict where none of this kind is pending."""
        await self._turns.take(app_instance_id, self._settle(
            app_instance_id, action, Confirmation.CONFIRMED
        ))  # fmt: skip

    async def _settle(
        self, app_instance_id: AppInstanceId, action: OperationAction, outcome: Confirmation
    ) -> None:
        found = self._instances.find(app_instance_id)
        pending = found.value.pending if found else None
        check_confirmation(action, pending.action if pending else None)
        assert found is not None and pending is not None
        settled = replace(found.value, pending=replace(pending, outcome=outcome))
        await self._instances.replace(app_instance_id, settled)
        self._ended.send(app_instance_id, outcome)

    async def suspend(self, app_instance_id: AppInstanceId) -> None:
        """Take the instance's rules out of force: it died, and may come back and confirm again.

        One that was being let go is gone: its end waits no longer.
        """
        await self._turns.take(app_instance_id, self._suspend(app_instance_id))

    async def _suspend(self, app_instance_id: AppInstanceId) -> None:
        found = self._instances.find(app_instance_id)
        if found is None:
            return
        state = INSTANCE_STATES.after(found.value.state, InstanceEvent.DIE)
        also = self._instances.replacement(app_instance_id, replace(found.value, state=state))
        await self._rules.withdraw(found.value, also)
        if found.value.pending is not None:
            await self._settle(app_instance_id, found.value.pending.action, Confirmation.GONE)
            return
        for let_go in self._let_go:
            await let_go(app_instance_id)

    async def remove(self, app_instance_id: AppInstanceId) -> None:
        """Forget the instance with all that it has here; nothing to do where it is not known."""
        await self._turns.take(app_instance_id, self._remove(app_instance_id))

    async def _remove(self, app_instance_id: AppInstanceId) -> None:
        found = self._instances.find(app_instance_id)
        if found is None:
            return
        await self._rules.withdraw(found.value)
        for let_go in (*self._let_go, *self._forget):
            await let_go(app_instance_id)
        deletion = self._instances.deletion(app_instance_id)
        await self._store.commit(*self._rules.removal(found.value), deletion)
