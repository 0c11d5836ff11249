"""A wall clock that is set forward or back: what is a duration stays one, what is a date holds."""

import pytest
from joserfc.jwk import ECKey
from tests.mep.world import APP, SERVICES, SUPPORT, MepWorld

from wayside.adapters.clocks import VirtualClock
from wayside.core.authorisation import Credentials
from wayside.core.errors import Unauthorised
from wayside.core.operations import operations_of
from wayside.mep.mec_service_mgmt.api import ServiceMgmt
from wayside.refpoints.mm5 import OperationAction
from wayside.security.clients import Client, hash_secret
from wayside.security.tokens import TokenAuthoriser, TokenIssuer

DAY_S = 86_400
forward_and_back = pytest.mark.parametrize("step_s", [DAY_S, -DAY_S], ids=["forward", "back"])


async def state_of(world: MepWorld, service: str) -> str:
    answer = await world.http.get(f"{SERVICES}/services/{service}")
    return str(answer.json()["state"])


@forward_and_back
async def test_a_service_is_suspended_after_its_interval_whatever_the_clock_says(
    step_s: int,
) -> None:
    async with MepWorld() as world:
        await world.ready()
        id_ = (await world.offer(livenessInterval=10))["serInstanceId"]
        world.clock.step(step_s)
        await world.clock.advance(9)
        assert await state_of(world, id_) == "ACTIVE"
        await world.clock.advance(3)
        assert await state_of(world, id_) == "SUSPENDED"


@forward_and_back
async def test_a_grace_lasts_as_long_as_was_told_whatever_the_clock_says(step_s: int) -> None:
    async with MepWorld() as world:
        await world.ready()
        await world.subscribe(SUPPORT)
        end = world.mep.platform.end(APP, OperationAction.TERMINATING, 10)
        ending = world.nursery.start(end, name="end")
        await world.clock.settle()
        world.clock.step(step_s)
        await world.clock.advance(9)
        assert not ending.done()
        await world.clock.advance(2)
        assert ending.done()


async def test_a_clock_set_back_during_a_restart_makes_no_grace_longer() -> None:
    async with MepWorld() as world:
        await world.ready()
        await world.subscribe(SUPPORT)
        end = world.mep.platform.end(APP, OperationAction.TERMINATING, 10)
        world.nursery.start(end, name="end")
        await world.clock.settle()
        await world.restart()
        world.clock.step(-DAY_S)
        again = world.mep.platform.end(APP, OperationAction.TERMINATING, 10)
        ending = world.nursery.start(again, name="end")
        await world.clock.advance(11)
        assert ending.done()


def test_a_token_ends_at_its_date_and_not_after_a_time() -> None:
    clock = VirtualClock()
    key = ECKey.generate_key("P-256", private=True)
    client = Client(client_id="oss", secret_hash=hash_secret("x"), scopes=("all",))
    token = TokenIssuer(key, clock).issue(client, frozenset({"all"}))
    operation = operations_of(ServiceMgmt)[0]
    credentials = Credentials(authorization=f"Bearer {token}")
    authoriser = TokenAuthoriser(key, clock)
    clock.step(DAY_S)
    with pytest.raises(Unauthorised, match="expired"):
        authoriser.authorise(operation, credentials, {})
    clock.step(-DAY_S)
    assert authoriser.authorise(operation, credentials, {}).subject == "oss"
