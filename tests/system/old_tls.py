"""A caller that speaks TLS of yesterday: TLS 1.1 at most, which must not be let in."""

import socket
import ssl
import tempfile
from pathlib import Path

import pytest
from tests.system.authority import Authority

LOOPBACK = "127.0.0.1"


def of_yesterday(context: ssl.SSLContext) -> ssl.SSLContext:
    """Have a context speak TLS 1.1 at most, with whatever cipher."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def shake_hands(client: ssl.SSLObject, server: ssl.SSLObject) -> None:
    """Have both ends of two pipes agree; raises SSLError where they do not."""
    open_ends = [client, server]
    while open_ends:
        try:
            open_ends[0].do_handshake()
        except ssl.SSLWantReadError:
            open_ends.reverse()
        else:
            open_ends.pop(0)


def refuses_tls_1_1(port: int, trust: Path) -> None:
    """Return where a server on loopback refuses TLS 1.1, and one of yesterday would not."""
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        files = authority.issue("old")
        client = of_yesterday(ssl.create_default_context(cafile=str(authority.trust)))
        old = of_yesterday(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        old.load_cert_chain(files.certificate, files.key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    agreed = client.wrap_bio(down, up, server_hostname=LOOPBACK)
    shake_hands(agreed, old.wrap_bio(up, down, server_side=True))
    assert agreed.version() == "TLSv1.1", "a server of yesterday would have let it in"
    client.load_verify_locations(trust)
    with (
        socket.create_connection((LOOPBACK, port)) as plain,
        pytest.raises(ssl.SSLError),
    ):
        client.wrap_socket(plain, server_hostname=LOOPBACK)
