"""A good request body for every type that an operation takes."""

import json
from collections.abc import Mapping

from tests.mep.world import APP, CALLBACK, dns_rule, published, service, traffic_rule
from tests.ualcmp.proxy import wish

from wayside.core.wire import encode

LINK = {"href": "http://it.example/"}
CHECKSUM = {"algorithm": "SHA-256", "hash": "0" * 64}
RESOURCE = {"id": "1", "type": "OSCONTAINER", "resourceTemplateId": ["app"]}

BODIES: Mapping[str, bytes] = {
    "TrafficRule": encode(traffic_rule()),
    "DnsRule": encode(dns_rule()),
    "InstantiateAppRequest@mepm": b'{"selectedMECHostInfo": [{"hostId": {"hostId": "mec1"}}]}',
} | {
    name: json.dumps(body).encode()
    for name, body in {
        "UserAppQuery": {},
        "AppContext": wish(),
        "ApplicationLocationAvailability": {
            "associateDevAppId": "phone-1",
            "appInfo": {"appName": "app", "appProvider": "Example", "appDVersion": "1.0"},
        },
        "CreateAppPkg": {"appPkgName": "a", "appPkgVersion": "1", "checksum": CHECKSUM},
        "AppPkgInfoModifications": {"operationalState": "DISABLED"},
        "CreateAppInstanceRequest": {"appDId": "app-1.0"},
        "InstantiateAppRequest": {},
        "TerminateAppRequest": {"terminationType": "FORCEFUL"},
        "OperateAppRequest": {"changeStateTo": "STOPPED"},
        "CancelRequest": {"CancelMode": "GRACEFUL"},
        "ConfigPlatformForAppRequest": {},
        "AppPkgSubscription": {
            "subscriptionType": "AppPackageOnBoardingSubscription",
            "callbackUri": CALLBACK,
        },
        "AppInstSubscriptionRequest": {
            "subscriptionType": "AppInstanceStateChangeSubscription",
            "callbackUri": CALLBACK,
        },
        "AppInstSubscriptionRequest@mepm": {
            "subscriptionType": "AppLcmOpOccStateChangeSubscription",
            "callbackUri": CALLBACK,
        },
        "GrantRequest": {
            "_links": {"appLcmOpOcc": LINK, "appInstance": LINK},
            "appInstanceId": "a",
            "appLcmOpOccId": "1",
            "appDId": "app-1.0",
            "operation": "INSTANTIATE",
            "addResources": [RESOURCE],
        },
        "WaysideCoordinationAnswer": {"coordinationResult": "ABORT"},
        "RelocationRequest": {"hostId": "mec1", "appInstanceId": "unknown", "cell": "cell2"},
        "RelocationEnd": {"completed": True},
        "WaysidePlanRequest": {"applications": [{"appDId": "app-1.0"}]},
        "AppTerminationNotificationSubscription": {
            "subscriptionType": "AppTerminationNotificationSubscription",
            "callbackReference": CALLBACK,
            "appInstanceId": APP,
        },
        "AppReadyConfirmation": {"indication": "READY"},
        "AppTerminationConfirmation": {"operationAction": "TERMINATING"},
        "AppInfo": {"appName": "own", "endpoint": {"uris": ["http://192.0.2.7/"]}},
        "ServiceInfo": service(),
        "ServiceLivenessUpdate": {"state": "ACTIVE"},
        "SerAvailabilityNotificationSubscription": {
            "subscriptionType": "SerAvailabilityNotificationSubscription",
            "callbackReference": CALLBACK,
        },
        "ServiceAPIDescription": published(),
        "ServiceAPIDescriptionPatch": {"description": "Faces, found."},
        "EventSubscription": {
            "events": ["SERVICE_API_AVAILABLE"],
            "notificationDestination": CALLBACK,
        },
        "EventSubscriptionPatch": {"events": ["SERVICE_API_UPDATE"]},
        "PlatformServices": {
            "hostId": "unknown",
            "edition": {"incarnation": "1", "number": 1},
            "services": [],
        },
        "PlayRun": {"device": "ue1", "address": "203.0.113.10"},
        "DeviceHandover": {"cell": "cell1"},
        "HeldDevice": {"address": "10.45.1.1", "rules": []},
        "UeIdentityTagInfo": {"ueIdentityTags": [{"ueIdentityTag": "vip", "state": 1}]},
        "TagDevices": {"devices": ["10.45.1.1"]},
        "NewTag": {"tag": "vip", "devices": ["10.45.1.1"]},
        "BwInfo": {
            "appInsId": APP,
            "requestType": 0,
            "fixedAllocation": "1000000",
            "allocationDirection": "00",
        },
        "MtsSessionInfo": {
            "appInsId": APP,
            "requestType": 0,
            "mtsMode": 0,
            "trafficDirection": "00",
        },
        "BwInfoDeltas": {"allocationId": "none", "appInsId": APP, "requestType": 0},
        "BwChgEventSubscription": {
            "subscriptionType": "BwChgEventSubscription",
            "callbackReference": CALLBACK,
            "filterCriteria": [{"appInsId": APP}],
        },
        "RegistrationInfo": {
            "serviceConsumerId": {"appInstanceId": APP},
            "deviceInformation": [
                {
                    "associateId": {"type": 1, "value": "10.45.1.1"},
                    "appMobilityServiceLevel": 2,
                    "contextTransferState": 0,
                }
            ],
            "expiryTime": 0,
        },
        "MobilityProcedureSubscription": {
            "subscriptionType": "MobilityProcedureSubscription",
            "callbackReference": CALLBACK,
            "filterCriteria": {"appInstanceId": APP},
        },
        "AssocStaSubscription": {
            "subscriptionType": "AssocStaSubscription",
            "callbackReference": CALLBACK,
            "apId": {"bssid": "02:00:00:00:00:01"},
            "notificationPeriod": 5,
        },
        "StaDataRateSubscription": {
            "subscriptionType": "StaDataRateSubscription",
            "callbackReference": CALLBACK,
            "staId": [{"macId": "02:00:00:00:01:01"}],
            "notificationPeriod": 5,
        },
        "MeasurementReportSubscription": {
            "subscriptionType": "MeasurementReportSubscription",
            "callbackReference": CALLBACK,
            "staId": [{"macId": "02:00:00:00:01:01"}],
            "measurementId": "m1",
            "measurementInfo": {"neighborReportConf": {}},
        },
        "MeasurementConfig": {
            "staId": [{"macId": "02:00:00:00:01:01"}],
            "measurementId": "m1",
            "measurementInfo": {"neighborReportConf": {}},
        },
        "CellChangeSubscription": {
            "subscriptionType": "CellChangeSubscription",
            "callbackReference": CALLBACK,
            "filterCriteriaAssocHo": {"appInstanceId": APP},
        },
        "AboutUser": {
            "userLocationEventSubscription": {
                "subscriptionType": "UserLocationEventSubscription",
                "callbackReference": CALLBACK,
                "address": "acr:10.45.1.1",
            }
        },
        "AboutZone": {
            "zoneLocationEventSubscription": {
                "subscriptionType": "ZoneLocationEventSubscription",
                "callbackReference": CALLBACK,
                "zoneId": "west",
            }
        },
        "AboutArea": {
            "userAreaSubscription": {
                "subscriptionType": "UserAreaSubscription",
                "callbackReference": CALLBACK,
                "addressList": ["acr:10.45.1.1"],
                "areaDefine": {
                    "shape": 1,
                    "points": [{"latitude": 43.6, "longitude": 7.0}],
                    "radius": 100,
                },
                "trackingAccuracy": 10,
            }
        },
        "AboutDistance": {
            "userDistanceSubscription": {
                "subscriptionType": "UserDistanceSubscription",
                "callbackReference": CALLBACK,
                "monitoredAddress": ["acr:10.45.1.1", "acr:10.45.1.2"],
                "distance": 100,
                "trackingAccuracy": 10,
                "criteria": "AllWithinDistance",
                "checkImmediate": False,
            }
        },
        "TrackingBody": {
            "userTrackingSubscription": {
                "callbackReference": {"notifyURL": CALLBACK},
                "address": "acr:10.45.1.1",
            }
        },
        "TrafficBody": {
            "zonalTrafficSubscription": {
                "callbackReference": {"notifyURL": CALLBACK},
                "zoneId": "west",
            }
        },
        "StatusBody": {
            "zoneStatusSubscription": {
                "callbackReference": {"notifyURL": CALLBACK},
                "zoneId": "west",
                "numberOfUsersZoneThreshold": 1,
            }
        },
        "CircleBody": {
            "circleNotificationSubscription": {
                "callbackReference": {"notifyURL": CALLBACK},
                "address": ["acr:10.45.1.1"],
                "latitude": 43.6,
                "longitude": 7.0,
                "radius": 100,
                "trackingAccuracy": 10,
                "enteringLeavingCriteria": "Entering",
                "checkImmediate": False,
                "frequency": 0,
            }
        },
        "PeriodicBody": {
            "periodicNotificationSubscription": {
                "callbackReference": {"notifyURL": CALLBACK},
                "address": ["acr:10.45.1.1"],
                "frequency": 10,
                "requestedAccuracy": 10,
            }
        },
        "DistanceBody": {
            "distanceNotificationSubscription": {
                "callbackReference": {"notifyURL": CALLBACK},
                "monitoredAddress": ["acr:10.45.1.1"],
                "referenceAddress": ["acr:10.45.1.2"],
                "distance": 100,
                "trackingAccuracy": 10,
                "criteria": "AllWithinDistance",
                "checkImmediate": False,
                "frequency": 0,
            }
        },
        "WalkRequest": {"srcAddress": "10.45.1.1", "dstAddress": "10.60.1.2", "protocol": "TCP"},
        "DelayRun": {},
        "Place": {"cell": "cell2"},
        "RequestRun": {"deviceId": "ue1", "url": "http://hello.example/"},
        "DownloadRun": {"deviceId": "ue1", "url": "http://hello.example/"},
    }.items()
}


def body_of(element: str, kind: type, of: str | None = None) -> bytes:
    """A good body of a type as an element takes it; of several the one called ``of``, where
    there is a body of it, or the first."""
    kinds = getattr(kind, "__args__", (kind,))
    kind = next((each for each in kinds if each.__name__ == of and of in BODIES), kinds[0])
    return BODIES.get(f"{kind.__name__}@{element}") or BODIES[kind.__name__]
