"""A service in CAPIF's words and back: nothing is lost, whatever it is reached by."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mep.world import published, service

from wayside.core.errors import BadRequest, Problem, Unprocessable
from wayside.mep.capif.endpoints import endpoint_of, interfaces_of
from wayside.mep.capif.mapping import description_of, patched, service_of, without_answers
from wayside.mep.capif.model import (
    SERVICE_INFO,
    TRANSPORT_INFO,
    AefProfile,
    ServiceAPIDescription,
    ServiceAPIDescriptionPatch,
)
from wayside.mep.mec_service_mgmt.logic import registered
from wayside.model.services import EndPointInfo, ServiceInfo

HOSTS = st.sampled_from(["10.60.1.2", "[2001:db8::1]", "faces.edge.example"])
URIS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "mqtt"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":8000"]),
    st.sampled_from(["", "/", "/v1", "/v1/", "/a/b?c=d"]),
)
ADDRESSES = st.fixed_dictionaries(
    {"host": st.sampled_from(["10.60.1.2", "faces.example"]), "port": st.integers(1, 65535)}
)
NAMES = st.sampled_from(["a.example", "b.example"])
ENDS = st.one_of(
    st.fixed_dictionaries({"uris": st.lists(URIS, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"addresses": st.lists(ADDRESSES, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"fqdn": st.lists(NAMES, min_size=1, max_size=2)}),
    st.just({"alternative": {"topic": "faces/#"}}),
)  # fmt: skip


def offered(**changes: Any) -> ServiceInfo:
    """A service as the registry has it."""
    wanted = msgspec.convert(service(**changes), ServiceInfo)
    return registered(
        wanted, owner="app1", identifier="s1", interval_s=changes.get("livenessInterval")
    )


def described(**changes: Any) -> ServiceAPIDescription:
    return msgspec.convert(published(**changes), ServiceAPIDescription)


@given(
    end=ENDS,
    kind=st.sampled_from(["REST_HTTP", "MB_TOPIC_BASED", "WEBSOCKET"]),
    state=st.sampled_from(["ACTIVE", "INACTIVE", "SUSPENDED"]),
    serializer=st.sampled_from(["JSON", "XML", "PROTOBUF3"]),
    scope=st.sampled_from(["MEC_HOST", "MEC_SYSTEM", "ZONE"]),
    local=st.booleans(),
    interval=st.sampled_from([None, 20]),
)
def test_what_is_offered_on_mp1_and_put_back_on_capif_is_the_same_service(
    end: dict[str, Any], kind: str, state: str, serializer: str, scope: str, local: bool,
    interval: int | None,
) -> None:  # fmt: skip
    transport = service()["transportInfo"] | {"endpoint": end, "type": kind}
    present = offered(
        transportInfo=transport, state=state, serializer=serializer, scopeOfLocality=scope,
        consumedLocalOnly=local, livenessInterval=interval,
    )  # fmt: skip
    back = service_of(description_of(present), present=present)
    again = registered(back, owner="app1", identifier="s1", interval_s=interval)
    assert again == present


def test_what_is_published_on_capif_is_shown_as_it_was_with_what_mec_adds() -> None:
    wanted = described(
        description="Faces.",
        serviceAPICategory="vision",
        shareableInfo={"isShareable": True},
        aefProfiles=[
            published()["aefProfiles"][0]
            | {
                "versions": [
                    {
                        "apiVersion": "v1",
                        "resources": [
                            {"resourceName": "f", "commType": "REQUEST_RESPONSE", "uri": "/f"}
                        ],
                    }
                ],
                "securityMethods": ["OAUTH"],
            }
        ],
    )
    asked = service_of(wanted, present=None)
    assert asked.transport_info is not None
    assert asked.transport_info.endpoint.uris == ("https://10.60.1.2:8000/",)
    has = registered(asked, owner="app1", identifier="s1", interval_s=None)
    shown = msgspec.to_builtins(description_of(has, without_answers(wanted)))
    extension = shown.pop(SERVICE_INFO)
    assert shown.pop("apiId") == "s1"
    assert extension["state"] == "ACTIVE"
    assert extension["scopeOfLocality"] == "MEC_HOST"
    assert shown["aefProfiles"][0].pop(TRANSPORT_INFO)["type"] == "REST_HTTP"
    assert shown == msgspec.to_builtins(wanted)


@pytest.mark.parametrize(
    ("changes", "problem", "field"),
    [
        ({"supportedFeatures": None}, BadRequest, "$.supportedFeatures"),
        ({"apiId": "mine"}, Unprocessable, "$.apiId"),
        ({"aefProfiles": []}, Unprocessable, "$.aefProfiles"),
    ],
)
def test_what_cannot_be_published_is_refused_by_its_name(
    changes: dict[str, Any], problem: type[Problem], field: str
) -> None:
    with pytest.raises(problem) as refused:
        service_of(described(**changes), present=None)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"domainName": "a.example", "interfaceDescriptions": [{"fqdn": "b.example"}]},
        {"interfaceDescriptions": [{"port": 80}]},
        {"interfaceDescriptions": [{"ipv4Addr": "10.60.1.2", "fqdn": "b.example"}]},
        {"interfaceDescriptions": [{"ipv4Addr": "2001:db8::1"}]},
        {"interfaceDescriptions": [{"ipv6Addr": "faces"}]},
    ],
)
def test_a_profile_that_says_no_one_way_is_refused(profile: dict[str, Any]) -> None:
    whole = {"aefId": "a", "versions": [{"apiVersion": "v1"}]} | profile
    with pytest.raises(Unprocessable, match="aefProfiles"):
        endpoint_of(msgspec.convert(whole, AefProfile), None)


@pytest.mark.parametrize(
    ("uri", "interface"),
    [
        ("http://10.60.1.2/a/", {"ipv4Addr": "10.60.1.2", "port": 80, "apiPrefix": "/a"}),
        ("https://[2001:db8::1]:8443", {"ipv6Addr": "2001:db8::1", "port": 8443}),
        ("https://a.example", {"fqdn": "a.example", "port": 443}),
    ],
)
def test_a_uri_becomes_an_interface(uri: str, interface: dict[str, Any]) -> None:
    domain, found, beyond = interfaces_of(EndPointInfo(uris=(uri,)))
    assert (domain, beyond) == (None, None)
    assert msgspec.to_builtins(list(found)) == [interface]


def test_a_merge_patch_changes_what_it_names_and_null_takes_away() -> None:
    present = described(
        description="old", ccfId="c", **{SERVICE_INFO: {"state": "ACTIVE", "serializer": "XML"}}
    )
    patch = msgspec.json.decode(
        b'{"description": null, "serviceAPICategory": "v", "%s": {"state": "INACTIVE"}}'
        % SERVICE_INFO.encode(),
        type=ServiceAPIDescriptionPatch,
    )
    after = patched(present, patch)
    assert (after.description, after.service_api_category, after.ccf_id) == (None, "v", "c")
    assert after.service_info is not None
    assert (after.service_info.state, after.service_info.serializer) == ("INACTIVE", "XML")


def test_a_patch_to_what_no_service_has_is_refused_by_its_path() -> None:
    patch = ServiceAPIDescriptionPatch(service_info={"state": "SLEEPY"})
    with pytest.raises(Unprocessable, match="SLEEPY"):
        patched(described(), patch)
