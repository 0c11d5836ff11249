"""What UE identity decides: states shown, states wanted, whom a tag may stand for."""

import pytest

from wayside.core.errors import BadRequest, PreconditionFailed, Unprocessable
from wayside.services.ui.logic import after, check_devices, info_of, require_known
from wayside.services.ui.model import Registered, TagState, UeIdentityTagInfo, UeIdentityTags

ON, OFF = TagState.REGISTERED, TagState.UNREGISTERED


def _wanted(*states: tuple[str, TagState]) -> UeIdentityTagInfo:
    return UeIdentityTagInfo(
        ue_identity_tags=tuple(UeIdentityTags(ue_identity_tag=t, state=s) for t, s in states)
    )


def test_each_tag_is_shown_once_in_the_order_of_asking() -> None:
    assert info_of(["b", "a", "b"], {"a"}) == _wanted(("b", OFF), ("a", ON))


def test_a_tag_that_is_not_named_keeps_its_state() -> None:
    present = Registered(tags=("a", "b"))
    assert after(present, _wanted(("a", OFF), ("c", ON))) == Registered(tags=("b", "c"))


def test_registering_again_changes_nothing() -> None:
    assert after(Registered(tags=("a",)), _wanted(("a", ON))) == Registered(tags=("a",))


def test_what_is_not_registered_cannot_be_unregistered() -> None:
    with pytest.raises(PreconditionFailed, match="tag b is not registered"):
        after(Registered(tags=("a",)), _wanted(("b", OFF)))


def test_a_tag_that_is_named_twice_is_refused() -> None:
    with pytest.raises(BadRequest, match="a is named 2 times"):
        after(Registered(), _wanted(("a", ON), ("a", OFF)))


@pytest.mark.parametrize(("tags", "sentence"), [((), "at least one"), (("a", "x"), "'x' is not")])
def test_tags_must_be_given_and_known(tags: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        require_known(tags, {"a"}, "ueIdentityTag")


@pytest.mark.parametrize(
    ("tag", "devices", "field"),
    [
        ("the guests", (), "tag"),
        ("", (), "tag"),
        ("a,b", (), "tag"),
        ("guests", ("10.45.1.1", "ue1"), r"\$.devices\[1\]"),
        ("guests", ("10.45.1.0/33",), r"\$.devices\[0\]"),
    ],
)
def test_what_is_no_tag_or_no_address_is_refused_by_name(
    tag: str, devices: tuple[str, ...], field: str
) -> None:
    with pytest.raises(Unprocessable, match=f"^{field}:"):
        check_devices(tag, devices)


def test_addresses_and_prefixes_of_both_families_will_do() -> None:
    check_devices("imsi-001:010@town.1", ("10.45.1.1", "10.45.0.0/16", "fd45::1", "fd45::/64"))
