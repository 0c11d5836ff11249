"""Keys and certificates for developers: a provider's own, and an authority for trying out.

For production an operator's authority issues the provider's certificate; nothing here replaces it.
Never overwrites a file.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wayside.core.clock import Nanoseconds
from wayside.core.errors import Conflict, Unprocessable

from .signature import PrivateKey

DAYS = 825
BACKDATED = timedelta(hours=1)
"""Clocks of two machines differ; a certificate is valid a little before it was made."""


@dataclass(frozen=True)
class Identity:
    """A private key with its certificate and the certificates above it."""

    key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


def moment(now: Nanoseconds) -> datetime:
    """Return a clock's moment as a datetime in UTC."""
    return datetime.fromtimestamp(now / 1_000_000_000, tz=UTC)


def new_authority(name: str, *, now: Nanoseconds, days: int = DAYS) -> Identity:
    """Return a fresh self-signed authority, P-384, for trying out."""
    key = ec.generate_private_key(ec.SECP384R1())
    subject = _name(name)
    builder = _builder(subject, subject, key, now=now, days=days)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return Identity(key, builder.sign(key, hashes.SHA384()))


def new_provider(
    name: str, *, now: Nanoseconds, authority: Identity | None = None, days: int = DAYS
) -> Identity:
    """Return a fresh provider's identity, P-256: issued by ``authority``, else self-signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate.subject if authority else _name(name)
    builder = _builder(_name(name), issuer, key, now=now, days=days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
    builder = builder.add_extension(purposes, critical=False)
    signed = builder.sign(authority.key if authority else key, hashes.SHA256())
    chain = (authority.certificate,) if authority else ()
    return Identity(key, signed, chain)


def write_identity(identity: Identity, folder: Path, name: str) -> tuple[Path, Path]:
    """Write ``{name}.key`` (readable by its owner alone) and ``{name}.cert``; return both paths.

    The certificate file holds the chain too. Raises Conflict where one of them exists.
    """
    key_path, certificate_path = folder / f"{name}.key", folder / f"{name}.cert"
    for path in (key_path, certificate_path):
        if path.exists():
            raise Conflict(f"{path} exists and is not overwritten. Choose another name or folder.")
    folder.mkdir(parents=True, exist_ok=True)
    secret = identity.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write_new(key_path, secret, mode=0o600)
    certificates = (identity.certificate, *identity.chain)
    pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)
    _write_new(certificate_path, pem, mode=0o644)
    return key_path, certificate_path


def load_identity(key_path: Path, certificate_path: Path) -> Identity:
    """Return what ``write_identity`` (or any tool that writes PEM) wrote.

    Raises Unprocessable where a file is no key or certificate, or the two do not belong together.
    """
    try:
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        certificates = x509.load_pem_x509_certificates(certificate_path.read_bytes())
    except (OSError, ValueError, TypeError) as fault:
        raise Unprocessable(
            f"{key_path} and {certificate_path} are no private key and certificate in PEM "
            f"({fault}). Make a pair with wayside app sign --new-key."
        ) from fault
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise Unprocessable(f"{key_path}: use an RSA or elliptic curve key.")
    if certificates[0].public_key() != key.public_key():
        raise Unprocessable(f"{certificate_path} does not belong to {key_path}. Name its own key.")
    return Identity(key, certificates[0], tuple(certificates[1:]))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, *, now: Nanoseconds, days: int
) -> x509.CertificateBuilder:
    start = moment(now) - BACKDATED
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as fault:
        raise Conflict(f"{path} exists and is not overwritten. Choose another name.") from fault
    with os.fdopen(handle, "wb") as file:
        file.write(content)
