"""An API that has one of everything, and the stand that serves it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NewType

import httpx
import msgspec

from wayside.adapters.clocks import VirtualClock
from wayside.chassis.element import Element
from wayside.chassis.etags import etag_of, require_match
from wayside.chassis.http import HttpServer, Limits
from wayside.core.authorisation import Caller, Credentials
from wayside.core.errors import Conflict, Forbidden, NotFound, Unauthorised
from wayside.core.operations import Api, Operation, delete, get, patch, post, put
from wayside.core.replies import Accepted, Answer, Created, Entry, Page
from wayside.core.requests import ByteRange, FileReply, IfMatch, ListQuery, Upload
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire, encode
from wayside.model.common import LinkType, SelfLink

TreeId = NewType("TreeId", str)
ROOT = "/orchard/v1"


class Fruit(StrEnum):
    """What grows."""

    APPLE = "APPLE"
    PEAR = "PEAR"


class Tree(Wire):
    """A tree; ``age_years`` in years."""

    name: str
    fruit: Fruit = Fruit.APPLE
    age_years: int = 1
    links: SelfLink | None = msgspec.field(default=None, name="_links")


class Orchard(Api, name="orchard", version="v1", spec="TEST 001", title="Orchard"):
    """Trees, one operation of each kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trees: dict[str, Entry[Tree]] = {}
        self.gate = asyncio.Event()
        self.seen: list[object] = []

    def plant(self, id_: str, value: Tree) -> Entry[Tree]:
        """Keep a tree with a link to itself."""
        link = SelfLink(self=LinkType(href=f"{ROOT}/trees/{id_}"))
        tree = Tree(name=value.name, fruit=value.fruit, age_years=value.age_years, links=link)
        raw = encode(tree)
        self.trees[id_] = entry = Entry(id_, tree, raw, etag_of(raw))
        return entry

    def _find(self, tree_id: str) -> Entry[Tree]:
        if tree_id not in self.trees:
            raise NotFound(f"There is no tree {tree_id}. List the trees to see which there are.")
        return self.trees[tree_id]

    @get("/trees", clause="1", scope="orchard:read")
    async def list_trees(self, query: ListQuery) -> Page[Tree]:
        """Return all trees."""
        return Page(list(self.trees.values()))

    @post("/trees", clause="2", scope="orchard:write")
    async def create_tree(self, body: Tree) -> Created[Tree]:
        """Plant a tree; its name becomes its identifier.

        Raises Conflict where there is one of that name.
        """
        await asyncio.sleep(0)
        if body.name in self.trees:
            raise Conflict(f"There is a tree {body.name} already.", field="$.name")
        return Created(f"{ROOT}/trees/{body.name}", self.plant(body.name, body))

    @get("/trees/{treeId}", clause="3", scope="orchard:read")
    async def get_tree(self, tree_id: TreeId) -> Entry[Tree]:
        """Return one tree."""
        return self._find(tree_id)

    @put("/trees/{treeId}", clause="4", scope="orchard:write", errors=(412,))
    async def replace_tree(
        self, tree_id: TreeId, body: Tree, if_match: IfMatch | None = None
    ) -> Entry[Tree]:
        """Replace a tree."""
        require_match(if_match, self._find(tree_id).etag, what="tree")
        return self.plant(tree_id, body)

    @patch("/trees/{treeId}", clause="5", scope="orchard:write")
    async def modify_tree(self, tree_id: TreeId, body: dict[str, str]) -> Tree:
        """Rename a tree."""
        return self.plant(tree_id, Tree(name=body["name"])).value

    @delete("/trees/{treeId}", clause="6", scope="orchard:write")
    async def delete_tree(self, tree_id: TreeId) -> None:
        """Fell a tree."""
        del self.trees[self._find(tree_id).id]

    @get("/trees/newest", clause="7", scope="orchard:read")
    async def get_newest(self) -> Tree:
        """Return the tree planted last."""
        return list(self.trees.values())[-1].value

    @get("/basket", clause="8", scope="orchard:read")
    async def pick(
        self,
        *,
        count: int,
        fruit: tuple[Fruit, ...] = (),
        ripe: bool | None = None,
        note: str | None = None,
    ) -> dict[str, Any]:
        """Return what was asked for."""
        return {"count": count, "fruit": fruit, "ripe": ripe, "note": note}

    @post("/trees/{treeId}/prune", clause="9", scope="orchard:write")
    async def prune(self, tree_id: TreeId, body: Tree | None = None) -> Accepted[Tree]:
        """Begin to prune."""
        return Accepted(f"{ROOT}/trees/{tree_id}", body)

    @get("/map", clause="10", scope="orchard:read", produces=("image/png",))
    async def get_map(self, wanted: ByteRange | None = None) -> FileReply:
        """Return the map."""
        self.seen.append(wanted)
        return FileReply(self.folder / "map.png", "image/png", "map ä.png")

    @put("/map", clause="11", scope="orchard:write", consumes=("image/png",))
    async def replace_map(self, body: Upload) -> dict[str, int]:
        """Return how many bytes came in how many pieces."""
        pieces = [len(piece) async for piece in body.pieces()]
        return {"bytes": sum(pieces)}

    @get("/crash", clause="12", scope="orchard:read")
    async def crash(self) -> None:
        """Fail."""
        raise RuntimeError("a secret of the implementation")

    @get("/slow", clause="13", scope="orchard:read")
    async def wait(self) -> str:
        """Return when the gate opens."""
        await self.gate.wait()
        return "through"

    @get("/timeout", clause="14", scope="orchard:read")
    async def bounded(self) -> str:
        """Use what needs a task before anything waits."""
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
        return "in time"

    @get("/who", clause="15", scope="orchard:read")
    async def who(self, caller: Caller, credentials: Credentials) -> dict[str, Any]:
        """Return who asks."""
        return {
            "subject": caller.subject,
            "authorization": credentials.authorization,
            "certificate": credentials.peer_certificate is not None,
        }

    @get("/teapot", clause="16", scope="orchard:read")
    async def teapot(self) -> Answer:
        """Return an answer of its own."""
        return Answer(418, "short and stout", (("X-Spout", "left"),), "text/plain")


class Gatekeeper:
    """Lets all in, but not ``wolf``, and nobody without a name into ``who``."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    def authorise(
        self, operation: Operation, credentials: Credentials, path: Mapping[str, str]
    ) -> Caller:
        """Return the caller."""
        self.asked.append((operation.name, dict(path)))
        name = (credentials.authorization or "Bearer nobody").removeprefix("Bearer ")
        if name == "wolf":
            raise Forbidden("Wolves stay out.")
        if name == "nobody" and operation.name == "who":
            raise Unauthorised("Say who you are.", headers={"WWW-Authenticate": "Bearer"})
        return Caller(subject=name)


@dataclass
class Told:
    """One answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


class Stand:
    """Serves an orchard."""

    def __init__(
        self,
        orchard: Orchard,
        clock: VirtualClock,
        nursery: Nursery,
        *,
        limits: Limits | None = None,
        prefixes: tuple[str, ...] = (),
    ) -> None:
        self.orchard = orchard
        self.clock = clock
        self.nursery = nursery
        self.keeper = Gatekeeper()
        self.element = Element(
            title="Orchard",
            apis=[orchard],
            authoriser=self.keeper,
            clock=clock,
            prefixes=prefixes,
            new_id=lambda: "id",
        )
        self.server = HttpServer(self.element, limits=limits, nursery=nursery)
        self.port = 0

    async def open(self) -> None:
        """Listen on loopback."""
        self.port = await self.server.listen_tcp("127.0.0.1", 0)
        self.client = httpx.AsyncClient(base_url=self.url, trust_env=False)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def close(self) -> None:
        """End the server and its client."""
        await self.client.aclose()
        await self.server.close()

    @asynccontextmanager
    async def line(self) -> AsyncIterator["Line"]:
        """Open a plain connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Line(reader, writer)
        finally:
            writer.close()


class Line:
    """A connection whose bytes the test writes itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, raw: bytes) -> None:
        """Send bytes."""
        self.writer.write(raw)

    async def hear(self, *, bodiless: bool = False) -> Told:
        """Return the next answer."""
        async with asyncio.timeout(5):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            pairs = (line.partition(": ") for line in lines if line)
            headers = {name.lower(): value for name, _, value in pairs}
            length = 0 if bodiless else int(headers.get("content-length", 0))
            return Told(int(first.split()[1]), headers, await self.reader.readexactly(length))

    async def rest(self) -> bytes:
        """Return all that comes until the server ends the connection."""
        async with asyncio.timeout(5):
            return await self.reader.read()


def ask(target: str, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    """Return the bytes of a request."""
    size = (f"Content-Length: {len(body)}",) if body else ()
    head = "\r\n".join((f"{method} {target} HTTP/1.1", "Host: orchard.example", *lines, *size))
    return head.encode() + b"\r\n\r\n" + body
