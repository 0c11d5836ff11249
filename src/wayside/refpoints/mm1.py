"""Mm1, OSS to MEO: packages and instances of the whole system. Ref: MEC 003 clause 7.1.

``locationConstraints`` travels here alone, ``selectedMECHostInfo`` never; the MEO sees to that.
"""

from . import app_lcm, app_pkgm, lcm_coord, planning


class AppPkgm(app_pkgm.AppPkgm):
    """Package management, whole: on-board, enable, disable, delete, fetch."""


class AppLcm(app_lcm.AppLcm):
    """Life cycle of instances anywhere in the system; the MEO chooses the host."""


class LcmCoordination(lcm_coord.LcmCoordination):
    """Which instances may end for another: the OSS serves it, the MEO asks."""


class Coordinations(lcm_coord.Coordinations):
    """The same questions where no OSS is configured: the MEO serves them, people answer."""


class Plans(planning.Plans):
    """Where many applications would go; ours."""
