"""A valid AppD to start from, and hypothesis strategies for any AppD that its types allow."""

import types
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from wayside.core.wire import Wire
from wayside.model.appd import (
    INSTANCE_IP,
    AppD,
    DNSRuleDescriptor,
    InterfaceDescriptor,
    LatencyDescriptor,
    TrafficFilter,
    TrafficRuleDescriptor,
)
from wayside.model.images import SwImageDescriptor
from wayside.model.resources import AppExternalCpd, LayerProtocol, OsContainerDescriptor
from wayside.model.rules import FilterType, InterfaceType, IpAddressType, RuleAction


def an_appd(**changes: Any) -> AppD:
    """A small valid descriptor, with ``changes`` to its fields."""
    image = SwImageDescriptor(
        id="app", name="app", version="1.0", container_format="OCI", sw_image="Images/app.tar"
    )
    start = AppD(
        app_d_id="app-1.0",
        app_name="app",
        app_provider="Example",
        app_soft_version="1.0",
        app_d_version="1.0",
        mec_version="3.1.1",
        app_description="An application.",
        os_container_descriptor=(
            OsContainerDescriptor(
                os_container_desc_id="app",
                name="app",
                description="The one container.",
                requested_cpu_resources=250,
                requested_memory_resources=64,
                sw_image_desc="app",
            ),
        ),
        sw_image_descriptor=(image,),
        app_ext_cpd=(AppExternalCpd(cpd_id="eth0", layer_protocol=(LayerProtocol.IPV4,)),),
        app_traffic_rule=(a_traffic_rule(),),
        app_dns_rule=(
            DNSRuleDescriptor(
                dns_rule_id="name",
                domain_name="app.example",
                ip_address_type=IpAddressType.IP_V4,
                ip_address=INSTANCE_IP,
                ttl=30,
            ),
        ),
        app_latency=LatencyDescriptor(max_latency=2_000_000),
    )
    return msgspec.structs.replace(start, **changes)


def a_traffic_rule(**changes: Any) -> TrafficRuleDescriptor:
    """A valid traffic rule, with ``changes`` to its fields."""
    start = TrafficRuleDescriptor(
        traffic_rule_id="steer",
        filter_type=FilterType.FLOW,
        priority=100,
        traffic_filter=(TrafficFilter(dst_address=("203.0.113.10/32",), protocol=("TCP",)),),
        action=RuleAction.FORWARD_DECAPSULATED,
        dst_interface=(
            InterfaceDescriptor(interface_type=InterfaceType.IP, dst_ip_address=INSTANCE_IP),
        ),
    )
    return msgspec.structs.replace(start, **changes)


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | TEXT
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)


def any_wire(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a wire type."""
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in msgspec.structs.fields(kind):
        if field.required:
            required[field.name] = any_value(field.type)
        else:
            optional[field.name] = st.just(field.default) | any_value(field.type)
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: kind(**given))


def any_value(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        bounds = arguments[1]
        if bounds.ge is not None:
            return st.integers(bounds.ge, bounds.le)
        return st.lists(any_value(get_args(arguments[0])[0]), min_size=1, max_size=2).map(tuple)
    if origin in (Union, types.UnionType):
        if set(arguments) == {int, float}:
            return NUMBERS
        return st.one_of(*(any_value(each) for each in arguments))
    if origin is tuple:
        return st.lists(any_value(arguments[0]), max_size=2).map(tuple)
    if origin is dict:
        values = TEXT if arguments[1] is str else SCALARS
        return st.dictionaries(TEXT, values, max_size=2)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and issubclass(kind, Wire):
        return st.deferred(lambda: any_wire(kind))
    plain = {str: TEXT, int: st.integers(-(2**40), 2**40), bool: st.booleans()}
    return {**plain, float: NUMBERS, type(None): st.none()}[kind]


any_appd = any_wire(AppD)
