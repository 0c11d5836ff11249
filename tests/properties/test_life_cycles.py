"""Any order of requests: each is answered as a small model of the standard's states foretells.

Packages, instances and their operations at a real orchestrator with a real host manager below it;
services at a real platform whose clock stands still until it is moved.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)
from tests.meo.tiers import Reply, Tiers, ask
from tests.mep.world import APP, SERVICES, MepWorld, service
from tests.model.descriptors import an_appd

from wayside.core.wire import encode

PACKAGES, LIFE = "/app_pkgm/v1/app_packages", "/app_lcm/v1"
INSTANCES = f"{LIFE}/app_instances"
FEW = settings(max_examples=5, stateful_step_count=15, deadline=None, derandomize=True)
ZIP, MERGE = "application/zip", "application/merge-patch+json"
INTERVAL_S = 10


class Management(RuleBasedStateMachine):
    """Packages and instances. A package is of one state: created, enabled or disabled."""

    packages, instances = Bundle("packages"), Bundle("instances")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="wp", dir="/tmp")
        self.tiers = Tiers(Path(self.folder.name))
        self.state: dict[str, str] = {}
        self.of: dict[str, str] = {}
        """The package of an instance, by the instance."""
        self.made = 0
        self.runner.run(self.tiers.__aenter__())

    def teardown(self) -> None:
        self.runner.run(self.tiers.__aexit__())
        self.runner.close()
        self.folder.cleanup()

    def asked(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        return self.runner.run(ask(self.tiers, method, path, body, **headers))

    def used(self, package: str) -> bool:
        return package in self.of.values()

    @rule(target=packages)
    def create_a_package(self) -> str:
        self.made += 1
        content = encode(an_appd(app_d_id=f"app-{self.made}"))
        id_ = self.runner.run(self.tiers.create_package(content))
        self.state[id_] = "created"
        self.state[f"{id_} content"] = content.decode()
        return id_

    @rule(package=packages)
    def upload_its_content(self, package: str) -> None:
        if package not in self.state:
            return
        content = self.state[f"{package} content"].encode()
        path = f"{PACKAGES}/{package}/package_content"
        answer = self.asked("PUT", path, content, content_type=ZIP)
        if self.state[package] == "created":
            assert answer.status == 202
            self.settled(f"{PACKAGES}/{package}", "onboardingState", "ONBOARDED")
            self.state[package] = "enabled"
        else:
            assert answer.status == 409

    @rule(package=packages, wanted=st.sampled_from(["enabled", "disabled"]))
    def switch_it(self, package: str, wanted: str) -> None:
        if package not in self.state:
            return
        body = {"operationalState": wanted.upper()}
        answer = self.asked("PATCH", f"{PACKAGES}/{package}", body, content_type=MERGE)
        possible = {"enabled", "disabled"} - {wanted}
        assert answer.status == (200 if self.state[package] in possible else 409), answer.json
        if answer.status == 200:
            self.state[package] = wanted

    @rule(package=packages)
    def delete_it(self, package: str) -> None:
        answer = self.asked("DELETE", f"{PACKAGES}/{package}")
        if package not in self.state:
            assert answer.status == 404
        elif self.state[package] == "enabled" or self.used(package):
            assert answer.status == 403
        else:
            assert answer.status == 204
            del self.state[package]

    @rule(target=instances, package=packages)
    def create_an_instance(self, package: str) -> Any:
        if package not in self.state:
            return multiple()
        shown = self.asked("GET", f"{PACKAGES}/{package}").json
        answer = self.asked("POST", INSTANCES, {"appDId": shown.get("appDId", package)})
        if self.state[package] != "enabled":
            assert answer.status in (409, 422), answer.json
            return multiple()
        assert answer.status == 201
        id_ = answer.json["id"]
        self.state[id_], self.of[id_] = "NOT_INSTANTIATED", package
        return id_

    @rule(instance=instances)
    def instantiate(self, instance: str) -> None:
        self.operated(instance, "instantiate", {}, {"NOT_INSTANTIATED": "STARTED"})

    @rule(instance=instances)
    def stop(self, instance: str) -> None:
        body = {"changeStateTo": "STOPPED"}
        self.operated(instance, "operate", body, {"STARTED": "STOPPED"})

    @rule(instance=instances)
    def start(self, instance: str) -> None:
        body = {"changeStateTo": "STARTED"}
        self.operated(instance, "operate", body, {"STOPPED": "STARTED"})

    @rule(instance=instances)
    def terminate(self, instance: str) -> None:
        moves = dict.fromkeys(("STARTED", "STOPPED"), "NOT_INSTANTIATED")
        self.operated(instance, "terminate", {"terminationType": "FORCEFUL"}, moves)

    @rule(instance=instances)
    def forget(self, instance: str) -> None:
        answer = self.asked("DELETE", f"{INSTANCES}/{instance}")
        state = self.state.get(instance)
        assert answer.status == {None: 404, "NOT_INSTANTIATED": 204}.get(state, 409)
        if answer.status == 204:
            del self.state[instance], self.of[instance]

    def operated(self, instance: str, task: str, body: object, moves: dict[str, str]) -> None:
        answer = self.asked("POST", f"{INSTANCES}/{instance}/{task}", body)
        state = self.state.get(instance)
        if state is None:
            assert answer.status == 404
        elif state not in moves:
            assert answer.status == 409
        else:
            assert answer.status == 202, answer.json
            path = answer.headers["location"].partition("localhost")[2]
            self.settled(path, "operationState", "COMPLETED")
            for tasks in ("cancel", "retry", "fail"):
                mode = {"CancelMode": "FORCED"} if tasks == "cancel" else None
                assert self.asked("POST", f"{path}/{tasks}", mode).status == 409
            self.state[instance] = moves[state]

    def settled(self, path: str, member: str, wanted: str) -> None:
        async def wait() -> None:
            for _ in range(5_000):
                if (await ask(self.tiers, "GET", path)).json[member] == wanted:
                    return
                await asyncio.sleep(0.002)
            raise AssertionError(f"{path} does not become {wanted}")

        self.runner.run(wait())

    @invariant()
    def what_is_listed_is_what_the_model_has(self) -> None:
        listed = self.asked("GET", INSTANCES).json
        shown = {each["id"]: each for each in listed}
        assert shown.keys() == self.of.keys()
        for id_, each in shown.items():
            state = each["instantiationState"]
            if state == "INSTANTIATED":
                state = each["instantiatedAppState"]["operationalState"]
            assert state == self.state[id_]
        for each in self.asked("GET", PACKAGES).json:
            assert (each["usageState"] == "IN_USE") is self.used(each["id"])
            enabled = each["operationalState"] == "ENABLED"
            assert enabled is (self.state[each["id"]] == "enabled")


class Services(RuleBasedStateMachine):
    """Services with heartbeats. A service is ACTIVE, INACTIVE, SUSPENDED or gone."""

    services = Bundle("services")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = MepWorld()
        self.state: dict[str, str] = {}
        self.heard: dict[str, float] = {}
        """When a service that is ACTIVE was heard last."""
        self.runner.run(self.world.__aenter__())
        self.runner.run(self.world.ready())

    def teardown(self) -> None:
        self.runner.run(self.world.__aexit__(None, None, None))
        self.runner.close()

    def now(self) -> float:
        return self.world.clock.monotonic()

    @rule(target=services, state=st.sampled_from(["ACTIVE", "INACTIVE"]))
    def offer(self, state: str) -> str:
        made = self.runner.run(self.world.offer(state=state, livenessInterval=INTERVAL_S))
        id_: str = made["serInstanceId"]
        self.state[id_], self.heard[id_] = state, self.now()
        return id_

    @rule(id_=services)
    def beat(self, id_: str) -> None:
        path = f"{SERVICES}/applications/{APP}/services/{id_}/liveness"
        answer = self.runner.run(self.world.http.patch(path, json={"state": "ACTIVE"}))
        state = self.state.get(id_)
        expected = {None: 404, "INACTIVE": 409, "ACTIVE": 204, "SUSPENDED": 200}[state]
        assert answer.status_code == expected, answer.text
        if answer.is_success:
            self.state[id_], self.heard[id_] = "ACTIVE", self.now()

    @rule(id_=services, state=st.sampled_from(["ACTIVE", "INACTIVE"]))
    def replace(self, id_: str, state: str) -> None:
        path = f"{SERVICES}/applications/{APP}/services/{id_}"
        body = service(state=state, livenessInterval=INTERVAL_S, serInstanceId=id_)
        answer = self.runner.run(self.world.http.put(path, json=body))
        assert answer.status_code == (200 if id_ in self.state else 404), answer.text
        if answer.status_code == 200:
            self.state[id_], self.heard[id_] = state, self.now()

    @rule(id_=consumes(services))
    def withdraw(self, id_: str) -> None:
        path = f"{SERVICES}/applications/{APP}/services/{id_}"
        assert self.runner.run(self.world.http.delete(path)).status_code == 204
        assert self.runner.run(self.world.http.delete(path)).status_code == 404
        del self.state[id_]

    @precondition(lambda self: self.state)
    @rule(seconds=st.sampled_from([3, 7, 11]))
    def time_passes(self, seconds: int) -> None:
        self.runner.run(self.world.clock.advance(seconds))
        for id_, state in self.state.items():
            if state == "ACTIVE" and self.now() - self.heard[id_] >= INTERVAL_S:
                self.state[id_] = "SUSPENDED"

    @rule()
    def the_platform_is_killed_and_comes_back(self) -> None:
        self.runner.run(self.world.restart())
        for id_ in self.state:
            self.heard[id_] = self.now()  # a whole interval to be heard again

    @invariant()
    def what_is_found_is_what_the_model_has(self) -> None:
        answer = self.runner.run(self.world.http.get(f"{SERVICES}/services"))
        assert {each["serInstanceId"]: each["state"] for each in answer.json()} == self.state


TestManagement = Management.TestCase
TestManagement.settings = FEW
TestServices = Services.TestCase
TestServices.settings = FEW
