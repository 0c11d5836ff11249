"""How much an application asks of a host, summed over its descriptor.

Never reserves anything: the VIM does.
"""

from typing import NamedTuple

from .appd import AppD
from .resources import Number, StorageType, VirtualStorageDescriptor

MB = 1024 * 1024
GB = 1024 * MB


class Needs(NamedTuple):
    """CPU in thousandths of a core, memory and storage in bytes."""

    cpu_milli: int
    memory_bytes: int
    storage_bytes: int


def needs_of(appd: AppD) -> Needs:
    """Return what placement must find free: requests, or limits where a request is absent."""
    storage = sum(_stored_gb(each) for each in appd.virtual_storage_descriptor)
    machine = appd.virtual_compute_descriptor
    if machine is not None:
        disks = sum(disk.size_of_storage for disk in machine.virtual_disk)
        cpu_milli = machine.virtual_cpu.num_virtual_cpu * 1000
        memory_bytes = int(machine.virtual_memory.virtual_mem_size * MB)
        return Needs(cpu_milli, memory_bytes, int((storage + disks) * GB))
    cpu_milli, memory, ephemeral = 0, 0.0, 0.0
    for each in appd.os_container_descriptor:
        cpu_milli += each.requested_cpu_resources or each.cpu_resource_limit or 0
        memory += each.requested_memory_resources or each.memory_resource_limit or 0
        ephemeral += (
            each.requested_ephemeral_storage_resources or each.ephemeral_storage_resource_limit or 0
        )
    return Needs(cpu_milli, int(memory * MB), int((storage + ephemeral) * GB))


def _stored_gb(wanted: VirtualStorageDescriptor) -> Number:
    kind = wanted.type_of_storage
    if kind is StorageType.BLOCK and wanted.block_storage_data:
        return wanted.block_storage_data.size_of_storage
    if kind is StorageType.FILE and wanted.file_storage_data:
        return wanted.file_storage_data.size_of_storage
    if kind is StorageType.OBJECT and wanted.object_storage_data:
        return wanted.object_storage_data.max_size_of_storage or 0
    return 0
