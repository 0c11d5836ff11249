"""What changes in the system, told to a UALCMP that waits for it. Never keeps anything."""

from wayside.chassis.lcm_changes import LcmChanges
from wayside.refpoints import mm9


class Changes(LcmChanges, mm9.Changes):
    """Served to the UALCMP."""
