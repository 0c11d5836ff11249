"""Which saga an operation is, and the context that it begins with. Never runs it."""

from typing import Any

import msgspec

from wayside.chassis.occurrence_tasks import Work
from wayside.core.ids import AppDId, AppInstanceId
from wayside.mepm.elsewhere import Configuring
from wayside.mepm.grace import stop_grace_s, termination_grace_s
from wayside.mepm.instantiate import Instantiation
from wayside.mepm.start import Starting
from wayside.mepm.terminate import Ending
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppLcmOpOcc,
    ConfigPlatformForAppRequest,
    InstantiateAppRequest,
    LcmOperation,
    OperateAppRequest,
    OperationalState,
    TerminateAppRequest,
)
from wayside.model.appd import AppD


def work_of(occ: AppLcmOpOcc, info: AppInstanceInfo, app_d: AppD | None) -> Work:
    """Return the saga of an operation and its context, from the start.

    ``app_d`` is needed by what ends an instance of this host, for the grace that it recommends.
    """
    op_occ_id, id_ = occ.id, AppInstanceId(occ.app_instance_id)
    params = occ.operation_params or {}
    if info.wayside_runs_elsewhere:
        return _work_elsewhere(occ, id_, params)
    if occ.lcm_operation is LcmOperation.INSTANTIATE:
        return "instantiate", Instantiation(
            op_occ_id=op_occ_id,
            app_instance_id=id_,
            app_d_id=AppDId(info.app_d_id),
            request=msgspec.convert(params, InstantiateAppRequest),
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


def _work_elsewhere(occ: AppLcmOpOcc, id: AppInstanceId, params: dict[str, Any]) -> Work:
    if occ.lcm_operation is LcmOperation.INSTANTIATE:
        wanted = msgspec.convert(params, ConfigPlatformForAppRequest)
        return "configure", Configuring(op_occ_id=occ.id, app_instance_id=id, request=wanted)
    grace_s = termination_grace_s(msgspec.convert(params, TerminateAppRequest), None)
    return "withdraw", Ending(op_occ_id=occ.id, app_instance_id=id, grace_s=grace_s)
