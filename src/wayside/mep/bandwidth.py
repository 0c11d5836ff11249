"""What instances get of the links, and what they exchange: names of instances put to attachments.

Port: ``Bandwidth``. Never decides how much anyone gets.
"""

from collections.abc import Sequence

from wayside.chassis.collection import Collection
from wayside.refpoints.hosting import BandwidthShare, Volumes
from wayside.refpoints.mp2 import Allocation, Meter, Shaper

from .instances import Instance, device_to


class Links:
    """The instances' cables, as the platform knows them."""

    def __init__(self, instances: Collection[Instance], shaper: Shaper, meter: Meter) -> None:
        self._instances = instances
        self._shaper = shaper
        self._meter = meter

    async def allocate(self, shares: Sequence[BandwidthShare]) -> None:
        """Make ``shares`` all that is enforced; see ``Bandwidth``."""
        await self._shaper.shape(
            [
                Allocation(each.key, device, each.direction, each.rate_bps, each.flows)
                for each in shares
                if (device := device_to(self._instances.find(each.app_instance_id))) is not None
            ]
        )

    async def exchanged(self, app_instance_ids: Sequence[str]) -> Volumes:
        """Return the octets by instance and device's address; see ``Bandwidth``."""
        known = {app: device_to(self._instances.find(app)) for app in app_instance_ids}
        devices = {device: app for app, device in known.items() if device is not None}
        found = await self._meter.exchanged(list(devices))
        return {(devices[name], address): octets for (name, address), octets in found.items()}
