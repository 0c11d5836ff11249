"""Who an access point and a station are. Ref: MEC 028 clauses 6.5.3, 6.5.11 and 6.5.12.

Never holds how either is doing.
"""

from typing import Annotated

from msgspec import Meta

from wayside.core.wire import Wire

Mac = Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")]
"""48 bits as six octets with colons, in letters of either case."""


class ApIdentity(Wire):
    """An access point. Ref: MEC 028 clause 6.5.3."""

    bssid: Mac
    ssid: tuple[str, ...] = ()
    ip_address: tuple[str, ...] = ()


class StaIdentity(Wire):
    """A station. Ref: MEC 028 clause 6.5.11."""

    mac_id: Mac
    ssid: tuple[str, ...] = ()
    aid: str | None = None
    ip_address: tuple[str, ...] = ()


class ApAssociated(Wire):
    """The access point that a station is associated with. Ref: MEC 028 clause 6.5.12."""

    bssid: Mac
    ssid: tuple[str, ...] = ()
    assoc_id: str | None = None
    ip_address: tuple[str, ...] = ()
