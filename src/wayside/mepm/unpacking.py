"""A package opened for use on the host: its AppD, and the image that the VIM runs.

Never checks who signed: the orchestrator did, and vouches for the digest of the whole.
"""

from pathlib import Path

from wayside.core.clock import Clock
from wayside.core.errors import Unprocessable
from wayside.csar.package import open_package
from wayside.csar.policy import Policy
from wayside.model.appd import AppD

from .packages import Unpacker


def unpacker_of(clock: Clock) -> Unpacker:
    """Return what reads a package's AppD and writes its image to a file."""

    def unpack(package: Path, image: Path) -> AppD:
        with open_package(package, Policy.dev(), now=clock.now()) as opened:
            opened.copy_image(image_of(opened.appd), image)
            return opened.appd

    return unpack


def image_of(app_d: AppD) -> str:
    """Return the id of the one image that is run; raise Unprocessable where there are several."""
    containers = app_d.os_container_descriptor
    if len(containers) > 1:
        raise Unprocessable(
            f"The AppD {app_d.app_d_id} has {len(containers)} osContainerDescriptor; one container "
            "per instance is run here. Put all into one image.",
            field="osContainerDescriptor",
        )
    named = containers[0].sw_image_desc if containers else app_d.sw_image_descriptor[0]
    return named if isinstance(named, str) else named.id
