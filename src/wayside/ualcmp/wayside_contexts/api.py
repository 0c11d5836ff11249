"""The contexts of all devices, as whoever operates the system sees them (Mm8). Ours.

Never changes what a device wishes; it may end it.
"""

from wayside.chassis.etags import entry_of
from wayside.core.replies import Entry, Page
from wayside.core.requests import ListQuery
from wayside.model.common import LinkType, SelfLink
from wayside.refpoints import mm8
from wayside.refpoints.mm8 import UserContext
from wayside.ualcmp.books import Books, Held
from wayside.ualcmp.contexts import Contexts

PATH = f"{mm8.Contexts.info.root}/contexts"


class ContextList(mm8.Contexts):
    """Served to the operator."""

    def __init__(self, books: Books, contexts: Contexts) -> None:
        self._books = books
        self._contexts = contexts

    async def list_contexts(self, query: ListQuery) -> Page[UserContext]:
        """Return the contexts, oldest first."""
        return Page([_shown(entry) for entry in self._books.contexts.list()])

    async def get_context(self, context_id: str) -> Entry[UserContext]:
        """Return one context."""
        return _shown(self._books.contexts.get(context_id))

    async def delete_context(self, context_id: str) -> None:
        """End a context, and tell its device."""
        await self._contexts.delete(self._books.contexts.get(context_id), tell=True)


def _shown(entry: Entry[Held]) -> Entry[UserContext]:
    held = entry.value
    context, info = held.context, held.context.app_info
    shown = UserContext(
        links=SelfLink(self=LinkType(href=f"{PATH}/{entry.id}")),
        context_id=entry.id,
        owner=held.owner,
        associate_dev_app_id=context.associate_dev_app_id,
        state="WAITING" if held.waits else held.state,
        app_name=info.app_name,
        app_d_id=held.app_d_id,
        app_package_source=info.app_package_source,
        app_instance_ids=tuple(each.app_instance_id for each in held.infos if each.app_instance_id),
        reference_uris=tuple(each.reference_uri for each in held.infos if each.reference_uri),
        callback_reference=context.callback_reference,
        cells=held.cells,
    )
    return entry_of(entry.id, shown)
