"""The questions as they are kept: each beside the instance that it is asked for.

Never asks and never answers.
"""

from collections.abc import Callable

import msgspec

from wayside.meo.books import Books
from wayside.model.app_lcm import AppInstanceInfo
from wayside.model.coordination import WaysideCoordination

Change = Callable[[WaysideCoordination], WaysideCoordination]


class Questions:
    """Of each instance the last question; the instance's own record shows the same."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def get(self, id: str) -> WaysideCoordination:
        """Return a question; raise NotFound where there is none."""
        return self._books.coordinations.get(id).value

    def find(self, id: str) -> WaysideCoordination | None:
        """Return a question, or None where there is none."""
        found = self._books.coordinations.find(id)
        return None if found is None else found.value

    async def create(self, asked: WaysideCoordination) -> None:
        """Keep a new question in place of the instance's last; durable on return."""
        id_ = asked.app_instance_id
        before = self._books.coordinations.list(app_instance_id=id_)
        await self._books.store.commit(
            self._books.coordinations.creation(asked.id, asked),
            self._books.instances.modification(
                id_, lambda info: msgspec.structs.replace(info, wayside_coordination=asked)
            ),
            *(self._books.coordinations.deletion(each.id) for each in before),
        )

    async def change(self, id: str, change: Change) -> WaysideCoordination:
        """Keep ``change(question)``; durable on return. Raises what ``change`` raises."""
        app_instance_id = self.get(id).app_instance_id

        def shown(info: AppInstanceInfo) -> AppInstanceInfo:
            if info.wayside_coordination is None:
                return info
            changed = change(info.wayside_coordination)
            return msgspec.structs.replace(info, wayside_coordination=changed)

        entry, _ = await self._books.store.commit(
            self._books.coordinations.modification(id, change),
            self._books.instances.modification(app_instance_id, shown),
        )
        assert entry is not None
        return entry.value  # type: ignore[no-any-return]
