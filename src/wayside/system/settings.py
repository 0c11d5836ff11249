"""Settings of the elements' processes: typed, from TOML, all faults reported at once.

Never holds a default that opens something to a network: the sandbox listens on loopback and in the
lab alone.
"""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, dataclass_transform

import msgspec
import tomli_w

from wayside.core.errors import Unprocessable

S = TypeVar("S", bound="Settings")


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
        """Write the settings as TOML; what equals its default is left out."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tomli_w.dumps(_without_none(msgspec.to_builtins(self, enc_hook=str))))


def _faults(raw: dict[str, Any], type_: type[Settings]) -> list[str]:
    """Return a sentence per faulty field: each is tried alone."""
    known = {field.encode_name: field for field in msgspec.structs.fields(type_)}
    found = [f"{name}: no such setting (known: {', '.join(known)})" for name in raw.keys() - known]
    for name, field in known.items():
        if name not in raw:
            if field.required:
                found.append(f"{name}: is missing")
            continue
        try:
            msgspec.convert(raw[name], type=field.type, dec_hook=_decode)
        except msgspec.ValidationError as fault:
            found.append(f"{name}: {fault}")
    return sorted(found)


def _decode(type_: type, value: Any) -> Any:
    if type_ is Path:
        return Path(value)
    raise NotImplementedError(f"no setting is a {type_}")


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value


class ListenSettings(Settings):
    """One address that an element serves on."""

    host: str
    """An address, not a name."""
    port: int
    """1 to 65535."""


class TlsSettings(Settings):
    """The certificate of an element's TCP listeners. TLS 1.2 and newer."""

    certificate: Path
    """PEM, the chain from the element's own certificate upwards."""
    key: Path
    """PEM, readable by its owner alone."""


class GuardSettings(Settings):
    """The profile and what it needs."""

    profile: Profile = Profile.SANDBOX
    """``sandbox``: no tokens, loopback and lab only. ``operator``: TLS and tokens."""
    tls: TlsSettings | None = None
    """Needed by ``operator``."""
    signing_key: Path | None = None
    """The key that tokens are signed with; needed by ``operator``, made where it is missing."""
    clients: Path | None = None
    """The clients file; needed by ``operator`` where tokens are issued (the system process)."""


class HostEntry(Settings):
    """A MEC host as the orchestrator knows it."""

    host_id: str
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


class SystemSettings(Settings):
    """Settings of ``wayside run system``."""

    state: Path
    """The state folder."""
    listen: tuple[ListenSettings, ...] = ()
    """TCP addresses beside the Unix socket in the state folder."""
    guard: GuardSettings = GuardSettings()
    """How the element protects itself."""
    hosts: tuple[HostEntry, ...] = ()
    """The MEC hosts that applications may be placed on."""
    package_policy: str = "signed"
    """``signed`` or ``dev``, which admits unsigned packages."""
    trust: tuple[Path, ...] = ()
    """Certificates (PEM) of the providers and authorities whose signatures are accepted."""
    in_namespace: str | None = None
    """The lab's namespace that the process lives in; none outside of the lab."""


class ResourceSettings(Settings):
    """What a host gives to applications in all."""

    cpu_milli: int
    """Thousandths of a core."""
    memory_bytes: int
    """Bytes."""
    storage_bytes: int
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
    dns_port: int = 53
    """UDP and TCP."""
    dns_upstream: str | None = None
    """Who is asked for names that no rule knows."""
    dns_upstream_port: int = 53
    """UDP and TCP."""


class HostSettings(Settings):
    """Settings of ``wayside run host``."""

    state: Path
    """The state folder."""
    host_id: str
    """Unique in the system; also the prefix under which the front door shows its APIs."""
    name: str
    """What people call it."""
    meo: str
    """URL of the orchestrator, for grants and packages (Mm3)."""
    capacity: ResourceSettings
    """What applications may use in all."""
    network: NetworkSettings
    """How the host is wired."""
    mp1_port: int = 8080
    """Where instances find the platform, at the gateway's address."""
    listen: tuple[ListenSettings, ...] = ()
    """Further TCP addresses: where the orchestrator finds the manager."""
    guard: GuardSettings = GuardSettings()
    """How the elements protect themselves."""
    namespace_prefix: str = "ws"
    """What the names of the instances' namespaces start with."""
    in_namespace: str | None = None
    """The lab's namespace that the process lives in; none outside of the lab."""
    simulated: bool = False
    """True: loopback addresses and a packet walk instead of a kernel data plane."""
    ready_timeout_s: float = 30.0
    """How long an instance may take to confirm that it is ready."""
