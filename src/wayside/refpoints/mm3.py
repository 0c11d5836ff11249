"""Mm3, MEO to MEPM: instances of one host; and from there packages and grants.

Packages are read only here, grants exist here alone. ``selectedMECHostInfo`` travels here alone,
``locationConstraints`` never; the MEPM sees to that. Ref: MEC 003 clause 7.1.
"""

from . import app_lcm, app_pkgm, granting


class AppPkgm(app_pkgm.AppPkgmQuery):
    """What a MEPM may do with packages: read them, and be told of them."""


class AppLcm(app_lcm.AppLcm):
    """Life cycle of the instances of one host, served by its MEPM."""


class Granting(granting.Granting):
    """A MEPM's leave to take resources, served by the MEO."""
