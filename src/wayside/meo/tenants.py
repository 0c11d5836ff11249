"""Who has a place on a host, and what its end would free. Never ends or places any."""

from collections.abc import Sequence

from .books import Books
from .placement.demands import Requirements, Services, produced_by
from .placement.room import Tenant


class Tenants:
    """The instances as those that might end for another."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def get(self, app_instance_id: str, wanted: Requirements) -> Tenant:
        """Return an instance, spared where it must not end for one that wants this."""
        found = self._books.instances.find(app_instance_id)
        placed = self._books.placements.find(app_instance_id)
        if found is None:
            return Tenant(app_instance_id, spared="It is gone by now.")
        if placed is None:
            return Tenant(app_instance_id)
        return Tenant(
            app_instance_id,
            placed.value.host_id,
            placed.value.amount,
            self._spared(app_instance_id, wanted),
        )

    def on(self, host_id: str) -> Sequence[str]:
        """Return the instances that have a place on the host, oldest first."""
        return [each.id for each in self._books.placements.list(host_id=host_id)]

    def produced(self, app_instance_id: str) -> Services:
        """Return the services that the instance offers where it runs."""
        info = self._books.instances.get(app_instance_id).value
        app_d = self._books.descriptors.find(info.app_pkg_id)
        return {} if app_d is None else produced_by(app_d.value)

    def _spared(self, app_instance_id: str, wanted: Requirements) -> str:
        held = self._books.occurrences.open_on(app_instance_id)
        if held is not None:
            occ = held.value
            return (
                f"The operation {occ.id} ({occ.lcm_operation}) on it is {occ.operation_state}; "
                "it is left alone."
            )
        needed = sorted(self.produced(app_instance_id).keys() & wanted.services.keys())
        return f"It offers {', '.join(needed)}, which the application needs." if needed else ""
