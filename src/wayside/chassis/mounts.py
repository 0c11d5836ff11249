"""Paths that are served beside the APIs: pages, documents, WebSockets, front's proxy.

Never asks an authoriser: a mounted handler looks after itself.
"""

from .http.messages import RawHandler, Request, Response, Takes


class Mounted:
    """A raw handler as the server calls it; its body always comes as a stream."""

    takes = Takes.STREAM
    inline = False

    def __init__(self, path: str, handler: RawHandler) -> None:
        self.name = f"mount {path}"
        self._handler = handler

    def now(self, request: Request) -> Response:
        """Never called: a mounted handler may wait."""
        raise RuntimeError(f"{self.name} is not answered inline")

    async def later(self, request: Request) -> Response:
        """Answer by the raw handler."""
        return await self._handler(request)


class Mounts:
    """Mounted handlers by path; the longest path that fits wins."""

    def __init__(self) -> None:
        self._mounted: dict[str, Mounted] = {}
        self._replaceable: set[str] = set()

    def add(self, path: str, handler: RawHandler, *, replaceable: bool = False) -> None:
        """Serve ``path`` by ``handler``; raise ValueError where it is taken for good."""
        path = path if path in ("/", "/*") else path.rstrip("/")
        taken = path in self._mounted and path not in self._replaceable
        if not path.startswith("/") or taken:
            raise ValueError(f"{path}: not an absolute path, or mounted already")
        self._mounted[path] = Mounted(path, handler)
        self._replaceable.discard(path)
        if replaceable:
            self._replaceable.add(path)

    def find(self, path: str) -> Mounted | None:
        """Return what serves ``path``, or None."""
        if path == "/" and "/" in self._mounted:
            return self._mounted["/"]
        above = path
        while above and above != "/":
            if above in self._mounted:
                return self._mounted[above]
            above = above.rpartition("/")[0]
        return self._mounted.get("/*")
