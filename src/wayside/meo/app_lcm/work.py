"""Which saga an operation is, and the context that it begins with. Never runs it."""

import msgspec

from wayside.chassis.occurrence_tasks import Work
from wayside.meo.ending import Ending
from wayside.meo.instantiate import Instantiation
from wayside.model.app_lcm import (
    AppLcmOpOcc,
    InstantiateAppRequest,
    LcmOperation,
    OperateAppRequest,
    TerminateAppRequest,
)


def work_of(occ: AppLcmOpOcc) -> Work:
    """Return the saga of an operation and its context, from the start."""
    params = occ.operation_params or {}
    if occ.lcm_operation is LcmOperation.INSTANTIATE:
        return "instantiate", Instantiation(
            op_occ_id=occ.id,
            app_instance_id=occ.app_instance_id,
            request=msgspec.convert(params, InstantiateAppRequest),
        )
    ending = Ending(op_occ_id=occ.id, app_instance_id=occ.app_instance_id)
    if occ.lcm_operation is LcmOperation.TERMINATE:
        terminate = msgspec.convert(params, TerminateAppRequest)
        return "terminate", msgspec.structs.replace(ending, terminate=terminate)
    operate = msgspec.convert(params, OperateAppRequest)
    return "operate", msgspec.structs.replace(ending, operate=operate)
