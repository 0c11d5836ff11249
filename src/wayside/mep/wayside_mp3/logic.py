"""Decisions of Mp3: what is shared, what is taken, what consumers hear of it.

Never reads a clock, a store or a socket: values in, values out.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from wayside.mep.mec_service_mgmt.logic import ServiceChange, change_of, consumer_path
from wayside.mep.mec_service_mgmt.model import ChangeType
from wayside.model.common import LinkType
from wayside.model.services import LocalityType, ServiceInfo, ServiceLinks, ServiceState
from wayside.refpoints.mp3 import Edition, Site

WITHIN_A_HOST = frozenset({LocalityType.MEC_HOST, LocalityType.NFVI_NODE})
"""Scopes that no other host lies in. Ours: a host is one NFVI node."""


def shared(service: ServiceInfo) -> ServiceInfo | None:
    """Return a service as other platforms are told of it; None where it stays at home.

    It stays where its scope ends with the host or its owner wants local consumers alone, which
    both are the default. Heartbeats and links are between the service and its own platform.
    Ref: MEC 011 table 8.1.2.2-1.
    """
    if service.consumed_local_only or service.scope_of_locality in WITHIN_A_HOST:
        return None
    return replace(service, links=None, is_local=None, liveness_interval=None)


def found(service: ServiceInfo) -> ServiceInfo:
    """Return a shared service as its consumers on this platform see it: in their locality."""
    assert service.ser_instance_id is not None
    here = LinkType(href=consumer_path(service.ser_instance_id))
    return replace(service, links=ServiceLinks(self=here), is_local=True, liveness_interval=None)


def taken(services: Iterable[ServiceInfo], theirs: Site, ours: Site) -> dict[str, ServiceInfo]:
    """Return what of a peer's services is found here, by identifier."""
    return {
        service.ser_instance_id: found(service)
        for service in services
        if service.ser_instance_id and shared(service) and _reaches(service, theirs, ours)
    }


def _reaches(service: ServiceInfo, theirs: Site, ours: Site) -> bool:
    match service.scope_of_locality:
        case LocalityType.MEC_SYSTEM:
            return True
        case LocalityType.NFVI_POP:
            return _same(theirs.nfvi_pop, ours.nfvi_pop)
        case LocalityType.ZONE:
            return _same(theirs.zone, ours.zone)
        case LocalityType.ZONE_GROUP:
            return _same(theirs.zone_group, ours.zone_group)
    return False


def _same(theirs: str | None, ours: str | None) -> bool:
    return theirs is not None and theirs == ours


def suspended(service: ServiceInfo) -> ServiceInfo:
    """Return a service of a peer that is not heard: nobody knows whether it is there."""
    if service.state is ServiceState.ACTIVE:
        return replace(service, state=ServiceState.SUSPENDED)
    return service


def newer(told: Edition, held: Edition | None) -> bool:
    """Tell whether a list replaces the one that is held."""
    return held is None or told.incarnation != held.incarnation or told.number > held.number


def changes(
    before: Mapping[str, ServiceInfo], after: Mapping[str, ServiceInfo]
) -> Sequence[ServiceChange]:
    """Return what consumers hear when a peer's services become ``after``."""
    told = [ServiceChange(ChangeType.REMOVED, before[each]) for each in before if each not in after]
    for identifier, service in after.items():
        if identifier not in before:
            told.append(ServiceChange(ChangeType.ADDED, service))
        elif (change := change_of(before[identifier], service)) is not None:
            told.append(change)
    return told
