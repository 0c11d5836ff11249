"""Software images as OCI image layouts in one tar: read, unpack and write them.

Never runs an image; ``vim`` does. What an archive says of itself is believed only after its
digests and sizes were checked.
"""

from .layout import BASE_ANNOTATION, HOST_BASE, ImageConfig, ImageLimits, read_config, read_image
from .making import copy_faults, make_image
from .recipe import RECIPE_FILES, Recipe, parse_recipe
from .unpacking import unpack
from .writing import write_image

__all__ = [
    "BASE_ANNOTATION",
    "HOST_BASE",
    "RECIPE_FILES",
    "ImageConfig",
    "ImageLimits",
    "Recipe",
    "copy_faults",
    "make_image",
    "parse_recipe",
    "read_config",
    "read_image",
    "unpack",
    "write_image",
]
