"""Where consumers of a service get their tokens is told in its discovery."""

import pytest
from tests.mep.world import APP, SERVICES, MepWorld, service

from wayside.mep.build import MepSettings

ENDPOINT = "https://10.60.1.1:8080/oauth2/v1/token"
GRANTS = ["OAUTH2_CLIENT_CREDENTIALS"]


def body(**oauth2: object) -> dict[str, object]:
    """A service whose use is protected like this."""
    said = service()
    said["transportInfo"]["security"] = {"oAuth2Info": oauth2} if oauth2 else {}
    return said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"grantTypes": GRANTS}, {"grantTypes": GRANTS, "tokenEndpoint": ENDPOINT}),
        (
            {"grantTypes": GRANTS, "tokenEndpoint": "https://own.example/token"},
            {"grantTypes": GRANTS, "tokenEndpoint": "https://own.example/token"},
        ),
        ({}, None),
    ],
    ids=["the platform's", "its own", "none asked for"],
)
async def test_a_service_that_asks_for_tokens_says_where_they_are_given(
    said: dict[str, object], told: dict[str, object] | None
) -> None:
    async with MepWorld(MepSettings(token_endpoint=ENDPOINT)) as world:
        await world.ready()
        own = f"{SERVICES}/applications/{APP}/services"
        made = await world.http.post(own, json=body(**said))
        assert made.status_code == 201, made.text
        place = f"{own}/{made.json()['serInstanceId']}"
        for answer in (
            made.json(),
            (await world.http.get(f"{SERVICES}/services")).json()[0],
            (await world.http.put(place, json=body(**said))).json(),
        ):
            assert answer["transportInfo"]["security"].get("oAuth2Info") == told


async def test_the_sandbox_names_no_endpoint_of_its_own() -> None:
    async with MepWorld() as world:
        await world.ready()
        own = f"{SERVICES}/applications/{APP}/services"
        made = await world.http.post(own, json=body(grantTypes=GRANTS))
        assert made.json()["transportInfo"]["security"]["oAuth2Info"] == {"grantTypes": GRANTS}
