"""CMS signatures over a manifest (option 1) or a whole CSAR (option 2), detached.

Ref: MEC 037 clause 6.3, NFV-SOL 004 clause 5, RFC 5652. Made by ``cryptography``; verified here,
because ``cryptography`` has no public verification of CMS. SHA-2 with RSA or ECDSA, nothing else.
Never decides whether a signer is trusted: ``chain`` does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

DigestOf = Callable[[str], bytes]
"""Gives the content's digest for a hashlib name: content may be large, so it is not passed."""

HASHES: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
"""What asn1crypto raises for malformed DER: whichever it meets first."""

CMS_BYTES_MAX = 1024 * 1024
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class InvalidCms(Exception):
    """The signature is malformed, weak or not of this content; the message is a clause."""


@dataclass(frozen=True)
class Signer:
    """Who signed: named by the certificate, which need not be trusted yet."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...] = ()
    """Certificates that came along."""
    trusted: bool = False
    """Whether it leads to one of the policy's anchors."""

    @property
    def subject(self) -> str:
        """The certificate's subject, as RFC 4514 writes it."""
        return self.certificate.subject.rfc4514_string()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def pem(self) -> str:
        """The certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def sign_content(
    content: bytes,
    key: PrivateKey,
    certificate: x509.Certificate,
    *,
    chain: Sequence[x509.Certificate] = (),
) -> bytes:
    """Return a detached CMS signature of ``content`` in PEM, with the certificates inside."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    for each in chain:
        builder = builder.add_certificate(each)
    options = [
        pkcs7.PKCS7Options.DetachedSignature,
        pkcs7.PKCS7Options.Binary,
        pkcs7.PKCS7Options.NoCapabilities,
    ]
    signed = builder.sign(serialization.Encoding.PEM, options)
    return signed.replace(b"BEGIN PKCS7", b"BEGIN CMS").replace(b"END PKCS7", b"END CMS")


def verify_content(
    raw: bytes, digest_of: DigestOf, *, more: Sequence[x509.Certificate] = ()
) -> Signer:
    """Return who signed the content that ``digest_of`` measures.

    ``raw`` is PEM or DER; ``more`` are certificates that came beside it. Raises InvalidCms.
    """
    if len(raw) > CMS_BYTES_MAX:
        raise InvalidCms(f"it is over {CMS_BYTES_MAX} bytes")
    try:
        signed = _signed_data(raw)
        info = _only_signer(signed)
        certificates = [*_certificates(signed), *more]
        signer = _certificate_of(info, certificates)
        _check_attributes(info, digest_of)
        _check_signature(info, signer)
    except InvalidCms:
        raise
    except (*MALFORMED, UnsupportedAlgorithm, x509.InvalidVersion) as fault:
        raise InvalidCms(f"it is no CMS signature ({fault})"[:300]) from fault
    others = tuple(each for each in certificates if each != signer)
    return Signer(certificate=signer, others=others)


def _signed_data(raw: bytes) -> Any:
    if pem.detect(raw):
        _, _, raw = pem.unarmor(raw)
    content = cms.ContentInfo.load(raw, strict=True)
    if content["content_type"].native != "signed_data":
        raise InvalidCms("it is CMS, but no signed data")
    signed = content["content"]
    if signed["encap_content_info"]["content_type"].native != "data":
        raise InvalidCms("it signs something else than plain data")
    if signed["encap_content_info"]["content"].native is not None:
        raise InvalidCms("it brings content of its own; a detached signature is wanted")
    return signed


def _only_signer(signed: Any) -> Any:
    infos = signed["signer_infos"]
    if len(infos) != 1:
        raise InvalidCms(f"it has {len(infos)} signers, not one")
    info = infos[0]
    digest = info["digest_algorithm"].dump()
    if [each.dump() for each in signed["digest_algorithms"]] != [digest]:
        raise InvalidCms("its list of digest algorithms is not that of its signer")
    if info["digest_algorithm"]["parameters"].native is not None:
        raise InvalidCms("its digest algorithm has parameters")
    version = "v1" if info["sid"].name == "issuer_and_serial_number" else "v3"
    if {signed["version"].native, info["version"].native} != {version}:
        raise InvalidCms("its signer's version does not fit the way the signer is named")
    return info


def _certificates(signed: Any) -> list[x509.Certificate]:
    found = signed["certificates"] if signed["certificates"].native else ()
    return [
        x509.load_der_x509_certificate(each.chosen.dump())
        for each in found
        if each.name == "certificate"
    ]


def _certificate_of(info: Any, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    wanted = info["sid"]
    for each in certificates:
        if wanted.name == "issuer_and_serial_number":
            same_issuer = wanted.chosen["issuer"].dump() == each.issuer.public_bytes()
            if same_issuer and wanted.chosen["serial_number"].native == each.serial_number:
                return each
        elif wanted.chosen.native == _subject_key_id(each):
            return each
    raise InvalidCms("its signer's certificate is neither in it nor in the package")


def _subject_key_id(certificate: x509.Certificate) -> bytes | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.digest


def _check_attributes(info: Any, digest_of: DigestOf) -> None:
    algorithm = info["digest_algorithm"]["algorithm"].native
    if algorithm not in HASHES:
        raise InvalidCms(f"it uses {algorithm}; SHA-256, SHA-384 and SHA-512 are accepted")
    attributes: dict[str, Any] = {}
    for each in info["signed_attrs"] if info["signed_attrs"].native else ():
        name = each["type"].native
        if name in attributes or len(each["values"]) != 1:
            raise InvalidCms(f"its attribute {name} is ambiguous")
        attributes[name] = each["values"][0].native
    if attributes.get("content_type") != "data":
        raise InvalidCms("its signed attributes do not name the content's type")
    if attributes.get("message_digest") != digest_of(algorithm):
        raise InvalidCms("it was made for other content")


def _check_signature(info: Any, signer: x509.Certificate) -> None:
    algorithm = info["digest_algorithm"]["algorithm"].native
    method = info["signature_algorithm"]
    kind = method.signature_algo
    if kind != "rsassa_pss" and method["algorithm"].native not in ("rsassa_pkcs1v15", "ecdsa"):
        algorithm_of_method = method.hash_algo
        if algorithm_of_method != algorithm:
            raise InvalidCms(f"it mixes {algorithm} and {algorithm_of_method}")
    # Signed attributes are signed as a SET OF, whatever tag they travel under. RFC 5652 5.4.
    signed = info["signed_attrs"].untag().dump()
    digest = HASHES[algorithm]()
    value = info["signature"].native
    key = signer.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pkcs1v15":
            key.verify(value, signed, padding.PKCS1v15(), digest)
        elif isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pss":
            _verify_pss(key, method, value, signed)
        elif isinstance(key, ec.EllipticCurvePublicKey) and kind == "ecdsa":
            key.verify(value, signed, ec.ECDSA(digest))
        else:
            raise InvalidCms(f"its algorithm {kind} does not fit the signer's key")
    except InvalidSignature as fault:
        raise InvalidCms("it does not verify with the signer's key") from fault


def _verify_pss(key: rsa.RSAPublicKey, method: Any, value: bytes, signed: bytes) -> None:
    parameters = method["parameters"]
    name = parameters["hash_algorithm"]["algorithm"].native
    mask = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
    if name not in HASHES or mask not in HASHES:
        raise InvalidCms(f"it uses {name} with {mask}; SHA-2 alone is accepted")
    salt = padding.PSS(padding.MGF1(HASHES[mask]()), parameters["salt_length"].native)
    key.verify(value, signed, salt, HASHES[name]())
