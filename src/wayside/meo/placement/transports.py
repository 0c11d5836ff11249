"""Which transports will do for an application. Pure. Ref: MEC 010-2 clause 6.2.1.18.

Entries that share a label belong together; any one complete group satisfies. Never asks a host what
it offers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wayside.model.appd import TransportDependency
from wayside.model.services import SerializerType, TransportType


@dataclass(frozen=True)
class Carriage:
    """A transport with the serializers that may be used on it."""

    type: TransportType
    protocol: str
    serializers: frozenset[SerializerType]

    def carries(self, wanted: "Carriage") -> bool:
        """Tell whether ``wanted`` is the same transport with a serializer that both know.

        Ours: versions are not compared, as the standard gives them no order.
        """
        return (
            self.type is wanted.type
            and self.protocol.casefold() == wanted.protocol.casefold()
            and bool(self.serializers & wanted.serializers)
        )

    def __str__(self) -> str:
        return f"{self.protocol} ({self.type}, {' or '.join(sorted(self.serializers))})"


REST_JSON = Carriage(TransportType.REST_HTTP, "HTTP", frozenset({SerializerType.JSON}))
"""What a dependency without transports means. Ref: MEC 010-2 table 6.2.1.6.2-1."""

Group = frozenset[Carriage]
Groups = tuple[Group, ...]


def groups_of(dependencies: Sequence[TransportDependency]) -> Groups:
    """Return what belongs together by label; a dependency without a label is a group alone."""
    found: dict[str, set[Carriage]] = {}
    for number, each in enumerate(dependencies):
        transport = each.transport
        wanted = Carriage(transport.type, transport.protocol, frozenset(each.serializers))
        for label in each.labels or (f"#{number}",):
            found.setdefault(label, set()).add(wanted)
    return tuple(frozenset(group) for group in found.values())


def satisfied(groups: Groups, offered: Iterable[Carriage]) -> bool:
    """Tell whether one group is offered whole; nothing is demanded where there is none."""
    held = tuple(offered)
    return not groups or any(
        all(any(each.carries(wanted) for each in held) for wanted in group) for group in groups
    )


def spoken(groups: Groups) -> str:
    """Return the groups as people say them."""
    return " or else ".join(" with ".join(sorted(map(str, group))) for group in groups)
