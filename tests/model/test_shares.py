"""What each container runs and may use: its limit, else its request."""

import msgspec
from tests.model.descriptors import an_appd

from wayside.model.appd import AppD
from wayside.model.images import SwImageDescriptor
from wayside.model.resources import (
    OsContainerDescriptor,
    VirtualComputeDescriptor,
    VirtualCpuData,
    VirtualMemoryData,
)
from wayside.model.shares import image_ids, shares_of

MB = 1024 * 1024


def with_containers(*containers: OsContainerDescriptor) -> AppD:
    first = an_appd().sw_image_descriptor[0]
    images = tuple(msgspec.structs.replace(first, id=name, name=name) for name in ("a", "b", "c"))
    return msgspec.structs.replace(
        an_appd(),
        virtual_compute_descriptor=None,
        os_container_descriptor=containers,
        sw_image_descriptor=images,
    )


def container(name: str, image: str | SwImageDescriptor, **wanted: int) -> OsContainerDescriptor:
    return OsContainerDescriptor(
        os_container_desc_id=name, name=name, description="d", sw_image_desc=image, **wanted
    )


def test_a_container_is_bounded_by_its_limit_and_without_one_by_its_request() -> None:
    limited = container("one", "a", cpu_resource_limit=700, requested_cpu_resources=200)
    asking = container("two", "b", requested_cpu_resources=300, memory_resource_limit=64)
    one, two = shares_of(with_containers(limited, asking))
    assert (one.name, one.image_id, one.cpu_milli, one.memory_bytes) == ("one", "a", 700, 0)
    assert (two.name, two.image_id, two.cpu_milli, two.memory_bytes) == ("two", "b", 300, 64 * MB)


def test_a_container_that_says_nothing_has_no_bound_of_its_own() -> None:
    asking = container("one", "a", requested_memory_resources=64)
    silent = container("two", "b")
    one, two = shares_of(with_containers(asking, silent))
    assert (one.memory_bytes, two.memory_bytes) == (64 * MB, 0)


def test_a_machine_is_one_program_with_all_that_it_asks_for() -> None:
    machine = VirtualComputeDescriptor(
        virtual_compute_desc_id="vm",
        virtual_cpu=VirtualCpuData(num_virtual_cpu=2),
        virtual_memory=VirtualMemoryData(virtual_mem_size=128),
    )
    app_d = an_appd(os_container_descriptor=(), virtual_compute_descriptor=machine)
    (share,) = shares_of(app_d)
    assert (share.image_id, share.cpu_milli, share.memory_bytes) == ("app", 2000, 128 * MB)


def test_every_image_that_may_be_run_is_named_once() -> None:
    app_d = with_containers(container("one", "b"), container("two", "b"), container("three", "c"))
    assert image_ids(app_d) == ("b", "c", "a")
