"""Every operation of MEC 014, as it is really asked and answered, against ETSI's document."""

from tests.contract.differences import known
from tests.contract.etsi import contract as contract_of
from tests.contract.etsi import own_faults
from tests.mep.world import APP, MepWorld

from wayside.services.ui.api import UeIdentity

INFO = f"/ui/v1/{APP}/ue_identity_tag_info"
GHOST = "/ui/v1/ghost/ue_identity_tag_info"


def states(*given: tuple[str, int]) -> dict[str, object]:
    """The body of a PUT."""
    return {"ueIdentityTags": [{"ueIdentityTag": tag, "state": state} for tag, state in given]}


async def test_ue_identity_as_asked_and_answered_fits_the_document() -> None:
    contract = contract_of(UeIdentity)
    async with MepWorld(services={"ui": {"tags": {"vip": ["10.45.1.1"], "staff": []}}}) as world:
        await world.ready()
        ask, put = world.http.get, world.http.put
        contract.check(await ask(INFO, params={"ueIdentityTag": ["vip", "staff"]}))
        contract.check(await put(INFO, json=states(("vip", 1), ("staff", 1))))
        contract.check(await put(INFO, json=states(("vip", 0))))
        contract.check(await put(INFO, json=states(("vip", 0))))
        contract.check(await put(INFO, json=states(("ghost", 1))))
        contract.check(await put(INFO, json=states(("vip", 2))))
        contract.check(await put(GHOST, json=states(("vip", 1))))
        contract.check(await ask(INFO, params={"ueIdentityTag": "ghost"}))
        contract.check(await ask(GHOST, params={"ueIdentityTag": "vip"}))

    assert contract.seen == {str(route) for route in contract.routes()}
    assert contract.faults == known("ui", "messages")
    assert own_faults(UeIdentity, contract.answers) == set()
