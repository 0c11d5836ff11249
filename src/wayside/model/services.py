"""Service types that the AppD (MEC 010-2) and service management (MEC 011) share.

Never holds a registry and never checks across fields: the platform does both.
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from wayside.core.wire import Wire

from .common import LinkType

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


class ServiceState(StrEnum):
    """Whether a service can be consumed. Ref: MEC 011 clause 8.1.6.2."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"


class LocalityType(StrEnum):
    """How far "local" reaches. Ref: MEC 011 clause 8.1.6.5."""

    MEC_SYSTEM = "MEC_SYSTEM"
    MEC_HOST = "MEC_HOST"
    NFVI_POP = "NFVI_POP"
    ZONE = "ZONE"
    ZONE_GROUP = "ZONE_GROUP"
    NFVI_NODE = "NFVI_NODE"


class Address(Wire):
    """A host and a port. Ref: MEC 011 clause 8.1.5.3."""

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]


class EndPointInfo(Wire):
    """Where something is reached: exactly one of the four. Ref: MEC 011 clause 8.1.5.3."""

    uris: tuple[str, ...] = ()
    """For REST APIs always."""
    fqdn: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    alternative: KeyValuePairs | None = None

    @property
    def says_one_way(self) -> bool:
        """Whether exactly one of the four is given."""
        return sum(map(bool, (self.uris, self.fqdn, self.addresses, self.alternative))) == 1


class TransportInfo(Wire):
    """A transport and where it is reached. Ref: MEC 011 clause 8.1.2.3."""

    id: str
    name: str
    description: str | None = None
    type: TransportType
    protocol: str
    """``HTTP`` for a REST API."""
    version: str
    endpoint: EndPointInfo
    security: SecurityInfo
    impl_specific_info: KeyValuePairs | None = None


class ServiceLinks(Wire):
    """The links of a service; ``liveness`` where heartbeats are asked. Ref: MEC 011 8.1.2.2."""

    self: LinkType
    liveness: LinkType | None = None


LivenessInterval = Annotated[int, msgspec.Meta(ge=0)]
"""Seconds between two heartbeats; 0 in a registration leaves the choice to the platform."""


class ServiceInfo(Wire):
    """A service instance in a platform's registry. Ref: MEC 011 clause 8.1.2.2.

    In a request ``serInstanceId`` (of a POST), ``isLocal`` and ``_links`` are the platform's to
    say; in an answer every attribute with a default is written out.
    """

    links: ServiceLinks | None = msgspec.field(default=None, name="_links")
    ser_instance_id: str | None = None
    ser_name: str
    ser_category: CategoryRef | None = None
    version: str
    state: ServiceState
    transport_id: str | None = None
    """A transport of the platform's; in a POST instead of ``transportInfo``, else absent."""
    transport_info: TransportInfo | None = None
    serializer: SerializerType
    scope_of_locality: LocalityType | None = None
    """Absent in a request: MEC_HOST."""
    consumed_local_only: bool | None = None
    """Absent in a request: true."""
    is_local: bool | None = None
    """Whether the service lies in the consumer's own locality: computed for each consumer."""
    liveness_interval: LivenessInterval | None = None
    """Seconds; present where the platform asks for heartbeats."""
