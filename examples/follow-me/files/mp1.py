"""What the application says to its platform (Mp1), with a token where it asks for one."""

import json
import os
import ssl
import time
import urllib.error
import urllib.request
from contextlib import suppress
from urllib.parse import urlencode, urljoin

INSTANCE = os.environ["MEC_APP_INSTANCE_ID"]
MP1 = os.environ["MEC_MP1_URL"].rstrip("/")
TOKEN_URL = os.environ.get("MEC_TOKEN_URL", "")
SUPPORT = f"/mec_app_support/v2/applications/{INSTANCE}"
AMSI = "/amsi/v1"

opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({}),
    urllib.request.HTTPSHandler(
        context=ssl.create_default_context(cadata=os.environ.get("MEC_TRUST_PEM"))
    ),
)
headers = {"Content-Type": "application/json", "Accept": "application/json"}


def renew_token():
    """Have the platform give an access token. Ref: RFC 6749 clause 4.4."""
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["MEC_CLIENT_ID"],
        "client_secret": os.environ["MEC_CLIENT_SECRET"],
    }
    with opener.open(TOKEN_URL, urlencode(form).encode(), timeout=5) as answer:
        headers["Authorization"] = f"Bearer {json.load(answer)['access_token']}"


def call(method, target, body=None):
    """Ask the platform with a token that is good; return the answer's JSON, or None for none."""
    if TOKEN_URL and "Authorization" not in headers:
        renew_token()
    try:
        return call_once(method, target, body)
    except urllib.error.HTTPError as refused:
        if refused.code != 401 or not TOKEN_URL:
            raise
    renew_token()
    return call_once(method, target, body)


def call_once(method, target, body):
    """Ask the platform; return the answer's JSON, or None where it has none."""
    request = urllib.request.Request(
        urljoin(MP1 + "/", target if "://" in target else MP1 + target),
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers=headers,
    )
    with opener.open(request, timeout=5) as answer:
        raw = answer.read()
    return json.loads(raw) if raw else None


def call_until_taken(method, target, body=None):
    """Ask again, ever more slowly, while the platform does not know this instance yet."""
    wait_s = 0.02
    while True:
        try:
            return call(method, target, body)
        except urllib.error.HTTPError as refused:
            if refused.code not in (404, 409, 429, 503):
                raise
        except OSError:
            pass
        time.sleep(wait_s)
        wait_s = min(wait_s * 1.7, 2)


def enter(callback):
    """Subscribe to moves and to the end, register so that neighbours are told, and be ready."""
    links = (call_until_taken("GET", SUPPORT + "/subscriptions") or {}).get("_links", {})
    former = list(links.get("subscriptions") or links.get("subscription") or ())
    links = (call_until_taken("GET", AMSI + "/subscriptions") or {}).get("_links", {})
    former += links.get("subscription") or ()
    for each in former:
        if INSTANCE in each["href"]:
            call("DELETE", each["href"])
    call_until_taken("POST", SUPPORT + "/subscriptions", {
        "subscriptionType": "AppTerminationNotificationSubscription",
        "callbackReference": callback,
        "appInstanceId": INSTANCE,
    })  # fmt: skip
    call_until_taken("POST", AMSI + "/subscriptions", {
        "subscriptionType": "MobilityProcedureSubscription",
        "callbackReference": callback,
        "filterCriteria": {"appInstanceId": INSTANCE, "mobilityStatus": [1, 2, 3]},
    })  # fmt: skip
    forget_services()
    call_until_taken("POST", AMSI + "/app_mobility_services", {
        "serviceConsumerId": {"appInstanceId": INSTANCE},
        "expiryTime": 0,
    })  # fmt: skip
    call_until_taken("POST", SUPPORT + "/confirm_ready", {"indication": "READY"})


def forget_services():
    """Deregister what this instance left behind if it crashed and was started again."""
    for each in call("GET", AMSI + "/app_mobility_services") or ():
        if each["serviceConsumerId"].get("appInstanceId") == INSTANCE:
            unfollow(each["appMobilityServiceId"])


def follow(device, level):
    """Register a device for its moves; return the application mobility service."""
    made = call_until_taken("POST", AMSI + "/app_mobility_services", {
        "serviceConsumerId": {"appInstanceId": INSTANCE},
        "deviceInformation": [{
            "associateId": {"type": 1, "value": device},
            "appMobilityServiceLevel": level,
        }],
        "expiryTime": 0,
    })  # fmt: skip
    return made["appMobilityServiceId"]


def transferred(service):
    """Say that the other instance has the state of the service's device."""
    path = f"{AMSI}/app_mobility_services/{service}"
    info = call("GET", path)
    for each in info.get("deviceInformation", ()):
        each["contextTransferState"] = 1
    call("PUT", path, info)


def unfollow(service):
    """Deregister; nothing to do where the platform has done it."""
    with suppress(urllib.error.HTTPError):
        call("DELETE", f"{AMSI}/app_mobility_services/{service}")


def neighbours():
    """Return the addresses of this application's instances on other hosts."""
    mine = f"?filter=(eq,registeredInstanceId,{INSTANCE})"
    listed = call("GET", AMSI + "/queries/adjacent_app_instances" + mine) or ()
    return {
        each["host"]
        for found in listed
        for link in found["appInstanceCommLink"]
        for each in link["ipAddresses"]
    }
