"""Packages in EdgeGallery's layout, read as if they were of MEC 037: the layout, then the AppD.

Ours: no clause asks for it. Never fetches an image, and never takes a part for one it is not.
"""

from .layout import Foreign, is_edgegallery, read_layout
from .template import read_edgegallery_template

__all__ = ["Foreign", "is_edgegallery", "read_edgegallery_template", "read_layout"]
