"""Faults in an AppD that its types cannot rule out: what must go together, and what must not.

Pure. Ref: MEC 010-2 clause 6.2.1. Never knows a host: whether it fits one is placement's matter.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from .appd import AppD, ServiceDependency
from .faults import Fault
from .resources import StorageType
from .rule_checks import rule_faults

MEC_VERSIONS = re.compile(r"^\s*\d+\.\d+\.\d+(\s*,\s*\d+\.\d+\.\d+)*\s*$")
APP_D_ID = re.compile(r"^[^\s/\\?#%\x00-\x1f]{1,255}$")


def faults_of(appd: AppD) -> list[Fault]:
    """Return every fault of ``appd``, in the order of its fields; none: it can be on-boarded."""
    return [
        *_identity_faults(appd),
        *_realisation_faults(appd),
        *_image_faults(appd),
        *_storage_faults(appd),
        *_dependency_faults(appd),
        *rule_faults(appd),
        *_limit_faults(appd),
        *_repeated_ids(appd),
    ]


def _identity_faults(appd: AppD) -> Iterator[Fault]:
    if not APP_D_ID.match(appd.app_d_id):
        yield Fault(
            "appd-id",
            f"appDId {appd.app_d_id!r} cannot name a resource.",
            "Write 1 to 255 characters without space, slash, ?, # or %.",
            field="appDId",
        )
    texts = {
        "appName": appd.app_name,
        "appProvider": appd.app_provider,
        "appSoftVersion": appd.app_soft_version,
        "appDVersion": appd.app_d_version,
    }
    for name, value in texts.items():
        if not value.strip():
            yield Fault("appd-empty", f"{name} is empty.", f"Give {name} a value.", field=name)
    if not MEC_VERSIONS.match(appd.mec_version):
        yield Fault(
            "appd-mec-version",
            f"mecVersion {appd.mec_version!r} is no list of versions.",
            "Write x.y.z, several with commas: 3.1.1,2.2.1.",
            field="mecVersion",
        )


def _realisation_faults(appd: AppD) -> Iterator[Fault]:
    machine, containers = appd.virtual_compute_descriptor, appd.os_container_descriptor
    if (machine is None) == (not containers):
        yield Fault(
            "appd-realisation",
            "Exactly one of virtualComputeDescriptor and osContainerDescriptor must be there.",
            "Keep the one that realises the application and take the other away.",
            field="osContainerDescriptor",
        )
    if machine is not None and len(appd.sw_image_descriptor) != 1:
        yield Fault(
            "appd-vm-image",
            f"A virtual machine has one software image, not {len(appd.sw_image_descriptor)}.",
            "Keep one swImageDescriptor.",
            field="swImageDescriptor",
        )
    only_containers = {
        "logicalNode": appd.logical_node,
        "requestAdditionalCapabilities": appd.request_additional_capabilities,
        "mcioConstraintParams": appd.mcio_constraint_params,
        "mciopId": appd.mciop_id,
    }
    for name, value in only_containers.items():
        if machine is not None and value:
            yield Fault(
                "appd-containers-only",
                f"{name} is for applications in containers alone.",
                f"Take {name} away, or move it into virtualComputeDescriptor if it exists there.",
                field=name,
            )


def _image_faults(appd: AppD) -> Iterator[Fault]:
    known = {image.id for image in appd.sw_image_descriptor}
    for number, each in enumerate(appd.os_container_descriptor):
        if each.image_id not in known:
            yield Fault(
                "appd-image-reference",
                f"Container {each.os_container_desc_id} runs image {each.image_id!r}, "
                "which swImageDescriptor does not have.",
                f"Use one of {', '.join(sorted(known))}.",
                field=f"osContainerDescriptor[{number}].swImageDesc",
            )
    if not appd.os_container_descriptor:
        return
    for number, image in enumerate(appd.sw_image_descriptor):
        for name, value in (("diskFormat", image.disk_format), ("minDisk", image.min_disk)):
            if value is not None:
                yield Fault(
                    "appd-image-vm-only",
                    f"Image {image.id} has {name}, which is for virtual machines alone.",
                    f"Take {name} away.",
                    field=f"swImageDescriptor[{number}].{name}",
                )


def _storage_faults(appd: AppD) -> Iterator[Fault]:
    for number, storage in enumerate(appd.virtual_storage_descriptor):
        data = {
            StorageType.BLOCK: ("blockStorageData", storage.block_storage_data),
            StorageType.OBJECT: ("objectStorageData", storage.object_storage_data),
            StorageType.FILE: ("fileStorageData", storage.file_storage_data),
        }
        for kind, (name, value) in data.items():
            if (kind is storage.type_of_storage) != (value is not None):
                yield Fault(
                    "appd-storage",
                    f"Storage {storage.id} is of type {storage.type_of_storage}: {name} must "
                    f"{'be there' if value is None else 'not be there'}.",
                    "Let typeOfStorage and the one block of data agree.",
                    field=f"virtualStorageDescriptor[{number}].{name}",
                )


def _dependency_faults(appd: AppD) -> Iterator[Fault]:
    wanted: dict[str, tuple[ServiceDependency, ...]] = {
        "appServiceRequired": appd.app_service_required,
        "appServiceOptional": appd.app_service_optional,
    }
    groups = [("transportDependencies", appd.transport_dependencies)]
    groups += [
        (f"{name}[{number}].serTransportDependencies", service.ser_transport_dependencies)
        for name, services in wanted.items()
        for number, service in enumerate(services)
    ]
    for name, dependencies in groups:
        for number, dependency in enumerate(dependencies):
            for part, values in (
                ("serializers", dependency.serializers),
                ("labels", dependency.labels),
            ):
                if not values:
                    yield Fault(
                        "appd-transport",
                        f"A transport dependency needs {part}.",
                        f"Give {part} at least one entry.",
                        field=f"{name}[{number}].{part}",
                    )
    both = {s.ser_name for s in appd.app_service_required} & {
        s.ser_name for s in appd.app_service_optional
    }
    for service_name in sorted(both):
        yield Fault(
            "appd-service-twice",
            f"Service {service_name} is required and optional at once.",
            "Keep one of the two.",
            field="appServiceOptional",
        )


def _limit_faults(appd: AppD) -> Iterator[Fault]:
    if appd.app_latency is not None and appd.app_latency.max_latency <= 0:
        yield Fault(
            "appd-latency",
            f"A maxLatency of {appd.app_latency.max_latency} ns cannot be met.",
            "Write nanoseconds, one way: 2000000 is 2 ms.",
            field="appLatency.maxLatency",
        )
    stop, end = appd.change_app_instance_state_op_config, appd.terminate_app_instance_op_config
    if stop is not None:
        yield from _timeout_faults(
            "changeAppInstanceStateOpConfig",
            stop.min_graceful_stop_timeout,
            stop.max_recommended_graceful_stop_timeout,
        )
    if end is not None:
        yield from _timeout_faults(
            "terminateAppInstanceOpConfig",
            end.min_graceful_termination_timeout,
            end.max_recommended_graceful_termination_timeout,
        )
    context = appd.user_context_transfer_capability
    if context is not None and context.stateful_application != (
        context.user_context_transfer_support is not None
    ):
        yield Fault(
            "appd-user-context",
            "userContextTransferSupport belongs to stateful applications, and to each of them.",
            "Give it exactly when statefulApplication is true.",
            field="userContextTransferCapability.userContextTransferSupport",
        )


def _timeout_faults(name: str, least: float, most: float | None) -> Iterator[Fault]:
    if least < 0 or (most is not None and most < least):
        yield Fault(
            "appd-timeout",
            f"{name}: the longest time ({most} s) must not be under the shortest ({least} s), "
            "and neither under 0.",
            "Correct the two.",
            field=name,
        )


def _repeated_ids(appd: AppD) -> Iterator[Fault]:
    ids: dict[str, Iterable[str]] = {
        "swImageDescriptor": (each.id for each in appd.sw_image_descriptor),
        "osContainerDescriptor": (x.os_container_desc_id for x in appd.os_container_descriptor),
        "virtualStorageDescriptor": (each.id for each in appd.virtual_storage_descriptor),
        "appExtCpd": (each.cpd_id for each in appd.app_ext_cpd),
        "appTrafficRule": (each.traffic_rule_id for each in appd.app_traffic_rule),
        "appDNSRule": (each.dns_rule_id for each in appd.app_dns_rule),
    }
    for name, values in ids.items():
        for value, times in Counter(values).items():
            if times > 1:
                yield Fault(
                    "appd-id-twice",
                    f"{name} has the id {value!r} {times} times.",
                    "Give each its own id.",
                    field=name,
                )
