"""What instances get of the links, and what they exchange: names of instances put to attachments.

Port: ``Bandwidth``. Never decides how much anyone gets.
"""

from collections.abc import Sequence

from wayside.chassis.collection import Collection
from wayside.refpoints.hosting import BandwidthShare, Volumes
from wayside.refpoints.mp2 import Allocation, Meter, Shaper

from .instances import Instance


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
                if (device := self._device(each.app_instance_id)) is not None
            ]
        )

    async def exchanged(self, app_instance_ids: Sequence[str]) -> Volumes:
        """Return the octets by instance and device's address; see ``Bandwidth``."""
        devices = {
            device: app for app in app_instance_ids if (device := self._device(app)) is not None
        }
        found = await self._meter.exchanged(list(devices))
        return {(devices[name], address): octets for (name, address), octets in found.items()}

    def _device(self, app_instance_id: str) -> str | None:
        """Return the host's device to an instance: that of its first attachment."""
        found = self._instances.find(app_instance_id)
        if found is None or not found.value.configuration.attachments:
            return None
        return found.value.configuration.attachments[0].device
