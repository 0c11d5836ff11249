"""Uploads: a package's file received, whole or in pieces, and how far it is.

A whole one that breaks is lost; of pieces what came stays, whatever breaks. Never opens a package.
Ref: MEC 010-2 clause 7.3.7.3.3; pieces are ours.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from wayside.chassis.insisting import insist
from wayside.core.clock import Clock
from wayside.core.errors import Conflict, NotFound, Problem, Unavailable
from wayside.core.requests import Upload
from wayside.core.tasks import Nursery
from wayside.model.app_pkgm import OnboardingState, WaysideUpload

from .books import Books
from .catalogue import Catalogue, PackageEvent
from .files import PackageFiles, Telling
from .pieces import piece_of

TOLD_EVERY_BYTES = 8 << 20
"""How often the package tells how much of it has come."""


class Uploads:
    """The packages that come in now."""

    def __init__(
        self, books: Books, catalogue: Catalogue, files: PackageFiles, *, clock: Clock,
        nursery: Nursery,
    ) -> None:  # fmt: skip
        self._books = books
        self._catalogue = catalogue
        self._files = files
        self._clock = clock
        self._nursery = nursery

    async def receive(self, id: str, upload: Upload, whole: Callable[[], Awaitable[None]]) -> None:
        """Receive a package's file or a piece of it; once it is whole, call ``whole``.

        Raises Conflict unless the package waits for just this, and what the upload raises.
        """
        with self._alone(id):
            if upload.content_range is None:
                await self._whole(id, upload)
            elif not await self._piece(id, upload, upload.content_range):
                return
            try:
                await whole()
            except BaseException as fault:
                await self._lose(id, fault)
                raise

    async def resume(self, id: str) -> bool:
        """Return, after a restart, whether the package's file is whole; its pieces are kept.

        Where there are none, the package is CREATED again, with the reason.
        """
        begun = self._books.packages.get(id).value.wayside_upload
        has = self._files.pieces_held(id)
        if begun is None or begun.total_bytes is None or has is None:
            stopped = Unavailable("The orchestrator stopped during the upload; repeat it.")
            await self._catalogue.refuse(id, stopped)
            return False
        await self._tell(id, has)
        return has == begun.total_bytes

    async def _whole(self, id: str, upload: Upload) -> None:
        await self._begin(id, upload.length)
        try:
            await self._files.receive(id, upload, self._telling(id))
        except BaseException as fault:
            await self._lose(id, fault)
            raise

    async def _lose(self, id: str, fault: BaseException) -> None:
        """Have the package CREATED again: its upload came to nothing.

        Where the journal takes nothing just now, that is done in the background once it does.
        """
        lost = Unavailable("The upload ended before the package was complete; repeat it.")
        why = fault if isinstance(fault, Problem) else lost
        try:
            await self._catalogue.refuse(id, why)
        except Unavailable:
            undoing = insist(
                self._clock, f"undoing the upload of {id}", lambda: self._undo(id, why)
            )
            self._nursery.start(undoing, name=f"undo the upload of {id}")

    async def _undo(self, id: str, why: Problem) -> None:
        with suppress(NotFound):  # It may be deleted meanwhile.
            await self._catalogue.refuse(id, why)

    async def _piece(self, id: str, upload: Upload, content_range: str) -> bool:
        piece = piece_of(content_range)
        package = self._books.packages.get(id).value
        begun = package.wayside_upload
        goes_on = package.onboarding_state is OnboardingState.UPLOADING and begun is not None
        has = (self._files.pieces_held(id) or 0) if goes_on else 0
        if goes_on or package.onboarding_state is OnboardingState.CREATED:
            piece.require_next(has, begun.total_bytes if begun is not None else None)
            self._files.require_room(piece.total)
        if not goes_on:
            await self._begin(id, piece.total)
        try:
            await self._files.append(id, upload, piece, self._telling(id))
        finally:
            has = self._files.pieces_held(id) or 0
            await self._tell(id, has)
        return has == piece.total

    async def _begin(self, id: str, total: int | None) -> None:
        upload = WaysideUpload(received_bytes=0, total_bytes=total)
        await self._books.store.commit(
            self._catalogue.moving(id, PackageEvent.UPLOAD, upload=upload)
        )

    def _telling(self, id: str) -> Telling:
        told = 0

        async def tell(received: int) -> None:
            nonlocal told
            if received - told >= TOLD_EVERY_BYTES:
                told = received
                await self._tell(id, received)

        return tell

    async def _tell(self, id: str, received: int) -> None:
        await self._books.packages.modify(id, lambda package: package.with_received(received))

    @contextmanager
    def _alone(self, id: str) -> Iterator[None]:
        """Keep others from sending to the package, and from deleting it, meanwhile."""
        if id in self._catalogue.receiving:
            raise Conflict(f"Content of the package {id} is being received; wait for its end.")
        self._catalogue.receiving.add(id)
        try:
            yield
        finally:
            self._catalogue.receiving.discard(id)
