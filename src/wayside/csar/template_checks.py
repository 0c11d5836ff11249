"""What a service template must have beside its AppD, and what must not be in it.

Node types and properties that nobody defines, references that lead nowhere, policies and mappings
that MEC 037 makes mandatory. Pure. Never reads a value: ``template_reading`` does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from . import template_shape as shape
from .faults import Fault
from .tosca_codec import Plain, Strange
from .yamltext import Path, YamlText, field_name

TOPOLOGY: Path = ("topology_template",)
NODES: Path = (*TOPOLOGY, "node_templates")
KNOWN_TYPES = frozenset(
    {shape.APP, shape.COMPUTE, shape.CONTAINER, shape.UNIT, shape.MCIOP}
    | set(shape.CONNECTION_POINTS)
    | {kind for kind, _ in shape.STORAGE.values()}
    | shape.WITHOUT_COUNTERPART
)
Lineage = Callable[[Plain], list[str]]
"""Gives a node's type and all types that it is derived from."""


@dataclass(frozen=True)
class Shape:
    """A template's structure, as far as it is a mapping where one is wanted."""

    text: YamlText
    nodes: dict[str, Plain]
    types: Plain
    lineage: Lineage

    def faults(self, app: str) -> Iterator[Fault]:
        """Yield every fault of the structure; ``app`` is the application's node."""
        for name, node in self.nodes.items():
            yield from self._node_faults(name, node)
        topology = mapping(mapping(self.text.value).get("topology_template"))
        yield from self._substitution_faults(topology, app)
        yield from self._policy_faults(topology)

    def strange_faults(self, strange: list[Strange]) -> Iterator[Fault]:
        """Yield a fault for each property that neither ETSI nor the template's types define."""
        for each in strange:
            at = each.at
            if len(at) == 5 and at[:2] == NODES and at[4] in self.declared(str(at[2])):
                continue
            yield self._strange(each)

    def declared(self, name: str) -> set[str]:
        """Return the properties that the template's own types give to the node ``name``."""
        return {
            property_
            for kind in self.lineage(self.nodes.get(name, {}))
            for property_ in mapping(mapping(self.types.get(kind)).get("properties"))
        }

    def _strange(self, each: Strange) -> Fault:
        name = str(each.at[-1])
        meant = get_close_matches(name, sorted(each.known), n=1)
        remedy = f"Did you mean {meant[0]}?" if meant else f"Known: {', '.join(sorted(each.known))}"
        sentence = f"{field_name(each.at[2:])}: there is no property {name}."
        remedy += " Correct it, take it away, or define it in a node type of your own."
        return self.text.fault("template-property", sentence, remedy, each.at)

    def _node_faults(self, name: str, node: Plain) -> Iterator[Fault]:
        kinds = self.lineage(node)
        at = (*NODES, name)
        if not KNOWN_TYPES & set(kinds):
            sentence = f"Node {name} is of type {kinds[-1] if kinds else None}, which is unknown."
            remedy = "Derive it from a type of MEC 037 or NFV-SOL 001, in node_types or an import."
            yield self.text.fault("template-node", sentence, remedy, (*at, "type"))
        for kind in kinds:
            if kind in shape.PROPERTIES:
                known = shape.PROPERTIES[kind]
                yield from self.strange_faults(
                    [
                        Strange((*at, "properties", property_), known)
                        for property_ in mapping(node.get("properties"))
                        if property_ not in known
                    ]
                )
        listed = node.get("requirements")
        for number, each in enumerate(listed if isinstance(listed, list) else ()):
            for requirement, target in mapping(each).items():
                wanted = mapping(target).get("node") if isinstance(target, dict) else target
                if wanted is not None and wanted not in self.nodes:
                    place = (*at, "requirements", number, requirement)
                    yield self._dangling(f"{name} requires node {wanted}", place)

    def _substitution_faults(self, topology: Plain, app: str) -> Iterator[Fault]:
        mappings = mapping(topology.get("substitution_mappings"))
        at: Path = (*TOPOLOGY, "substitution_mappings")
        kind = self.nodes[app].get("type")
        if mappings.get("node_type") != kind:
            sentence = "substitution_mappings does not say for which node type the template stands."
            remedy = f"Write substitution_mappings with node_type: {kind}."
            yield self.text.fault("template-substitution", sentence, remedy, at)
        for section in ("requirements", "capabilities"):
            for name, target in mapping(mappings.get(section)).items():
                node = target[0] if isinstance(target, list) and target else target
                if isinstance(node, str) and node not in self.nodes:
                    place = (*at, section, name)
                    yield self._dangling(
                        f"substitution_mappings: {name} leads to node {node}", place
                    )

    def _policy_faults(self, topology: Plain) -> Iterator[Fault]:
        listed = topology.get("policies")
        there: set[Any] = set()
        known = self.nodes.keys() | mapping(topology.get("groups")).keys()
        for number, each in enumerate(listed if isinstance(listed, list) else ()):
            for name, policy in mapping(each).items():
                there.add(str(mapping(policy).get("type")))
                targets = mapping(policy).get("targets")
                for target in targets if isinstance(targets, list) else ():
                    if target not in known:
                        place = (*TOPOLOGY, "policies", number, name, "targets")
                        yield self._dangling(f"Policy {name} is for node {target}", place)
        for kind in shape.POLICIES:
            if kind not in there:
                sentence = f"The template has no policy of type {kind}, which is mandatory."
                remedy = "Add it with one level of one instance (MEC 037 clause 5.2.3)."
                place = (*TOPOLOGY, "policies")
                yield self.text.fault("template-policy", sentence, remedy, place)

    def _dangling(self, sentence: str, at: Path) -> Fault:
        remedy = "Name a node of node_templates."
        return self.text.fault("template-reference", f"{sentence}, which is not there.", remedy, at)


def mapping(value: object) -> Plain:
    """Return ``value`` where it is a mapping, else an empty one: shape faults show as missing."""
    return dict(value) if isinstance(value, dict) else {}
