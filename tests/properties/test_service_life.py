"""The life of services on both faces of the registry, against a model of a few lines.

Whatever is offered, published, replaced, patched, heard, missed, deleted or killed, in any order:
both faces show what the model has, and subscribers were told exactly what changed.
"""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.mep.world import APP, CALLBACK, SERVICES, MepWorld, published, service

from wayside.mep.capif.model import SERVICE_INFO

MINE = f"{SERVICES}/applications/{APP}/services"
PUBLISHED = f"/published-apis/v1/{APP}/service-apis"
STATES = st.sampled_from(["ACTIVE", "INACTIVE", "SUSPENDED"])
INTERVALS = st.sampled_from([None, 10, 25])
VERSIONS = st.sampled_from(["1", "2"])


@dataclass(frozen=True)
class Modelled:
    """What one service is to be."""

    version: str
    state: str
    interval_s: int | None
    due_s: float | None = None
    """When the next heartbeat is due, by the model's clock."""


@dataclass
class Model:
    """A registry as the standard has it."""

    now_s: float = 0.0
    services: dict[str, Modelled] = field(default_factory=dict)
    told: list[tuple[str, str, str]] = field(default_factory=list)

    def keep(self, id_: str, after: Modelled) -> None:
        """Have a service be ``after``, with its timer, and know what is told."""
        before = self.services.get(id_)
        beats = after.state == "ACTIVE" and after.interval_s is not None
        due_s = self.now_s + (after.interval_s or 0) if beats else None
        self.services[id_] = replace(after, due_s=due_s)
        if before is None:
            self.told.append((id_, "ADDED", after.state))
        elif (before.version, before.interval_s) != (after.version, after.interval_s):
            self.told.append((id_, "ATTRIBUTES_CHANGED", after.state))
        elif before.state != after.state:
            self.told.append((id_, "STATE_CHANGED", after.state))

    def delete(self, id_: str) -> None:
        """Have a service no more."""
        self.told.append((id_, "REMOVED", self.services.pop(id_).state))

    def pass_time(self, seconds: float) -> None:
        """Suspend what is not heard, in the order in which it falls silent."""
        until_s = self.now_s + seconds
        silent = [(s.due_s, id_) for id_, s in self.services.items() if s.due_s is not None]
        due = [(due_s, id_) for due_s, id_ in silent if due_s <= until_s]
        for due_s, id_ in sorted(due, key=lambda each: each[0]):  # at once: the older first
            self.now_s = due_s
            self.keep(id_, replace(self.services[id_], state="SUSPENDED"))
        self.now_s = until_s

    def restart(self) -> None:
        """Begin every timer anew."""
        for id_, present in self.services.items():
            if present.due_s is not None and present.interval_s is not None:
                self.services[id_] = replace(present, due_s=self.now_s + present.interval_s)


def on_mp1(version: str, state: str, interval_s: int | None) -> dict[str, Any]:
    """The body of a service on Mp1."""
    more = {} if interval_s is None else {"livenessInterval": interval_s}
    return service(version=version, state=state, **more)


def on_capif(version: str, state: str, interval_s: int | None) -> dict[str, Any]:
    """The same service on CAPIF's face."""
    profile = {
        "aefId": "t1",
        "versions": [{"apiVersion": version}],
        "protocol": "HTTP_2",
        "dataFormat": "JSON",
        "interfaceDescriptions": [{"ipv4Addr": "10.60.1.2", "port": 8000}],
        "vendorSpecific-urn:etsi:mec:capifext:transport-info": {"name": "REST"},
    }
    info = {"category": service()["serCategory"], "state": state}
    if interval_s is not None:
        info["livenessInterval"] = interval_s
    return published(aefProfiles=[profile], **{SERVICE_INFO: info})


class ServiceLife(RuleBasedStateMachine):
    """One platform, one instance, any number of services."""

    ids: Bundle[str] = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = MepWorld()
        self.model = Model()
        self.kills = 0
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        await self.world.__aenter__()
        await self.world.ready()
        await self.world.subscribe(SERVICES)

    def teardown(self) -> None:
        self.runner.run(self.world.__aexit__(None, None, None))
        self.runner.close()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        return self.runner.run(self.world.http.request(method, path, json=body))

    @rule(target=ids, capif=st.booleans(), version=VERSIONS, state=STATES, interval_s=INTERVALS)
    def offer(self, capif: bool, version: str, state: str, interval_s: int | None) -> str:
        path, body = (PUBLISHED, on_capif) if capif else (MINE, on_mp1)
        made = self.ask("POST", path, body(version, state, interval_s))
        assert made.status_code == 201, made.text
        id_ = str(made.json()["apiId" if capif else "serInstanceId"])
        self.model.keep(id_, Modelled(version, state, interval_s))
        return id_

    @rule(id_=ids, capif=st.booleans(), version=VERSIONS, state=STATES, interval_s=INTERVALS)
    def put(self, id_: str, capif: bool, version: str, state: str, interval_s: int | None) -> None:
        path, body = (PUBLISHED, on_capif) if capif else (MINE, on_mp1)
        answer = self.ask("PUT", f"{path}/{id_}", body(version, state, interval_s))
        assert answer.status_code == 200, answer.text
        self.model.keep(id_, Modelled(version, state, interval_s))

    @rule(id_=ids, state=STATES)
    def patch(self, id_: str, state: str) -> None:
        answer = self.ask("PATCH", f"{PUBLISHED}/{id_}", {SERVICE_INFO: {"state": state}})
        assert answer.status_code == 200, answer.text
        self.model.keep(id_, replace(self.model.services[id_], state=state))

    @rule(id_=ids)
    def hear(self, id_: str) -> None:
        present = self.model.services[id_]
        answer = self.ask("PATCH", f"{MINE}/{id_}/liveness", {"state": "ACTIVE"})
        if present.interval_s is None:
            assert answer.status_code == 404
        elif present.state == "INACTIVE":
            assert answer.status_code == 409
        else:
            assert answer.status_code == (204 if present.state == "ACTIVE" else 200)
            self.model.keep(id_, replace(present, state="ACTIVE"))

    @rule(id_=consumes(ids), capif=st.booleans())
    def delete(self, id_: str, capif: bool) -> None:
        path = PUBLISHED if capif else MINE
        assert self.ask("DELETE", f"{path}/{id_}").status_code == 204
        self.model.delete(id_)
        assert self.ask("DELETE", f"{path}/{id_}").status_code == 404
        assert self.ask("PUT", f"{MINE}/{id_}", on_mp1("1", "ACTIVE", None)).status_code == 404
        assert self.ask("PATCH", f"{MINE}/{id_}/liveness", {"state": "ACTIVE"}).status_code == 404

    @rule(seconds=st.sampled_from([1, 7, 10, 40]))
    def wait(self, seconds: int) -> None:
        self.runner.run(self.world.clock.advance(seconds))
        self.model.pass_time(seconds)

    @precondition(lambda self: self.kills < 2)
    @rule()
    def kill(self) -> None:
        self.kills += 1
        self.runner.run(self.world.clock.settle())
        self.runner.run(self.world.restart())
        self.model.restart()

    @invariant()
    def both_faces_show_what_the_model_has(self) -> None:
        expected = {id_: (s.version, s.state) for id_, s in self.model.services.items()}
        mp1 = {e["serInstanceId"]: (e["version"], e["state"]) for e in self.ask("GET", MINE).json()}
        assert mp1 == expected
        capif = {
            e["apiId"]: (e["aefProfiles"][0]["versions"][0]["apiVersion"], e[SERVICE_INFO]["state"])
            for e in self.ask("GET", PUBLISHED).json()
        }
        assert capif == expected

    @invariant()
    def subscribers_were_told_what_changed_and_nothing_else(self) -> None:
        self.runner.run(self.world.clock.settle())
        told = [
            (each["serInstanceId"], each["changeType"], each["state"])
            for notification in self.world.callbacks.to(CALLBACK)
            for each in notification["serviceReferences"]
        ]
        assert told == self.model.told


@pytest.mark.filterwarnings("ignore:.*event_loop_policy.*")
def test_services_live_as_the_model_says() -> None:
    run_state_machine_as_test(
        ServiceLife,
        settings=settings(max_examples=15, stateful_step_count=25, deadline=None),
    )
