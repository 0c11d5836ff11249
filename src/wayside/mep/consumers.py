"""Where a consumer is: on this host, or elsewhere. Pure; never asks who may do what.

Ref: MEC 011 table 8.1.2.2-1 (``isLocal`` is relative to the consuming application).
"""

from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network

from wayside.core.authorisation import Caller
from wayside.core.requests import PeerAddress


class Consumers:
    """Tells callers on this host from others: by the instance in the token, else by address."""

    def __init__(self, known: Callable[[str], bool], networks: Sequence[str] = ()) -> None:
        self._known = known
        self._networks = tuple(ip_network(each) for each in networks)

    def here(self, caller: Caller | None, address: PeerAddress | None) -> bool:
        """Tell whether the caller is on this host.

        A caller of whom neither an instance nor an address is known is one of the platform's own
        (the front door), and so is everybody where no networks are set.
        """
        if caller is not None and caller.app_instance_id is not None:
            return self._known(caller.app_instance_id)
        if address is None or not self._networks:
            return True
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return True
        return found.is_loopback or any(found in network for network in self._networks)
