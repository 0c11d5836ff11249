"""The AppD under its standard names, and what its types accept."""

import pytest
from tests.model.descriptors import a_traffic_rule, an_appd

from wayside.core.errors import Unprocessable
from wayside.core.wire import decode, encode
from wayside.model.appd import (
    AppD,
    AppNetworkPolicy,
    InterfaceDescriptor,
    SteeredNetwork,
    TrafficFilter,
    TunnelInfo,
    TunnelType,
)
from wayside.model.needs import needs_of
from wayside.model.resources import (
    BlockStorageData,
    StorageType,
    VirtualComputeDescriptor,
    VirtualCpuData,
    VirtualMemoryData,
    VirtualStorageDescriptor,
)
from wayside.model.rules import InterfaceType


def test_an_appd_survives_the_wire() -> None:
    assert decode(encode(an_appd()), AppD) == an_appd()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (AppNetworkPolicy(steered_network=SteeredNetwork(wi_fi_network=True)), b'"wi-fiNetwork"'),
        (TrafficFilter(q_ci=1, d_scp=2, t_c=3), b'{"qCI":1,"dSCP":2,"tC":3}'),
        (TunnelInfo(tunnel_type=TunnelType.GTP_U), b'"GTP-U"'),
        (
            InterfaceDescriptor(
                interface_type=InterfaceType.MAC, src_mac_address="a", dst_mac_address="b"
            ),
            b'{"interfaceType":"MAC","srcMACAddress":"a","dstMACAddress":"b"}',
        ),
        (an_appd(), b'"appDNSRule"'),
        (an_appd(), b'"appDId":"app-1.0"'),
        (an_appd(), b'"appSoftVersion":"1.0","appDVersion":"1.0","mecVersion":"3.1.1"'),
    ],
)
def test_names_are_those_of_the_standard(value: object, written: bytes) -> None:
    assert written in encode(value)


def test_one_interface_may_stand_alone_or_in_a_list() -> None:
    alone = InterfaceDescriptor(interface_type=InterfaceType.IP, dst_ip_address="192.0.2.1")
    assert a_traffic_rule(dst_interface=alone).dst_interfaces == (alone,)
    assert a_traffic_rule(dst_interface=(alone,)).dst_interfaces == (alone,)
    assert a_traffic_rule(dst_interface=None).dst_interfaces == ()


@pytest.mark.parametrize(
    ("was", "becomes", "field"),
    [
        (b'"priority":100', b'"priority":256', "$.appTrafficRule[0].priority"),
        (b'"priority":100', b'"priority":-1', "$.appTrafficRule[0].priority"),
        (b'"FLOW"', b'"STREAM"', "$.appTrafficRule[0].filterType"),
        (b'"maxLatency":2000000', b'"maxLatency":"2ms"', "$.appLatency.maxLatency"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(was: bytes, becomes: bytes, field: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        decode(encode(an_appd()).replace(was, becomes), AppD)
    assert caught.value.field == field


def test_needs_are_summed_in_whole_units() -> None:
    storage = VirtualStorageDescriptor(
        id="s",
        type_of_storage=StorageType.BLOCK,
        block_storage_data=BlockStorageData(size_of_storage=2),
    )
    appd = an_appd(virtual_storage_descriptor=(storage,))
    assert needs_of(appd) == (250, 64 * 1024**2, 2 * 1024**3)


def test_a_virtual_machine_needs_whole_cores() -> None:
    machine = VirtualComputeDescriptor(
        virtual_compute_desc_id="vm",
        virtual_memory=VirtualMemoryData(virtual_mem_size=512),
        virtual_cpu=VirtualCpuData(num_virtual_cpu=2),
        virtual_disk=(BlockStorageData(size_of_storage=1),),
    )
    appd = an_appd(virtual_compute_descriptor=machine, os_container_descriptor=())
    assert needs_of(appd) == (2000, 512 * 1024**2, 1024**3)
