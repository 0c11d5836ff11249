"""A good subscription of each type, all to one callback."""

from typing import Any

from tests.mep.world import CALLBACK

PLMN = {"mcc": "001", "mnc": "01"}
WIDE = {"plmn": PLMN, "cellId": "1234501"}
FAR = {"plmn": PLMN, "cellId": "1234502"}
LEFT = {"plmn": PLMN, "nrCellId": "123450001"}
EVERY: dict[str, dict[str, Any]] = {
    "CellChangeSubscription": {"filterCriteriaAssocHo": {}},
    "RabEstSubscription": {"filterCriteriaQci": {"qci": 7}},
    "RabModSubscription": {"filterCriteriaQci": {"qci": 7, "erabId": 6}},
    "RabRelSubscription": {"filterCriteriaQci": {"qci": 7, "erabId": 6}},
    "MeasRepUeSubscription": {"filterCriteriaAssocTri": {}},
    "NrMeasRepUeSubscription": {"filterCriteriaNrMrs": {}},
    "MeasTaSubscription": {"filterCriteriaAssoc": {}},
    "CaReconfSubscription": {"filterCriteriaAssoc": {}},
    "S1BearerSubscription": {"eventType": [1, 2, 3], "S1BearerSubscriptionCriteria": {}},
}


def wish(type_: str, **changes: Any) -> dict[str, Any]:
    """The body of a subscription; what is given takes the place of a whole member."""
    return {"subscriptionType": type_, "callbackReference": CALLBACK} | EVERY[type_] | changes


def whom(*addresses: str) -> list[dict[str, Any]]:
    """Devices by their addresses."""
    return [{"type": 1, "value": address} for address in addresses]
