"""Builds packages in EdgeGallery's layout for tests."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.csar.images import archive, entry

TEMPLATE = """\
tosca_definitions_version: tosca_simple_profile_yaml_1_2
metadata:
  vnfd_id: shop-descriptor
topology_template:
  inputs:
    memory: {type: integer, default: 512}
  node_templates:
    Simple_VNF:
      type: tosca.nodes.nfv.VNF
      properties:
        vnfd_id: shop-descriptor
        vnfd_version: 1.10
        provider: Example
        product_name: shop
        software_version: v2
        product_info_description: A shop.
    pod:
      type: tosca.nodes.nfv.Vdu.Compute
      properties:
        name: pod
        sw_image_data: {name: "web:1.0, shelf:1.0"}
      capabilities:
        virtual_compute:
          properties:
            virtual_memory: {virtual_mem_size: {get_input: memory}}
            virtual_cpu: {num_virtual_cpu: 2}
    cp0:
      type: tosca.nodes.nfv.VduCp
      properties: {order: 0}
    app_configuration:
      type: tosca.nodes.nfv.app.configuration
      properties:
        appName: shop
        certification_info: {access_key_id: abc}
        appServiceRequired:
          - {serName: weather, serCategory: qos, version: 2.0, packageId: ""}
        appTrafficRule:
          - trafficRuleId: devices
            filterType: FLOW
            priority: 1
            trafficFilter:
              - {srcAddress: [192.0.2.0/24], dstPort: [8080], protocol: [ANY]}
            action: FORWARD_ENCAPSULATED
            dstInterface:
              interfaceType: TUNNEL
              tunnelInfo: {tunnelType: GTP_U, tunnelDstAddress: 198.51.100.1}
              dstIpAddress: 198.51.100.7
        appDNSRule:
          - dnsRuleId: name
            domainName: shop.example
            ipAddressType: IP_V4
            ipAddress: 198.51.100.7
            ttl: 30
  policies:
    - apart: {type: tosca.policies.nfv.AntiAffinityRule}
"""
MANIFEST = """\
metadata:
app_product_name: shop
app_provider_id: Example
app_package_version: 1.10
app_release_data_time: 1611217260210
app_type: EdgeGallery_container_package
app_class: container

"""
PLAIN, ZIPPED = "APPD/Definition/MainServiceTemplate.yaml", "APPD/shop.zip"
IMAGES_ZIP, DESCRIPTIONS = "Image/shop.zip", "Image/SwImageDesc.json"
CHART = "Artifacts/Deployment/Charts/shop.tgz"


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """A zip of ``files``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return out.getvalue()


def described(name: str, place: str) -> dict[str, object]:
    """An entry of SwImageDesc.json."""
    return {
        "id": name.partition(":")[0],
        "name": name,
        "version": "1.0",
        "checksum": "1",
        "containerFormat": "dockerImage",
        "diskFormat": "dockerImage",
        "minDisk": 3,
        "size": 326546,
        "swImage": place,
    }


def files_of(
    folder: Path, template: str = TEMPLATE, *, entry_zip: bool, shelf: str = "Image/shelf.tar"
) -> dict[str, bytes]:
    """The files of a package: its web image lies in a zip, its shelf image beside it."""
    web = archive(folder / "web.tar", [entry("bin/web")], run={"Cmd": ["/bin/web"]}).read_bytes()
    inside = archive(folder / "shelf.tar", [entry("bin/shelf")], run={"Cmd": ["/bin/shelf"]})
    listed = [described("web:1.0", f"{IMAGES_ZIP}/shop/web.tar"), described("shelf:1.0", shelf)]
    files = {
        DESCRIPTIONS: json.dumps(listed, indent=2).encode(),
        IMAGES_ZIP: zip_of({"shop/web.tar": web}),
        "Image/shelf.tar": inside.read_bytes(),
        CHART: b"a chart",
    }
    if not entry_zip:
        return files | {PLAIN: template.encode()}
    meta = b"VNFD-Meta-File-Version: 1.0\nEntry-Definitions: Definition/MainServiceTemplate.yaml\n"
    below = {"TOSCA_VNFD.meta": meta, "Definition/MainServiceTemplate.yaml": template.encode()}
    return files | {ZIPPED: zip_of(below)}


def edgegallery(target: Path, files: Mapping[str, bytes], *, after: bytes = b"") -> Path:
    """Write ``files`` as a package whose manifest lists them, and ends with ``after``."""
    start = ZIPPED if ZIPPED in files else PLAIN
    meta = (
        "TOSCA-Meta-File-Version: 1.0\nCSAR-Version: 1.1\nCreated-By: EdgeGallery\n"
        f"Entry-Definitions: {start}\n\n"
        f"Name: {start}\nContent-Type: appd\n\nName: {DESCRIPTIONS}\nContent-Type: SwImageDesc\n"
    )
    lines = [
        f"Source: {name}\nAlgorithm: SHA-256\nHash: {hashlib.sha256(content).hexdigest()}\n\n"
        for name, content in files.items()
    ]
    manifest = (MANIFEST + "".join(lines)).encode() + after
    whole = {"TOSCA-Metadata/TOSCA.meta": meta.encode(), "shop.mf": manifest, **files}
    target.write_bytes(zip_of(whole | {"Artifacts/Docs/shop.md": b"A shop."}))
    return target
