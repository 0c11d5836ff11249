"""From a path to what is served there: a tree of segments, literal before parameter.

Never serves and never authorises.
"""

from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from wayside.core.errors import BadRequest

from .bind import BoundOperation
from .signatures import PARAMETER


@dataclass
class Node:
    """One place in the tree: what follows by name, by parameter, and what is served here."""

    literals: dict[str, "Node"] = field(default_factory=dict)
    wild: "Node | None" = None
    methods: dict[str, BoundOperation] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Per method, the names of the parameters on the way, in order."""


class Router:
    """All operations of an element by path and method."""

    def __init__(self) -> None:
        self._root = Node()

    def add(self, path: str, handler: BoundOperation) -> None:
        """Serve ``path`` (with ``{parameters}``) by ``handler``; raise ValueError where taken."""
        node, names = self._root, []
        for segment in path.split("/")[1:]:
            found = PARAMETER.fullmatch(segment)
            if found:
                names.append(found[1])
                node.wild = node.wild or Node()
                node = node.wild
            elif "{" in segment:
                raise ValueError(f"{path}: a parameter is a whole segment")
            else:
                node = node.literals.setdefault(segment, Node())
        method = handler.operation.method
        if method in node.methods:
            raise ValueError(f"{method} {path} is declared twice")
        node.methods[method] = handler
        node.names[method] = tuple(names)

    def find(self, path: str) -> tuple[Node, list[str]] | None:
        """Return the node for a percent-encoded path and the decoded parameters, or None.

        Raises BadRequest where a segment is not UTF-8.
        """
        segments = path.split("/")
        if "%" in path:
            segments = [_decoded(segment) for segment in segments]
        node: Node | None = self._root
        values: list[str] = []
        for segment in segments[1:]:
            child = node.literals.get(segment) if node else None
            if child is None and node is not None:
                child = node.wild if segment else None
                values.append(segment)
            node = child
            if node is None:
                return self._search(segments[1:])
        return (node, values) if node and node.methods else self._search(segments[1:])

    def _search(self, segments: list[str]) -> tuple[Node, list[str]] | None:
        """Try every way: a literal may have led where only a parameter leads on."""
        ways: list[tuple[Node, list[str]]] = [(self._root, [])]
        for segment in segments:
            onward: list[tuple[Node, list[str]]] = []
            for node, values in ways:
                if segment in node.literals:
                    onward.append((node.literals[segment], values))
                if node.wild is not None and segment:
                    onward.append((node.wild, [*values, segment]))
            ways = onward
        return next((way for way in ways if way[0].methods), None)


def split_target(target: bytes) -> tuple[str, bytes]:
    """Return a request target's path and query; the absolute form is taken for its path.

    Raises BadRequest where the path is not ASCII, or the target is no path at all.
    """
    raw, _, query = target.partition(b"?")
    try:
        path = raw.decode("ascii")
    except UnicodeDecodeError as fault:
        raise BadRequest("The path must be percent-encoded.", field="path") from fault
    if not path.startswith("/"):
        scheme, found, rest = path.partition("://")
        if scheme.lower() not in ("http", "https") or not found:
            raise BadRequest("The request target must be an absolute path.", field="path")
        path = "/" + rest.partition("/")[2]
    return path, query


def _decoded(segment: str) -> str:
    try:
        return unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError as fault:
        raise BadRequest("The path is not percent-encoded UTF-8.", field="path") from fault
