"""Declarations that cannot be served are refused when the element is made, not at a request."""

import pytest
from tests.chassis.http.orchard import Gatekeeper

from wayside.adapters.clocks import VirtualClock
from wayside.chassis.bind import waits
from wayside.chassis.element import Element
from wayside.chassis.http import Request, Response, respond
from wayside.chassis.signatures import camel
from wayside.core.operations import Api, get


class Half(Api, name="half", version="v1", spec="TEST", title="Half"):
    """Its route has a parameter that the method lacks."""

    @get("/things/{thingId}", clause="1", scope="x")
    async def get_thing(self) -> str:
        """Return it."""
        return ""


class Twice(Api, name="twice", version="v1", spec="TEST", title="Twice"):
    """Two methods for one place."""

    @get("/things/{thingId}", clause="1", scope="x")
    async def get_thing(self, thing_id: str) -> str:
        """Return it."""
        return thing_id

    @get("/things/{other}", clause="1", scope="x")
    async def get_other(self, other: str) -> str:
        """Return it."""
        return other


class Stray(Api, name="stray", version="v1", spec="TEST", title="Stray"):
    """A positional parameter that comes from nowhere."""

    @get("/things", clause="1", scope="x")
    async def get_thing(self, thing: str) -> str:
        """Return it."""
        return thing


def element(*apis: Api) -> Element:
    """Make an element of these APIs."""
    return Element(
        title="x", apis=apis, authoriser=Gatekeeper(), clock=VirtualClock(), new_id=lambda: "id"
    )


@pytest.mark.parametrize("api", [Half(), Twice(), Stray()])
def test_a_declaration_that_cannot_be_served_is_refused(api: Api) -> None:
    with pytest.raises((TypeError, ValueError), match="thing"):
        element(api)


async def page(request: Request) -> Response:
    """Answer anything."""
    return respond(200)


def test_a_path_is_mounted_once_but_the_page_may_be_replaced() -> None:
    made = element()
    made.mount("/x", page)
    with pytest.raises(ValueError, match="mounted"):
        made.mount("/x/", page)
    with pytest.raises(ValueError, match="absolute"):
        made.mount("x", page)


def test_names_of_the_route_are_those_of_the_standard() -> None:
    assert camel("app_instance_id") == "appInstanceId"
    assert camel("app_d_id") == "appDId"
    assert camel("id") == "id"


def test_a_handler_that_awaits_is_known_by_its_code() -> None:
    async def waiting() -> None:
        await page(None)  # type: ignore[arg-type]  # never run

    async def looping() -> None:
        async for _ in _nothing():
            pass

    async def within() -> None:
        async with _nothing():
            pass

    async def plain() -> int:
        return len([1 for _ in range(3)])

    assert [waits(one) for one in (waiting, looping, within, plain, len)] == [
        True, True, True, False, True,
    ]  # fmt: skip


def _nothing():
    raise AssertionError("never run")
