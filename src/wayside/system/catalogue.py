"""Every API that Wayside serves, known without a running system.

Never builds an element: it only names the classes that declare operations.
"""

from dataclasses import dataclass

from wayside.access.lab.api import Lab
from wayside.core.operations import Api, operations_of
from wayside.dataplane.api import DataPlaneView
from wayside.mep.mec_app_support.api import AppSupport, AppSupportV1
from wayside.mep.mec_service_mgmt.api import ServiceMgmt
from wayside.refpoints import mm1, mm3
from wayside.security.token_api import Tokens
from wayside.vim.api import VimView

from .status import WaysideStatus


@dataclass(frozen=True)
class Listed:
    """One API and the element that serves it."""

    element: str
    api: type[Api]

    @property
    def name(self) -> str:
        """A name that is unique in the catalogue: ``app_lcm`` at the MEO, ``app_lcm@mepm``."""
        info = self.api.info
        return info.name if self.element in UNMARKED else f"{info.name}@{self.element}"


UNMARKED = {"meo", "mep", "vim", "dataplane", "lab", "wayside"}


def catalogue() -> tuple[Listed, ...]:
    """Return all APIs, the management of the system first."""
    return tuple(
        Listed(element, api)
        for element, apis in (
            ("meo", (mm1.AppPkgm, mm1.AppLcm, mm3.Granting)),
            ("mepm", (mm3.AppLcm,)),
            ("mep", (AppSupport, AppSupportV1, ServiceMgmt)),
            ("vim", (VimView,)),
            ("dataplane", (DataPlaneView,)),
            ("lab", (Lab,)),
            ("security", (Tokens,)),
            ("wayside", (WaysideStatus,)),
        )
        for api in apis
        if operations_of(api)
    )
