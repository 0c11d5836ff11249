"""An AppD survives the way into a TOSCA template and back; faults come with their line."""

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests.model.descriptors import an_appd, any_appd

from wayside.core.wire import decode, encode
from wayside.csar.faults import FaultsFound
from wayside.csar.template_reading import read_template
from wayside.csar.template_writing import write_template
from wayside.model.appd import AppD


def there_and_back(appd: AppD) -> AppD:
    written = write_template(appd)
    return read_template("Definitions/app.yaml", lambda _: written)[0]


def with_images_in_order(appd: AppD) -> AppD:
    by_id = {image.id: image for image in reversed(appd.sw_image_descriptor)}
    images = tuple(by_id[name] for name in sorted(by_id))
    return msgspec.structs.replace(appd, sw_image_descriptor=images)


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(any_appd)
def test_nothing_of_any_appd_is_lost(appd: AppD) -> None:
    # The order of images means nothing and their ids are unique: TOSCA keeps them as a mapping.
    appd = with_images_in_order(appd)
    assert with_images_in_order(there_and_back(appd)) == appd
    assert decode(encode(appd), AppD) == appd


def test_the_same_appd_gives_the_same_template() -> None:
    assert write_template(an_appd()) == write_template(an_appd())


def test_the_template_has_the_shape_of_mec_037() -> None:
    document = yaml.safe_load(write_template(an_appd()))
    assert document["tosca_definitions_version"] == "tosca_simple_yaml_1_3"
    (kind,) = document["node_types"]
    assert document["node_types"][kind]["derived_from"] == "tosca.nodes.mec.MecApp"
    nodes = document["topology_template"]["node_templates"]
    assert nodes["app"]["type"] == kind
    assert nodes["app"]["properties"]["descriptor_id"] == "app-1.0"
    assert nodes["app"]["properties"]["mec_version"] == ["3.1.1"]
    container = nodes["container_1"]
    assert container["type"] == "tosca.nodes.nfv.Vdu.OsContainer"
    assert container["properties"]["requested_memory_resources"] == "64 MiB"
    assert container["artifacts"]["app"]["type"] == "tosca.artifacts.nfv.SwImage"
    policies = [next(iter(each.values()))["type"] for each in _policies(document)]
    assert "tosca.policies.nfv.VduInstantiationLevels" in policies


def _policies(document: dict[str, dict[str, list[dict[str, dict[str, str]]]]]) -> list:  # type: ignore[type-arg]
    return document["topology_template"]["policies"]


FOREIGN = """\
tosca_definitions_version: tosca_simple_yaml_1_3
imports:
  - https://forge.etsi.org/rep/mec/gs037-pkg-format/raw/v3.2.1/MecAppDTypes.yaml
  - types/own.yaml
topology_template:
  node_templates:
    Shop:
      type: Corp.Shop
      properties:
        mec_version: [ '2.2.1', '3.1.1' ]
        app_service_produced:
          - ser_name: AMS
            version: 1.0
            transports_supported:
              - transport:
                  type: REST_HTTP
                  protocol: HTTP
                  version: '2.0'
                  security: { oauth2_grant_type: OAUTH2_CLIENT_CREDENTIALS }
                serializers: [ JSON ]
        app_traffic_rule:
          - traffic_rule_id: rule1
            filter_type: FLOW
            priority: 1
            traffic_filter: [ { src_port: [ 8080 ], qci: 1, tc: 0 } ]
            action: DROP
        app_network_policy: { cellular_network: true, wifi_network: false }
        lcm_operations_configuration:
          terminate: { min_graceful_termination_timeout: 1 m }
    Vm:
      type: tosca.nodes.nfv.Vdu.Compute
      capabilities:
        virtual_compute:
          properties:
            virtual_memory: { virtual_mem_size: 8 GiB }
            virtual_cpu: { num_virtual_cpu: 2, virtual_cpu_clock: 1800 MHz }
      artifacts:
        disk:
          type: tosca.artifacts.nfv.SwImage
          file: Images/disk.qcow2
          properties:
            name: Shop
            version: 1.10
            container_format: bare
            disk_format: qcow2
            min_disk: 2 GiB
    Cp:
      type: tosca.nodes.nfv.VduCp
      properties: { layer_protocols: [ ipv4 ] }
      requirements: [ { virtual_binding: Vm } ]
  policies:
    - levels:
        type: tosca.policies.nfv.InstantiationLevels
        properties: { levels: { one: { description: one } }, default_level: one }
    - machines:
        type: tosca.policies.nfv.VduInstantiationLevels
        properties: { levels: { one: { number_of_instances: 1 } } }
        targets: [ Vm ]
  substitution_mappings:
    node_type: Corp.Shop
    requirements: { virtual_link: [ Cp, virtual_link ] }
"""
OWN_TYPES = """\
tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  Corp.Base: { derived_from: tosca.nodes.mec.MecApp }
  Corp.Shop:
    derived_from: Corp.Base
    properties:
      descriptor_id: { type: string, default: b1bb0ce7 }
      provider: { type: string, default: Corp }
      product_name: { type: string, default: Shop }
      software_version: { type: string, default: '1.0' }
      descriptor_version: { type: string, default: '1.0' }
      product_info_description: { type: string, default: Sells. }
"""


def foreign(template: str = FOREIGN) -> AppD:
    files = {"Definitions/main.yaml": template, "Definitions/types/own.yaml": OWN_TYPES}
    found = read_template(
        "Definitions/main.yaml", lambda name: files[name].encode() if name in files else None
    )
    assert found.faults == []
    return found.appd


def test_a_template_by_another_hand_is_read() -> None:
    appd = foreign()
    assert (appd.app_d_id, appd.mec_version) == ("b1bb0ce7", "2.2.1,3.1.1")
    machine = appd.virtual_compute_descriptor
    assert machine is not None
    assert machine.virtual_memory.virtual_mem_size == 8192
    assert appd.sw_image_descriptor[0].version == "1.10"
    assert appd.app_traffic_rule[0].traffic_filter[0].src_port == ("8080",)
    assert appd.app_traffic_rule[0].traffic_filter[0].q_ci == 1
    security = appd.app_service_produced[0].transports_supported[0].transport.security
    assert security.o_auth2_info is not None
    assert appd.app_network_policy is not None
    assert appd.app_network_policy.steered_network.wi_fi_network is False
    assert appd.terminate_app_instance_op_config is not None
    assert appd.terminate_app_instance_op_config.min_graceful_termination_timeout == 60


@pytest.mark.parametrize(
    ("was", "becomes", "code", "line", "said"),
    [
        ("priority: 1", "priority: high", "appd-type", 24, "int"),
        ("priority: 1", "priority: 256", "appd-type", 24, "255"),
        ("action: DROP", "action: EAT", "appd-type", 26, "EAT"),
        ("            filter_type: FLOW\n", "", "appd-type", 22, "filterType"),
        ("_1_3\nimports", "_1_2\nimports", "template-version", 1, "tosca_simple_yaml_1_2"),
        ("types/own.yaml", "types/gone.yaml", "template-import", 4, "gone.yaml"),
        ("types/own.yaml", "../../own.yaml", "template-import", 4, "own.yaml"),
        ("types/own.yaml", "http://h/own.yaml", "template-import", 4, "not in the package"),
        ("type: Corp.Shop", "type: Corp.Other", "template-app", 6, "0 nodes"),
        ("src_port: [ 8080 ]", "src_port: [ 8080", "yaml-syntax", 25, "YAML"),
        ("priority: 1", "priority: !!python/name:os.system x", "yaml-form", 24, "not known"),
        ("priority: 1", "filter_type: FLOW", "yaml-form", 24, "twice"),
    ],
)
def test_a_fault_names_its_line(was: str, becomes: str, code: str, line: int, said: str) -> None:
    with pytest.raises(FaultsFound) as caught:
        foreign(FOREIGN.replace(was, becomes, 1))
    fault = caught.value.faults[0]
    assert (fault.code, fault.line) == (code, line), str(fault)
    assert fault.file == "Definitions/main.yaml"
    assert said in str(fault)
    assert fault.remedy


@pytest.mark.parametrize(
    ("was", "becomes", "code", "line", "said"),
    [
        ("app_traffic_rule:", "app_trafic_rule:", "template-property", 21, "app_traffic_rule?"),
        ("qci: 1", "quality: 1", "template-property", 25, "quality"),
        ("virtual_cpu_clock:", "cpu_clock:", "template-property", 36, "virtual_cpu_clock?"),
        ("terminate: {", "finish: {", "template-property", 29, "finish"),
        ("layer_protocols:", "layers:", "template-property", 49, "layers"),
        ("container_format:", "format:", "template-property", 44, "disk_format?"),
        ("virtual_binding: Vm", "virtual_binding: Nowhere", "template-reference", 50, "Nowhere"),
        ("targets: [ Vm ]", "targets: [ Gone ]", "template-reference", 58, "Gone"),
        ("[ Cp, virtual_link ]", "[ Way, virtual_link ]", "template-reference", 61, "Way"),
        ("node_type: Corp.Shop", "node_type: Corp.Base", "template-substitution", 59, "Corp.Shop"),
        ("nfv.InstantiationLevels", "nfv.Other", "template-policy", 51, "mandatory"),
        ("nfv.VduInstantiationLevels", "nfv.Other", "template-policy", 51, "mandatory"),
        ("type: tosca.nodes.nfv.VduCp", "type: tosca.nodes.Cup", "template-node", 48, "Cup"),
    ],
)
def test_a_fault_of_the_structure_names_its_line(
    was: str, becomes: str, code: str, line: int, said: str
) -> None:
    assert was in FOREIGN
    text = FOREIGN.replace(was, becomes, 1)
    files = {"Definitions/main.yaml": text, "Definitions/types/own.yaml": OWN_TYPES}
    try:
        found = read_template("Definitions/main.yaml", lambda name: files[name].encode()).faults
    except FaultsFound as caught:
        found = list(caught.faults)
    told = {fault.code: fault for fault in found}
    assert code in told, found
    assert (told[code].file, told[code].line) == ("Definitions/main.yaml", line), str(told[code])
    assert said in str(told[code])


def test_a_property_of_one_s_own_node_type_is_no_fault() -> None:
    text = FOREIGN.replace("        mec_version:", "        colour: red\n        mec_version:", 1)
    own = OWN_TYPES + "      colour: { type: string }\n"
    files = {"Definitions/main.yaml": text, "Definitions/types/own.yaml": own}
    assert read_template("Definitions/main.yaml", lambda name: files[name].encode()).faults == []


def test_several_wrong_fields_are_all_told() -> None:
    broken = FOREIGN.replace("priority: 1", "priority: high").replace("2 GiB", "much")
    with pytest.raises(FaultsFound) as caught:
        foreign(broken)
    assert [fault.line for fault in caught.value.faults] == [46, 24]


def test_aliases_that_blow_up_are_refused() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 30)
    )
    with pytest.raises(FaultsFound, match="larger or deeper"):
        read_template("t.yaml", lambda _: bomb.encode())


def test_a_template_within_itself_is_refused() -> None:
    with pytest.raises(FaultsFound, match="larger or deeper"):
        read_template("t.yaml", lambda _: b"a: &a [*a]")
