"""Every operation of MEC 016, as it is really asked and answered, against ETSI's document."""

import json
from pathlib import Path

import jsonschema
import pytest
from tests.contract.differences import known
from tests.contract.etsi import DOCUMENTS, document, own_faults
from tests.contract.etsi import contract as contract_of
from tests.ualcmp.proxy import APP_LIST, AVAILABILITY, CONTEXTS, Proxies, asking, web_app, wish

from wayside.core.wire import encode
from wayside.model.app_lcm import LocationConstraints
from wayside.ualcmp.dev_app import model
from wayside.ualcmp.dev_app.api import DevApp

CITY = LocationConstraints(country_code="FR")
NOTIFICATIONS = [
    model.AddressChangeNotification(
        context_id="1", app_instance_id="2", reference_uri="http://10.60.1.2/"
    ),
    model.ApplicationContextDeleteNotification(context_id="1"),
    model.ApplicationContextUpdateNotification(
        context_id="1",
        user_app_instance_info=(
            model.ServingInstance(
                app_instance_id="2", reference_uri="http://10.60.1.2/", app_location=CITY
            ),
        ),
    ),
    model.ApplicationLocationAvailabilityNotification(
        context_id="1", available_locations=(model.AvailableLocation(app_location=CITY),)
    ),
]


async def test_device_applications_as_asked_and_answered_fit_the_document(tmp_path: Path) -> None:
    contract = contract_of(DevApp)
    async with Proxies(tmp_path) as proxies, asking(proxies) as http:
        await proxies.onboard(web_app())
        check = contract.check
        check(await http.get(APP_LIST, params={"appname": "app", "servicecont": "0"}))
        check(await http.get(APP_LIST, params={"servicecont": "7"}))
        made = await http.post(CONTEXTS, json=wish(appLocationUpdates=False))
        check(made)
        check(await http.post(CONTEXTS, json=wish(appDId="none-such")))
        one = f"{CONTEXTS}/{made.json()['contextId']}"
        check(await http.put(one, json=made.json()))
        check(await http.put(one, json=made.json() | {"associateDevAppId": "other"}))
        check(await http.put(f"{CONTEXTS}/none", json=made.json()))
        check(await http.delete(one))
        check(await http.delete(one))
        about = {"appName": "app", "appProvider": "Example", "appDVersion": "1.0"}
        body = {"associateDevAppId": "phone-1", "appInfo": about}
        check(await http.post(AVAILABILITY, json=body))
        check(await http.post(AVAILABILITY, json=body | {"associateDevAppId": "x" * 33}))

    assert contract.seen == {str(route) for route in contract.routes()}
    assert contract.faults == known("dev_app", "messages")
    assert own_faults(DevApp, contract.answers) == set()


@pytest.mark.parametrize("notification", NOTIFICATIONS, ids=lambda each: type(each).__name__)
def test_a_notification_fits_the_documents_schema(notification: model.Notification) -> None:
    told = document(DOCUMENTS["dev_app"])
    name = type(notification).__name__
    body = sent(notification)
    schema = {"$ref": f"#/components/schemas/{name}", "components": told["components"]}
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(body)) == []
    assert body["notificationType"] == name


def sent(notification: model.Notification) -> dict[str, object]:
    """The notification as it is sent."""
    found: dict[str, object] = json.loads(encode(notification))
    return found
