"""An operator's table, for the tests of whoever reads it."""

from wayside.access.static.table import Table, parse

TABLE = """
[[operators]]
id = "north"
mcc = "001"
mnc = "01"

[[cells]]
id = "nr1"
technology = "NR"
operator = "north"
zone = "harbour"
latitude = 43.58
longitude = 7.12
identity = 0x4001

[[cells]]
id = "ap1"
technology = "WLAN"
operator = "north"
zone = "quay"
latitude = 43.58
longitude = 7.12
identity = 0x020000000001
ssid = "town"

[[subscribers]]
id = "crane"
operator = "north"
address = "10.45.7.1"
supi = "imsi-001010000000001"
cell = "nr1"
latitude = 43.581
longitude = 7.121

[[subscribers]]
id = "gate"
operator = "north"
address = "10.45.9.4"
supi = "imsi-001010000000007"
mac = "02:00:00:00:00:07"
cell = "ap1"

[[subscribers]]
id = "spare"
operator = "north"
address = "10.45.9.5"
supi = "imsi-001010000000008"
"""


def a_table(text: str = TABLE) -> Table:
    return parse(text, source="table.toml")
