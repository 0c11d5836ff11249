"""Data types of UE identity. Ref: MEC 014 clause 6.2; whom a tag stands for is ours."""

from enum import IntEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire

Devices = tuple[str, ...]
"""Addresses and prefixes, IPv4 or IPv6."""


class TagState(IntEnum):
    """Whether an instance's rules match for a tag. Ref: MEC 014 table 6.2.3-1."""

    UNREGISTERED = 0
    REGISTERED = 1


class UeIdentityTags(Wire, omit_defaults=False):
    """One tag, and its state for one application instance. Ref: MEC 014 clause 6.2.3."""

    ue_identity_tag: str
    state: TagState


class UeIdentityTagInfo(Wire, omit_defaults=False):
    """Tags of an application instance. Ref: MEC 014 clause 6.2.2."""

    ue_identity_tags: tuple[UeIdentityTags, ...]
    """1 to N; each tag once."""


class TagDevices(Wire, omit_defaults=False):
    """Whom a tag is to stand for. Ours: the standard leaves the mapping to the operator."""

    devices: Annotated[Devices, msgspec.Meta(max_length=100_000)]


class NewTag(TagDevices, omit_defaults=False):
    """A tag that is to be known from now on. Ours."""

    tag: str


class DeviceTag(Wire, omit_defaults=False):
    """A tag as its operator sees it. Ours."""

    tag: str
    devices: Devices
    registered_by: tuple[str, ...] = ()
    """Application instances whose traffic rules match for it now."""
    in_settings: bool = False
    """Said in the host's settings: it changes there alone."""


class Registered(Wire):
    """What is kept of an instance: the tags that it has registered, sorted."""

    tags: tuple[str, ...] = ()
