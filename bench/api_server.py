"""The chassis with twenty services in memory, for ``bench.api`` to drive. Prints its port."""

import asyncio
import sys

import msgspec

from wayside.adapters.clocks import SystemClock
from wayside.chassis.etags import etag_of
from wayside.chassis.http import Element, HttpServer, run
from wayside.core.operations import Api, get, post
from wayside.core.replies import Created, Entry, Page
from wayside.core.requests import ListQuery
from wayside.core.tasks import Nursery
from wayside.core.wire import decode, encode
from wayside.model.common import LinkType
from wayside.model.services import ServiceInfo, ServiceLinks
from wayside.security.sandbox import SandboxAuthoriser

ROOT = "/bench/v1/services"
LISTED = 20


class Bench(Api, name="bench", version="v1", spec="MEC 011 V3.1.1", title="Services to measure"):
    """Services held in memory: what the platform's registry does, without its rules."""

    def __init__(self, seed: bytes) -> None:
        self._held: dict[str, Entry[ServiceInfo]] = {}
        self._next = 0
        self._listed: list[Entry[ServiceInfo]] = []
        for _ in range(LISTED):
            self._listed.append(self._add(decode(seed, ServiceInfo)))

    def _add(self, value: ServiceInfo) -> Entry[ServiceInfo]:
        id_ = f"s{self._next}"
        self._next += 1
        links = ServiceLinks(self=LinkType(href=f"{ROOT}/{id_}"))
        value = msgspec.structs.replace(value, ser_instance_id=id_, links=links)
        encoded = encode(value)
        entry = self._held[id_] = Entry(id_, value, encoded, etag_of(encoded))
        return entry

    @get("/services", clause="8.2.6.3.1", scope="bench:read")
    async def list_services(self, query: ListQuery) -> Page[ServiceInfo]:
        """Return twenty services."""
        return Page(self._listed)

    @get("/services/{serviceId}", clause="8.2.7.3.1", scope="bench:read")
    async def get_service(self, service_id: str) -> Entry[ServiceInfo]:
        """Return one service with its entity tag."""
        return self._held[service_id]

    @post("/services", clause="8.2.6.3.4", scope="bench:write")
    async def create_service(self, body: ServiceInfo) -> Created[ServiceInfo]:
        """Keep one more service."""
        entry = self._add(body)
        return Created(f"{ROOT}/{entry.id}", entry)


async def serve(seed: bytes) -> None:
    """Serve until the process is ended."""
    async with Nursery() as nursery:
        element = Element(
            title="bench",
            apis=[Bench(seed)],
            authoriser=SandboxAuthoriser(),
            clock=SystemClock(),
            new_id=lambda: "unused",
        )
        server = HttpServer(element, nursery=nursery)
        print(await server.listen_tcp("127.0.0.1", 0), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    run(serve(sys.argv[1].encode()))
