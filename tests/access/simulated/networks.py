"""Small networks for the tests of this room, as a scenario file would say them."""

from pathlib import Path

from wayside.access.simulated.model import NetworkPlan
from wayside.access.simulated.scenario import load, parse

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"

STREET = """
[network]
seed = 5

[[network.operators]]
id = "north"

[[network.zones]]
id = "west"

[[network.zones]]
id = "east"

[[network.cells]]
id = "left"
technology = "NR"
operator = "north"
zone = "west"
latitude = 43.6
longitude = 7.0
carrier_mhz = 3600
bandwidth_mhz = 100
power_dbm = 46
gain_dbi = 8
environment = "UMi"
height_m = 10

[[network.cells]]
id = "right"
technology = "NR"
operator = "north"
zone = "east"
latitude = 43.6
longitude = 7.005
carrier_mhz = 3600
bandwidth_mhz = 100
power_dbm = 46
gain_dbi = 8
environment = "UMi"
height_m = 10

[[network.roads]]
id = "street"
points = [[43.6001, 6.9995], [43.6001, 7.0055]]

[[network.roads]]
id = "lane"
points = [[43.5990, 7.0025], [43.6001, 7.0055], [43.6010, 7.0025]]

[[network.populations]]
id = "walker"
kind = "walker"
count = 200
operator = "north"

[[network.populations]]
id = "lamp"
kind = "fixed"
count = 20
operator = "north"
around = { latitude = 43.6, longitude = 7.0025, radius_m = 60 }
"""


def street(more: str = "", *, seed: int = 5) -> NetworkPlan:
    """Return a street between two cells, with what ``more`` adds to its file."""
    text = STREET.replace("seed = 5", f"seed = {seed}")
    return parse(text + more, source="street.toml")


def town() -> NetworkPlan:
    return load(SCENARIOS / "town.toml")
