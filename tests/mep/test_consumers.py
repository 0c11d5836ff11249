"""Who is local: by the instance in the token, else by the address of the caller."""

import pytest
from tests.mep.wayside_mp3.platforms import Platforms
from tests.mep.world import service

from wayside.core.authorisation import Caller
from wayside.core.requests import PeerAddress
from wayside.mep.consumers import Consumers
from wayside.mep.mec_service_mgmt.api import ServiceMgmt

ANONYMOUS = Caller(subject="anonymous")


@pytest.fixture
def consumers() -> Consumers:
    """Those of a host with one instance."""
    return Consumers({"app1"}.__contains__, ("10.60.1.0/24", "fd00:1::/64"))


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("10.60.1.2", True),
        ("10.60.2.2", False),
        ("10.45.1.1", False),
        ("127.0.0.1", True),
        ("fd00:1::2", True),
        ("fe80::1%eth0", False),
        (None, True),
    ],
)
def test_an_anonymous_caller_is_where_its_address_is(
    consumers: Consumers, address: str | None, here: bool
) -> None:
    asked = None if address is None else PeerAddress(address)
    assert consumers.here(ANONYMOUS, asked) is here


def test_an_instance_is_where_it_is_known_whatever_its_address(consumers: Consumers) -> None:
    far = PeerAddress("10.60.2.2")
    assert consumers.here(Caller(subject="x", app_instance_id="app1"), far)
    assert not consumers.here(Caller(subject="x", app_instance_id="app2"), PeerAddress("10.60.1.2"))


async def test_is_local_is_computed_for_each_consumer() -> None:
    async with Platforms() as both:
        api = next(each for each in both.left.mep.apis if isinstance(each, ServiceMgmt))
        await both.left.offer()
        wide = await both.left.offer(
            serName="plates", scopeOfLocality="MEC_SYSTEM", consumedLocalOnly=False
        )
        device, neighbour = PeerAddress("10.45.1.1"), PeerAddress("10.60.1.7")
        for address, expected in (
            (neighbour, {"faces": True, "plates": True}),
            (device, {"faces": False, "plates": True}),
        ):
            page = await api.list_services(address=address)
            seen = {entry.value.ser_name: entry.value.is_local for entry in page.entries}
            assert seen == expected
            local = await api.list_services(address=address, is_local=True)
            assert {entry.value.ser_name for entry in local.entries} == {
                name for name, is_local in expected.items() if is_local
            }
            one = await api.get_service(wide["serInstanceId"], address=address)
            assert one.value.is_local is True


async def test_a_consumer_elsewhere_gets_the_same_tag_as_one_here() -> None:
    async with Platforms() as both:
        api = next(each for each in both.left.mep.apis if isinstance(each, ServiceMgmt))
        offered = await both.left.offer(**service())
        far = await api.get_service(offered["serInstanceId"], address=PeerAddress("10.45.1.1"))
        assert far.etag == (await api.get_service(offered["serInstanceId"])).etag
        assert b'"isLocal":false' in far.encoded
