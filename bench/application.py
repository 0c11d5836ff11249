"""The application that the rule bench instantiates: hello-edge with rules for datagrams.

Its low rule drops the stream where its high rule does not steer it, so that nothing but the rule
under measurement decides, and the backhaul carries nothing. Never measures.
"""

import shutil
from pathlib import Path

import yaml

from .running import HELLO_EDGE

APP_D_ID = "bench-rules-1.0"
STREAM_PORT = 9999
STEER, NAME = "steer", "hello"
DOMAIN = "hello.example"


def write_project(folder: Path, cloud_address: str) -> Path:
    """Return the project's folder, written below ``folder``."""
    project = folder / "bench-rules"
    shutil.copytree(HELLO_EDGE, project)
    description = yaml.safe_load((project / "app.yaml").read_text())
    description |= {"id": APP_D_ID, "name": "bench-rules"}
    stream = {
        "dstAddress": [f"{cloud_address}/32"],
        "protocol": ["UDP"],
        "dstPort": [str(STREAM_PORT)],
    }
    to_instance = {"interfaceType": "IP", "dstIPAddress": "${instance.ip}"}
    description["appd"]["appTrafficRule"] = [
        _rule(STEER, 100, stream) | {"dstInterface": [to_instance]},
        _rule("otherwise", 255, stream) | {"action": "DROP"},
    ]
    (project / "app.yaml").write_text(yaml.safe_dump(description))
    return project


def _rule(name: str, priority: int, traffic_filter: dict[str, list[str]]) -> dict[str, object]:
    return {
        "trafficRuleId": name,
        "filterType": "FLOW",
        "priority": priority,
        "trafficFilter": [traffic_filter],
        "action": "FORWARD_DECAPSULATED",
    }
