"""Scenarios in the form of AdvantEDGE, made for tests."""

from typing import Any

Json = dict[str, Any]


def a_device(name: str = "car", **more: Any) -> Json:
    path = [[7.10, 43.57], [7.12, 43.58], [7.13, 43.57]]
    geo = {
        "location": {"type": "Point", "coordinates": [7.11, 43.575]},
        "path": {"type": "LineString", "coordinates": path},
        "eopMode": "REVERSE",
        "velocity": 10,
    }
    return {
        "id": "d1", "name": name, "type": "UE", "connected": True, "wireless": True,
        "wirelessType": "5g,4g,other", "geoData": geo, "macId": None,
        "processes": [{"id": "p", "name": "view", "type": "UE-APP", "image": "view:1"}],
        "netChar": {"latency": 2, "throughputDl": 300, "throughputUl": 40, "packetLoss": 1},
    } | more  # fmt: skip


def an_access(name: str = "tower", type_: str = "POA-5G", **more: Any) -> Json:
    return {
        "id": "l1", "name": name, "type": type_,
        "netChar": {"latency": 1, "latencyVariation": 1, "throughputDl": 1000},
        "geoData": {
            "location": {"type": "Point", "coordinates": [7.12, 43.58]}, "radius": 400,
        },
        "poa5GConfig": {"cellId": "500000001"},
        "physicalLocations": [a_device()],
    } | more  # fmt: skip


def a_scenario() -> Json:
    edge = {
        "name": "edge-one",
        "type": "EDGE",
        "processes": [{"name": "svc", "type": "EDGE-APP", "image": "svc:2"}],
    }
    zone = {
        "id": "z", "name": "Harbour Zone", "type": "ZONE", "netChar": {"latency": 5},
        "networkLocations": [
            {"name": "z-DEFAULT", "type": "DEFAULT", "physicalLocations": [edge]},
            an_access(),
            an_access(
                "cafe", "POA-WIFI",
                geoData={"location": {"type": "Point", "coordinates": [7.121, 43.581]}},
                poaWifiConfig={"macId": "a1"}, poa5GConfig=None, physicalLocations=[],
            ),
        ],
    }  # fmt: skip
    cloud = {"name": "far", "type": "DC", "processes": None}
    return {
        "version": "1.8.1",
        "name": "harbour",
        "deployment": {
            "netChar": {"latency": 50, "latencyDistribution": "Normal", "throughputDl": 900},
            "connectivity": {"model": "PDU"},
            "domains": [
                {
                    "name": "PUBLIC", "type": "PUBLIC",
                    "zones": [
                        {
                            "name": "PUBLIC-COMMON", "type": "COMMON",
                            "networkLocations": [
                                {"name": "d", "type": "DEFAULT", "physicalLocations": [cloud]}
                            ],
                        }
                    ],
                },
                {
                    "name": "Operator 1", "type": "OPERATOR-CELLULAR",
                    "netChar": {"latency": 12},
                    "cellularDomainConfig": {"mcc": "208", "mnc": "93", "defaultCellId": "FFF"},
                    "zones": [zone],
                },
            ],
        },
    }  # fmt: skip
