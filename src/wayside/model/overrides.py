"""An AppD with the descriptors that an instantiate request gives instead of its own.

Never changes what a package holds. Ref: MEC 010-2 clause 6.2.2.7, notes 1 and 4.
"""

import msgspec

from wayside.core.errors import Unprocessable

from .app_lcm import InstantiateAppRequest
from .appd import AppD

NAMES = {
    "virtual_compute_descriptor": "virtualComputeDescriptor",
    "os_container_descriptor": "osContainerDescriptor",
    "virtual_storage_descriptor": "virtualStorageDescriptor",
}


def overridden(app_d: AppD, request: InstantiateAppRequest) -> AppD:
    """Return ``app_d`` with the request's descriptors in place of its own.

    Raises Unprocessable where the AppD has no such descriptor to stand in for.
    """
    given = {name: getattr(request, name) for name in NAMES if getattr(request, name)}
    for name in given:
        if not getattr(app_d, name):
            raise Unprocessable(
                f"{NAMES[name]} can override what the AppD {app_d.app_d_id} has, and it has none; "
                "leave it out.",
                field=f"$.{NAMES[name]}",
            )
    return msgspec.structs.replace(app_d, **given)
