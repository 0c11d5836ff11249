"""Notifications to devices: kept with the change that they tell of, until they are delivered.

Never decides what is told. Ref: MEC 016 clause 6.4.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from wayside.chassis.delivery import CallbackRoute
from wayside.chassis.store import Wish
from wayside.chassis.subscriptions import Outlet
from wayside.core.errors import NotFound
from wayside.core.tasks import Nursery
from wayside.core.wire import encode

from .books import Books, Held, Notice
from .dev_app.model import Notification


class Teller:
    """Tells devices at their callbacks, in order for each context."""

    def __init__(self, books: Books, outlet: Outlet, nursery: Nursery) -> None:
        self._books = books
        self._outlet = outlet
        self._nursery = nursery

    def start(self) -> None:
        """Send what was not delivered before a restart."""
        for entry in self._books.notices.list():
            self._send(entry.id, entry.value)

    def drafted(self, held: Held, told: Sequence[Notification]) -> dict[str, Notice]:
        """Return what its device is to be told; nothing where it has no callback."""
        callback, id_ = held.context.callback_reference, held.context.context_id
        if callback is None or id_ is None:
            return {}
        return {
            self._books.store.new_id(): Notice(
                context_id=id_, callback=callback, body=msgspec.Raw(encode(each))
            )
            for each in told
        }

    def kept(self, drafts: Mapping[str, Notice]) -> list[Wish[Any]]:
        """Return the wishes to keep them, for a commit with the change that they tell of."""
        return [self._books.notices.creation(id, each) for id, each in drafts.items()]

    def send(self, drafts: Mapping[str, Notice]) -> None:
        """Send what was kept; returns at once."""
        for id, notice in drafts.items():
            self._send(id, notice)

    async def commit(self, held: Held, told: Sequence[Notification], *changes: Wish[Any]) -> None:
        """Make the changes durable and tell the device of them; without a callback nobody is told.

        Raises what the changes raise; then nobody is told anything.
        """
        drafts = self.drafted(held, told)
        await self._books.store.commit(*changes, *self.kept(drafts))
        self.send(drafts)

    async def redirect(self, context_id: str, callback: str) -> None:
        """Send what still waits to another callback, after a restart too."""
        self._outlet.deliverer.redirect(context_id, self._route(callback))
        for entry in self._books.notices.list(context_id=context_id):
            with suppress(NotFound):  # It may be delivered just now.
                await self._books.notices.modify(
                    entry.id, lambda now: msgspec.structs.replace(now, callback=callback)
                )

    def _route(self, callback: str) -> CallbackRoute:
        return CallbackRoute(self._outlet.poster, callback)

    def _send(self, id: str, notice: Notice) -> None:
        def ended() -> None:
            self._nursery.start(self._forget(id), name=f"notification {id} forgotten")

        self._outlet.deliverer.deliver(
            notice.context_id, self._route(notice.callback), bytes(notice.body), ended=ended
        )

    async def _forget(self, id: str) -> None:
        with suppress(NotFound):
            await self._books.notices.delete(id)
