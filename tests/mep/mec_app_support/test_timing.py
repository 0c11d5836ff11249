"""What an operator may say of time servers; each fault is named."""

import pytest
from msgspec.structs import replace

from wayside.mep.mec_app_support.model import (
    NtpAddressType,
    NtpAuthentication,
    NtpServer,
    PtpMaster,
)
from wayside.mep.mec_app_support.timing import check_ntp_server, check_ptp_master

NTP = NtpServer(
    ntp_server_addr_type=NtpAddressType.DNS_NAME,
    ntp_server_addr="time.example",
    min_polling_interval=3,
    max_polling_interval=17,
    local_priority=1,
    authentication_option=NtpAuthentication.NONE,
    authentication_key_num=0,
)
PTP = PtpMaster(
    ptp_master_ip_address="192.0.2.2", ptp_master_local_priority=1, delay_req_max_rate=16
)


def test_what_the_standard_allows_is_allowed() -> None:
    check_ntp_server(NTP)
    check_ptp_master(PTP)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"min_polling_interval": 2}, "minPollingInterval 2"),
        ({"max_polling_interval": 18}, "maxPollingInterval 18"),
        ({"min_polling_interval": 9, "max_polling_interval": 4}, "minPollingInterval 9"),
        ({"ntp_server_addr": ""}, "ntpServerAddr"),
        ({"ntp_server_addr_type": NtpAddressType.IP_ADDRESS}, "time.example"),
        ({"authentication_key_num": 3}, "authenticationKeyNum"),
        ({"authentication_option": NtpAuthentication.AUTO_KEY}, "authenticationKeyNum"),
    ],
)
def test_a_server_that_no_application_could_use_is_refused(
    changes: dict[str, object], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        check_ntp_server(replace(NTP, **changes))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"ptp_master_ip_address": "grandmaster"}, "grandmaster"),
        ({"delay_req_max_rate": -1}, "Max"),
    ],
)
def test_a_master_that_no_application_could_use_is_refused(
    changes: dict[str, object], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        check_ptp_master(replace(PTP, **changes))
