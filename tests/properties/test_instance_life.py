"""The life of instances and of operations on them in any order, against a model of a few lines.

Operations fail and are retried or failed, either element is killed; after each step Mm1 and Mm3
show what the model has, with the links of what is possible, and nothing is left on the host.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.meo.tiers import Reply, Tiers, ask

from wayside.core.errors import Unavailable

INSTANCES, OPERATIONS = "/app_lcm/v1/app_instances", "/app_lcm/v1/app_lcm_op_occs"
WORKING = {"STARTING", "PROCESSING"}
INSTANCES_MAX = 3


@dataclass
class Modelled:
    """What one instance is to be."""

    state: str | None = None
    """STARTED or STOPPED; None: NOT_INSTANTIATED."""
    broken: str | None = None
    """The operation that is FAILED_TEMP, if one is."""
    last: str | None = None
    """The newest operation."""

    @property
    def links(self) -> set[str]:
        """What the instance links to."""
        return {"self"} | ({"instantiate"} if self.state is None else {"operate", "terminate"})


class InstanceLife(RuleBasedStateMachine):
    """One orchestrator and one host, a few instances of one package."""

    ids: Bundle[str] = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.tiers = Tiers(Path(self.folder.name))
        self.model: dict[str, Modelled] = {}
        self.runner.run(self.tiers.__aenter__())

    @initialize()
    def onboard(self) -> None:
        self.runner.run(self.tiers.onboard())

    def teardown(self) -> None:
        self.runner.run(self.tiers.__aexit__())
        self.runner.close()
        self.folder.cleanup()

    def ask(self, method: str, path: str, body: object = None, *, of: str = "meo") -> Reply:
        return self.runner.run(ask(self.tiers, method, path, body, of=of))

    def begin(self, path: str, body: object, *, fits: bool) -> tuple[str, str] | None:
        """Ask for a task; return the operation and its state at its end, None where refused."""
        begun = self.ask("POST", path, body)
        assert begun.status == (202 if fits else 409), begun.json
        if not fits:
            return None
        id_ = begun.headers["location"].rpartition("/")[2]
        return id_, self.runner.run(self._ended(id_))

    async def _ended(self, id_: str) -> str:
        async with asyncio.timeout(10):
            while True:
                state = (await ask(self.tiers, "GET", f"{OPERATIONS}/{id_}")).json["operationState"]
                if state not in WORKING:
                    return str(state)
                await asyncio.sleep(0.001)

    @precondition(lambda self: len(self.model) < INSTANCES_MAX)
    @rule(target=ids)
    def create(self) -> str:
        id_ = str(self.ask("POST", INSTANCES, {"appDId": "app-1.0"}).json["id"])
        self.model[id_] = Modelled()
        return id_

    @rule(id_=ids, breaks=st.booleans())
    def instantiate(self, id_: str, breaks: bool) -> None:
        one = self.model[id_]
        platform = self.tiers.hosts["mec1"].mep
        platform.refuses = Unavailable("The platform is being replaced.") if breaks else None
        fits = one.state is None and one.broken is None
        ended = self.begin(f"{INSTANCES}/{id_}/instantiate", {}, fits=fits)
        platform.refuses = None
        if ended:
            one.last, state = ended
            assert state == ("FAILED_TEMP" if breaks else "COMPLETED")
            one.broken, one.state = (one.last, None) if breaks else (None, "STARTED")

    @rule(id_=ids, again=st.booleans())
    def retry_or_fail(self, id_: str, again: bool) -> None:
        one = self.model[id_]
        if one.last is None:
            return
        fits = one.broken is not None
        if again:
            ended = self.begin(f"{OPERATIONS}/{one.last}/retry", None, fits=fits)
            if ended:
                assert ended == (one.last, "COMPLETED")
                one.state = "STARTED"
        else:
            failed = self.ask("POST", f"{OPERATIONS}/{one.last}/fail")
            assert failed.status == (200 if fits else 409)
            assert not fits or failed.json["operationState"] == "FAILED"
        one.broken = None

    @rule(id_=ids)
    def cancel_what_has_ended(self, id_: str) -> None:
        last = self.model[id_].last
        if last is not None:
            answer = self.ask("POST", f"{OPERATIONS}/{last}/cancel", {"cancelMode": "FORCEFUL"})
            assert answer.status == 409

    @rule(id_=ids, state=st.sampled_from(["STARTED", "STOPPED"]))
    def operate(self, id_: str, state: str) -> None:
        one = self.model[id_]
        fits = one.broken is None and one.state not in (None, state)
        ended = self.begin(f"{INSTANCES}/{id_}/operate", {"changeStateTo": state}, fits=fits)
        if ended:
            one.last, how = ended
            assert how == "COMPLETED"
            one.state = state

    @rule(id_=ids, graceful=st.booleans())
    def terminate(self, id_: str, graceful: bool) -> None:
        one = self.model[id_]
        body = {"terminationType": "GRACEFUL" if graceful else "FORCEFUL"}
        fits = one.broken is None and one.state is not None
        ended = self.begin(f"{INSTANCES}/{id_}/terminate", body, fits=fits)
        if ended:
            one.last, how = ended
            assert how == "COMPLETED"
            one.state = None

    @rule(id_=consumes(ids))
    def delete(self, id_: str) -> None:
        one = self.model[id_]
        status = self.ask("DELETE", f"{INSTANCES}/{id_}").status
        fits = one.state is None and one.broken is None
        assert status == (204 if fits else 409)
        if fits:
            del self.model[id_]
            path = f"{INSTANCES}/{id_}"
            assert self.ask("DELETE", path).status == 404
            assert self.ask("POST", f"{path}/instantiate", {}).status == 404

    @rule(name=st.sampled_from(["meo", "mec1"]))
    def kill(self, name: str) -> None:
        self.runner.run(self.tiers.restart(name))

    @invariant()
    def mm1_shows_the_model_and_links_to_what_is_possible(self) -> None:
        shown = {each["id"]: each for each in self.ask("GET", f"{INSTANCES}?all_fields").json}
        assert shown.keys() == self.model.keys()
        for id_, one in self.model.items():
            assert shown[id_].get("instantiatedAppState", {}).get("operationalState") == one.state
            assert shown[id_]["_links"].keys() == one.links

    @invariant()
    def the_host_has_just_what_is_instantiated(self) -> None:
        twin = self.tiers.hosts["mec1"]
        there = {id_ for id_, one in self.model.items() if one.state is not None}
        assert twin.vim.amounts.keys() == there
        assert twin.mep.configured.keys() == there
        runs = {id_ for id_, one in self.model.items() if one.state == "STARTED"}
        assert twin.mep.in_force == runs

    @invariant()
    def only_a_broken_operation_is_open(self) -> None:
        for one in self.model.values():
            if one.last is not None:
                state = self.ask("GET", f"{OPERATIONS}/{one.last}").json["operationState"]
                assert (state == "FAILED_TEMP") is (one.broken is not None)


def test_instances_and_operations_live_as_the_model_says() -> None:
    run_state_machine_as_test(
        InstanceLife, settings=settings(max_examples=10, stateful_step_count=20, deadline=None)
    )
