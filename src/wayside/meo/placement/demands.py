"""What an instance demands of a host, and what a host is and has to offer: plain figures.

Never judges: ``judging`` and ``field`` do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wayside.meo.area import GeoArea
from wayside.meo.site import HostSite
from wayside.model.app_lcm import CivicAddressElement, InstantiateAppRequest
from wayside.model.appd import AppD, McioConstraint, ServiceDependency, SteeredNetwork
from wayside.model.needs import needs_of
from wayside.refpoints.mm4 import Amount, Capacity, Form

from .transports import REST_JSON, Carriage, Groups, groups_of

Services = Mapping[str, tuple[Carriage, ...]]
"""Services by name, with the transports that each is offered on."""

BY_ITSELF = frozenset({McioConstraint.LOCAL_AFFINITY_CIS_NODE})
"""Constraints that every host meets: an instance's containers are never on two hosts."""


@dataclass(frozen=True)
class Requirements:
    """What an instance demands of its host: from the AppD and from the instantiate request."""

    amount: Amount
    form: Form = Form.CONTAINER
    latency_ns_max: int | None = None
    """One way, between device and instance."""
    features: frozenset[str] = frozenset()
    services: Mapping[str, Groups] = field(default_factory=dict)
    """By name, with the transports that will do; none: any."""
    features_optional: frozenset[str] = frozenset()
    services_optional: frozenset[str] = frozenset()
    transports: Groups = ()
    """What the platform itself has to carry."""
    networks: frozenset[str] = frozenset()
    """Access networks that carry the application's traffic: one of them must be served."""
    capabilities: frozenset[McioConstraint] = frozenset()
    country_code: str | None = None
    civic_address: tuple[CivicAddressElement, ...] = ()
    area: GeoArea | None = None


@dataclass(frozen=True)
class HostOffer:
    """A host as it is now: its site, its capacity, and what is promised but not taken yet."""

    site: HostSite
    capacity: Capacity | None
    """None: the host gave no answer, for ``silence``."""
    promised: Amount = field(default_factory=Amount)
    services: Services = field(default_factory=dict)
    """Those that instances placed there produce, beside the site's own."""
    silence: str = ""


def requirements_of(app_d: AppD, request: InstantiateAppRequest) -> Requirements:
    """Return what the application and whoever instantiates it demand of a host."""
    where = request.location_constraints
    policy = app_d.app_network_policy
    return Requirements(
        amount=Amount(**needs_of(app_d)._asdict()),
        form=Form.MACHINE if app_d.virtual_compute_descriptor else Form.CONTAINER,
        latency_ns_max=None if app_d.app_latency is None else app_d.app_latency.max_latency,
        features=frozenset(each.feature_name for each in app_d.app_feature_required),
        services={each.ser_name: _carried(each) for each in app_d.app_service_required},
        features_optional=frozenset(each.feature_name for each in app_d.app_feature_optional),
        services_optional=frozenset(each.ser_name for each in app_d.app_service_optional),
        transports=groups_of(app_d.transport_dependencies),
        networks=frozenset() if policy is None else _networks(policy.steered_network),
        capabilities=frozenset(app_d.mcio_constraint_params) - BY_ITSELF,
        country_code=None if where is None else where.country_code,
        civic_address=() if where is None else where.civic_address_element,
        area=None if where is None or where.area is None else GeoArea.of(where.area),
    )


def produced_by(app_d: AppD) -> Services:
    """Return the services that an instance of the application offers where it runs."""
    return {
        each.ser_name: tuple(
            Carriage(
                offered.transport.type, offered.transport.protocol, frozenset(offered.serializers)
            )
            for offered in each.transports_supported
        )
        or (REST_JSON,)
        for each in app_d.app_service_produced
    }


def _carried(wanted: ServiceDependency) -> Groups:
    return groups_of(wanted.ser_transport_dependencies) or (frozenset({REST_JSON}),)


def _networks(steered: SteeredNetwork) -> frozenset[str]:
    asked = {
        "cellular": steered.cellular_network,
        "wi-fi": steered.wi_fi_network,
        "fixed": steered.fixed_access_network,
    }
    return frozenset(name for name, wanted in asked.items() if wanted)
