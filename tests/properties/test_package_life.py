"""The life of packages in any order of doing, failing and killing, against a model of a few lines.

After each step the list shows what the model has, and subscribers were told exactly what happened.
"""

import asyncio
import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.meo.tiers import Reply, Tiers, ask
from tests.model.descriptors import an_appd

from wayside.core.wire import encode

PACKAGES, INSTANCES = "/app_pkgm/v1/app_packages", "/app_lcm/v1/app_instances"
TOLD = "http://oss.example/told"
TYPES = ("OnBoarding", "Change", "Deletion")
SWITCHES = {True: "ENABLED", False: "DISABLED"}


@dataclass
class Modelled:
    """What one package is to be."""

    content: bytes
    came: int | None = None
    """Bytes that have come in pieces; None: no upload is under way."""
    onboarded: bool = False
    enabled: bool = False
    instances: list[str] = field(default_factory=list)

    @property
    def shown(self) -> tuple[str, str, str]:
        """The three states that the standard has."""
        uploading = "CREATED" if self.came is None else "UPLOADING"
        return (
            "ONBOARDED" if self.onboarded else uploading,
            SWITCHES[self.enabled],
            "IN_USE" if self.instances else "NOT_IN_USE",
        )


class PackageLife(RuleBasedStateMachine):
    """One orchestrator and one host, any number of packages."""

    ids: Bundle[str] = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.tiers = Tiers(Path(self.folder.name))
        self.model: dict[str, Modelled] = {}
        self.told: list[tuple[str, str]] = []
        self.made = 0
        self.runner.run(self.tiers.__aenter__())
        for kind in TYPES:
            body = {"subscriptionType": f"AppPackage{kind}Subscription", "callbackUri": TOLD}
            assert self.ask("POST", "/app_pkgm/v1/subscriptions", body).status == 201

    def teardown(self) -> None:
        self.runner.run(self.tiers.__aexit__())
        self.runner.close()
        self.folder.cleanup()

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        return self.runner.run(ask(self.tiers, method, path, body, **headers))

    def put(self, id_: str, body: bytes, **headers: str) -> int:
        path = f"{PACKAGES}/{id_}/package_content"
        answer = self.ask("PUT", path, body, content_type="application/zip", **headers)
        if answer.status == 202:
            self.runner.run(self._checked(id_))
        return answer.status

    async def _checked(self, id_: str) -> None:
        async with asyncio.timeout(10):
            while True:
                answer = await ask(self.tiers, "GET", f"{PACKAGES}/{id_}")
                if answer.json["onboardingState"] != "PROCESSING":
                    return
                await asyncio.sleep(0.001)

    def onboarded(self, id_: str) -> None:
        """Have the model's package on-boarded."""
        package = self.model[id_]
        package.came, package.onboarded, package.enabled = None, True, True
        self.told.append(("AppPackageOnBoarded", id_))

    @rule(target=ids)
    def create(self) -> str:
        self.made += 1
        content = encode(an_appd(app_d_id=f"app-{self.made}"))
        checksum = {"algorithm": "SHA-256", "hash": hashlib.sha256(content).hexdigest()}
        body = {"appPkgName": "app", "appPkgVersion": "1", "checksum": checksum}
        id_ = str(self.ask("POST", PACKAGES, body).json["id"])
        self.model[id_] = Modelled(content)
        return id_

    @rule(id_=ids, good=st.booleans())
    def upload(self, id_: str, good: bool) -> None:
        package = self.model[id_]
        waits = not package.onboarded and package.came is None
        status = self.put(id_, package.content if good else b"spoilt")
        assert status == (202 if waits else 409)
        if waits and good:
            self.onboarded(id_)

    @rule(id_=ids, part=st.sampled_from([0.3, 1.0]), ahead=st.sampled_from([0, 0, 0, 1]))
    def send(self, id_: str, part: float, ahead: int) -> None:
        package = self.model[id_]
        total, has = len(package.content), package.came or 0
        first = min(has + ahead, total - 1)
        last = min(total - 1, max(first, first + int(total * part) - 1))
        ranged = f"bytes {first}-{last}/{total}"
        status = self.put(id_, package.content[first : last + 1], content_range=ranged)
        fits = not package.onboarded and first == has
        assert status == (202 if fits else 409)
        if fits:
            package.came = last + 1
            if package.came == total:
                self.onboarded(id_)

    @rule(id_=ids, enabled=st.booleans())
    def switch(self, id_: str, enabled: bool) -> None:
        package = self.model[id_]
        body = {"operationalState": SWITCHES[enabled]}
        status = self.ask("PATCH", f"{PACKAGES}/{id_}", body).status
        fits = package.onboarded and package.enabled is not enabled
        assert status == (200 if fits else 409)
        if fits:
            package.enabled = enabled
            self.told.append((f"AppPackage{SWITCHES[enabled].capitalize()}", id_))

    @rule(id_=ids)
    def use(self, id_: str) -> None:
        package = self.model[id_]
        app_d_id = self.ask("GET", f"{PACKAGES}/{id_}").json["appDId"]
        made = self.ask("POST", INSTANCES, {"appDId": app_d_id})
        assert made.status == (201 if package.enabled else 409 if package.onboarded else 422)
        if package.enabled:
            package.instances.append(made.json["id"])

    @rule(id_=ids)
    def leave(self, id_: str) -> None:
        instances = self.model[id_].instances
        if instances:
            assert self.ask("DELETE", f"{INSTANCES}/{instances.pop()}").status == 204

    @rule(id_=consumes(ids))
    def delete(self, id_: str) -> None:
        package = self.model[id_]
        status = self.ask("DELETE", f"{PACKAGES}/{id_}").status
        fits = not package.enabled and not package.instances
        assert status == (204 if fits else 403)
        if fits:
            del self.model[id_]
            if package.onboarded:
                self.told.append(("AppPackageDeleted", id_))
            body = {"operationalState": "ENABLED"}
            assert self.put(id_, package.content) == 404
            assert self.ask("PATCH", f"{PACKAGES}/{id_}", body).status == 404
            assert self.ask("DELETE", f"{PACKAGES}/{id_}").status == 404

    @rule()
    def kill(self) -> None:
        self.runner.run(self.tiers.restart("meo"))

    @invariant()
    def the_list_shows_the_model(self) -> None:
        names = ("onboardingState", "operationalState", "usageState")
        shown = {p["id"]: p for p in self.ask("GET", PACKAGES).json}
        assert shown.keys() == self.model.keys()
        for id_, package in self.model.items():
            assert tuple(shown[id_][name] for name in names) == package.shown
            assert shown[id_].get("waysideUpload", {}).get("receivedBytes") == package.came

    @invariant()
    def subscribers_were_told_what_happened(self) -> None:
        self.runner.run(self._heard())

    async def _heard(self) -> None:
        def got() -> list[Any]:
            return [(n["notificationType"], n["appPkgId"]) for n in self.tiers.callbacks.to(TOLD)]

        async with asyncio.timeout(5):
            while len(got()) < len(self.told):  # noqa: ASYNC110 - the callbacks are a plain list
                await asyncio.sleep(0.001)
        assert sorted(got()) == sorted(self.told)


def test_packages_live_as_the_model_says() -> None:
    run_state_machine_as_test(
        PackageLife, settings=settings(max_examples=12, stateful_step_count=20, deadline=None)
    )
