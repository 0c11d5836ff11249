"""What changes on this host, told to an orchestrator that waits for it. Never keeps anything."""

from wayside.chassis.lcm_changes import LcmChanges
from wayside.refpoints import mm3


class Changes(LcmChanges, mm3.Changes):
    """Served to the MEO."""
