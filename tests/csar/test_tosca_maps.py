"""What NFV-SOL 001 keeps as maps is written as maps, and read whoever has written it."""

from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.model.descriptors import an_appd

from wayside.csar.template_reading import read_template
from wayside.csar.template_writing import write_template
from wayside.csar.tosca_maps import WAYS, Kept
from wayside.model.appd import AppD, McioConstraint
from wayside.model.images import ChecksumData
from wayside.model.resources import (
    AdditionalServiceData,
    AppExternalCpd,
    CpuPinningPolicy,
    LayerProtocol,
    LogicalNodeRequirements,
    PortProtocol,
    RequestedAdditionalCapabilityData,
    ServicePortData,
    VirtualCpuPinningData,
)

words = st.text("abc", max_size=3)
pairs = st.dictionaries(words, words | st.integers(), max_size=2)
ENTRIES: dict[Kept, st.SearchStrategy[Any]] = {
    Kept.BY_ID: st.lists(st.fixed_dictionaries({"id": words, "of": words}), max_size=3),
    Kept.BY_NUMBER: st.lists(pairs, max_size=3),
    Kept.PAIRS: st.lists(pairs, max_size=3),
    Kept.TEXTS: st.lists(words, max_size=3),
    Kept.TEXT: words,
    Kept.ONE: pairs,
    Kept.SNAKE: st.lists(st.sampled_from([each.value for each in McioConstraint])),
}


@pytest.mark.parametrize("kept", Kept)
def test_nothing_is_lost_there_and_back(kept: Kept) -> None:
    @given(ENTRIES[kept])
    def hold(entries: Any) -> None:
        way = WAYS[kept]
        assert way.back(way.there(entries)) == entries

    hold()


APPD = an_appd(
    mcio_constraint_params=(McioConstraint.LOCAL_AFFINITY_CIS_NODE, McioConstraint.NODE_POOL),
    logical_node=(
        LogicalNodeRequirements(id="gpu", logical_node_requirement_detail=("two of them",)),
    ),
    request_additional_capabilities=(
        RequestedAdditionalCapabilityData(
            requested_additional_capability_name="sriov",
            support_mandatory=True,
            target_performance_parameters=({"rate": "10"}, {"loss": "0"}),
        ),
    ),
    app_ext_cpd=(
        AppExternalCpd(
            cpd_id="eth0",
            layer_protocol=(LayerProtocol.PSEUDO_WIRE,),
            additional_service_data=(
                AdditionalServiceData(
                    port_data=(
                        ServicePortData(
                            name="web", protocol=PortProtocol.TCP, port=80, port_configurable=False
                        ),
                    )
                ),
            ),
        ),
    ),
)


def nodes_of(template: bytes) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(template)["topology_template"]["node_templates"]
    return found


def read_back(template: bytes) -> AppD:
    found = read_template("t.yaml", lambda _: template)
    assert [fault for fault in found.faults if fault.code.startswith("template")] == []
    return found.appd


def test_the_deployable_unit_has_the_shape_of_sol_001() -> None:
    properties = nodes_of(write_template(APPD))["deployable_unit"]["properties"]
    assert properties["logical_node"] == {
        "gpu": {"logical_node_requirements": {"1": "two of them"}}
    }
    assert properties["mcio_constraint_params"] == ["local_affinity_cis_node", "node_pool"]
    (capability,) = properties["requested_additional_capabilities"].values()
    assert capability["target_performance_parameters"] == {"rate": "10", "loss": "0"}
    assert read_back(write_template(APPD)) == APPD


def test_a_connection_point_writes_small_what_an_appd_writes_large() -> None:
    properties = nodes_of(write_template(APPD))["connection_point_1"]["properties"]
    assert properties["layer_protocols"] == ["pseudo-wire"]
    assert properties["additional_service_data"] == [
        {"portData": [{"name": "web", "protocol": "tcp", "port": 80, "portConfigurable": False}]}
    ]


def test_an_image_is_written_in_words_that_sol_001_knows() -> None:
    image = msgspec.structs.replace(
        APPD.sw_image_descriptor[0], checksum=ChecksumData(algorithm="SHA-256", hash="ab")
    )
    appd = msgspec.structs.replace(APPD, sw_image_descriptor=(image,))
    written = nodes_of(write_template(appd))["container_1"]["artifacts"]["app"]["properties"]
    assert written["container_format"] == "docker"
    assert written["checksum"]["algorithm"] == "sha-256"
    assert read_back(write_template(appd)) == appd


def test_each_container_has_the_image_that_it_runs_as_its_own_artifact() -> None:
    (one,) = APPD.os_container_descriptor
    other = msgspec.structs.replace(one, os_container_desc_id="other")
    appd = msgspec.structs.replace(APPD, os_container_descriptor=(one, other))
    nodes = nodes_of(write_template(appd))
    for node in (nodes["container_1"], nodes["container_2"]):
        assert list(node["artifacts"]) == ["app"]
        assert "sw_image_desc" not in node["properties"]
    assert read_back(write_template(appd)) == appd


def test_maps_by_another_hand_are_read() -> None:
    document = yaml.safe_load(write_template(APPD))
    nodes = document["topology_template"]["node_templates"]
    unit, container = nodes["deployable_unit"]["properties"], nodes["container_1"]["properties"]
    unit["logical_node"] = {"gpu": {"logical_node_requirements": {"model": "x1", "count": "2"}}}
    unit["is_num_of_instances_cluster_based"] = False
    container["cpu_pinning_requirements"] = {"virtual_cpu_pinning_policy": "static"}
    container["huge_pages_resources"] = [{"hugepage_size": "2 MiB", "requested_size": "64 MiB"}]
    container["requested_cpu_resources_valid_values"] = {"range": [1, 2]}
    appd = read_back(yaml.safe_dump(document, sort_keys=False).encode())
    assert appd.logical_node[0].logical_node_requirement_detail == ("model: x1", "count: 2")
    (found,) = appd.os_container_descriptor
    assert found.cpu_pinning_requirements == VirtualCpuPinningData(
        virtual_cpu_pinning_policy=CpuPinningPolicy.STATIC
    )
    assert found.huge_page_resources == {"hugepage_size": "2 MiB", "requested_size": "64 MiB"}
