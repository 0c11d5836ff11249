"""What may be registered for mobility, and who is told what: without any set-up."""

from typing import Any

import pytest

from wayside.core.clock import Nanoseconds
from wayside.core.errors import BadRequest, Problem, Unprocessable
from wayside.model.associate_id import AssociateId, AssociateIdType
from wayside.refpoints.hosting import AdjacentInstance
from wayside.services.amsi import logic
from wayside.services.amsi.model import (
    AdjacentAppInfoSubscription,
    AdjacentFilter,
    ContextTransferState,
    DeviceInformation,
    MobilityFilter,
    MobilityProcedureSubscription,
    MobilityStatus,
    RegistrationInfo,
    ServiceConsumerId,
)

TRIGGERED, COMPLETED = (
    MobilityStatus.INTERHOST_MOVEOUT_TRIGGERED, MobilityStatus.INTERHOST_MOVEOUT_COMPLETED
)  # fmt: skip


def named(address: str, kind: AssociateIdType = AssociateIdType.UE_IPV4_ADDRESS) -> AssociateId:
    return AssociateId(type=kind, value=address)


def device(address: str = "10.45.1.1", **more: Any) -> DeviceInformation:
    return DeviceInformation(associate_id=named(address), **more)


def info(*devices: DeviceInformation, **more: Any) -> RegistrationInfo:
    fields: dict[str, Any] = {"service_consumer_id": ServiceConsumerId(app_instance_id="app1")}
    return RegistrationInfo(**(fields | {"device_information": devices} | more))


DONE = ContextTransferState.USER_CONTEXT_TRANSFER_COMPLETED


@pytest.mark.parametrize(
    ("wrong", "field", "kind"),
    [
        (info(service_consumer_id=ServiceConsumerId()), "$.serviceConsumerId", BadRequest),
        (
            info(service_consumer_id=ServiceConsumerId(app_instance_id="a", mep_id="b")),
            "$.serviceConsumerId",
            BadRequest,
        ),
        (info(app_mobility_service_id="mine"), "$.appMobilityServiceId", BadRequest),
        (info(device(), device()), "$.deviceInformation[1].associateId", Unprocessable),
        (info(device("fe80::1")), "$.deviceInformation[0].associateId.value", Unprocessable),
        (
            info(
                DeviceInformation(associate_id=named("7", AssociateIdType.GTP_TEID)),
            ),
            "$.deviceInformation[0].associateId.type",
            Unprocessable,
        ),
        (
            info(device(context_transfer_state=DONE)),
            "$.deviceInformation[0].contextTransferState",
            BadRequest,
        ),
    ],
)
def test_what_cannot_be_registered_names_its_field(
    wrong: RegistrationInfo, field: str, kind: type[Problem]
) -> None:
    with pytest.raises(kind) as refused:
        logic.check_new(wrong)
    assert refused.value.field == field


def test_a_service_stays_with_who_registered_it_and_keeps_its_name() -> None:
    present = info(device(), app_mobility_service_id="1")
    logic.check_replacement(info(device(context_transfer_state=DONE)), present)
    for wrong in (
        info(app_mobility_service_id="2"),
        info(service_consumer_id=ServiceConsumerId(app_instance_id="app2")),
    ):
        with pytest.raises(BadRequest):
            logic.check_replacement(wrong, present)


@pytest.mark.parametrize(("said", "expires"), [(None, None), (0, None), (7, 8_000_000_000)])
def test_an_expiry_time_of_zero_is_without_end(said: int | None, expires: int | None) -> None:
    term = logic.term_of(info(expiry_time=said), Nanoseconds(1_000_000_000))
    assert (term.expires_ns, term.ending) == (expires, False)


def test_a_subscription_that_names_no_status_means_the_first_and_says_so() -> None:
    body = MobilityProcedureSubscription(filter_criteria=MobilityFilter())
    kept = logic.with_defaults(body)
    assert isinstance(kept, MobilityProcedureSubscription)
    assert kept.filter_criteria.mobility_status == (TRIGGERED,)
    assert logic.with_defaults(kept) is kept


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        (MobilityFilter(mobility_status=(COMPLETED,)), True),
        (MobilityFilter(mobility_status=(TRIGGERED,)), False),
        (MobilityFilter(mobility_status=(COMPLETED,), app_instance_id="app1"), True),
        (MobilityFilter(mobility_status=(COMPLETED,), app_instance_id="app2"), False),
        (MobilityFilter(mobility_status=(COMPLETED,), associate_id=(named("10.45.1.1"),)), True),
        (MobilityFilter(mobility_status=(COMPLETED,), associate_id=(named("10.45.1.2"),)), False),
    ],
)
def test_all_that_a_filter_says_must_fit(criteria: MobilityFilter, told: bool) -> None:
    body = MobilityProcedureSubscription(filter_criteria=criteria)
    assert logic.wants(body, "app1", named("10.45.1.1"), COMPLETED) is told


def test_who_asks_for_neighbours_is_not_told_of_moves() -> None:
    body = AdjacentAppInfoSubscription(filter_criteria=AdjacentFilter())
    assert not logic.wants(body, "app1", named("10.45.1.1"), TRIGGERED)


def test_a_neighbour_is_shown_with_its_host_and_with_whose_it_is() -> None:
    shown = logic.adjacent_info(AdjacentInstance("a2", "d1", ("10.60.2.2",), "mec2"), "a1")
    assert shown.registered_instance_id == "a1"
    assert shown.mec_host_information is not None
    assert shown.mec_host_information.host_id == {"hostId": "mec2"}
    assert shown.app_instance_comm_link[0].ip_addresses[0].host == "10.60.2.2"
