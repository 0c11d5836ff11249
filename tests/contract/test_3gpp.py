"""What is asked of a NEF, and what the twin posts, is as 3GPP's OpenAPI documents say.

The documents are not the project's: ``WAYSIDE_3GPP_OPENAPI`` names a folder with the files of
TS 29.122, TS 29.522 and those that they refer to. Without it the test says that it was not done.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from tests.access.nef.cores import Core, a_core, lte, nr
from tests.access.nef.twin import INFLUENCES, MONITORING, SESSIONS, UE_ID

FOLDER = os.environ.get("WAYSIDE_3GPP_OPENAPI")
REQUESTS = {
    MONITORING: "TS29122_MonitoringEvent.yaml#/components/schemas/MonitoringEventSubscription",
    SESSIONS: "TS29122_AsSessionWithQoS.yaml#/components/schemas/AsSessionWithQoSSubscription",
    INFLUENCES: "TS29522_TrafficInfluence.yaml#/components/schemas/TrafficInfluSub",
    UE_ID: "TS29522_UEId.yaml#/components/schemas/UeIdReq",
}
NOTIFICATIONS = {
    MONITORING: "TS29122_MonitoringEvent.yaml#/components/schemas/MonitoringNotification",
    SESSIONS: "TS29122_AsSessionWithQoS.yaml#/components/schemas/UserPlaneNotificationData",
    INFLUENCES: "TS29522_TrafficInfluence.yaml#/components/schemas/EventNotification",
}
WISHES = 11


@pytest.fixture
def folder() -> Path:
    if FOLDER is None:
        pytest.skip("3GPP's OpenAPI documents are not here: WAYSIDE_3GPP_OPENAPI names no folder")
    return Path(FOLDER)


def faults(folder: Path, schema: str, message: Any) -> Iterator[str]:
    """What a document finds wrong in a message."""

    def document(uri: str) -> Resource[Any]:
        path = folder / uri.removeprefix("3gpp:/")
        return Resource(yaml.safe_load(path.read_text()), specification=DRAFT4)

    registry: Registry[Any] = Registry(retrieve=document)  # type: ignore[call-arg]
    validator = jsonschema.Draft4Validator({"$ref": f"3gpp:/{schema}"}, registry=registry)
    for fault in validator.iter_errors(message):
        yield f"{fault.json_path}: {fault.message}"


async def talked(core: Core) -> None:
    """Have every kind of request sent and every kind of notification posted."""
    async with core.source(orderly=True) as source:
        await core.until(lambda: len(core.nef.subscriptions) > WISHES, tick_s=0.5)
        (crane,) = core.nef.of(
            MONITORING, externalId="crane@port.example", locationType="CURRENT_LOCATION"
        )
        circle = {
            "shape": "POINT_UNCERTAINTY_CIRCLE",
            "point": {"lat": 43.58, "lon": 7.12},
            "uncertainty": 25,
        }
        where = {**nr(0x4002), "geographicArea": circle}
        assert await core.nef.report(crane, locationInfo=where) == 204
        assert await core.nef.report(crane, locationInfo=lte(0x0A01)) == 204
        for kind in ("LOSS_OF_CONNECTIVITY", "UE_REACHABILITY"):
            (other,) = core.nef.of(MONITORING, monitoringType=kind, externalId="crane@port.example")
            assert await core.nef.report(other) == 204
        (video,) = core.nef.of(SESSIONS)
        assert await core.nef.session(video, "QOS_NOT_GUARANTEED", appliedQosRef="silver") == 204
        (local,) = core.nef.of(INFLUENCES)
        change = {"subscribedEvent": "UP_PATH_CHANGE", "dnaiChgType": "LATE"}
        assert await core.nef.post(INFLUENCES, local, change) == 204
        await core.until(lambda: any(m == "PUT" for m, _, _ in core.nef.asked), tick_s=60.0)
        assert source.keeper.faults == {}


async def test_every_request_is_one_that_the_standard_knows(folder: Path) -> None:
    with TemporaryDirectory(prefix="ws", dir="/tmp") as sockets:
        async with a_core(Path(sockets)) as core:
            await talked(core)
    seen = set()
    for method, path, body in core.nef.asked:
        api = path.split("/")[1]
        seen.add((api, method))
        if body is not None:
            assert list(faults(folder, REQUESTS[api], body)) == [], (method, path, body)
    assert {(UE_ID, "POST"), (MONITORING, "PUT"), (MONITORING, "DELETE")} <= seen
    assert {(api, "POST") for api in REQUESTS} <= seen


async def test_the_twin_posts_what_a_nef_may(folder: Path) -> None:
    with TemporaryDirectory(prefix="ws", dir="/tmp") as sockets:
        async with a_core(Path(sockets)) as core:
            await talked(core)
    assert {interface for interface, _ in core.nef.posted} == set(NOTIFICATIONS)
    for interface, body in core.nef.posted:
        assert list(faults(folder, NOTIFICATIONS[interface], body)) == [], body


def test_the_documents_do_find_a_fault(folder: Path) -> None:
    wrong = {"notificationDestination": "http://x", "monitoringType": "LOSS_OF_CONNECTIVITY"}
    found = list(faults(folder, REQUESTS[MONITORING], wrong))
    assert found, "neither an end nor a number of reports"
