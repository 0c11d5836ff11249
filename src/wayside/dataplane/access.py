"""What a host's access and its tunnels offer to rules: sessions, and an end for tunnels. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from wayside.refpoints.n3 import N3Side, Session


@dataclass(frozen=True)
class Access:
    """How packets come to the host, and how it can wrap those that it sends to instances."""

    n3: tuple[N3Side, ...] = ()
    """Links on which devices' packets are in GTP-U; none: all packets come plain."""
    tunnel_source: str | None = None
    """The host's own address in the tunnels to instances; None: it makes none."""
    uplinks: tuple[str, ...] = ()
    """The host's devices towards the core; transit traffic at any other comes from devices."""

    @property
    def sessions(self) -> Iterator[Session]:
        """Every session whose packets come in GTP-U."""
        for side in self.n3:
            yield from side.sessions


PLAIN = Access()
