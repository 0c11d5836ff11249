"""The tags that a platform knows, and those that its instances have registered. Pure.

A filter with a tag matches the tag's devices while its instance has the tag registered, and
nothing while not. Held in memory: the UE identity service keeps them and tells them at each start.
Never reaches the data plane: ``rules`` does. Ref: MEC 014 clause 5.2.
"""

from collections.abc import Iterable, Mapping, Sequence, Set

from msgspec.structs import replace

from wayside.core.errors import Unprocessable
from wayside.model.rules import TrafficFilter, TrafficRule

NONE: frozenset[str] = frozenset()


class Tags:
    """Devices by tag, and tags by instance."""

    def __init__(self) -> None:
        self._devices: dict[str, tuple[str, ...]] = {}
        self._registered: dict[str, frozenset[str]] = {}

    @property
    def devices(self) -> Mapping[str, Sequence[str]]:
        """The addresses and prefixes of each tag's devices."""
        return self._devices

    def define(self, tag: str, devices: Iterable[str] | None) -> None:
        """Have a tag stand for ``devices``; None: it is not known any more."""
        if devices is None:
            self._devices.pop(tag, None)
        else:
            self._devices[tag] = tuple(devices)

    def registered(self, app_instance_id: str) -> frozenset[str]:
        """Return the tags that an instance has registered."""
        return self._registered.get(app_instance_id, NONE)

    def register(self, app_instance_id: str, tags: Set[str]) -> None:
        """Have ``tags`` be all that the instance has registered."""
        if tags:
            self._registered[app_instance_id] = frozenset(tags)
        else:
            self._registered.pop(app_instance_id, None)

    def meant(self, app_instance_id: str, rule: TrafficRule) -> TrafficRule | None:
        """Return the rule as it is in force: with registered tags alone; None: it is not at all."""
        if not is_tagged(rule):
            return rule
        registered = self.registered(app_instance_id)
        kept = [_meant(each, registered) for each in rule.traffic_filter]
        filters = tuple(each for each in kept if each is not None)
        return replace(rule, traffic_filter=filters) if filters else None

    def require_known(self, rule: TrafficRule) -> None:
        """Return where every tag that the rule asks for is known; raise Unprocessable otherwise."""
        for number, each in enumerate(rule.traffic_filter):
            for tag in each.tag:
                if tag not in self._devices:
                    field = f"$.trafficFilter[{number}].tag"
                    raise Unprocessable(
                        f"{field}: the tag {tag[:128]!r} is not known on this host; its operator "
                        "says which devices it stands for (wayside tags set).",
                        field=field,
                    )


def is_tagged(rule: TrafficRule) -> bool:
    """Tell whether a filter of the rule asks for a tag."""
    return any(each.tag for each in rule.traffic_filter)


def _meant(given: TrafficFilter, registered: Set[str]) -> TrafficFilter | None:
    kept = tuple(tag for tag in given.tag if tag in registered)
    if given.tag and not kept:
        return None
    return replace(given, tag=kept)
