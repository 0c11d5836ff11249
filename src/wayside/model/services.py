"""Service types that the AppD (MEC 010-2) and service management (MEC 011) share.

Never holds a service's registration: the platform's registry does.
"""

from enum import StrEnum
from typing import Any

import msgspec

from wayside.core.wire import Wire

KeyValuePairs = dict[str, Any]
"""Open attributes whose meaning lies with whoever agreed on them. Ref: MEC 010-2 clause 6.2.2."""


class TransportType(StrEnum):
    """How a service is carried. Ref: MEC 011 clause 8.1.6.4."""

    REST_HTTP = "REST_HTTP"
    MB_TOPIC_BASED = "MB_TOPIC_BASED"
    MB_ROUTING = "MB_ROUTING"
    MB_PUBSUB = "MB_PUBSUB"
    RPC = "RPC"
    RPC_STREAMING = "RPC_STREAMING"
    WEBSOCKET = "WEBSOCKET"


class SerializerType(StrEnum):
    """How a service's data is written. Ref: MEC 011 clause 8.1.6.3."""

    JSON = "JSON"
    XML = "XML"
    PROTOBUF3 = "PROTOBUF3"


class GrantType(StrEnum):
    """OAuth 2.0 grants; MEC 009 uses client credentials alone. Ref: MEC 011 clause 8.1.5.4."""

    OAUTH2_AUTHORIZATION_CODE = "OAUTH2_AUTHORIZATION_CODE"
    OAUTH2_IMPLICIT_GRANT = "OAUTH2_IMPLICIT_GRANT"
    OAUTH2_RESOURCE_OWNER = "OAUTH2_RESOURCE_OWNER"
    OAUTH2_CLIENT_CREDENTIALS = "OAUTH2_CLIENT_CREDENTIALS"


class CategoryRef(Wire):
    """A category that a service belongs to. Ref: MEC 011 clause 8.1.5.2."""

    href: str
    id: str
    name: str
    version: str


class OAuth2Info(Wire):
    """How a client gets a token for the service. Ref: MEC 011 clause 8.1.5.4."""

    grant_types: tuple[GrantType, ...]
    token_endpoint: str | None = None
    """A URI; present unless the only grant is the implicit one."""


class SecurityInfo(Wire):
    """How the use of a transport is protected. Ref: MEC 011 clause 8.1.5.4."""

    o_auth2_info: OAuth2Info | None = msgspec.field(default=None, name="oAuth2Info")
    extensions: KeyValuePairs | None = None
    """For transports other than HTTP; the standard leaves their form open."""


class TransportDescriptor(Wire):
    """A transport that a service offers or a consumer can use. Ref: MEC 010-2 clause 6.2.1.20."""

    name: str | None = None
    description: str | None = None
    type: TransportType
    protocol: str
    """``HTTP`` for a REST API."""
    version: str
    security: SecurityInfo = SecurityInfo()
    impl_specific_info: KeyValuePairs | None = None
