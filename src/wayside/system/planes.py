"""The data plane of a host, real or simulated: which hands, and on which devices."""

from wayside.dataplane.accesses import KernelAccesses, SimulatedAccesses
from wayside.dataplane.dns import DnsServer
from wayside.dataplane.metering import KernelMeter, SimulatedMeter
from wayside.dataplane.plane import DataPlaneSettings, KernelDataPlane
from wayside.dataplane.shaper import KernelShaper, SimulatedShaper
from wayside.dataplane.simulated import SimulatedDataPlane
from wayside.refpoints.mp2 import Meter, Shaper

from .settings import HostSettings


def plane_of(settings: HostSettings, names: DnsServer) -> KernelDataPlane | SimulatedDataPlane:
    """Return what steers the host's packets."""
    network = settings.network
    wired = DataPlaneSettings(
        network.device_side, network.uplink, n3=network.n3, tunnel_source=network.gateway
    )
    if settings.simulated:
        return SimulatedDataPlane(names, access=wired.access)
    return KernelDataPlane(wired, names)


def shaper_of(settings: HostSettings) -> Shaper:
    """Return what holds allocated bandwidth."""
    return SimulatedShaper() if settings.simulated else KernelShaper()


def meter_of(settings: HostSettings) -> Meter:
    """Return what counts volumes."""
    return SimulatedMeter() if settings.simulated else KernelMeter(settings.network.device_side)


def accesses_of(settings: HostSettings) -> KernelAccesses | SimulatedAccesses:
    """Return what chooses the access network of packets towards devices."""
    paths = settings.network.accesses
    return SimulatedAccesses(paths) if settings.simulated else KernelAccesses(paths)
