"""What the lab shows and what its measurements answer, on the wire.

Times in seconds or milliseconds as the names say. Never computes a percentile of requests: the
single timings are given, and whoever shows them summarises.
"""

from typing import Annotated

from msgspec import Meta

from wayside.core.wire import Wire

from .player import Shot

Count = Annotated[int, Meta(ge=1, le=10_000)]
Port = Annotated[int, Meta(ge=1, le=65535)]


class LinkView(Wire):
    """A link of the town; delays one way, rate per direction, 0 for no bound."""

    name: str
    ends: tuple[str, str]
    kind: str
    delay_ms: float = 0.0
    rate_mbps: float = 0.0


class CellView(Wire):
    """A cell, where it stands (WGS 84), and the host that serves it."""

    id: str
    latitude: float
    longitude: float
    host: str | None = None


class DeviceView(Wire):
    """A device, its address, its cell, and the host and DNS server that serve it."""

    id: str
    address: str
    cell: str
    host: str | None = None
    dns: str | None = None


class HostView(Wire):
    """A MEC host: where it stands, its addresses, one-way latency in ns from each cell."""

    id: str
    name: str
    latitude: float
    longitude: float
    country: str
    dns_address: str
    mp1_address: str
    app_pool: str
    latency_ns: dict[str, int]


class CloudView(Wire):
    """The Internet of the town: a service's address, a DNS server, the names that it knows."""

    address: str
    dns_address: str
    names: dict[str, str]


class TownView(Wire):
    """The whole town as it stands now."""

    name: str
    title: str
    mode: str
    """``namespaces`` or ``simulated``."""
    simulated: bool
    nodes: tuple[str, ...]
    links: tuple[LinkView, ...]
    cells: tuple[CellView, ...]
    devices: tuple[DeviceView, ...]
    hosts: tuple[HostView, ...]
    cloud: CloudView


class DelayRun(Wire):
    """Asks to measure every emulated link with ``count`` echoes each."""

    count: Annotated[int, Meta(ge=1, le=200)] = 20


class LinkDelay(Wire):
    """One link: the configured and the measured one-way delay (half of the round trip)."""

    link: str
    configured_ms: float
    p50_ms: float
    p95_ms: float
    samples: int
    lost: int


class DelayReport(Wire):
    """The delays of all links that have one, as measured now."""

    links: tuple[LinkDelay, ...]
    simulated: bool


class RequestRun(Wire):
    """Asks a device to make ``count`` HTTP GET requests, one after the other.

    Either ``address`` or ``name`` says where to; a name is resolved first, at ``dns`` or else at
    the DNS server of the device's own host.
    """

    device: str
    name: str | None = None
    address: str | None = None
    port: Port = 80
    path: str = "/"
    count: Count = 1
    keep_alive: bool = False
    """True: one connection for all requests. False: a new one for each, its set-up included."""
    dns: str | None = None
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """For each request."""


class Served(Wire):
    """Who answered how many of the requests; empty strings where the answer did not say."""

    served_by: str
    instance: str
    count: int


class RequestReport(Wire):
    """What the device saw. ``timings_s`` has one entry per request that was answered."""

    device: str
    device_address: str
    address: str
    """Where the requests went; empty where the name could not be resolved."""
    resolve_s: float | None
    """How long the DNS server took; absent where no name was asked."""
    timings_s: tuple[float, ...]
    served: tuple[Served, ...]
    failures: tuple[str, ...]
    """One sentence per request that was not answered with a status below 400."""
    backhaul_bytes: int
    """All bytes that crossed the backhaul during the run, both directions."""
    simulated: bool


class DownloadRun(Wire):
    """Asks a device to fetch one large body; ``path`` says which and how large."""

    device: str
    name: str | None = None
    address: str | None = None
    port: Port = 80
    path: str = "/bytes?n=10000000"
    dns: str | None = None
    timeout_s: Annotated[float, Meta(gt=0, le=120)] = 30.0


class DownloadReport(Wire):
    """What the device got: payload bytes, and seconds from request to last byte."""

    device: str
    address: str
    bytes: int
    seconds: float
    throughput_bps: float
    failure: str | None
    backhaul_bytes: int
    simulated: bool


class PlayRun(Wire):
    """Asks a device to play examples/follow-me: counts over HTTP, ticks over UDP."""

    device: str
    address: str
    level: Annotated[int, Meta(ge=1, le=3)] = 2
    """Of mobility, as the application registers it. Ref: MEC 021 clause 7.4.5."""
    seconds: Annotated[float, Meta(gt=0, le=60)] = 6.0


class PlayReport(Wire):
    """What the player saw; a shot without ``answeredS`` was lost."""

    device: str
    started_ns: int
    """On the machine's clock, ns since 1970-01-01 UTC: other times count from here."""
    counts: tuple[Shot, ...]
    ticks: tuple[Shot, ...]
    failure: str | None = None
    """Why it could not join."""
    simulated: bool
