"""Mm9, UALCMP to MEO: user applications, on-boarded and run as device applications ask.

MEC 016 leaves the messages open: packages and instances are the resources of Mm1; what users may be
offered, and what changes, is ours. Ref: MEC 003 clause 7.1, MEC 016 clause 5.2.
"""

import msgspec

from wayside.core.operations import Api, post
from wayside.core.wire import Wire
from wayside.model.app_lcm import LocationConstraints
from wayside.model.appd import AppD

from . import app_lcm, app_pkgm, changes

OURS = "Ours: MEC 016 clause 5.2 has the system tell where an application may be; it says not how"


class AppPkgm(app_pkgm.AppPkgm):
    """Package management, for packages that devices bring."""


class AppLcm(app_lcm.AppLcm):
    """Life cycle of the instances that serve users; the MEO chooses the host."""


class Changes(
    changes.Changes,
    name="wayside_changes",
    version="v1",
    spec="Ours",
    title="What changes in the system (Mm9)",
):
    """News of the system's instances and operations."""


class UserAppQuery(Wire):
    """Which applications, and where their users are."""

    app_d_ids: tuple[str, ...] = ()
    """None: all that are on-boarded and ENABLED."""
    location_constraints: LocationConstraints | None = None
    """Where an instance has to be; none: anywhere."""
    cells: tuple[str, ...] = ()
    """Cells that the users are in: latency counts from the nearest of them. None: from whichever
    cell is nearest to a host."""


class UserAppPlace(Wire):
    """A host that meets every demand of an application but, perhaps, that there is room."""

    host_id: str
    has_room: bool = False
    """Whether another instance finds room there now."""
    latency_ns: int | None = None
    """One way, from the nearest of the cells asked for; absent where it is not known."""
    location: LocationConstraints | None = None
    """Where the host stands, as devices are told: country and civic address, or an area around
    it; absent where it is not known."""


class UserApp(Wire):
    """An on-boarded application, and where it can be."""

    app_pkg_id: str
    app_d: AppD
    places: tuple[UserAppPlace, ...] = ()
    """The nearest first; those with room before others that are as near."""
    refusals: dict[str, int] = msgspec.field(default_factory=dict)
    """How many hosts do not meet a demand, by its name: CPU, latency, area …"""


class UserAppList(Wire):
    """What was found."""

    apps: tuple[UserApp, ...] = ()


class UserApps(
    Api, name="wayside_user_apps", version="v1", spec="Ours", title="Applications for users"
):
    """Which applications there are for users, and where they can be."""

    @post("/queries", clause=OURS, scope="wayside_user_apps:read")
    async def query_user_apps(self, body: UserAppQuery) -> UserAppList:
        """Return the ENABLED applications with the hosts that would do now; nothing is reserved.

        An application that is not on-boarded, or DISABLED, is left out. Of very many hosts the
        nearest are told.
        """
        raise NotImplementedError
