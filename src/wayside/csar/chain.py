"""From a signer's certificate up to one that the operator trusts.

Ours, because ``cryptography.x509.verification`` knows TLS servers and clients only; the rules are
those of RFC 5280 that a code signer's chain needs, and anything not understood is refused.
Never fetches a certificate or a revocation list: packages are checked offline.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

E = TypeVar("E", bound=x509.ExtensionType)
DEPTH_MAX = 6
RSA_BITS_MIN = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
PURPOSES = frozenset(
    {
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
)
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
)
"""What ``cryptography`` raises, late, for a certificate that it cannot make sense of."""

UNDERSTOOD = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectAlternativeName.oid,
    }
)


class Untrusted(Exception):
    """The signer is not to be trusted; the message is a clause that says why."""


def check_chain(
    signer: x509.Certificate,
    others: Sequence[x509.Certificate],
    *,
    anchors: Sequence[x509.Certificate],
    at: datetime,
) -> None:
    """Return where ``signer`` leads to one of ``anchors`` at ``at``; raise Untrusted elsewhere."""
    try:
        _check(signer, others, anchors=tuple(anchors), at=at)
    except UNREADABLE as fault:
        raise Untrusted(f"a certificate of its chain cannot be read ({fault})") from fault


def _check(
    signer: x509.Certificate,
    others: Sequence[x509.Certificate],
    *,
    anchors: tuple[x509.Certificate, ...],
    at: datetime,
) -> None:
    check_signer(signer, at)
    if signer in anchors:
        return
    reasons: list[str] = []
    if not _climb(signer, others, anchors, at, reasons, below=0):
        why = reasons[0] if reasons else "its issuer is not among those that are trusted here"
        raise Untrusted(why)


def check_signer(signer: x509.Certificate, at: datetime) -> None:
    """Raise Untrusted where the certificate by itself may not sign a package at ``at``."""
    _check_common(signer, at)
    usage = _extension(signer, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise Untrusted("its key usage does not allow signatures")
    purposes = _extension(signer, x509.ExtendedKeyUsage)
    if purposes is not None and not PURPOSES & set(purposes):
        raise Untrusted("its extended key usage does not allow code signing")


def key_fault(certificate: x509.Certificate) -> str | None:
    """Return why a certificate's key is too weak or unknown, or None."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < RSA_BITS_MIN:
            return f"its RSA key has {key.key_size} bits, under {RSA_BITS_MIN}"
    elif not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, CURVES):
        return "its key is neither RSA nor on P-256, P-384 or P-521"
    return None


def _climb(
    child: x509.Certificate,
    others: Sequence[x509.Certificate],
    anchors: tuple[x509.Certificate, ...],
    at: datetime,
    reasons: list[str],
    *,
    below: int,
) -> bool:
    if below >= DEPTH_MAX:
        reasons.append(f"its chain is longer than {DEPTH_MAX}")
        return False
    for issuer in (*anchors, *others):
        if issuer.subject != child.issuer or issuer == child:
            continue
        try:
            child.verify_directly_issued_by(issuer)
            _check_authority(issuer, at, below)
        except (InvalidSignature, ValueError, TypeError):
            reasons.append("a certificate of its chain is not signed by the one above it")
            continue
        except Untrusted as fault:
            reasons.append(f"an authority above it cannot be used: {fault}")
            continue
        if issuer in anchors or _climb(issuer, others, anchors, at, reasons, below=below + 1):
            return True
    return False


def _check_authority(certificate: x509.Certificate, at: datetime, below: int) -> None:
    _check_common(certificate, at)
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise Untrusted("it is no authority (basicConstraints CA is not true)")
    if constraints.path_length is not None and constraints.path_length < below:
        raise Untrusted("its path length does not allow so many authorities below it")
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise Untrusted("its key usage does not allow issuing certificates")


def _check_common(certificate: x509.Certificate, at: datetime) -> None:
    if at < certificate.not_valid_before_utc:
        raise Untrusted(f"it is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}")
    if at > certificate.not_valid_after_utc:
        raise Untrusted(f"it expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    if why := key_fault(certificate):
        raise Untrusted(why)
    if not isinstance(certificate.signature_hash_algorithm, HASHES):
        raise Untrusted("it is not signed with SHA-2")
    for extension in certificate.extensions:
        oid = extension.oid.dotted_string
        if extension.critical and extension.oid not in UNDERSTOOD:
            raise Untrusted(f"it has a critical extension that is not understood ({oid})")


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
