"""What an application of MEC 011 V2.2.1 does, under a prefix of the platform it was written for."""

from tests.mep.world import APP, MepWorld, configuration, service

PREFIX = "/sbx1/mep1"
SUPPORT, SERVICES = f"{PREFIX}/mec_app_support/v1", f"{PREFIX}/mec_service_mgmt/v1"
ROOT = f"http://mep.example{PREFIX}"


async def test_the_whole_sequence_works_under_a_prefix_and_links_stay_there() -> None:
    async with MepWorld(prefixes=(PREFIX,)) as world:
        await world.mep.platform.configure(configuration())
        http, own = world.http, f"{SUPPORT}/applications/{APP}"
        ready = await http.post(f"{own}/confirm_ready", json={"indication": "READY"})
        assert ready.status_code == 204
        assert (await http.get(f"{SUPPORT}/timing/current_time")).status_code == 200
        told = await http.post(
            f"{own}/subscriptions",
            json={
                "subscriptionType": "AppTerminationNotificationSubscription",
                "appInstanceId": APP,
                "callbackReference": "http://10.60.1.2:8081/",
            },
        )
        assert told.headers["location"].startswith(f"{ROOT}/mec_app_support/v")
        assert told.json()["_links"]["self"]["href"] == told.headers["location"]
        assert (await http.get(told.headers["location"])).json() == told.json()
        listed = (await http.get(f"{own}/subscriptions")).json()["_links"]
        assert listed["self"]["href"].startswith(ROOT)
        offered = await http.post(f"{SERVICES}/applications/{APP}/services", json=service())
        assert offered.status_code == 201
        assert offered.headers["location"].startswith(f"{ROOT}/mec_service_mgmt/v1/applications/")
        assert (await http.get(offered.headers["location"])).json() == offered.json()
        found = await http.get(f"{SERVICES}/services", params={"ser_name": "faces"})
        assert [each["serInstanceId"] for each in found.json()] == [offered.json()["serInstanceId"]]
        assert (await http.get(f"{own}/traffic_rules")).status_code == 200
        ended = await http.post(
            f"{own}/confirm_termination", json={"operationAction": "TERMINATING"}
        )
        assert ended.status_code == 409, "nobody terminates it"
        for gone in (offered, told):
            assert (await http.delete(gone.headers["location"])).status_code == 204


async def test_without_the_prefix_the_same_objects_are_there_and_another_prefix_is_not() -> None:
    async with MepWorld(prefixes=(PREFIX, "/sbx1/mep2")) as world:
        await world.ready()
        plain = await world.http.get(f"/mec_app_support/v2/applications/{APP}/traffic_rules")
        for prefix in (PREFIX, "/sbx1/mep2"):
            older = await world.http.get(
                f"{prefix}/mec_app_support/v1/applications/{APP}/traffic_rules"
            )
            assert older.json() == plain.json()
        for wrong in ("/sbx1/mep3", "/sbx1", f"{PREFIX}x"):
            answer = await world.http.get(f"{wrong}/mec_service_mgmt/v1/services")
            assert answer.status_code == 404
