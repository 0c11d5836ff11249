"""What Mm3 allows in a request, and which work an operation is. Pure."""

import re

import msgspec

from wayside.chassis.occurrence_tasks import Work
from wayside.core.errors import Unprocessable
from wayside.core.ids import AppDId, AppInstanceId
from wayside.mepm.grace import stop_grace_s, termination_grace_s
from wayside.mepm.instantiate import Instantiation
from wayside.mepm.start import Starting
from wayside.mepm.terminate import Ending
from wayside.model.app_lcm import (
    AppLcmOpOcc,
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    LcmOperation,
    OperateAppRequest,
    OperationalState,
    TerminateAppRequest,
)
from wayside.model.appd import AppD

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""An instance's identifier names folders and interfaces on the host."""


def check_create(request: CreateAppInstanceRequest) -> None:
    """Return where Mm3 allows the request; raise Unprocessable naming the field."""
    if request.app_placement_info is not None:
        raise Unprocessable(
            "appPlacementInfo is for Mm3* alone; leave it out.", field="$.appPlacementInfo"
        )
    id_ = request.wayside_app_instance_id
    if id_ is not None and not IDENTIFIER.fullmatch(id_):
        raise Unprocessable(
            "waysideAppInstanceId must be 1 to 64 letters, digits, dots, dashes or underscores.",
            field="$.waysideAppInstanceId",
        )


def check_instantiate(request: InstantiateAppRequest, host_id: str) -> None:
    """Return where the request is one of Mm3 and means this host; raise Unprocessable otherwise."""
    request.check()
    for name, value in (
        ("locationConstraints", request.location_constraints),
        ("appTermCandsForCoord", request.app_term_cands_for_coord),
    ):
        if value is not None:
            raise Unprocessable(f"{name} is for Mm1 alone; leave it out.", field=f"$.{name}")
    chosen = [host.host_id.get("hostId") for host in request.selected_mec_host_info]
    if host_id not in chosen:
        raise Unprocessable(
            f"selectedMECHostInfo must name this host: [{{hostId: {{hostId: {host_id}}}}}].",
            field="$.selectedMECHostInfo",
        )


def work_of(occ: AppLcmOpOcc, app_d_id: str, app_d: AppD | None) -> Work:
    """Return the saga of an operation and its context, from the start.

    ``app_d`` is needed by what ends an instance, for the grace that it recommends.
    """
    op_occ_id, id_ = occ.id, AppInstanceId(occ.app_instance_id)
    params = occ.operation_params or {}
    if occ.lcm_operation is LcmOperation.INSTANTIATE:
        wanted = msgspec.convert(params, InstantiateAppRequest)
        return "instantiate", Instantiation(
            op_occ_id=op_occ_id, app_instance_id=id_, app_d_id=AppDId(app_d_id), request=wanted
        )
    assert app_d is not None
    if occ.lcm_operation is LcmOperation.TERMINATE:
        grace_s = termination_grace_s(msgspec.convert(params, TerminateAppRequest), app_d)
        return "terminate", Ending(op_occ_id=op_occ_id, app_instance_id=id_, grace_s=grace_s)
    operate = msgspec.convert(params, OperateAppRequest)
    if operate.change_state_to is OperationalState.STARTED:
        return "start", Starting(op_occ_id=op_occ_id, app_instance_id=id_)
    grace_s = stop_grace_s(operate, app_d)
    return "stop", Ending(op_occ_id=op_occ_id, app_instance_id=id_, grace_s=grace_s)
