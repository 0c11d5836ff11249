"""A service of MEC 011 as CAPIF describes it, and back. Pure; nothing is lost on the way.

What CAPIF says and MEC 011 has no word for is kept as it was published and shown again.
Ref: MEC 011 V3.2.1 clause 9, TS 29.222 clause 8.2.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from wayside.core.errors import BadRequest, Unprocessable
from wayside.core.wire import explain, field_of
from wayside.model.services import (
    GrantType,
    OAuth2Info,
    SecurityInfo,
    SerializerType,
    ServiceInfo,
    ServiceState,
    TransportInfo,
    TransportType,
)

from .endpoints import endpoint_of, interfaces_of
from .model import (
    AefProfile,
    ServiceAPIDescription,
    ServiceAPIDescriptionPatch,
    ServiceInfoExtension,
    TransportInfoExtension,
    Version,
)

FEATURES = 0x106
"""PatchUpdate, ExtendedIntfDesc and VendorExt. Ref: TS 29.222 clause 8.2.6."""
PROTOCOLS = {"HTTP_1_1": "1.1", "HTTP_2": "2.0"}
_HTTP = {"1": "HTTP_1_1", "1.1": "HTTP_1_1", "2": "HTTP_2", "2.0": "HTTP_2"}


def service_of(wanted: ServiceAPIDescription, *, present: ServiceInfo | None) -> ServiceInfo:
    """Return what the registry is asked for; ``present`` is what it has, where it is a change.

    Raises BadRequest where ``supportedFeatures`` is missing, Unprocessable where there is no
    profile to reach the service by.
    """
    if wanted.supported_features is None:
        raise BadRequest(
            "$.supportedFeatures: it is missing; send the features that you know, such as "
            f'"{FEATURES:x}".',
            field="$.supportedFeatures",
        )
    if present is None and wanted.api_id is not None:
        raise Unprocessable("$.apiId: the platform allocates it; leave it out.", field="$.apiId")
    if not wanted.aef_profiles:
        raise Unprocessable(
            "$.aefProfiles: give one, which says how the service is reached.", field="$.aefProfiles"
        )
    profile, said = wanted.aef_profiles[0], wanted.service_info or ServiceInfoExtension()
    return ServiceInfo(
        ser_instance_id=wanted.api_id,
        ser_name=wanted.api_name,
        ser_category=said.category,
        version=profile.versions[0].api_version,
        state=said.state or ServiceState.ACTIVE,
        transport_info=_transport_of(profile, present.transport_info if present else None),
        serializer=said.serializer or _serializer(profile.data_format),
        scope_of_locality=said.scope_of_locality,
        consumed_local_only=said.consumed_local_only,
        liveness_interval=said.liveness_interval,
    )


def _transport_of(profile: AefProfile, present: TransportInfo | None) -> TransportInfo:
    said = profile.transport_info or TransportInfoExtension()
    oauth = "OAUTH" in profile.security_methods
    grants = OAuth2Info(grant_types=(GrantType.OAUTH2_CLIENT_CREDENTIALS,))
    return TransportInfo(
        id=profile.aef_id,
        name=said.name or profile.aef_id,
        description=said.description,
        type=said.type or TransportType.REST_HTTP,
        protocol=said.protocol or "HTTP",
        version=said.version or PROTOCOLS.get(profile.protocol or "", "1.1"),
        endpoint=endpoint_of(profile, present.endpoint if present else None),
        security=said.security or SecurityInfo(o_auth2_info=grants if oauth else None),
        impl_specific_info=said.impl_specific_info,
    )


def _serializer(data_format: str | None) -> SerializerType:
    known = {each.value: each for each in SerializerType}
    return known.get(data_format or "", SerializerType.JSON)


def description_of(
    service: ServiceInfo, kept: ServiceAPIDescription | None = None
) -> ServiceAPIDescription:
    """Return a registered service as CAPIF shows it, with what its publisher said beyond it."""
    shown = kept or ServiceAPIDescription(api_name="", supported_features=f"{FEATURES:x}")
    known = int(shown.supported_features or "0", 16) & FEATURES
    profile = _profile_of(service, shown.aef_profiles[0] if shown.aef_profiles else None)
    return replace(
        shown,
        api_name=service.ser_name,
        api_id=service.ser_instance_id,
        aef_profiles=(profile, *shown.aef_profiles[1:]),
        supported_features=f"{known:x}",
        service_info=ServiceInfoExtension(
            links=service.links,
            category=service.ser_category,
            state=service.state,
            serializer=service.serializer,
            scope_of_locality=service.scope_of_locality,
            consumed_local_only=service.consumed_local_only,
            is_local=service.is_local,
            liveness_interval=service.liveness_interval,
        ),
    )


def _profile_of(service: ServiceInfo, kept: AefProfile | None) -> AefProfile:
    transport = service.transport_info
    assert transport is not None
    domain, interfaces, beyond = interfaces_of(transport.endpoint)
    oauth = ("OAUTH",) if transport.security.o_auth2_info is not None else ()
    http = _HTTP.get(transport.version) if transport.protocol == "HTTP" else None
    versions = kept.versions if kept else (Version(api_version=service.version),)
    shown = kept or AefProfile(
        aef_id="", versions=versions, data_format=service.serializer, security_methods=oauth
    )
    if kept is None or endpoint_of(kept, transport.endpoint) != transport.endpoint:
        shown = replace(shown, domain_name=domain, interface_descriptions=interfaces)
    return replace(
        shown,
        aef_id=transport.id,
        versions=(replace(versions[0], api_version=service.version), *versions[1:]),
        protocol=shown.protocol if _same_http(shown.protocol, transport) else http,
        transport_info=TransportInfoExtension(
            name=transport.name,
            description=transport.description,
            type=transport.type,
            protocol=transport.protocol,
            version=transport.version,
            security=transport.security,
            endpoint=beyond,
            impl_specific_info=transport.impl_specific_info,
        ),
    )


def _same_http(protocol: str | None, transport: TransportInfo) -> bool:
    return protocol is not None and PROTOCOLS.get(protocol) == transport.version


def patched(
    present: ServiceAPIDescription, patch: ServiceAPIDescriptionPatch
) -> ServiceAPIDescription:
    """Return the description after a merge patch; raise Unprocessable where it does not fit.

    Ref: RFC 7396, TS 29.222 clause 8.2.2.3.3.3.
    """
    document = _merged(msgspec.to_builtins(present), msgspec.to_builtins(patch))
    try:
        return msgspec.convert(document, ServiceAPIDescription)
    except msgspec.ValidationError as fault:
        message = str(fault)
        raise Unprocessable(explain(message), field=field_of(message)) from fault


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def without_answers(description: ServiceAPIDescription) -> ServiceAPIDescription:
    """Return what is kept of a publication; what is the platform's to say is said anew."""
    said = description.service_info
    if said is not None:
        said = replace(said, links=None, is_local=None)
    return replace(description, api_id=None, service_info=said)
