"""What Mm3 allows in a request. Pure."""

import re

from wayside.core.errors import Unprocessable
from wayside.model.app_lcm import (
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    MepInformation,
)
from wayside.model.app_lcm_subscriptions import AppInstanceSubscriptionType

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""An instance's identifier names folders and interfaces on the host."""

ELSEWHERE = {
    AppInstanceSubscriptionType.STATE_CHANGE: (
        "AppInstanceStateChangeSubscription is for Mm1 alone; subscribe to "
        "AppLcmOpOccStateChangeSubscription here, or at the orchestrator."
    )
}
"""Subscription types that Mm3 has not, with where they are."""


def check_create(request: CreateAppInstanceRequest, platform: MepInformation) -> None:
    """Return where Mm3, or Mm3*, allows the request; raise Unprocessable naming the field."""
    chosen = request.app_placement_info
    if chosen is not None and chosen.mep_id != platform.mep_id:
        raise Unprocessable(
            f"appPlacementInfo.mepId must be this manager's platform, {platform.mep_id}; leave "
            "appPlacementInfo out for an instance that this host is to run.",
            field="$.appPlacementInfo.mepId",
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
        ("waysideHostId", request.wayside_host_id),
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
