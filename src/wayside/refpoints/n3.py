"""N3, base station to user plane: the sessions that both sides hold. Ref: TS 23.501 clause 8.3.1.

Ours: in a mobile network the session management function sets them up (N2, N4); here they are
facts that both sides are given. The bytes between them are ``linux.gtpu``.
"""

from typing import Annotated

from msgspec import Meta, field

from wayside.core.wire import Wire

Teid = Annotated[int, Meta(ge=1, le=2**32 - 1)]


class Session(Wire):
    """A device's PDU session with its one QoS flow, and the two ends of its tunnel."""

    device: str
    """The device's address."""
    base_station: str
    """The base station's address in the outer header."""
    user_plane: str
    """The host's address in the outer header."""
    uplink_teid: Teid
    """In what the base station sends."""
    downlink_teid: Teid
    qfi: Annotated[int, Meta(ge=0, le=63)]
    """The QoS flow, in every packet's PDU session container."""
    q_ci: Annotated[int, Meta(ge=0, le=255)] = field(name="qCI")
    """What the QoS flow stands for: the 5QI, QCI in the words of MEC 011."""


class N3Side(Wire):
    """One side of one N3 link: where its packets go in and come out, and whose they are."""

    interface: str
    """The tunnel device: what is routed to it leaves in GTP-U."""
    address: str
    """This side's, in the outer header."""
    sessions: tuple[Session, ...]
