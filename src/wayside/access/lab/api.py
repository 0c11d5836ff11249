"""The lab's API: what the town is, and measurements made from its devices.

Ours: ETSI has no such API; it exists for the demonstration and for tests. Never changes the town.
"""

from wayside.core.operations import Api, get, post

from .figures import (
    DelayReport,
    DelayRun,
    DownloadReport,
    DownloadRun,
    PlayReport,
    PlayRun,
    RequestReport,
    RequestRun,
    TownView,
)

OURS = "Ours: no ETSI clause"


class Lab(Api, name="lab", version="v1", spec="Ours", title="The lab"):
    """What anybody may ask of the town; ``service.LabService`` answers."""

    @get("/town", clause=OURS, scope="lab:read")
    async def get_town(self) -> TownView:
        """Return the town: nodes, links, devices, hosts, and whether it is simulated."""
        raise NotImplementedError

    @post("/delays", clause=OURS, scope="lab:measure")
    async def measure_delays(self, body: DelayRun) -> DelayReport:
        """Measure every link that has a delay, now, and return it beside what is configured."""
        raise NotImplementedError

    @post("/requests", clause=OURS, scope="lab:measure")
    async def run_requests(self, body: RequestRun) -> RequestReport:
        """Make HTTP requests from a device; return each one's seconds and who served it.

        Raises Unprocessable for an unknown device, or where not exactly one of name and address
        is given.
        """
        raise NotImplementedError

    @post("/downloads", clause=OURS, scope="lab:measure")
    async def run_download(self, body: DownloadRun) -> DownloadReport:
        """Fetch one large body from a device; return its throughput in bit/s.

        Raises Unprocessable as ``run_requests`` does.
        """
        raise NotImplementedError

    @post("/plays", clause=OURS, scope="lab:measure", errors=(409,))
    async def run_play(self, body: PlayRun) -> PlayReport:
        """Play examples/follow-me from a device; return each shot and when it was answered.

        Raises Unprocessable for an unknown device, Conflict where the town is simulated.
        """
        raise NotImplementedError
