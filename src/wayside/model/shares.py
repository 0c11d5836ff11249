"""What each container of an application runs and may use, decided from its descriptor.

Never reserves anything, and never looks into an image. Ref: MEC 010-2 clause 6.2.1.2,
NFV-IFA 011 clause 7.1.6.13.
"""

from wayside.core.wire import Wire

from .appd import AppD
from .needs import MB, needs_of
from .resources import OsContainerDescriptor


class Share(Wire):
    """One program of an application: the image it runs, and its bounds; 0 is no bound."""

    name: str
    image_id: str
    """An id of ``swImageDescriptor``."""
    cpu_milli: int = 0
    memory_bytes: int = 0


def shares_of(app_d: AppD) -> tuple[Share, ...]:
    """Return the programs in the AppD's order: its containers, or the one image of a machine.

    Ours: a container is bounded by its limit, and where it has none by its request.
    """
    if containers := app_d.os_container_descriptor:
        return tuple(map(_share, containers))
    needs, first = needs_of(app_d), app_d.sw_image_descriptor[0]
    return (
        Share(
            name=first.name,
            image_id=first.id,
            cpu_milli=needs.cpu_milli,
            memory_bytes=needs.memory_bytes,
        ),
    )


def image_ids(app_d: AppD) -> tuple[str, ...]:
    """Return the ids of all images that may be run, each once: the containers', then the rest."""
    named = [each.image_id for each in app_d.os_container_descriptor]
    others = [each.id for each in app_d.sw_image_descriptor]
    return tuple(dict.fromkeys(named + (others if named else others[:1])))


def _share(container: OsContainerDescriptor) -> Share:
    memory = container.memory_resource_limit or container.requested_memory_resources or 0
    return Share(
        name=container.name,
        image_id=container.image_id,
        cpu_milli=container.cpu_resource_limit or container.requested_cpu_resources or 0,
        memory_bytes=int(memory * MB),
    )
