"""EdgeGallery's spelling of rules and services, brought to that of MEC 010-2. Pure.

What the AppD has no attribute for is left out and told. Never judges a value: the AppD's types do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wayside.csar.yamltext import Path, YamlText, field_name
from wayside.model import appd
from wayside.model.services import TransportDescriptor

LISTS: dict[str, type] = {
    "appServiceRequired": appd.ServiceDependency,
    "appServiceOptional": appd.ServiceDependency,
    "appServiceProduced": appd.ServiceDescriptor,
    "appFeatureRequired": appd.FeatureDependency,
    "appFeatureOptional": appd.FeatureDependency,
    "transportDependencies": appd.TransportDependency,
    "appTrafficRule": appd.TrafficRuleDescriptor,
    "appDNSRule": appd.DNSRuleDescriptor,
}
"""Attributes that have the same name on both sides, and what they are lists of."""

INNER: dict[str, type] = {
    "serTransportDependencies": appd.TransportDependency,
    "transportsSupported": appd.TransportsSupported,
    "transport": TransportDescriptor,
    "trafficFilter": appd.TrafficFilter,
    "dstInterface": appd.InterfaceDescriptor,
    "tunnelInfo": appd.TunnelInfo,
}
RENAMED = {
    "srcMacAddress": "srcMACAddress",
    "dstMacAddress": "dstMACAddress",
    "dstIpAddress": "dstIPAddress",
    "protocal": "protocol",
}
OF_ANOTHER_FORM = frozenset({"serCategory", "security", "requestedPermissions"})
"""Plain words where the AppD wants structure: no structure can be made of a word."""

WHOLE_NUMBERS = frozenset({"priority", "ttl", "qCI", "dSCP", "tC"})
ONLY_NAMED = frozenset({"appName", "appSupportMp1"})
"""Said elsewhere, or true of each application here."""


@dataclass
class Spelling:
    """Reads the properties of one ``app.configuration`` node."""

    text: YamlText
    dropped: list[str] = field(default_factory=list)

    def attributes(self, data: dict[str, Any], at: Path) -> dict[str, Any]:
        """Return the AppD's attributes under their wire names."""
        found: dict[str, Any] = {}
        for name, value in data.items():
            if name in LISTS:
                found[name] = self.read(value, LISTS[name], (*at, name))
            elif name not in ONLY_NAMED:
                self.drop((*at, name))
        return {name: value for name, value in found.items() if value is not None}

    def read(self, value: Any, kind: type | None, at: Path) -> Any:
        """Return a value as ``kind`` spells it; numbers that are texts there become texts."""
        if isinstance(value, list):
            return [self.read(each, kind, (*at, number)) for number, each in enumerate(value)]
        if isinstance(value, dict) and kind is not None:
            return dict(self.members(value, kind, at))
        if isinstance(value, int | float) and at[-1] not in WHOLE_NUMBERS:
            return self.text.texts.get(at, str(value))
        return value

    def members(self, data: dict[str, Any], kind: type, at: Path) -> Iterable[tuple[str, Any]]:
        """Yield the members of ``kind`` in MEC 010-2's spelling; note what it does not have."""
        known = {each.encode_name for each in msgspec.structs.fields(kind)}
        for name, value in data.items():
            place, meant = (*at, name), RENAMED.get(name, name)
            if value in (None, "", []):
                continue
            if meant not in known or meant in OF_ANOTHER_FORM:
                self.drop(place)
            elif meant == "tunnelType":
                yield meant, str(value).replace("_", "-")
            elif meant == "protocol" and value == ["ANY"]:
                continue  # no protocol named: any will do
            else:
                yield meant, self.read(value, INNER.get(meant), place)

    def drop(self, at: Path) -> None:
        """Note an attribute that is left out."""
        self.dropped.append(field_name(at[4:]))
