"""From a town to the settings of the elements in it. Pure: never starts a process.

How an element protects itself is given: ``papers`` makes what the operator profile needs.

The settings files that this makes are also good examples of those that an operator writes.
"""

from wayside.access.lab.facts import HostFacts
from wayside.access.lab.joins import HostLink
from wayside.access.lab.model import Host

from .grounds import Ground
from .launch import Launch
from .services import features, names
from .settings import (
    GuardSettings,
    HostEntry,
    HostSettings,
    ListenSettings,
    NetworkSettings,
    PackagePolicy,
    PeerEntry,
    PlatformSettings,
    ResourceSettings,
    SystemSettings,
    UalcmpSettings,
)
from .state import FACTS, SYSTEM, UALCMP

MANAGEMENT_PORT = 8000
"""Where elements meet in the management network (Mm3, Mm4)."""
MP1_PORT = 8080
MX2_PORT = 8000
"""Where devices find the UALCMP."""


OPEN = GuardSettings()
"""The sandbox profile."""


def addresses_of(name: str, ground: Ground, hosts: tuple[Host, ...]) -> tuple[str, ...]:
    """Return the addresses that others call an element by; its certificate names them."""
    if name == SYSTEM:
        return (ground.facts(hosts[0].id).system_address,)
    if name == UALCMP:
        return (ground.facts(hosts[0].id).ualcmp_address,)
    facts = ground.facts(name)
    return (facts.oam_address, facts.mp1_address)


def system_url(wanted: Launch, facts: HostFacts) -> str:
    """Return where the elements find the system level."""
    return f"{wanted.scheme}://{facts.system_address}:{MANAGEMENT_PORT}"


def system_settings(
    wanted: Launch, ground: Ground, hosts: tuple[Host, ...], *, guard: GuardSettings = OPEN,
    ualcmp_guard: GuardSettings = OPEN,
) -> SystemSettings:  # fmt: skip
    """Return the settings of the system process: it knows every host of the town."""
    facts = [ground.facts(host.id) for host in hosts]
    return SystemSettings(
        state=wanted.state.root,
        listen=(ListenSettings(host=facts[0].system_address, port=MANAGEMENT_PORT),),
        public_url=wanted.url if wanted.port else None,
        guard=guard,
        hosts=tuple(_entry(wanted, host, fact) for host, fact in zip(hosts, facts, strict=True)),
        ualcmp=UalcmpSettings(
            listen=(ListenSettings(host=facts[0].ualcmp_address, port=MX2_PORT),),
            guard=ualcmp_guard,
            cells=facts[0].cell_networks,
            package_networks=tuple(facts[0].cell_networks),
        ),
        package_policy=PackagePolicy(wanted.package_policy),
        trust=(wanted.state.developer_certificate,),
        in_namespace=ground.namespace(SYSTEM),
    )


def _entry(wanted: Launch, host: Host, facts: HostFacts) -> HostEntry:
    url = _management_url(wanted, facts)
    return HostEntry(
        host_id=host.id,
        name=host.name,
        mm3=url,
        mm4=url,
        latitude=host.latitude,
        longitude=host.longitude,
        country=host.country,
        latency_ns={cell: facts.latency_ns[cell] for cell in facts.cells},
        civic_address=host.civic_address,
        networks=host.networks,
        capabilities=host.capabilities,
        features=("UserApps", *features(host.services)),
        services=names(host.services),
    )


def _management_url(wanted: Launch, facts: HostFacts) -> str:
    return f"{wanted.scheme}://{facts.oam_address}:{MANAGEMENT_PORT}"


def _peer(wanted: Launch, facts: HostFacts, link: HostLink | None) -> PeerEntry:
    return PeerEntry(
        host_id=facts.host_id,
        mp3=_management_url(wanted, facts),
        cells=facts.cells,
        next_hop=None if link is None else link.next_hop,
        device=None if link is None else link.device,
    )


def host_settings(
    wanted: Launch, ground: Ground, host: Host, *, others: tuple[Host, ...] = (),
    guard: GuardSettings = OPEN, living: bool = False,
) -> HostSettings:  # fmt: skip
    """Return the settings of one host's process, whose platform knows those of ``others``.

    ``living``: there is a process that tells of the access network.
    """
    facts = ground.facts(host.id)
    return HostSettings(
        state=wanted.state.root,
        host_id=host.id,
        name=host.name,
        meo=system_url(wanted, facts),
        public_url=f"{wanted.url}/{host.id}" if wanted.port else None,
        guard=guard,
        prefixes=host.prefixes,
        capacity=ResourceSettings(
            cpu_milli=host.capacity.cpu_milli,
            memory_bytes=host.capacity.memory_bytes,
            storage_bytes=host.capacity.storage_bytes,
        ),
        network=NetworkSettings(
            device_side=facts.device_interfaces,
            uplink=(facts.uplink_interface,),
            gateway=facts.mp1_address,
            pool=facts.app_pool,
            dns_listen=(facts.dns_address,),
            dns_port=facts.dns_port,
            dns_upstream=facts.upstream_dns,
            dns_upstream_port=facts.upstream_dns_port,
            n3=facts.n3,
            accesses=facts.accesses,
        ),
        platform=PlatformSettings(
            peers=tuple(
                _peer(wanted, ground.facts(each.id), facts.links.get(each.id))
                for each in others
                if each.id != host.id
            )
        ),
        cells=facts.cells,
        facts=wanted.state.socket(FACTS) if living else None,
        services=host.services,
        mp1_port=MP1_PORT,
        listen=(ListenSettings(host=facts.oam_address, port=MANAGEMENT_PORT),),
        namespace_prefix=f"{wanted.state.prefix}-{host.id}",
        in_namespace=ground.namespace(host.id),
        driver=host.driver,
        simulated=ground.simulated,
        ready_timeout_s=host.ready_timeout_s,
    )
