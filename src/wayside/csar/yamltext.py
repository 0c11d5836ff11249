"""YAML with memory: each value's line and its text as written, so that a fault can be shown.

No tags, no merge keys, no dates and no aliases that would blow up; a name twice in a mapping is a
fault. Never fetches anything.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import yaml

from .faults import Fault, FaultsFound

Path = tuple[Hashable, ...]
NODES_MAX = 50_000
DEPTH_MAX = 60
REMEDY = "Correct the YAML; an editor with YAML support shows the place."


class _Loader(yaml.SafeLoader):
    """SafeLoader without dates: a version like 2026-01-01 stays text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    """SafeDumper that escapes what a reader would take for a line break or drop."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None if value.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(str, _text)


def dump_yaml(value: Any) -> bytes:
    """Return ``value`` as YAML in UTF-8, names in their order; the same for the same value."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text.encode()


@dataclass
class YamlText:
    """A document: its value, and by path where each value stands and how it was written."""

    value: Any
    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)

    def line(self, path: Path) -> int | None:
        """Return the line of the value at ``path``, or of the nearest one above it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path)

    def fault(self, code: str, sentence: str, remedy: str, path: Path = ()) -> Fault:
        """Return a fault that stands at ``path``."""
        where = field_name(path) or None
        return Fault(code, sentence, remedy, field=where, file=self.file, line=self.line(path))


def field_name(path: Path) -> str:
    """Return a path as text: ``appTrafficRule[0].priority``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else f"{part}"
    return text


def parse_yaml(raw: bytes, file: str) -> YamlText:
    """Return the one document in ``raw``; raises FaultsFound with the line."""
    try:
        text = raw.decode("utf-8-sig")
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            found = YamlText(None, file)
            if root is not None:
                found.value = _Reader(loader, found).read(root, ())
        finally:
            loader.dispose()
    except UnicodeDecodeError as fault:
        raise FaultsFound([Fault("yaml-text", "It is not UTF-8.", REMEDY, file=file)]) from fault
    except (yaml.YAMLError, RecursionError, ValueError) as fault:
        why = getattr(fault, "problem", None) or str(fault)
        # A name without its colon is noticed one line late; the context has the right one.
        place = "context_mark" if "expected ':'" in why else "problem_mark"
        mark = getattr(fault, place, None)
        line = mark.line + 1 if mark is not None else None
        sentence = f"It is not YAML: {' '.join(str(why).split())}."
        raise FaultsFound([Fault("yaml-syntax", sentence, REMEDY, file=file, line=line)]) from fault
    return found


class _Reader:
    def __init__(self, loader: _Loader, into: YamlText) -> None:
        self.loader, self.into = loader, into
        self.count = 0

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.count += 1
        line = node.start_mark.line + 1
        if self.count > NODES_MAX or len(path) > DEPTH_MAX:
            raise self.bad("It is larger or deeper than a descriptor can be.", line)
        self.into.lines[path] = line
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return [self.read(each, (*path, at)) for at, each in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag.startswith("tag:yaml.org,2002:"):
            self.into.texts[path] = node.value
            return self.scalar(node, line)
        raise self.bad(f"The tag {node.tag} is not known here.", line)

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.bad("A name must be plain text.", line)
            key = str(key_node.value)
            if key in found:
                raise self.bad(f"{key} is there twice.", line)
            found[key] = self.read(value_node, (*path, key))
            self.into.lines[(*path, key)] = line
        return found

    def scalar(self, node: yaml.ScalarNode, line: int) -> Any:
        kind = node.tag.rpartition(":")[2]
        if kind not in ("str", "int", "float", "bool", "null"):
            raise self.bad(f"A value of kind {kind} is not known here.", line)
        return self.loader.construct_object(node)

    def bad(self, sentence: str, line: int) -> FaultsFound:
        return FaultsFound([Fault("yaml-form", sentence, REMEDY, file=self.into.file, line=line)])
