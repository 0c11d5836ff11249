"""What the platform has its manager ask the orchestrator for: where a device's instance goes.

Never decides and never keeps anything: the platform asks again with the same identifier.
"""

from contextlib import suppress

from wayside.core.clock import Clock
from wayside.core.errors import Conflict, NotFound
from wayside.refpoints.mm3 import (
    RelocationEnd,
    RelocationRequest,
    Relocations,
    RelocationState,
)
from wayside.refpoints.mm5 import MovedTo

from .patience import patiently

WAIT_S = 20
PATIENCE = "where the instance goes"


class Relocator:
    """Implements ``Relocating`` of Mm5 over Mm3."""

    def __init__(self, host_id: str, orchestrator: Relocations, clock: Clock) -> None:
        self._host_id = host_id
        self._orchestrator = orchestrator
        self._clock = clock

    async def relocate(self, relocation_id: str, app_instance_id: str, cell: str) -> MovedTo:
        """Return where the instance goes. See ``Relocating``."""
        request = RelocationRequest(
            host_id=self._host_id, app_instance_id=app_instance_id, cell=cell
        )
        asked = self._orchestrator
        found = await patiently(
            self._clock, lambda: asked.begin_relocation(relocation_id, request), what=PATIENCE
        )
        while found.state is RelocationState.PROCESSING:
            found = await patiently(
                self._clock,
                lambda: asked.get_relocation(relocation_id, wait_s=WAIT_S),
                what=PATIENCE,
            )
        if found.target is None:
            raise Conflict(found.detail or f"The relocation {relocation_id} is {found.state}.")
        return MovedTo(found.target.app_instance_id, found.target.host_id, found.target.addresses)

    async def finish(self, relocation_id: str, *, completed: bool, end_source: bool) -> None:
        """Say how it ended. See ``Relocating``."""
        said = RelocationEnd(completed=completed, end_source=end_source)
        with suppress(NotFound):
            while True:
                try:
                    await patiently(
                        self._clock,
                        lambda: self._orchestrator.end_relocation(relocation_id, said),
                        what="that it has heard how a relocation ended",
                    )
                    return
                except Conflict:  # It is being decided still: then it can end.
                    await patiently(
                        self._clock,
                        lambda: self._orchestrator.get_relocation(relocation_id, wait_s=WAIT_S),
                        what=PATIENCE,
                    )
