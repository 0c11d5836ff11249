"""The four queries, as applications ask them."""

import numpy as np
import pytest
from msgspec.structs import replace
from tests.mep.world import APP, MepWorld
from tests.services.rni.conftest import Radio
from tests.services.rni.events import VIDEO, radio_street
from tests.services.rni.wishes import PLMN, WIDE, whom
from tests.services.street import UE1, Street, measured

from wayside.refpoints.net.facts import BearerEstablished, BearerReleased, Facts, Loaded
from wayside.refpoints.net.values import Technology


def load(street: Street, **shares: tuple[float, float]) -> None:
    """Have cells be as busy as this."""
    picture = street.feed.picture
    down, up = zip(*shares.values(), strict=True)
    street.feed.tell(
        Facts(
            epoch=picture.epoch,
            sequence=picture.sequence + 1,
            time_ns=picture.time_ns,
            origin=picture.origin,
            loaded=Loaded(
                cells=np.array([street.cell(name) for name in shares], dtype=np.int32),
                devices=np.zeros(len(shares), dtype=np.int32),
                downlink_share=np.array(down, dtype=np.float32),
                uplink_share=np.array(up, dtype=np.float32),
            ),
        )
    )


def give(street: Street, device: str, bearer: object = VIDEO) -> None:
    """Have a device get a bearer in the wide cell."""
    street.tell(
        BearerEstablished(device=street.row(device), cell=street.cell("wide"), bearer=bearer)  # type: ignore[arg-type]
    )


async def test_bearers_are_listed_by_cell_and_device(radio: Radio) -> None:
    radio.street.attach("car-1", "wide")
    radio.street.attach("ue1", "far")
    give(radio.street, "ue1", replace(VIDEO, id=7))
    found = await radio.query("rab_info", app_ins_id=APP)
    assert found["appInstanceId"] == APP and found["requestId"]
    assert found["waysideOrigin"] == "SIMULATED"
    wide, far = found["cellUserInfo"]
    assert wide["ecgi"] == WIDE
    assert wide["ueInfo"] == [
        {
            "associateId": whom("10.60.0.1"),
            "erabInfo": [{"erabId": 1, "erabQosParameters": {"qci": 9}}],
        }
    ]
    (bearer,) = far["ueInfo"][0]["erabInfo"]
    assert bearer["erabQosParameters"]["qosInformation"] == {
        "erabMbrDl": 2_000_000, "erabMbrUl": 500_000, "erabGbrDl": 2_000_000, "erabGbrUl": 500_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "devices"),
    [
        ({"cell_id": "1234501"}, ["10.60.0.1", UE1]),
        ({"cell_id": "0x1234501,7654321"}, ["10.60.0.1", UE1]),
        ({"cell_id": f"{0x1234501:028b}"}, ["10.60.0.1", UE1]),
        ({"cell_id": "1234502"}, []),
        ({"ue_ipv4_address": f"10.60.0.1,{UE1}"}, ["10.60.0.1", UE1]),
        ({"ue_ipv4_address": f"192.0.2.77,{UE1}"}, [UE1]),
        ({"gtp_teid": "000000b1"}, [UE1]),
        ({"qci": 7}, [UE1]),
        ({"qci": 9, "erab_id": 6}, []),
        ({"erab_id": 6}, [UE1]),
        ({"erab_gbr_dl": 2_000_000}, [UE1]),
        ({"erab_mbr_ul": 0}, ["10.60.0.1"]),
        ({"erab_mbr_dl": 1}, []),
        ({"erab_gbr_ul": 500_000, "cell_id": "1234501"}, [UE1]),
    ],
)
async def test_bearers_are_those_that_fit_all_that_is_given(
    radio: Radio, filters: dict[str, str], devices: list[str]
) -> None:
    radio.street.attach("car-1", "wide")
    radio.street.attach("ue1", "wide")
    give(radio.street, "ue1")
    found = await radio.query("rab_info", **filters)
    told = [ue for cell in found.get("cellUserInfo", ()) for ue in cell["ueInfo"]]
    assert [ue["associateId"][0]["value"] for ue in told] == devices


@pytest.mark.parametrize("query", ["rab_info", "s1_bearer_info", "layer2_meas"])
async def test_what_the_network_does_not_know_is_named(radio: Radio, query: str) -> None:
    refused = radio.refused
    assert await refused(query, cell_id="7654321") == (404, "cell_id")
    assert await refused(query, cell_id="street") == (400, "cell_id")
    assert await refused(query, ue_ipv4_address="192.0.2.7") == (404, "ue_ipv4_address")
    assert await refused(query, ue_ipv4_address="300.1.1.1") == (400, "ue_ipv4_address")
    assert await refused(query, ue_ipv6_address="2001:db8::1") == (404, "ue_ipv6_address")
    assert await refused(query, nated_ip_address="192.0.2.7") == (404, "nated_ip_address")
    assert await refused(query, gtp_teid="no") == (404, "gtp_teid")
    assert await refused(query, ue_address="x") == (400, "ue_address")


async def test_the_mobile_networks_are_those_with_cells(radio: Radio) -> None:
    (found,) = await radio.query("plmn_info", app_ins_id=APP)
    assert (found["appInstanceId"], found["plmn"]) == (APP, [PLMN])
    assert await radio.refused("plmn_info") == (400, "app_ins_id")
    ghost = await radio.world.http.get("/rni/v2/queries/plmn_info?app_ins_id=ghost")
    assert ghost.status_code == 404


async def test_a_host_that_is_told_of_no_network_says_so() -> None:
    async with MepWorld(services={}) as world:
        await world.ready()
        none = await world.http.get(f"/rni/v2/queries/plmn_info?app_ins_id={APP}")
        assert (none.status_code, "no mobile network" in none.json()["detail"]) == (404, True)
        bearers = (await world.http.get("/rni/v2/queries/rab_info")).json()
        assert bearers["waysideOrigin"] == "STATIC" and "timeStamp" not in bearers
        assert (await world.http.get("/rni/v2/queries/layer2_meas")).json() == {
            "waysideOrigin": "STATIC"
        }


async def test_bearers_on_s1_are_those_whose_tunnels_are_told(radio: Radio) -> None:
    radio.street.attach("car-1", "wide")
    radio.street.attach("ue1", "wide")
    assert (await radio.query("s1_bearer_info"))["s1UeInfo"] == [], "no fact tells of a tunnel"
    give(radio.street, "ue1")
    (found,) = (await radio.query("s1_bearer_info"))["s1UeInfo"]
    assert found == {
        "associateId": whom(UE1),
        "ecgi": [WIDE],
        "s1BearerInfoDetailed": [
            {
                "erabId": 6,
                "enbInfo": {"ipAddress": "192.0.2.1", "tunnelId": "000000a1"},
                "sGwInfo": {"ipAddress": "192.0.2.9", "tunnelId": "000000b1"},
            }
        ],
    }
    for filters, some in (
        ({"erab_id": "5,6"}, True),
        ({"erab_id": "5"}, False),
        ({"cell_id": "1234502"}, False),
        ({"gtp_teid": "a1"}, True),
        ({"ue_ipv4_address": "10.60.0.1"}, False),
    ):
        answer = await radio.query("s1_bearer_info", **filters)
        assert bool(answer["s1UeInfo"]) is some, filters
    assert await radio.refused("s1_bearer_info", temp_ue_id="1") == (404, "temp_ue_id")
    radio.street.tell(
        BearerReleased(device=radio.street.row("ue1"), cell=radio.street.cell("wide"), bearer=VIDEO)
    )
    assert (await radio.query("s1_bearer_info"))["s1UeInfo"] == []


async def test_layer_2_says_how_busy_cells_are_and_what_flows(radio: Radio) -> None:
    street = radio.street
    for car in ("car-1", "car-2"):
        street.attach(car, "wide")
    wide = street.cell("wide")
    street.tell(measured=[measured(Technology.LTE, [0, 1], [wide, wide], downlink_bps=1_500_400.0)])
    load(street, wide=(0.415, 0.1), far=(0.0, 0.0), left=(1.0, 1.0))
    found = await radio.query("layer2_meas")
    assert [cell["ecgi"]["cellId"] for cell in found["cellInfo"]] == ["1234501", "1234502"]
    assert {key: value for key, value in found["cellInfo"][0].items() if key != "ecgi"} == {
        "dl_gbr_prb_usage_cell": 0, "dl_nongbr_prb_usage_cell": 42, "dl_total_prb_usage_cell": 42,
        "ul_gbr_prb_usage_cell": 0, "ul_nongbr_prb_usage_cell": 10, "ul_total_prb_usage_cell": 10,
        "number_of_active_ue_dl_gbr_cell": 0, "number_of_active_ue_dl_nongbr_cell": 2,
        "number_of_active_ue_ul_gbr_cell": 0, "number_of_active_ue_ul_nongbr_cell": 2,
    }  # fmt: skip
    assert found["cellUEInfo"][1] == {
        "ecgi": WIDE,
        "associateId": whom("10.60.0.2")[0],
        "dl_gbr_throughput_ue": 0, "dl_nongbr_throughput_ue": 1500,
        "ul_gbr_throughput_ue": 0, "ul_nongbr_throughput_ue": 375,
    }  # fmt: skip


async def test_layer_2_leaves_out_what_nobody_can_know(radio: Radio) -> None:
    street = radio.street
    for device in ("car-1", "ue1"):
        street.attach(device, "wide")
    give(street, "ue1")
    wide, ue1 = street.cell("wide"), street.row("ue1")
    street.tell(measured=[measured(Technology.LTE, [0, ue1], [wide, wide])])
    load(street, wide=(0.5, 0.25))
    found = await radio.query("layer2_meas", cell_id="1234501")
    (cell,) = found["cellInfo"]
    assert set(cell) == {"ecgi", "dl_total_prb_usage_cell", "ul_total_prb_usage_cell"}
    car, video = found["cellUEInfo"]
    assert "dl_nongbr_throughput_ue" in car
    assert set(video) == {"ecgi", "associateId"}, "part of its traffic has a guaranteed rate"


@pytest.mark.parametrize(
    ("filters", "cells", "devices"),
    [
        ({"dl_total_prb_usage_cell": 42}, 1, 2),
        ({"dl_total_prb_usage_cell": 41}, 0, 2),
        ({"dl_gbr_pdr_cell": 0}, 0, 2),
        ({"number_of_active_ue_dl_nongbr_cell": 2, "ul_gbr_prb_usage_cell": 0}, 1, 2),
        ({"received_randomly_selecte_preambles_low_range_cell": 0}, 0, 2),
        ({"dl_nongbr_throughput_ue": 1500}, 2, 2),
        ({"dl_nongbr_throughput_ue": 1501}, 2, 0),
        ({"ul_gbr_delay_ue": 0}, 2, 0),
        ({"ue_ipv4_address": "10.60.0.2"}, 1, 1),
        ({"cell_id": "1234502"}, 1, 0),
    ],
)
async def test_layer_2_gives_the_entries_with_these_values(
    radio: Radio, filters: dict[str, int], cells: int, devices: int
) -> None:
    street = radio.street
    for car in ("car-1", "car-2"):
        street.attach(car, "wide")
    wide = street.cell("wide")
    street.tell(measured=[measured(Technology.LTE, [0, 1], [wide, wide], downlink_bps=1_500_400.0)])
    load(street, wide=(0.415, 0.1))
    found = await radio.query("layer2_meas", **filters)
    assert (len(found.get("cellInfo", ())), len(found.get("cellUEInfo", ()))) == (cells, devices)


async def test_cells_of_nr_stand_for_cells_of_lte_only_where_the_operator_says_so() -> None:
    street = radio_street()
    async with MepWorld(services={"rni": {"nr_cells_in_ecgi": True}}, network=street.feed) as world:
        street.attach("car-1", "left")
        street.attach("car-2", "left")
        street.attach("car-2", "wide")
        found = (await world.http.get("/rni/v2/queries/rab_info")).json()["cellUserInfo"]
        assert [(cell["ecgi"]["cellId"], len(cell["ueInfo"])) for cell in found] == [
            ("123450001", 1),
            ("1234501", 1),
        ]
    street = radio_street()
    async with MepWorld(services={}, network=street.feed) as world:
        street.attach("car-1", "left")
        assert "cellUserInfo" not in (await world.http.get("/rni/v2/queries/rab_info")).json()
