"""A package opened for use on the host: its AppD, and the images that the VIM runs.

Never checks who signed: the orchestrator did, and vouches for the digest of the whole.
"""

from pathlib import Path

from wayside.core.clock import Clock
from wayside.csar.package import open_package
from wayside.csar.policy import Policy
from wayside.model.appd import AppD
from wayside.model.shares import image_ids

from .packages import Unpacker


def unpacker_of(clock: Clock) -> Unpacker:
    """Return what reads a package's AppD and writes its images to files."""

    def unpack(package: Path, images: Path) -> AppD:
        with open_package(package, Policy.dev(), now=clock.now()) as opened:
            for number, image_id in enumerate(image_ids(opened.appd)):
                opened.copy_image(image_id, images / str(number))
            return opened.appd

    return unpack
