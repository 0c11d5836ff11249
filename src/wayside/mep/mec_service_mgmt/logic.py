"""Decisions of service management: what may be offered, who is told what, who is alive.

Never reads a clock, a store or a socket: values in, values or a problem out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from wayside.core.errors import BadRequest, Conflict, Unprocessable
from wayside.model.common import LinkType
from wayside.model.services import (
    EndPointInfo,
    LocalityType,
    ServiceInfo,
    ServiceLinks,
    ServiceState,
    TransportInfo,
)

from .model import (
    ChangeType,
    FilteringCriteria,
    SerAvailabilityNotification,
    SerAvailabilityNotificationSubscription,
    ServiceReference,
    SubscriptionLink,
)

ROOT = "/mec_service_mgmt/v1"
OWN = ""
"""Stands where others have the offering instance: the platform itself offers the service."""


@dataclass(frozen=True)
class LivenessSettings:
    """How often the platform wants to hear of services that can send heartbeats."""

    interval_default_s: int = 30
    """For a service that leaves the choice to the platform (livenessInterval 0)."""
    interval_max_s: int = 3600
    """A longer proposal is shortened to this."""

    def interval_s(self, proposed: int | None) -> int | None:
        """Return the interval to ask for; None where the service cannot send heartbeats."""
        if proposed is None:
            return None
        return min(proposed, self.interval_max_s) if proposed else self.interval_default_s


DEFAULTS = LivenessSettings()


@dataclass(frozen=True)
class Query:
    """The filters of a service availability query. Ref: MEC 011 table 8.2.3.3.1-1."""

    ser_instance_id: tuple[str, ...] = ()
    ser_name: tuple[str, ...] = ()
    ser_category_id: str | None = None
    consumed_local_only: bool | None = None
    is_local: bool | None = None
    scope_of_locality: LocalityType | None = None

    def check(self) -> None:
        """Raise BadRequest where more than one of the exclusive filters is given."""
        given = [
            name
            for name in ("ser_instance_id", "ser_name", "ser_category_id")
            if getattr(self, name)
        ]
        if len(given) > 1:
            raise BadRequest(
                f"{given[1]}: it cannot be combined with {given[0]}; use one of ser_instance_id, "
                "ser_name and ser_category_id.",
                field=given[1],
            )

    def match(self, service: ServiceInfo) -> bool:
        """Tell whether a service is asked for."""
        category = service.ser_category
        return (
            (not self.ser_instance_id or service.ser_instance_id in self.ser_instance_id)
            and (not self.ser_name or service.ser_name in self.ser_name)
            and (
                not self.ser_category_id
                or (category is not None and category.id == self.ser_category_id)
            )
            and self.consumed_local_only in (None, service.consumed_local_only)
            and self.is_local in (None, service.is_local)
            and self.scope_of_locality in (None, service.scope_of_locality)
        )


EVERYTHING = Query()


@dataclass(frozen=True)
class ServiceChange:
    """What happened to a service, and the service after it (before it, where removed)."""

    type: ChangeType
    service: ServiceInfo


def service_path(app_instance_id: str, ser_instance_id: str) -> str:
    """Return the path of a service as its offerer's resource."""
    return f"{ROOT}/applications/{app_instance_id}/services/{ser_instance_id}"


def liveness_path(app_instance_id: str, ser_instance_id: str) -> str:
    """Return the path that heartbeats go to. Ours: the standard leaves it to the platform."""
    return f"{service_path(app_instance_id, ser_instance_id)}/liveness"


def subscriptions_path(app_instance_id: str) -> str:
    """Return the path of an instance's subscriptions."""
    return f"{ROOT}/applications/{app_instance_id}/subscriptions"


def consumer_path(ser_instance_id: str) -> str:
    """Return the path of a service as its consumers' resource."""
    return f"{ROOT}/services/{ser_instance_id}"


def owner_of(service: ServiceInfo) -> str:
    """Return the instance that offers a registered service; ``OWN`` for the platform itself."""
    assert service.links is not None
    kind, id_ = service.links.self.href.removeprefix(f"{ROOT}/").split("/")[:2]
    return id_ if kind == "applications" else OWN


def identifier_of(service: ServiceInfo) -> str:
    """Return the identifier of a registered service."""
    assert service.ser_instance_id is not None
    return service.ser_instance_id


def registered(
    wanted: ServiceInfo, *, owner: str, identifier: str, interval_s: int | None
) -> ServiceInfo:
    """Return a service as the registry shows it: defaults written out, links made.

    ``isLocal`` is true: kept as this host's own consumers see it.
    Ref: MEC 011 table 8.1.2.2-1.
    """
    liveness = LinkType(href=liveness_path(owner, identifier)) if interval_s else None
    path = consumer_path(identifier) if owner == OWN else service_path(owner, identifier)
    return replace(
        wanted,
        links=ServiceLinks(self=LinkType(href=path), liveness=liveness),
        ser_instance_id=identifier,
        transport_id=None,
        scope_of_locality=wanted.scope_of_locality or LocalityType.MEC_HOST,
        consumed_local_only=wanted.consumed_local_only is not False,
        is_local=True,
        liveness_interval=interval_s,
    )


def with_token_endpoint(wanted: ServiceInfo, token_endpoint: str | None) -> ServiceInfo:
    """Return a service with the platform's token endpoint where it names grants and no endpoint.

    A service that says nothing of OAuth 2.0 asks for no token: nothing is said for it.
    Ref: MEC 011 clause 8.1.5.4, MEC 009 clause 6.16.
    """
    transport = wanted.transport_info
    oauth2 = transport.security.o_auth2_info if transport else None
    if token_endpoint is None or transport is None or oauth2 is None or oauth2.token_endpoint:
        return wanted
    told = replace(oauth2, token_endpoint=token_endpoint)
    security = replace(transport.security, o_auth2_info=told)
    return replace(wanted, transport_info=replace(transport, security=security))


def seen_from_elsewhere(service: ServiceInfo) -> ServiceInfo:
    """Return a service as a consumer outside of this host sees it: local in the system at most.

    Ref: MEC 011 table 8.1.2.2-1.
    """
    is_local = service.scope_of_locality is LocalityType.MEC_SYSTEM
    return service if service.is_local is is_local else replace(service, is_local=is_local)


def offered(wanted: ServiceInfo, transports: Mapping[str, TransportInfo]) -> ServiceInfo:
    """Return a new service with its transport said whole; raise Unprocessable where it is not.

    Ref: MEC 011 table 8.1.2.2-1, note 2.
    """
    if wanted.ser_instance_id is not None:
        raise _unfit("serInstanceId", "the platform allocates it; leave it out")
    _check_named(wanted)
    if (wanted.transport_id is None) == (wanted.transport_info is None):
        raise _unfit("transportInfo", "give either transportId or transportInfo, not both")
    if wanted.transport_id is None:
        _check_transport(wanted)
        return wanted
    if wanted.transport_id not in transports:
        known = ", ".join(transports) or "none: bring your own with transportInfo"
        raise _unfit(
            "transportId", f"{wanted.transport_id!r} is not a transport of this platform ({known})"
        )
    return replace(wanted, transport_info=transports[wanted.transport_id])


def check_replacement(present: ServiceInfo, wanted: ServiceInfo) -> None:
    """Return where ``wanted`` may stand in place of ``present``; raise Unprocessable otherwise.

    Every attribute of the service may change but its identifier. Ref: clause 8.2.7.3.2.
    """
    if wanted.ser_instance_id not in (None, present.ser_instance_id):
        raise _unfit(
            "serInstanceId", f"it is {present.ser_instance_id} in the path; it cannot change"
        )
    _check_named(wanted)
    if wanted.transport_id is not None:
        raise _unfit("transportId", "it is for POST alone; send transportInfo")
    _check_transport(wanted)


def _check_named(wanted: ServiceInfo) -> None:
    for name, value in (("serName", wanted.ser_name), ("version", wanted.version)):
        if not value:
            raise _unfit(name, "it is empty; say what consumers look for")


def _check_transport(wanted: ServiceInfo) -> None:
    if wanted.transport_info is None:
        raise _unfit("transportInfo", "it is missing; send the whole service")
    check_end_point(wanted.transport_info.endpoint, "transportInfo.endpoint")


def check_end_point(end: EndPointInfo, field: str) -> None:
    """Return where the end point says exactly one way. Ref: MEC 011 clause 8.1.5.3."""
    if not end.says_one_way:
        raise _unfit(field, "give exactly one of uris, fqdn, addresses and alternative")


def check_provided(transport: TransportInfo) -> None:
    """Return where an operator may provide the transport; raise ValueError where it is not whole.

    Ref: MEC 011 table 8.1.2.3-1.
    """
    if not (transport.id and transport.name):
        raise ValueError("id and name are needed, so that a service can choose it")
    if not transport.endpoint.says_one_way:
        raise ValueError("endpoint: give exactly one of uris, fqdn, addresses and alternative")


def change_of(before: ServiceInfo, after: ServiceInfo) -> ServiceChange | None:
    """Return what consumers are told of a replacement; None where nothing changed.

    Ref: MEC 011 table 8.1.4.2-1.
    """
    if _attributes(before) != _attributes(after):
        return ServiceChange(ChangeType.ATTRIBUTES_CHANGED, after)
    if before.state is not after.state:
        return ServiceChange(ChangeType.STATE_CHANGED, after)
    return None


def _attributes(service: ServiceInfo) -> ServiceInfo:
    return replace(service, state=ServiceState.ACTIVE, links=None)


def heard(present: ServiceInfo) -> ServiceInfo:
    """Return the service after a heartbeat: SUSPENDED comes back, INACTIVE never does.

    Raises Conflict for a service that is INACTIVE, or that was not asked for heartbeats.
    Ref: MEC 011 clause 8.2.10.3.3.
    """
    if present.liveness_interval is None:
        raise Conflict(
            f"The service {present.ser_instance_id} was registered without livenessInterval; "
            "register it with one to send heartbeats."
        )
    if present.state is ServiceState.INACTIVE:
        raise Conflict(
            f"The service {present.ser_instance_id} is INACTIVE, and a heartbeat does not make it "
            "ACTIVE; replace the service with PUT."
        )
    return replace(present, state=ServiceState.ACTIVE)


def missed(present: ServiceInfo) -> ServiceInfo:
    """Return the service after a heartbeat that did not come. Ref: clause 8.2.10.3.3."""
    if present.state is ServiceState.ACTIVE:
        return replace(present, state=ServiceState.SUSPENDED)
    return present


def check_subscription(wanted: SerAvailabilityNotificationSubscription) -> None:
    """Raise Unprocessable where more than one of the exclusive criteria is given.

    Ref: MEC 011 table 8.1.3.2-1, note.
    """
    criteria = wanted.filtering_criteria or FilteringCriteria()
    given = [
        wire_name
        for wire_name, value in (
            ("serInstanceIds", criteria.ser_instance_ids),
            ("serNames", criteria.ser_names),
            ("serCategories", criteria.ser_categories),
        )
        if value
    ]
    if len(given) > 1:
        raise _unfit(f"filteringCriteria.{given[1]}", f"it cannot be combined with {given[0]}")


def match(criteria: FilteringCriteria | None, change: ServiceChange) -> bool:
    """Tell whether a subscriber wants to hear of a change: every criterion given must hold."""
    if criteria is None:
        return True
    service = change.service
    named = {(each.href, each.id) for each in criteria.ser_categories}
    category = service.ser_category
    return (
        (not criteria.ser_instance_ids or service.ser_instance_id in criteria.ser_instance_ids)
        and (not criteria.ser_names or service.ser_name in criteria.ser_names)
        and (not named or (category is not None and (category.href, category.id) in named))
        and (not criteria.states or service.state in criteria.states)
        and criteria.is_local in (None, service.is_local)
    )


def notification_of(
    subscription: SerAvailabilityNotificationSubscription, changes: Sequence[ServiceChange]
) -> SerAvailabilityNotification | None:
    """Return what a subscriber is told of ``changes``, or None where none is for it.

    Ref: MEC 011 clause 8.1.4.2.
    """
    wanted = [c for c in changes if match(subscription.filtering_criteria, c)]
    if not wanted:
        return None
    assert subscription.links is not None
    return SerAvailabilityNotification(
        links=SubscriptionLink(subscription=subscription.links.self),
        notification_type="SerAvailabilityNotification",
        service_references=tuple(_references(wanted)),
    )


def _references(changes: Iterable[ServiceChange]) -> Iterable[ServiceReference]:
    for change in changes:
        identifier = identifier_of(change.service)
        removed = change.type is ChangeType.REMOVED
        yield ServiceReference(
            link=None if removed else LinkType(href=consumer_path(identifier)),
            ser_name=change.service.ser_name,
            ser_instance_id=identifier,
            state=change.service.state,
            change_type=change.type,
        )


def _unfit(field: str, sentence: str) -> Unprocessable:
    return Unprocessable(f"$.{field}: {sentence}.", field=f"$.{field}")
