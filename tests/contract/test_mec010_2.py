"""Every operation of MEC 010-2 that we serve, as it is really asked, against ETSI's documents.

Both tiers are wired: what goes over Mm3 is what the MEO and the MEPM say to each other.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from tests.contract.differences import known
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
TOLD = "http://oss.example/told"
TO_PACKAGES = (
    "AppPackageOnBoardingSubscription",
    "AppPackageChangeSubscription",
    "AppPackageDeletionSubscription",
)
TO_IDENTIFIERS = ("AppIdentifierCreationSubscription", "AppIdentifierDeletionSubscription")
TO_LIFE = {
    "meo": ("AppInstanceStateChangeSubscription", *TO_IDENTIFIERS),
    "mec1": ("AppLcmOpOccStateChangeSubscription", *TO_IDENTIFIERS),
}


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[OverheardTiers]:
    async with OverheardTiers(tmp_path) as running:
        yield running


async def test_package_management_as_asked_and_answered_fits_the_document(
    tiers: OverheardTiers,
) -> None:
    await _subscriptions(tiers, PACKAGES, TO_PACKAGES)
    for tree in ("app_packages", "onboarded_app_packages"):
        await _package(tiers, f"{PACKAGES}/{tree}")
    assert own_faults(mm1.AppPkgm, tiers.heard(PACKAGES)) == set()
    contract = tiers.checked(mm1.AppPkgm)
    assert contract.seen == {str(each) for each in contract.routes()} - uncovered("app_pkgm")
    await until(lambda: len(tiers.callbacks.to(TOLD)) == 10)
    for body in tiers.callbacks.to(TOLD):
        contract.check_notification("POST /subscriptions", body)
    assert contract.faults == known("app_pkgm", "messages")


async def _subscriptions(
    tiers: OverheardTiers, root: str, types: Sequence[str], *, of: str = "meo"
) -> None:
    """Subscribe with each type and keep it; then make one more, read and delete it."""
    at = f"{root}/subscriptions"
    for type_ in types:
        body = {"subscriptionType": type_, "callbackUri": TOLD}
        made = await ask(tiers, "POST", at, body, of=of)
        assert made.status == 201, made.detail
    await ask(tiers, "GET", at, of=of)
    one = path_of(await ask(tiers, "POST", at, {**body, "callbackUri": f"{TOLD}/never"}, of=of))
    for method in ("GET", "DELETE", "GET"):
        await ask(tiers, method, one, of=of)


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
    await ask(tiers, "GET", one)
    await ask(tiers, "GET", f"{one}/appd")
    await ask(tiers, "GET", f"{one}/appd", range="bytes=0-9")
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
    for of, types in TO_LIFE.items():
        await _subscriptions(tiers, LIFE, types, of=of)
    await _life(tiers)
    await _life_at_the_host(tiers)
    for element, api in (("meo", "app_lcm"), ("mec1", "app_lcm@mepm")):
        assert own_faults(mm3.AppLcm, tiers.heard(LIFE, element)) == set(), element
        contract = tiers.checked(mm1.AppLcm, element)
        assert contract.seen == {str(each) for each in contract.routes()} - uncovered(
            "app_lcm", api
        )
        for body in tiers.callbacks.to(TOLD):
            contract.check_notification("POST /subscriptions", body)
        assert contract.faults == known(api, "messages"), element


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
    wanted = {"appDId": "app-1.0", "appPlacementInfo": {"mepId": "mec1"}}
    one = path_of(await ask(tiers, "POST", f"{LIFE}/app_instances", wanted, of="mec1"))
    rule = {"dnsRuleId": "1", "domainName": "a.example", "ipAddressType": "IP_V4"}
    rules = {"appDNSRule": [rule | {"ipAddress": "192.0.2.9"}]}
    task = f"{one}/configure_platform_for_app"
    await _ended(tiers, await ask(tiers, "POST", task, rules, of="mec1"), of="mec1")
    await ask(tiers, "GET", one, of="mec1")


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
    contract = tiers.checked(mm3.Granting)
    assert contract.seen == {str(each) for each in contract.routes()} - uncovered("granting")
    assert contract.faults == known("granting", "messages")
