"""Every API that Wayside serves, known without a running system.

Never builds an element: it only names the classes that declare operations.
"""

from dataclasses import dataclass

from wayside.access.lab.api import Lab
from wayside.access.view.api import NetworkView
from wayside.core.operations import Api, operations_of
from wayside.dataplane.api import DataPlaneView
from wayside.mep.capif_events.api import CapifEvents
from wayside.mep.mec_app_support.api import AppSupport, AppSupportV1
from wayside.mep.mec_service_mgmt.api import ServiceMgmt
from wayside.mep.published_apis.api import PublishedApis
from wayside.mep.service_apis.api import ServiceApis
from wayside.refpoints import mm1, mm3, mm8, mm9
from wayside.refpoints.mp3 import Mp3
from wayside.security.application_api import ApplicationSecrets
from wayside.security.token_api import Tokens
from wayside.ualcmp.dev_app.api import DevApp
from wayside.vim.api import VimView

from . import services
from .status import WaysideStatus


@dataclass(frozen=True)
class Listed:
    """One API and the element that serves it."""

    element: str
    api: type[Api]
    name: str
    """Unique: ``app_lcm`` at the MEO, ``app_lcm@mepm``; an older version ends with it, ``/v1``."""


MM1 = (mm1.AppPkgm, mm1.AppLcm, mm1.Coordinations, mm1.Plans)

ELEMENTS: tuple[tuple[str, tuple[type[Api], ...]], ...] = (
    ("meo", (*MM1, mm3.Granting, mm3.Relocations, mm9.UserApps, mm9.Changes)),
    ("ualcmp", (DevApp, mm8.Contexts)),
    ("mepm", (mm3.AppLcm, mm3.Changes)),
    ("mep", (AppSupport, AppSupportV1, ServiceMgmt, ServiceApis, PublishedApis, CapifEvents, Mp3)),
    ("services", services.declared()),
    ("vim", (VimView,)),
    ("dataplane", (DataPlaneView,)),
    ("lab", (Lab,)),
    ("network", (NetworkView,)),
    ("security", (Tokens, ApplicationSecrets)),
    ("wayside", (WaysideStatus,)),
)
"""The management of the system first; of two versions of an API the newer one."""
MARKED = {"mepm", "security"}
"""Elements whose APIs are called after them, as others have the same or a more general name."""


def catalogue() -> tuple[Listed, ...]:
    """Return all APIs that have operations."""
    found: dict[str, Listed] = {}
    for element, apis in ELEMENTS:
        for api in apis:
            name = f"{api.info.name}@{element}" if element in MARKED else api.info.name
            if name in found:
                name = f"{name}/{api.info.version}"
            if operations_of(api):
                found[name] = Listed(element, api, name)
    return tuple(found.values())
