"""Decisions of UE identity: which states are shown, and what an instance may register. Pure.

Never knows whom a tag stands for beyond that it is known.
"""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_network

from wayside.core.errors import BadRequest, PreconditionFailed, Unprocessable
from wayside.model.tags import TAG_REMEDY, is_tag

from .model import Registered, TagState, UeIdentityTagInfo, UeIdentityTags


def info_of(tags: Iterable[str], registered: Container[str]) -> UeIdentityTagInfo:
    """Return the states of ``tags``, each once, in the order in which they are asked for."""
    return UeIdentityTagInfo(
        ue_identity_tags=tuple(
            UeIdentityTags(
                ue_identity_tag=tag,
                state=TagState.REGISTERED if tag in registered else TagState.UNREGISTERED,
            )
            for tag in dict.fromkeys(tags)
        )
    )


def require_known(tags: Sequence[str], known: Container[str], field: str) -> None:
    """Return where there are tags and the platform knows them all; raise BadRequest otherwise.

    Ref: MEC 014 clauses 7.3.3.1 and 7.3.3.2 (400).
    """
    if not tags:
        raise BadRequest(f"{field}: give at least one tag.", field=field)
    for tag in tags:
        if tag not in known:
            raise BadRequest(
                f"{field}: the tag {tag[:128]!r} is not known on this host; ask its operator which "
                "tags there are.",
                field=field,
            )


def after(present: Registered, wanted: UeIdentityTagInfo) -> Registered:
    """Return what an instance has registered once the states of ``wanted`` are in place.

    Ours: a tag that is not named keeps its state. Raises BadRequest for a tag that is named twice,
    PreconditionFailed where one is to be unregistered that is not registered, as ETSI's test suite
    wants it. Ref: MEC 014 clause 7.3.3.2, MEC 032-2 (TP UETAG_002_PF).
    """
    named = Counter(each.ue_identity_tag for each in wanted.ue_identity_tags)
    for tag, times in named.items():
        if times > 1:
            raise BadRequest(
                f"$.ueIdentityTags: the tag {tag[:128]} is named {times} times; once says it.",
                field="$.ueIdentityTags",
            )
    found = set(present.tags)
    for each in wanted.ue_identity_tags:
        if each.state is TagState.REGISTERED:
            found.add(each.ue_identity_tag)
        elif each.ue_identity_tag in found:
            found.remove(each.ue_identity_tag)
        else:
            raise PreconditionFailed(
                f"$.ueIdentityTags: the tag {each.ue_identity_tag} is not registered; leave it "
                "out.",
                field="$.ueIdentityTags",
            )
    return Registered(tags=tuple(sorted(found)))


def check_devices(tag: str, devices: Iterable[str]) -> None:
    """Return where a tag may stand for ``devices``; raise Unprocessable otherwise. Ours."""
    if not is_tag(tag):
        raise Unprocessable(f"tag: {tag[:128]!r} is no tag; write {TAG_REMEDY}.", field="tag")
    for number, text in enumerate(devices):
        if not _is_network(text):
            field = f"$.devices[{number}]"
            raise Unprocessable(
                f"{field}: {text[:128]!r} is no IP address and no prefix (10.45.0.0/16).",
                field=field,
            )


@lru_cache(maxsize=65_536)
def _is_network(text: str) -> bool:
    """Tell whether ``text`` is an address or a prefix; kept, as most devices stay in a tag."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
