"""Mm1's life cycle management, served to the OSS. Never decides anything."""

from wayside.chassis.life_cycle import LifeCycle
from wayside.refpoints import mm1


class AppLcm(LifeCycle, mm1.AppLcm):
    """The instances of the whole system."""
