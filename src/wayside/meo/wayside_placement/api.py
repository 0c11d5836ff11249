"""Plans as an operation: the hosts are asked, the planner thinks in a thread of its own.

Never decides anything, and never remembers a plan.
"""

import asyncio

from wayside.core.errors import Unprocessable
from wayside.meo.books import Books
from wayside.meo.catalogue import Catalogue
from wayside.meo.placement.batch.planning import plan_all
from wayside.meo.placing import Placer
from wayside.model.appd import AppD
from wayside.model.plans import WaysidePlan, WaysidePlanRequest
from wayside.refpoints import mm1

from .logic import check, told, wanted_of


class Plans(mm1.Plans):
    """Served to the OSS; one plan is thought of at a time, others wait."""

    def __init__(self, books: Books, catalogue: Catalogue, placer: Placer) -> None:
        self._books = books
        self._catalogue = catalogue
        self._placer = placer
        self._turn = asyncio.Lock()

    async def create_plan(self, body: WaysidePlanRequest) -> WaysidePlan:
        """Return where all would go as the hosts are now."""
        async with self._turn:
            offers = tuple((await self._placer.survey()).offers)
            check(body, hosts=len(offers))
            wanted = wanted_of(body, lambda at: self._app_d(body, at))
            batch = await asyncio.to_thread(
                plan_all, wanted, offers, seconds=body.search_seconds_max
            )
        return told(body, batch, hosts=len(offers))

    def _app_d(self, body: WaysidePlanRequest, at: int) -> AppD:
        app_d_id = body.applications[at].app_d_id
        package = self._catalogue.onboarded(app_d_id)
        if package is None:
            raise Unprocessable(
                f"appDId: no package with the descriptor {app_d_id} is on-boarded; on-board it "
                "first.",
                field=f"$.applications[{at}].appDId",
            )
        self._catalogue.require_enabled(package.id)
        return self._books.descriptors.get(package.id).value
