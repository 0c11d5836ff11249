"""Contexts as devices may make, change and end them. Ref: MEC 016 clauses 5.2.3 to 5.2.5.

Never chooses an instance: ``serving`` does.
"""

from contextlib import suppress

import msgspec

from wayside.chassis.pausing import pause
from wayside.chassis.saga import SagaRunner
from wayside.core.clock import Clock
from wayside.core.errors import (
    Conflict,
    Forbidden,
    GatewayTimeout,
    NotFound,
    PreconditionFailed,
)
from wayside.core.replies import Entry
from wayside.core.tasks import Nursery
from wayside.model.app_lcm import LocationConstraints

from .books import Books, ContextState, Held
from .dev_app.logic import changed
from .dev_app.model import AppContext, ApplicationContextDeleteNotification
from .finding import place_of, serves
from .policy import Policy
from .runs import Runs
from .serving import Serving
from .telling import Teller
from .working import CREATE, LEAVE, Work, Working


class Contexts:
    """What devices may do with contexts."""

    def __init__(
        self, books: Books, runs: Runs, serving: Serving, working: Working, sagas: SagaRunner,
        teller: Teller, *, policy: Policy, clock: Clock, nursery: Nursery,
    ) -> None:  # fmt: skip
        self._books = books
        self._runs = runs
        self._serving = serving
        self._working = working
        self._sagas = sagas
        self._teller = teller
        self._policy = policy
        self._clock = clock
        self._nursery = nursery

    async def resume(self) -> None:
        """Take up what a restart cut short: what was being made is undone, as nobody waits."""
        for entry in self._books.contexts.list():
            if entry.value.state is ContextState.CREATING:
                with suppress(Conflict, NotFound):
                    await self._sagas.cancel(entry.id)
        await self._sagas.resume()

    async def create(self, owner: str, body: AppContext, cells: tuple[str, ...]) -> AppContext:
        """Make a context; return it once its instances serve, or are waited for as it asks.

        Raises Forbidden where the client has as many as it may, or no place will do; Unprocessable
        where the package is refused; GatewayTimeout where it takes too long.
        """
        self._require_quota(owner)
        id_ = self._books.store.new_id().replace("-", "")[:32]
        held = Held(
            context=_begun(id_, body),
            owner=owner,
            state=ContextState.CREATING,
            wishes=tuple(each.app_location for each in body.app_info.user_app_instance_info),
            cells=cells,
            app_d_id=body.app_info.app_d_id,
        )
        seconds = self._policy.answer_within_s
        with self._working.waiting(id_) as waiter:
            creation = self._books.contexts.creation(id_, held)
            await self._sagas.start(CREATE, id_, Work(context_id=id_), also=[creation])
            await pause(self._clock, self._nursery, seconds, until=waiter.ended)
        if not waiter.ended.is_set():
            with suppress(Conflict, NotFound):
                await self._sagas.cancel(id_)
            raise GatewayTimeout(
                f"The application did not serve within {seconds:g} s; the context is undone. Try "
                "again later."
            )
        if waiter.failure is not None:
            raise waiter.failure
        return self._books.contexts.get(id_).value.context

    async def replace(self, entry: Entry[Held], body: AppContext) -> None:
        """Have the callback and the locations changed; the instances follow in the background.

        Raises Unprocessable where more is changed, Forbidden where nobody can serve there.
        """
        held = entry.value
        context = changed(held.context, body)
        wanted = context.app_info.user_app_instance_info
        wishes = tuple(
            wish if now.app_location == was.app_location else now.app_location
            for wish, was, now in zip(held.wishes, held.infos, wanted, strict=True)
        )
        for wish, was in zip(wishes, held.wishes, strict=True):
            if wish != was:
                await self._require_place(held, wish)
        asked = any(
            now.app_location is not None and was.app_instance_id is None
            for was, now in zip(held.infos, body.app_info.user_app_instance_info, strict=True)
        )
        after = msgspec.structs.replace(
            msgspec.structs.replace(held, context=context).serving(held.infos),
            wishes=wishes,
            unsettled=held.unsettled or wishes != held.wishes or asked,
        )
        try:
            await self._books.contexts.replace(entry.id, after, if_match=entry.etag)
        except PreconditionFailed:  # Its instances changed meanwhile.
            return await self.replace(self._books.known(entry.id, held.owner), body)
        callback = context.callback_reference
        if callback is not None and callback != held.context.callback_reference:
            await self._teller.redirect(entry.id, callback)
        if after.unsettled:
            self._nursery.start(self._serving.settle(entry.id), name=f"context {entry.id} moves")
        return None

    async def delete(self, entry: Entry[Held], *, tell: bool = False) -> None:
        """Have a context be no more, its instances following in the background.

        ``tell`` its device, where it was not the device that asked. Raises Conflict unless READY.
        """
        _require_ready(entry.id, entry.value)
        ending = self._books.contexts.modification(entry.id, _ending)
        gone = ApplicationContextDeleteNotification(context_id=entry.id)
        told = self._teller.drafted(entry.value, [gone] if tell else [])
        also = [ending, *self._teller.kept(told)]
        await self._sagas.start(LEAVE, entry.id, Work(context_id=entry.id), also=also)
        self._teller.send(told)

    async def _require_place(self, held: Held, where: LocationConstraints | None) -> None:
        """Return where somebody could serve there; raise Forbidden."""
        app = await self._runs.app(held.app_d_id or "", where=where, cells=held.cells)
        here = [info for info in await self._runs.of(app.app_d.app_d_id) if serves(info)]
        if not any(place.has_room for place in app.places) and not any(
            place_of(info, app.places) for info in here
        ):
            raise Forbidden(
                f"No host can run {app.app_d.app_name} at this appLocation now; "
                "POST /obtain_app_loc_availability tells where one can.",
                field="$.appInfo.userAppInstanceInfo",
            )

    def _require_quota(self, owner: str) -> None:
        most = self._policy.contexts_per_client
        if len(self._books.contexts.list(owner=owner)) >= most:
            raise Forbidden(
                f"A client has {most} application contexts at most; delete one that is not needed."
            )


def _begun(id: str, body: AppContext) -> AppContext:
    """Return the context as it begins: nobody serves it yet."""
    blank = tuple(
        msgspec.structs.replace(each, app_instance_id=None, reference_uri=None)
        for each in body.app_info.user_app_instance_info
    )
    info = msgspec.structs.replace(body.app_info, user_app_instance_info=blank)
    return msgspec.structs.replace(body, context_id=id, app_info=info)


def _ending(held: Held) -> Held:
    _require_ready(held.context.context_id or "", held)
    return msgspec.structs.replace(held, state=ContextState.ENDING)


def _require_ready(id: str, held: Held) -> None:
    if held.state is not ContextState.READY:
        raise Conflict(f"The context {id} is {held.state}; it can be ended once it is READY.")
