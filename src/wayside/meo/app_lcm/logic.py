"""What Mm1 allows in a request. Pure."""

from wayside.core.errors import Unprocessable
from wayside.model.app_lcm import CreateAppInstanceRequest, InstantiateAppRequest
from wayside.model.app_lcm_subscriptions import AppInstanceSubscriptionType

ELSEWHERE = {
    AppInstanceSubscriptionType.OP_OCC_STATE_CHANGE: (
        "AppLcmOpOccStateChangeSubscription is for Mm3 alone; subscribe to "
        "AppInstanceStateChangeSubscription here, or at a host's manager."
    )
}
"""Subscription types that Mm1 has not, with where they are."""


def check_create(request: CreateAppInstanceRequest) -> None:
    """Return where Mm1 allows the request; raise Unprocessable naming the field."""
    for name, point, value in (
        ("appPlacementInfo", "Mm3*", request.app_placement_info),
        ("waysideAppInstanceId", "Mm3", request.wayside_app_instance_id),
    ):
        if value is not None:
            raise Unprocessable(f"{name} is for {point} alone; leave it out.", field=f"$.{name}")


def check_instantiate(request: InstantiateAppRequest) -> None:
    """Return where Mm1 allows the request; raise Unprocessable naming the field."""
    request.check()
    if request.selected_mec_host_info:
        raise Unprocessable(
            "selectedMECHostInfo is for Mm3 alone: the orchestrator chooses the host; leave it out "
            "and use locationConstraints.",
            field="$.selectedMECHostInfo",
        )
    if request.vim_connection_info is not None:
        raise Unprocessable(
            "vimConnectionInfo is for Mm3 alone; leave it out.", field="$.vimConnectionInfo"
        )
    if request.app_term_cands_for_coord is not None:
        raise Unprocessable(
            "No instance is terminated here to make room for another; leave appTermCandsForCoord "
            "out.",
            field="$.appTermCandsForCoord",
        )
