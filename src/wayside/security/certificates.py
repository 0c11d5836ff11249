"""Certificates that elements prove themselves with, issued by an authority of their own system.

Never chooses an authority and never trusts one. Ref: TS 33.310 clause 6.1.3a (the profile for TLS).
"""

from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wayside.core.clock import Nanoseconds
from wayside.csar.keys import BACKDATED, Identity, moment

DAYS = 397


def server_certificate(
    name: str, *, hosts: Sequence[str], authority: Identity, now: Nanoseconds
) -> Identity:
    """Return a fresh identity, P-256, of a server that is called by one of ``hosts``.

    They are addresses or names. The authority's own certificate is the chain.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    start = moment(now) - BACKDATED
    above = authority.certificate.public_key()
    assert isinstance(above, ec.EllipticCurvePublicKey)  # ours are
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=DAYS))
    )
    for extension, critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_SIGNING, True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([_named(each) for each in hosts]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(above), False),
    ):
        builder = builder.add_extension(extension, critical)
    return Identity(key, builder.sign(authority.key, hashes.SHA256()), (authority.certificate,))


def pem_of(identity: Identity) -> tuple[bytes, bytes]:
    """Return the chain, from the identity's own certificate upwards, and the key."""
    key = identity.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    certificates = (identity.certificate, *identity.chain)
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates), key


_SIGNING = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
