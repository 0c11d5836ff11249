"""What Mm1 allows in a request. Pure."""

from collections.abc import Callable

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


def check_candidates(id: str, request: InstantiateAppRequest, known: Callable[[str], bool]) -> None:
    """Return where every candidate is another instance; raise Unprocessable naming the field."""
    named = request.app_term_cands_for_coord
    for i, option in enumerate(() if named is None else named.termination_options):
        for j, candidate in enumerate(option.app_inst_id_termination_cands):
            field = f"$.appTermCandsForCoord.terminationOptions[{i}].appInstIdTerminationCands[{j}]"
            if candidate == id:
                raise Unprocessable(
                    f"The instance {id} cannot make room for itself; name others.", field=field
                )
            if not known(candidate):
                raise Unprocessable(
                    f"There is no application instance {candidate} that could end; leave it out.",
                    field=field,
                )
