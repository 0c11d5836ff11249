"""What the manager keeps of an instance that has resources, so that it can run it again.

Never holds what the API shows: that is the instance's AppInstanceInfo.
"""

import msgspec

from wayside.core.ids import AppInstanceId
from wayside.core.wire import Wire
from wayside.model.appd import AppD
from wayside.model.shares import Share
from wayside.refpoints.mm4 import Amount
from wayside.refpoints.mm5 import Attachment, PlatformConfiguration
from wayside.refpoints.mm6 import ContainerRequest, Interface, WorkloadRequest

from .packages import HeldPackage
from .rules import Addresses, dns_rules, traffic_rules


class Workload(Wire):
    """An instantiated instance: from which package, how much, where it is reached."""

    app_instance_id: AppInstanceId
    digest: str
    """Of the package file; names its folder in the cache."""
    amount: Amount
    shares: tuple[Share, ...]
    """What it is made of; the instantiate request may have overridden the package's own."""
    interfaces: tuple[Interface, ...]
    should_run: bool = True
    """Whether it is to be started again when it ends by itself."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the instance is reached."""
        return addresses_of(self.interfaces)

    def to_run(self, should_run: bool) -> "Workload":
        """Return the same workload with another wish."""
        return msgspec.structs.replace(self, should_run=should_run)


def request_for(
    app_instance_id: AppInstanceId,
    package: HeldPackage,
    *,
    amount: Amount,
    shares: tuple[Share, ...],
) -> WorkloadRequest:  # fmt: skip
    """Return what the VIM is asked for; raise Unprocessable for an image that is not there.

    Storage is not shared out: all containers write to the one /data of the instance.
    """
    containers = tuple(
        ContainerRequest(
            name=share.name,
            image=package.image(share.image_id),
            amount=Amount(
                cpu_milli=share.cpu_milli,
                memory_bytes=share.memory_bytes,
                storage_bytes=amount.storage_bytes,
            ),
        )
        for share in shares
    )
    return WorkloadRequest(app_instance_id, amount, containers)


def addresses_of(interfaces: tuple[Interface, ...]) -> tuple[str, ...]:
    """Return the addresses of interfaces, without prefix lengths."""
    return tuple(interface.address.partition("/")[0] for interface in interfaces)


def configuration_of(
    app_instance_id: AppInstanceId,
    app_d: AppD,
    interfaces: tuple[Interface, ...],
    *,
    platform: tuple[str, ...],
) -> PlatformConfiguration:
    """Return what the platform must know of the instance; raise Unprocessable for a bad rule.

    ``platform`` is where the instance reaches it.
    """
    addresses = addresses_of(interfaces)
    gateways = tuple(each.gateway for each in interfaces if each.gateway)
    places = Addresses(instance=addresses, platform=platform, gateway=gateways)
    return PlatformConfiguration(
        app_instance_id=app_instance_id,
        app_d_id=app_d.app_d_id,
        app_name=app_d.app_name,
        app_provider=app_d.app_provider,
        traffic_rules=traffic_rules(app_d.app_traffic_rule, places),
        dns_rules=dns_rules(app_d.app_dns_rule, places),
        attachments=tuple(
            Attachment(address=address, device=interface.device)
            for address, interface in zip(addresses, interfaces, strict=True)
        ),
        services_required=tuple(each.ser_name for each in app_d.app_service_required),
        services_produced=tuple(each.ser_name for each in app_d.app_service_produced),
        requested_permissions=permissions_of(app_d),
    )


def permissions_of(app_d: AppD) -> tuple[str, ...]:
    """Return the scopes that an AppD asks for, for services it requires or can use."""
    consumed = (*app_d.app_service_required, *app_d.app_service_optional)
    return tuple(sorted({scope for each in consumed for scope in each.requested_permissions}))
