"""Settings of the elements' processes: typed, from TOML, all faults reported at once.

Never holds a default that opens something to a network: the sandbox listens on loopback and in the
lab alone.
"""

import tomllib
from collections.abc import Callable
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, dataclass_transform, get_args, get_origin

import msgspec
import tomli_w

from wayside.core.errors import Unprocessable
from wayside.mep.mec_app_support.model import NtpServer, PtpMaster
from wayside.mep.mec_app_support.timing import check_ntp_server, check_ptp_master
from wayside.mep.mec_service_mgmt.logic import check_provided
from wayside.model.accesses import AccessPath
from wayside.model.appd import McioConstraint
from wayside.model.services import TransportInfo
from wayside.refpoints.n3 import N3Side

S = TypeVar("S", bound="Settings")
V = TypeVar("V")
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
HostId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=32)]
"""Also a folder, a socket and a path prefix: letters, digits, - and _."""


Prefix = Annotated[str, msgspec.Meta(pattern=r"^(/[A-Za-z0-9][A-Za-z0-9._~-]*){1,8}$")]
"""A path before the path of an API, without last slash."""


PublicUrl = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/?#]+(/[^?#]*)?$")]
"""An address, and perhaps a path below it, without query."""


MANAGING = (
    "dev_app|app_lcm|app_pkgm|granting|coordination|lcmcoord|clients|vim|lab|mp3|wayside[a-z_]*"
)
ApplicationScope = Annotated[
    str, msgspec.Meta(pattern=rf"^(?!(?:{MANAGING}):)[a-z][a-z0-9_-]*(:[a-z0-9_-]+)+$")
]
"""A scope of a service, such as location:read."""


class PackagePolicy(StrEnum):
    """Which packages are on-boarded: those with a signature that is trusted, or any."""

    SIGNED = "signed"
    DEV = "dev"


class Profile(StrEnum):
    """How the elements protect themselves: open on loopback and in the lab, or TLS and tokens."""

    SANDBOX = "sandbox"
    OPERATOR = "operator"


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all settings: unknown names are faults, so that a typing error is never silent."""

    @classmethod
    def load(cls: type[S], path: Path) -> S:
        """Return the settings of a TOML file; raise Unprocessable naming every fault in it."""
        try:
            raw = tomllib.loads(path.read_text())
        except OSError as fault:
            raise Unprocessable(f"The settings file {path} cannot be read: {fault}.") from fault
        except tomllib.TOMLDecodeError as fault:
            raise Unprocessable(f"{path} is not TOML: {fault}.") from fault
        try:
            return msgspec.convert(raw, type=cls, dec_hook=_decode)
        except msgspec.ValidationError:
            sentences = "; ".join(_faults(raw, cls))
            raise Unprocessable(f"{path} cannot be used: {sentences}.") from None

    def save(self, path: Path) -> None:
        """Write the settings as TOML, whole; only what is None is left out."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tomli_w.dumps(_without_none(msgspec.to_builtins(self, enc_hook=str))))


def _faults(raw: dict[str, Any], type_: type[Settings], at: str = "") -> list[str]:
    """Return a sentence per fault, in the order of the fields; each field is tried alone."""
    known = {field.encode_name: field for field in msgspec.structs.fields(type_)}
    found = [
        f"{at}{name}: no such setting (known: {', '.join(known)})"
        for name in raw
        if name not in known
    ]
    for name, field in known.items():
        if name in raw:
            found += _faults_of(raw[name], field.type, at + name)
        elif field.required:
            found.append(f"{at}{name}: is missing")
    return found or _faults_of_whole(raw, type_, at.rstrip(".") or "settings")


def _faults_of(value: Any, type_: Any, at: str) -> list[str]:
    """Return the faults of one field's value; of settings within it, those of each field."""
    for kind in (type_, *get_args(type_)):
        if isinstance(kind, type) and issubclass(kind, Settings):
            if isinstance(value, dict) and get_origin(type_) is not tuple:
                return _faults(value, kind, at + ".")
            if isinstance(value, list) and get_origin(type_) is tuple:
                each = (_faults_of(item, kind, f"{at}[{i}]") for i, item in enumerate(value))
                return [fault for faults in each for fault in faults]
    return _faults_of_whole(value, type_, at)


def _faults_of_whole(value: Any, type_: Any, at: str) -> list[str]:
    try:
        msgspec.convert(value, type=type_, dec_hook=_decode)
    except msgspec.ValidationError as fault:
        return [f"{at}: {fault}"]
    return []


def _decode(type_: type, value: Any) -> Any:
    if type_ is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"Expected a path, got {value!r}")


def _require(check: Callable[[V], object], value: V, name: str) -> None:
    """Raise ValueError naming the field where ``check`` does; msgspec makes it a fault."""
    try:
        check(value)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from fault


def _require_distinct(names: list[str], field: str) -> None:
    """Raise ValueError where a name is there twice."""
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{field}: {', '.join(sorted(twice))} is there twice")


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value


class ListenSettings(Settings):
    """One address that an element serves on."""

    host: str
    """An address, not a name."""
    port: Port

    def __post_init__(self) -> None:
        """Refuse a name."""
        _require(ip_address, self.host, "host")


class TlsSettings(Settings):
    """The certificate of an element's TCP listeners. TLS 1.2 and newer."""

    certificate: Path
    """PEM, the chain from the element's own certificate upwards."""
    key: Path
    """PEM, readable by its owner alone."""


class GuardSettings(Settings):
    """The profile and what it needs; all below it is for ``operator`` alone."""

    profile: Profile = Profile.SANDBOX
    """``sandbox``: no tokens, loopback and lab only. ``operator``: TLS and tokens."""
    tls: TlsSettings | None = None
    """How the element proves itself to callers."""
    clients: Path | None = None
    """The clients file: makes this element the one that issues tokens. Its entries are made by
    ``python -m wayside.security.clients``; a change holds at once."""
    token_lifetime_s: Positive = 900
    """Beside ``clients``: how long a token is good. The issuer refuses those of a client that was
    removed at once; hosts, which are not told, after so long at most."""
    signing_key: Path | None = None
    """Beside ``clients``: the key that tokens are signed with, made where it is missing. Its
    public half is written beside it with the suffix .pub."""
    token_key: Path | None = None
    """Without ``clients``: the public half of the issuer's key, to check tokens with."""
    trust: Path | None = None
    """PEM, the authorities whose certificates other elements may have."""
    client_id: str | None = None
    """Who this element is to others; an entry of the issuer's clients file."""
    client_secret_file: Path | None = None
    """Without ``clients``: holds this element's secret, readable by its owner alone."""
    token_url: str | None = None
    """Without ``clients``: where tokens come from, https://…/oauth2/v1/token."""
    application_scopes: tuple[ApplicationScope, ...] = ()
    """Of a host: scopes that its applications are granted where their AppD asks for them
    (requestedPermissions), beside those of Mp1. Never ``all``, nor a right to manage."""
    requests_per_s: Positive = 500
    """How often an address may ask, and a client with a token; 429 beyond."""
    requests_burst: Positive = 1000
    """How many requests of one are taken at once."""
    callback_networks: tuple[str, ...] = ()
    """Where notifications may go beside the instances' own addresses, such as 10.2.0.0/16.
    Loopback, link-local, multicast and metadata addresses stay closed."""

    def __post_init__(self) -> None:
        """Refuse what is no network."""
        for network in self.callback_networks:
            _require(ip_network, network, "callback_networks")


class HostEntry(Settings):
    """A MEC host as the orchestrator knows it."""

    host_id: HostId
    """Unique in the system."""
    name: str
    """What people call it."""
    mm3: str
    """URL of its MEPM."""
    mm4: str
    """URL of its VIM."""
    latitude: float | None = None
    """Of its site, degrees north, WGS 84."""
    longitude: float | None = None
    """Of its site, degrees east, WGS 84."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    latency_ns: dict[str, int] = {}
    """One way, from each cell that it serves."""
    civic_address: dict[str, str] = {}
    """Of its site, by caType of RFC 4776: 1 state, 3 city, 6 street, 19 house number …"""
    networks: tuple[Literal["cellular", "wi-fi", "fixed"], ...] = ("cellular",)
    """Kinds of access network that it serves."""
    capabilities: tuple[McioConstraint, ...] = ()
    """What its nodes have, as AppDs ask for it: nodeAdditionalCapabilityGpu …"""
    features: tuple[str, ...] = ("UserApps",)
    """Names of the MEC 002 features that it has."""
    services: tuple[str, ...] = ()
    """Names of the services (serName) that its platform offers by itself."""

    def __post_init__(self) -> None:
        """Refuse a caType that is no number of RFC 4776."""
        for ca_type in self.civic_address:
            if not (ca_type.isdecimal() and int(ca_type) < 256):
                raise ValueError(f"civic_address: {ca_type!r} is no caType from 0 to 255")


class CoordinationSettings(Settings):
    """Who is asked which instances may end where another finds no room. Ref: MEC 010-2 5.5.1."""

    oss: str | None = None
    """URL of the OSS's LCM coordination interface, before ``/lcmcoord/v1``; none: whoever uses
    ``wayside coordination`` answers."""
    answer_within_s: Positive = 300
    """How long an instantiation waits for the answer, before it fails."""
    graceful_timeout_s: Positive = 30
    """How long an instance that was selected has to end gracefully, where no time is given."""
    suggests: bool = False
    """Whether candidates are suggested too where a request names none."""

    def __post_init__(self) -> None:
        """Refuse what is no URL of an API."""
        if self.oss is not None and not self.oss.startswith(("https://", "http://", "unix:")):
            raise ValueError(f"oss: {self.oss!r} is no URL; it starts with https:// or http://")


class OfferSettings(Settings):
    """An application that is offered to device applications."""

    app_d_id: str
    """Its appDId."""
    vendor_id: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] | None = None
    """The vendor whose device applications it is for (``vendorSpecificExt``); none: anybody's."""
    contexts_per_instance: Positive | None = None
    """As below, for this application."""


class UalcmpSettings(Settings):
    """The proxy that device applications speak to. Ref: MEC 003 clause 7.1.4.3, MEC 016."""

    listen: tuple[ListenSettings, ...]
    """Where devices reach it: addresses inside of the mobile network, and none elsewhere."""
    guard: GuardSettings = GuardSettings()
    """How it protects itself; of the same profile as the orchestrator."""
    offered: tuple[OfferSettings, ...] | None = None
    """The applications that devices may use. Left out: all that are on-boarded and ENABLED."""
    contexts_per_instance: Positive = 100
    """Contexts that one instance serves; 1 gives each its own instance."""
    contexts_per_client: Positive = 100
    """Application contexts that one client may have."""
    cells: dict[str, str] = {}
    """The cell of the devices in each network, such as "10.45.1.0/24" = "cell1", with the names of
    ``hosts.latency_ns``: so the nearest host is found for a device."""
    package_networks: tuple[str, ...] = ()
    """In the operator profile: where packages that devices bring may be fetched from. None: devices
    bring no packages."""
    package_bytes_max: Positive = 1 << 30
    """The largest package that is fetched."""
    answer_within_s: Positive = 120
    """How long a device waits for its application, before the context is undone."""
    graceful_timeout_s: Positive = 5
    """How long an instance has to end once no device needs it."""

    def __post_init__(self) -> None:
        """Refuse what is no network, and an application that is there twice."""
        for network in self.cells:
            _require(ip_network, network, "cells")
        for network in self.package_networks:
            _require(ip_network, network, "package_networks")
        _require_distinct([each.app_d_id for each in self.offered or ()], "offered")


class SystemSettings(Settings):
    """Settings of ``wayside run system``."""

    state: Path
    """The state folder."""
    listen: tuple[ListenSettings, ...] = ()
    """TCP addresses beside the Unix socket in the state folder."""
    public_url: PublicUrl | None = None
    """Where subscribers find the system, such as a front door: links in notifications start with
    it. None: the first address of ``listen``."""
    guard: GuardSettings = GuardSettings()
    """How the element protects itself."""
    hosts: tuple[HostEntry, ...] = ()
    """The MEC hosts that applications may be placed on."""
    coordination: CoordinationSettings = CoordinationSettings()
    """How room is made for instances that find none."""
    ualcmp: UalcmpSettings | None = None
    """What device applications are served by; none: they are not."""
    package_policy: PackagePolicy = PackagePolicy.SIGNED
    """``signed`` or ``dev``, which admits unsigned packages."""
    trust: tuple[Path, ...] = ()
    """Certificates (PEM) of the providers and authorities whose signatures are accepted."""
    in_namespace: str | None = None
    """The lab's namespace that the process lives in; none outside of the lab."""


class ResourceSettings(Settings):
    """What a host gives to applications in all."""

    cpu_milli: Positive
    """Thousandths of a core."""
    memory_bytes: Positive
    """Bytes."""
    storage_bytes: Positive
    """Bytes."""


class NetworkSettings(Settings):
    """How a host is wired."""

    device_side: tuple[str, ...]
    """Interfaces towards the cells."""
    uplink: tuple[str, ...]
    """Interfaces towards the core."""
    gateway: str
    """The address that instances see as their gateway and platform."""
    pool: str
    """The network that instances get their addresses from."""
    dns_listen: tuple[str, ...]
    """Addresses on which devices ask for names."""
    dns_port: Port = 53
    """UDP and TCP."""
    dns_upstream: str | None = None
    """Who is asked for names that no rule knows."""
    dns_upstream_port: Port = 53
    """UDP and TCP."""
    n3: tuple[N3Side, ...] = ()
    """Links on which devices' packets come in GTP-U; ``device_side`` names their tunnel devices."""
    accesses: tuple[AccessPath, ...] = ()
    """The access networks of devices that have several, whose packets may be steered between
    them (MEC 015): ids and interfaces are unique, interfaces among ``device_side``."""

    def __post_init__(self) -> None:
        """Refuse what is no address."""
        _require(ip_address, self.gateway, "gateway")
        _require(ip_network, self.pool, "pool")
        for address in self.dns_listen:
            _require(ip_address, address, "dns_listen")
        if self.dns_upstream is not None:
            _require(ip_address, self.dns_upstream, "dns_upstream")
        _require_distinct([str(each.id) for each in self.accesses], "accesses")
        _require_distinct([each.interface for each in self.accesses], "accesses")
        for each in self.accesses:
            if each.interface not in self.device_side:
                raise ValueError(f"accesses: {each.interface} is not among device_side")


class PeerEntry(Settings):
    """The platform of another MEC host of the same system."""

    host_id: HostId
    """Unique in the system."""
    mp3: str
    """URL where it is found; services that are shared are exchanged with it."""
    client_id: str | None = None
    """Who it is in the issuer's clients file, whose token alone speaks for it; ``host_id`` where
    it is left out."""
    cells: tuple[str, ...] = ()
    """The cells that its host serves; other cells of their zones are meant too."""
    next_hop: str | None = None
    """Where packets of devices that are here and served there leave for it; with ``device``."""
    device: str | None = None
    """The interface that ``next_hop`` is at, one of ``device_side`` here and there."""

    def __post_init__(self) -> None:
        """Refuse half of a way, and what is no address."""
        if (self.next_hop is None) is not (self.device is None):
            raise ValueError("next_hop and device: give both, or neither")
        if self.next_hop is not None:
            _require(ip_address, self.next_hop, "next_hop")


class SiteSettings(Settings):
    """Where a host lies. A service whose ``scopeOfLocality`` is one of these is found on the
    hosts that name it alike."""

    nfvi_pop: str | None = None
    """NFVI_POP."""
    zone: str | None = None
    """ZONE."""
    zone_group: str | None = None
    """ZONE_GROUP."""


class PlatformSettings(Settings):
    """What a platform tells its applications, in the words and names of MEC 011."""

    transports: tuple[TransportInfo, ...] = ()
    """Transports that the operator provides for services, such as a message bus. Ref: 8.1.2.3."""
    ntp_servers: tuple[NtpServer, ...] = ()
    """Time servers that applications may ask. Ref: MEC 011 table 7.1.2.4-1."""
    ptp_masters: tuple[PtpMaster, ...] = ()
    """PTP masters that applications may ask. Ref: MEC 011 table 7.1.2.4-1."""
    site: SiteSettings = SiteSettings()
    """Where the host lies."""
    peers: tuple[PeerEntry, ...] = ()
    """The platforms of the other hosts; each must name this one too."""

    def __post_init__(self) -> None:
        """Refuse what the standard does not allow, and names that are there twice."""
        _require_distinct([each.id for each in self.transports], "transports")
        _require_distinct([each.host_id for each in self.peers], "peers")
        for transport in self.transports:
            _require(check_provided, transport, f"transports {transport.id!r}")
        for server in self.ntp_servers:
            _require(check_ntp_server, server, f"ntp_servers {server.ntp_server_addr!r}")
        for master in self.ptp_masters:
            _require(check_ptp_master, master, f"ptp_masters {master.ptp_master_ip_address!r}")


class HostSettings(Settings):
    """Settings of ``wayside run host``."""

    state: Path
    """The state folder."""
    host_id: HostId
    """Unique in the system; also the prefix under which the front door shows its APIs."""
    name: str
    """What people call it."""
    meo: str
    """URL of the orchestrator, for grants and packages (Mm3)."""
    capacity: ResourceSettings
    """What applications may use in all."""
    network: NetworkSettings
    """How the host is wired."""
    platform: PlatformSettings = PlatformSettings()
    """What the platform tells its applications and shares with the other platforms."""
    cells: tuple[str, ...] = ()
    """The cells that this host serves; other cells of their zones are meant too. A device that is
    served by another host's cell may take its instance with it."""
    facts: Path | None = None
    """The Unix socket on which the access network's process tells facts (cells, devices, radio).
    Without it the MEC services know of no network."""
    services: dict[str, dict[str, Any]] = {}
    """The platform's MEC services by apiName, each with its own settings; ``enabled = false`` ends
    one. Those that nothing is said of are served as they come."""
    mp1_port: Port = 8080
    """Where instances find the platform, at the gateway's address."""
    listen: tuple[ListenSettings, ...] = ()
    """Further TCP addresses: where the orchestrator finds the manager."""
    public_url: PublicUrl | None = None
    """Where the manager's subscribers find the host, such as a front door: links in notifications
    start with it. None: the first address of ``listen``."""
    guard: GuardSettings = GuardSettings()
    """How the elements protect themselves."""
    namespace_prefix: str = "ws"
    """What the names of the instances' namespaces start with."""
    in_namespace: str | None = None
    """The lab's namespace that the process lives in; none outside of the lab."""
    prefixes: tuple[Prefix, ...] = ()
    """Further paths under which the platform's APIs are served, as older clients expect, such as
    /sbx1/mep1 for /sbx1/mep1/mec_app_support/v1."""
    driver: Literal["auto", "process", "podman"] = "auto"
    """What runs applications. ``auto`` is ``process``: nothing needs to be installed for it."""
    simulated: bool = False
    """True: loopback addresses and a packet walk instead of a kernel data plane."""
    ready_timeout_s: float = 30.0
    """How long an instance may take to confirm that it is ready."""
