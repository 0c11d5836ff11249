"""What an operator may say of time servers. Pure; never asks one. Ref: MEC 011 table 7.1.2.4-1."""

from ipaddress import ip_address

from .model import NtpAddressType, NtpAuthentication, NtpServer, PtpMaster

POLLING_MIN, POLLING_MAX = 3, 17


def check_ntp_server(server: NtpServer) -> None:
    """Return where the server can be told to applications; raise ValueError naming the field."""
    shortest, longest = server.min_polling_interval, server.max_polling_interval
    if not POLLING_MIN <= shortest <= longest <= POLLING_MAX:
        raise ValueError(
            f"minPollingInterval {shortest} and maxPollingInterval {longest} are exponents of two "
            f"from {POLLING_MIN} to {POLLING_MAX}, the first not above the second"
        )
    if not server.ntp_server_addr:
        raise ValueError("ntpServerAddr is empty")
    if server.ntp_server_addr_type is NtpAddressType.IP_ADDRESS:
        ip_address(server.ntp_server_addr)
    with_key = server.authentication_option is not NtpAuthentication.NONE
    if with_key != (server.authentication_key_num > 0):
        raise ValueError(
            "authenticationKeyNum is 0 where authenticationOption is NONE, else a key's number"
        )


def check_ptp_master(master: PtpMaster) -> None:
    """Return where the master can be told to applications; raise ValueError naming the field."""
    ip_address(master.ptp_master_ip_address)
    if master.delay_req_max_rate < 0:
        raise ValueError("delayReqMaxRate is packets per second, not below 0")
