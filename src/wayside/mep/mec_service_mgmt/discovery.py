"""What a consumer finds: this platform's services and those that others share, as it sees them.

Never changes a service. Ref: MEC 011 clause 5.2.5.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from wayside.chassis.collection import Collection
from wayside.core.replies import Entry
from wayside.core.wire import encode
from wayside.model.services import ServiceInfo

from . import logic
from .logic import EVERYTHING, Query

INDEXES: Mapping[str, Callable[[ServiceInfo], Hashable]] = {
    "name": lambda service: service.ser_name,
    "category": lambda service: service.ser_category and service.ser_category.id,
}
"""What a collection of services needs so that a query by name costs what it answers."""


def candidates(services: Collection[ServiceInfo], query: Query) -> Sequence[Entry[ServiceInfo]]:
    """Return what an index finds for ``query``, oldest first where it names nothing."""
    if query.ser_instance_id:
        return _present(services.find(each) for each in dict.fromkeys(query.ser_instance_id))
    if query.ser_name:
        return [e for name in dict.fromkeys(query.ser_name) for e in services.list(name=name)]
    if query.ser_category_id:
        return services.list(category=query.ser_category_id)
    return services.list()


class Discovery:
    """Reads over what is offered here and what was found elsewhere."""

    def __init__(self, own: Collection[ServiceInfo], found: Collection[ServiceInfo]) -> None:
        self._own = own
        self._found = found

    def list(self, query: Query = EVERYTHING, *, here: bool = True) -> Sequence[Entry[ServiceInfo]]:
        """Return what ``query`` asks for, seen from this host (``here``) or from elsewhere."""
        query.check()
        services = candidates(self._own, query)
        if self._found:
            services = [*services, *candidates(self._found, query)]
        if not here:
            services = [_from_elsewhere(entry) for entry in services]
        if query == EVERYTHING:
            return services
        return [entry for entry in services if query.match(entry.value)]

    def get(self, ser_instance_id: str, *, here: bool = True) -> Entry[ServiceInfo]:
        """Return one service; raise NotFound."""
        entry = self._found.find(ser_instance_id) or self._own.get(ser_instance_id)
        return entry if here else _from_elsewhere(entry)


def _from_elsewhere(entry: Entry[ServiceInfo]) -> Entry[ServiceInfo]:
    value = logic.seen_from_elsewhere(entry.value)
    if value is entry.value:
        return entry
    return Entry(entry.id, value, encode(value), entry.etag)


def _present(found: Iterable[Entry[ServiceInfo] | None]) -> Sequence[Entry[ServiceInfo]]:
    return [entry for entry in found if entry is not None]
