"""Every operation of MEC 010-2 that we serve, as it is really asked, against ETSI's documents.

Both tiers are wired: what goes over Mm3 is what the MEO and the MEPM say to each other.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.contract.etsi import own_faults, uncovered
from tests.contract.overheard import (
    GRANTS,
    LIFE,
    PACKAGES,
    OverheardTiers,
    path_of,
    until,
)
from tests.meo.tiers import Reply, ask
from tests.model.descriptors import an_appd

from wayside.core.errors import Unavailable
from wayside.core.wire import encode
from wayside.refpoints import mm1, mm3

CONTENT = encode(an_appd())

UNPROCESSABLE = "the document's tables stop at 404 and 406; MEC 009 annex E asks for 422"
CONFLICT = "the clause's table has 409, which the document has lost"
LATER = "1..N is not to be had before the content of the package is known"
FURTHER_STUDY = "how appPkgPath is conveyed is for further study: the content comes by PUT"
FILE = "the document gives JSON as the type of a file; the clause says zip or text"
RANGE = "the clause has Range and 206, which the document keeps unused among its components"
MERGE = "MEC 009 clause 5.5 has merge patches beside plain JSON"
GEOMETRY = "the document makes text of the GeoJSON that the attribute's description asks for"
MODE = "the document puts the body of the cancel task where the description has a plain value"
PARAMS = "the document takes every operation's parameters for those of INSTANTIATE"
MM3_ALONE = "note 2: selectedMECHostInfo is of Mm3 alone"
MAP = "the document makes an array of what descriptions elsewhere call a map with keys"
EXISTING = "the attribute's description: absent where resources are added"


def in_both_trees(differences: dict[str, str]) -> dict[str, str]:
    """The same of the packages by their id and by their descriptor's."""
    trees = ("/app_packages", "{appPkgId}"), ("/onboarded_app_packages", "{appDId}")
    return {
        what.replace("{tree}", tree).replace("{id}", id_): why
        for tree, id_ in trees
        for what, why in differences.items()
    }


PACKAGE_DIFFERENCES = in_both_trees(
    {
        "POST {tree} answers 422": UNPROCESSABLE,
        "POST {tree} request $ lacks appPkgPath": FURTHER_STUDY,
        "POST {tree} 201 $.mecInfo": LATER,
        "POST {tree} 201 $.softwareImages": LATER,
        "GET {tree} 200 $[].mecInfo": LATER,
        "GET {tree} 200 $[].softwareImages": LATER,
        "PATCH {tree}/{id} answers 409": CONFLICT,
        "PATCH {tree}/{id} request is application/merge-patch+json": MERGE,
        "GET {tree}/{id}/appd answers 409": CONFLICT,
        "GET {tree}/{id}/appd 200 is text/plain": FILE,
        "PUT {tree}/{id}/package_content answers 409": CONFLICT,
        "PUT {tree}/{id}/package_content request is application/zip": FILE,
        "GET {tree}/{id}/package_content 200 is application/zip": FILE,
        "GET {tree}/{id}/package_content answers 206": RANGE,
    }
)
INSTANCE, OP_OCC = "/app_instances/{appInstanceId}", "/app_lcm_op_occs/{appLcmOpOccId}"
WHERE = "instantiatedAppState.appInstLocation.geographicalPosition"
LIFE_DIFFERENCES = {
    f"POST {INSTANCE}/operate answers 409": CONFLICT,
    "GET /app_lcm_op_occs 200 $[].operationParams lacks selectedMECHostInfo": PARAMS,
    f"GET {OP_OCC} 200 $.operationParams lacks selectedMECHostInfo": PARAMS,
    f"GET {OP_OCC} 200 $.cancelMode": MODE,
    f"POST {OP_OCC}/retry answers 409": CONFLICT,
    f"POST {OP_OCC}/fail answers 409": CONFLICT,
}
MM1_DIFFERENCES = LIFE_DIFFERENCES | {
    "POST /app_instances answers 422": UNPROCESSABLE,
    "GET /app_instances 200 $[]." + WHERE: GEOMETRY,
    f"GET {INSTANCE} 200 $." + WHERE: GEOMETRY,
    f"DELETE {INSTANCE} answers 409": CONFLICT,
    f"POST {INSTANCE}/instantiate request $ lacks selectedMECHostInfo": MM3_ALONE,
    f"POST {OP_OCC}/cancel answers 409": CONFLICT,
    f"POST {OP_OCC}/fail 200 $.operationParams lacks selectedMECHostInfo": PARAMS,
}
MM3_DIFFERENCES = LIFE_DIFFERENCES
GRANT_DIFFERENCES = {
    "POST /grants answers 422": UNPROCESSABLE,
    "POST /grants request $.addResources[] lacks resource": EXISTING,
    "POST /grants 201 $.vimConnections": MAP,
    "GET /grants/{grantId} 200 $.vimConnections": MAP,
}


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[OverheardTiers]:
    async with OverheardTiers(tmp_path) as running:
        yield running


async def test_package_management_as_asked_and_answered_fits_the_document(
    tiers: OverheardTiers,
) -> None:
    for tree in ("app_packages", "onboarded_app_packages"):
        await _package(tiers, f"{PACKAGES}/{tree}")
    assert own_faults(mm1.AppPkgm, tiers.heard(PACKAGES)) == set()
    contract = tiers.checked(PACKAGES)
    assert contract.seen == {str(each) for each in contract.routes()} - uncovered("app_pkgm")
    assert contract.faults == set(PACKAGE_DIFFERENCES)


async def _package(tiers: OverheardTiers, tree: str) -> None:
    checksum = {"algorithm": "SHA-256", "hash": hashlib.sha256(CONTENT).hexdigest()}
    body = {"appPkgName": "app", "appPkgVersion": "1.0", "checksum": checksum}
    off, zipped = {"operationalState": "DISABLED"}, "application/zip"
    await ask(tiers, "POST", tree, {"appPkgName": "app"})
    path = path_of(await ask(tiers, "POST", tree, body | {"userDefinedData": {"colour": "red"}}))
    await ask(tiers, "PUT", f"{path}/package_content", b"spoilt", content_type=zipped)
    assert await _settled(tiers, tree) == path
    await ask(tiers, "GET", f"{path}/appd")
    await ask(tiers, "PUT", f"{path}/package_content", CONTENT, content_type=zipped)
    one = await _settled(tiers, tree)
    await ask(tiers, "PUT", f"{one}/package_content", CONTENT, content_type=zipped)
    for query in ("?filter=(eq,operationalState,ENABLED)", "?exclude_default", "?filter=(what)"):
        await ask(tiers, "GET", tree + query)
    await ask(tiers, "GET", f"{one}/appd")
    await ask(tiers, "GET", f"{one}/package_content")
    for wanted in ("bytes=0-9", "bytes=9999999-"):
        await ask(tiers, "GET", f"{one}/package_content", range=wanted)
    await ask(tiers, "DELETE", one)
    await ask(tiers, "PATCH", one, off, content_type="application/merge-patch+json")
    await ask(tiers, "PATCH", one, off)
    await ask(tiers, "PATCH", one, {"operationalState": "ENABLED"})
    await ask(tiers, "PATCH", one, off)
    await ask(tiers, "DELETE", one)
    await ask(tiers, "GET", one)


async def _settled(tiers: OverheardTiers, tree: str) -> str:
    """Return the path under which the only package goes on, once it is no more PROCESSING."""
    key = "appDId" if "onboarded" in tree else "id"
    while True:
        (package,) = (await ask(tiers, "GET", tree)).json
        if package["onboardingState"] != "PROCESSING":
            return f"{tree}/{package[key]}"
        await asyncio.sleep(0.002)


async def test_life_cycle_as_asked_and_answered_fits_the_document(tiers: OverheardTiers) -> None:
    await tiers.onboard()
    await _life(tiers)
    await _life_at_the_host(tiers)
    for element, known in (("meo", MM1_DIFFERENCES), ("mec1", MM3_DIFFERENCES)):
        assert own_faults(mm1.AppLcm, tiers.heard(LIFE, element)) == set(), element
        contract = tiers.checked(LIFE, element)
        assert contract.seen == {str(each) for each in contract.routes()} - uncovered("app_lcm")
        assert contract.faults == set(known), element


async def _life(tiers: OverheardTiers) -> None:
    instances = f"{LIFE}/app_instances"
    await ask(tiers, "POST", instances, {"appDId": "unknown"})
    made = await ask(tiers, "POST", instances, {"appDId": "app-1.0", "appInstanceName": "one"})
    one = path_of(made)
    where = {"locationConstraints": {"countryCode": "DE"}}
    tiers.hosts["mec1"].mep.refuses = Unavailable("The platform is being replaced.")
    occ = await _ended(tiers, await ask(tiers, "POST", f"{one}/instantiate", where))
    tiers.hosts["mec1"].mep.refuses = None
    await _ended(tiers, await ask(tiers, "POST", f"{occ}/retry"))
    for task in ("cancel", "fail", "retry"):
        await ask(tiers, "POST", f"{occ}/{task}", {"CancelMode": "FORCED"})
    for query in ("", "?filter=(eq,id,none)", "?fields=_links", "?exclude_default", "?filter=(x)"):
        await ask(tiers, "GET", instances + query)
        await ask(tiers, "GET", f"{LIFE}/app_lcm_op_occs{query}")
    await ask(tiers, "DELETE", one)
    await ask(tiers, "GET", one)
    for state in ("STOPPED", "STARTED"):
        await _ended(tiers, await ask(tiers, "POST", f"{one}/operate", {"changeStateTo": state}))
    occ = await _cancelled(tiers, one)
    await ask(tiers, "POST", f"{occ}/fail")
    graceful = {"terminationType": "GRACEFUL", "gracefulTerminationTimeout": 3}
    await _ended(tiers, await ask(tiers, "POST", f"{one}/terminate", graceful))
    await ask(tiers, "DELETE", one)
    await ask(tiers, "GET", one)


async def _life_at_the_host(tiers: OverheardTiers) -> None:
    """What the MEO never says to the MEPM."""
    id_ = await tiers.create()
    await tiers.instantiate(id_)
    one = f"{LIFE}/app_instances/{id_}"
    await ask(tiers, "GET", f"{LIFE}/app_instances", of="mec1")
    await ask(tiers, "GET", f"{LIFE}/app_lcm_op_occs", of="mec1")
    occ = await _cancelled(tiers, one, of="mec1")
    await _ended(tiers, await ask(tiers, "POST", f"{occ}/retry", of="mec1"), of="mec1")
    for task in ("fail", "retry"):
        await ask(tiers, "POST", f"{occ}/{task}", of="mec1")


async def _cancelled(tiers: OverheardTiers, one: str, *, of: str = "meo") -> str:
    """Stop, and cancel while the application has not confirmed; return the operation's path."""
    twin = tiers.hosts["mec1"]
    twin.mep.hold = asyncio.Event()
    stop = {"changeStateTo": "STOPPED", "stopType": "GRACEFUL", "gracefulStopTimeout": 9}
    begun = await ask(tiers, "POST", f"{one}/operate", stop, of=of)
    await until(lambda: ("STOPPING", 9) in twin.mep.grace)
    await ask(tiers, "POST", f"{one}/operate", {"changeStateTo": "STOPPED"}, of=of)
    await ask(tiers, "POST", f"{path_of(begun)}/cancel", {"CancelMode": "GRACEFUL"}, of=of)
    await ask(tiers, "GET", path_of(begun), of=of)
    twin.mep.grace.clear()
    twin.mep.hold.set()
    return await _ended(tiers, begun, of=of)


async def _ended(tiers: OverheardTiers, begun: Reply, *, of: str = "meo") -> str:
    """Return the path of the operation occurrence when it has ended, for good or for now."""
    assert begun.status == 202, begun.detail
    path, working = path_of(begun), {"STARTING", "PROCESSING"}
    while True:
        if (await ask(tiers, "GET", path, of=of)).json["operationState"] not in working:
            return path
        await asyncio.sleep(0.002)


async def test_granting_as_asked_and_answered_fits_the_document(tiers: OverheardTiers) -> None:
    await tiers.running()
    (made,) = tiers.heard(GRANTS)
    wanted = json.loads(made.request.content)
    assert made.status_code == 201
    await ask(tiers, "GET", f"{GRANTS}/grants/{made.json()['id']}")
    await ask(tiers, "GET", f"{GRANTS}/grants/none")
    refused = await ask(tiers, "POST", f"{GRANTS}/grants", wanted | {"appLcmOpOccId": "other"})
    assert refused.status == 403
    await ask(tiers, "POST", f"{GRANTS}/grants", {"operation": "INSTANTIATE"})
    assert own_faults(mm3.Granting, tiers.heard(GRANTS)) == set()
    contract = tiers.checked(GRANTS)
    assert contract.seen == {str(each) for each in contract.routes()} - uncovered("granting")
    assert contract.faults == set(GRANT_DIFFERENCES)
