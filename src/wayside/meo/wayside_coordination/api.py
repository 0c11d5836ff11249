"""The questions as operations: each a thin call. Never decides anything."""

from wayside.core.errors import Conflict
from wayside.core.replies import Entry, Page
from wayside.core.requests import ListQuery
from wayside.meo.books import Books
from wayside.model.coordination import WaysideCoordination, WaysideCoordinationAnswer
from wayside.refpoints import mm1

from .logic import answered
from .questions import Questions


class Coordinations(mm1.Coordinations):
    """Served to whoever answers where no OSS is asked; ``oss`` names it where one is."""

    def __init__(self, books: Books, questions: Questions, *, oss: str | None) -> None:
        self._books = books
        self._questions = questions
        self._oss = oss

    async def list_coordinations(self, query: ListQuery) -> Page[WaysideCoordination]:
        """Return the questions."""
        return Page(self._books.coordinations.list())

    async def get_coordination(self, coordination_id: str) -> Entry[WaysideCoordination]:
        """Return a question."""
        return self._books.coordinations.get(coordination_id)

    async def answer_coordination(
        self, coordination_id: str, body: WaysideCoordinationAnswer
    ) -> Entry[WaysideCoordination]:
        """Answer a question, where no OSS is there for it."""
        self._questions.get(coordination_id)
        if self._oss is not None:
            raise Conflict(f"{self._oss} is asked, and answers by itself.")
        await self._questions.change(coordination_id, lambda asked: answered(asked, body))
        return self._books.coordinations.get(coordination_id)
