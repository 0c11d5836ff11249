"""The platform's own MEC services in its registry: there while they are served, and only then.

Never serves one. Ref: MEC 011 clause 5.2.5 (a service is found the same way whoever offers it).
"""

from collections.abc import Sequence

from wayside.model.services import ServiceInfo

from .mec_service_mgmt.logic import OWN, identifier_of
from .mec_service_mgmt.registry import ServiceRegistry


async def offer(registry: ServiceRegistry, wanted: Sequence[ServiceInfo]) -> None:
    """Have ``wanted`` be all the services that the platform offers itself.

    One that it offered before keeps its identifier; consumers are told what changed.
    """
    present = {_key(entry.value): identifier_of(entry.value) for entry in registry.list_of(OWN)}
    for gone in present.keys() - {_key(each) for each in wanted}:
        await registry.delete(OWN, present[gone])
    for each in wanted:
        if (known := present.get(_key(each))) is None:
            await registry.create(OWN, each)
        else:
            await registry.replace(OWN, known, each)


def _key(service: ServiceInfo) -> tuple[str, str]:
    return service.ser_name, service.version
