"""TLS as the operator profile speaks it: versions and ciphers of today, at both ends.

Never opens a connection, and never leaves a certificate or a name unchecked.
"""

import ssl
from pathlib import Path

from wayside.core.errors import Unprocessable

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM"
"""AEAD with forward secrecy only. Ref: TS 33.210 clause 6.2.3, RFC 7540 appendix A."""


def serving(certificate: Path, key: Path, *, field: str) -> ssl.SSLContext:
    """Return what proves a server to its callers, TLS 1.2 and newer.

    Raises Unprocessable naming ``field`` where the files are no certificate and its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _of_today(context)
    try:
        context.load_cert_chain(certificate, key, password=b"")  # else it would ask a terminal
    except (OSError, ssl.SSLError) as fault:
        raise Unprocessable(
            f"{field}: {certificate} and {key} are no certificate and its key: {fault}.",
            field=field,
        ) from fault
    return context


def trusting(authorities: Path | None, *, field: str) -> ssl.SSLContext:
    """Return what checks the servers that are called: by ``authorities``, or by the machine's own.

    Raises Unprocessable naming ``field`` where the file holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and name
    _of_today(context)
    if authorities is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(authorities)
    except (OSError, ssl.SSLError) as fault:
        raise Unprocessable(
            f"{field}: {authorities} holds no certificate in PEM: {fault}.", field=field
        ) from fault
    return context


def _of_today(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
