"""Decisions of application mobility: what may be registered, and who is told what. Pure.

Never knows a cell or a host beyond its name.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address

from msgspec.structs import replace

from wayside.core.clock import Nanoseconds
from wayside.core.errors import BadRequest, Unprocessable
from wayside.model.app_lcm import MECHostInformation
from wayside.model.associate_id import AssociateId, AssociateIdType
from wayside.refpoints.hosting import AdjacentInstance

from .model import (
    AdjacentAppInfo,
    AdjacentAppInstanceInfo,
    AmsSubscription,
    CommunicationInterface,
    ContextTransferState,
    IpAddresses,
    MobilityProcedureSubscription,
    MobilityStatus,
    RegistrationInfo,
    Term,
)

SECOND_NS = 1_000_000_000
DONE = ContextTransferState.USER_CONTEXT_TRANSFER_COMPLETED


def check(info: RegistrationInfo) -> None:
    """Return where a registration can be kept; raise BadRequest or Unprocessable.

    Ref: MEC 021 table 7.2.2-1.
    """
    consumer = info.service_consumer_id
    if (consumer.app_instance_id is None) is (consumer.mep_id is None):
        raise BadRequest(
            "$.serviceConsumerId: give either appInstanceId or mepId.", field="$.serviceConsumerId"
        )
    seen: set[str] = set()
    for number, device in enumerate(info.device_information):
        field = f"$.deviceInformation[{number}].associateId"
        address = address_of(device.associate_id, field)
        if address in seen:
            raise Unprocessable(
                f"{field}: the device {address} is there twice; name it once.", field=field
            )
        seen.add(address)


def check_new(info: RegistrationInfo) -> None:
    """Return where a registration can begin; raise as ``check``."""
    check(info)
    if info.app_mobility_service_id is not None:
        raise BadRequest(
            "$.appMobilityServiceId: the platform gives it; leave it out.",
            field="$.appMobilityServiceId",
        )
    for number, device in enumerate(info.device_information):
        if device.context_transfer_state is DONE:
            field = f"$.deviceInformation[{number}].contextTransferState"
            raise BadRequest(
                f"{field}: nothing can be transferred before the registration; say 0 or leave it "
                "out.",
                field=field,
            )


def check_replacement(info: RegistrationInfo, present: RegistrationInfo) -> None:
    """Return where ``info`` may take the place of ``present``; raise as ``check``."""
    check(info)
    if info.app_mobility_service_id not in (None, present.app_mobility_service_id):
        raise BadRequest(
            f"$.appMobilityServiceId: this is {present.app_mobility_service_id}; it cannot become "
            "another.",
            field="$.appMobilityServiceId",
        )
    if info.service_consumer_id != present.service_consumer_id:
        raise BadRequest(
            "$.serviceConsumerId: a service stays with who registered it; register another one.",
            field="$.serviceConsumerId",
        )


def address_of(device: AssociateId, field: str) -> str:
    """Return a device's IPv4 address; raise Unprocessable where it is named otherwise.

    Ours: by other names the platform could not know the device again when it changes its cell.
    """
    if device.type is not AssociateIdType.UE_IPV4_ADDRESS:
        raise Unprocessable(
            f"{field}.type: devices are known by their IPv4 address here; say 1 (UE_IPv4_ADDRESS).",
            field=f"{field}.type",
        )
    try:
        return str(IPv4Address(device.value))
    except ValueError as fault:
        raise Unprocessable(
            f"{field}.value: {device.value[:64]!r} is no IPv4 address.", field=f"{field}.value"
        ) from fault


def term_of(info: RegistrationInfo, now: Nanoseconds) -> Term:
    """Return when a registration that is accepted now ends."""
    if not info.expiry_time:
        return Term()
    return Term(expires_ns=now + info.expiry_time * SECOND_NS)


def with_defaults(body: AmsSubscription) -> AmsSubscription:
    """Return a subscription with what the standard has it mean where it says nothing.

    Raises Unprocessable for a device that is not known by its address. Ref: table 7.3.2-1.
    """
    if not isinstance(body, MobilityProcedureSubscription):
        return body
    criteria = body.filter_criteria
    for number, device in enumerate(criteria.associate_id):
        address_of(device, f"$.filterCriteria.associateId[{number}]")
    if criteria.mobility_status:
        return body
    triggered = (MobilityStatus.INTERHOST_MOVEOUT_TRIGGERED,)
    return replace(body, filter_criteria=replace(criteria, mobility_status=triggered))


def wants(
    body: AmsSubscription, app_instance_id: str | None, device: AssociateId, status: MobilityStatus
) -> bool:
    """Tell whether a subscriber is told that a device's move has come so far."""
    if not isinstance(body, MobilityProcedureSubscription):
        return False
    criteria = body.filter_criteria
    return (
        criteria.app_instance_id in (None, app_instance_id)
        and (not criteria.associate_id or device in criteria.associate_id)
        and status in criteria.mobility_status
    )


def interface_of(addresses: Iterable[str]) -> CommunicationInterface:
    """Return how an instance is reached: its addresses, whatever port it serves."""
    return CommunicationInterface(
        ip_addresses=tuple(IpAddresses(host=each, port=0) for each in addresses)
    )


def adjacent_info(found: AdjacentInstance, registered: str) -> AdjacentAppInstanceInfo:
    """Return an instance on another host as the neighbour of one that has registered here."""
    return AdjacentAppInstanceInfo(
        app_instance_id=found.app_instance_id,
        app_d_id=found.app_d_id,
        app_instance_comm_link=(interface_of(found.addresses),),
        mec_host_information=MECHostInformation(host_id={"hostId": found.host_id}),
        registered_instance_id=registered,
    )


def told(found: Sequence[AdjacentInstance]) -> tuple[AdjacentAppInfo, ...]:
    """Return instances on other hosts as a subscriber is told of them."""
    return tuple(
        AdjacentAppInfo(
            app_instance_id=each.app_instance_id, comm_interface=(interface_of(each.addresses),)
        )
        for each in found
    )
