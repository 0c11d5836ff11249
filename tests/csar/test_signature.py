"""Who may sign: a valid, strong certificate for signing, under an authority that is trusted."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import algos, cms, pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.csar.packages import AUTHORITY, DAY, NOW, PROVIDER, STRICT, odd_identity, signed

from wayside.core.clock import Nanoseconds
from wayside.core.errors import Conflict, Forbidden, Unprocessable
from wayside.csar.chain import Untrusted, check_chain
from wayside.csar.keys import (
    Identity,
    load_identity,
    moment,
    new_authority,
    new_provider,
    write_identity,
)
from wayside.csar.package import open_package
from wayside.csar.policy import Policy
from wayside.csar.signature import InvalidCms, sign_content, verify_content

CONTENT = b"metadata:\n"


def digest(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


def let_in(package: Path, policy: Policy, now: int = NOW) -> bool:
    with open_package(package, policy, now=Nanoseconds(now)) as opened:
        return opened.signer is not None and opened.signer.trusted


def why_refused(folder: Path, identity: Identity, policy: Policy = STRICT, now: int = NOW) -> str:
    package = signed(folder, identity)
    with pytest.raises(Forbidden) as caught:
        open_package(package, policy, now=Nanoseconds(now))
    assert let_in(package, Policy.dev()) is False
    return caught.value.detail


USAGE_NONE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=True,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def test_a_provider_under_a_trusted_authority_is_let_in(tmp_path: Path) -> None:
    assert let_in(signed(tmp_path), STRICT)


def test_a_pinned_provider_needs_no_authority(tmp_path: Path) -> None:
    alone = new_provider("Alone", now=NOW)
    assert let_in(signed(tmp_path, alone), Policy(anchors=(alone.certificate,)))


@pytest.mark.parametrize("key_bits", [2048, 3072])
def test_rsa_of_fair_size_is_let_in(tmp_path: Path, key_bits: int) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=key_bits)
    assert let_in(signed(tmp_path, odd_identity(key=key, issuer=AUTHORITY)), STRICT)


def test_a_foreign_signer_is_refused(tmp_path: Path) -> None:
    other = new_authority("Other", now=NOW)
    stranger = new_provider("Stranger", now=NOW, authority=other)
    assert "not trusted" in why_refused(tmp_path, stranger)


def test_a_stranger_may_bring_his_own_authority_along_in_vain() -> None:
    other = new_authority("Other", now=NOW)
    stranger = new_provider("Stranger", now=NOW, authority=other)
    with pytest.raises(Untrusted, match="not among those"):
        check_chain(
            stranger.certificate,
            [other.certificate],
            anchors=[AUTHORITY.certificate],
            at=moment(NOW),
        )


def test_an_authority_of_the_same_name_does_not_help(tmp_path: Path) -> None:
    impostor = new_authority("Test authority", now=NOW)
    stranger = new_provider("Example", now=NOW, authority=impostor)
    assert "not signed by the one above" in why_refused(tmp_path, stranger)


def test_a_self_signed_signer_is_refused(tmp_path: Path) -> None:
    assert "not trusted" in why_refused(tmp_path, new_provider("Example", now=NOW))


def test_an_expired_signer_is_refused_and_was_fine_before(tmp_path: Path) -> None:
    assert "expired" in why_refused(tmp_path, PROVIDER, now=NOW + 2000 * DAY)
    assert let_in(tmp_path / "signed.csar", STRICT, NOW + 100 * DAY)


def test_a_signer_of_the_future_is_refused(tmp_path: Path) -> None:
    later = odd_identity(issuer=AUTHORITY, not_before=timedelta(days=9))
    assert "valid only from" in why_refused(tmp_path, later)


def test_an_expired_authority_is_refused(tmp_path: Path) -> None:
    brief = new_authority("Brief", now=NOW, days=1)
    provider = new_provider("Example", now=NOW, authority=brief)
    policy = Policy(anchors=(brief.certificate,))
    assert "expired" in why_refused(tmp_path, provider, policy, NOW + 3 * DAY)


def test_rsa_1024_is_refused(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert "1024 bits" in why_refused(tmp_path, odd_identity(key=key, issuer=AUTHORITY))


def test_a_weak_curve_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP192R1())
    assert "P-256" in why_refused(tmp_path, odd_identity(key=key, issuer=AUTHORITY))


def test_a_certificate_that_is_not_signed_with_sha_2_is_refused(tmp_path: Path) -> None:
    odd = odd_identity(issuer=AUTHORITY, digest=hashes.SHA3_256())
    assert "not signed with SHA-2" in why_refused(tmp_path, odd)


@pytest.mark.parametrize(
    ("extension", "critical", "said"),
    [
        (USAGE_NONE, True, "key usage"),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False, "code signing"),
        (x509.InhibitAnyPolicy(0), True, "critical extension"),
    ],
)
def test_a_certificate_for_something_else_is_refused(
    tmp_path: Path, extension: x509.ExtensionType, critical: bool, said: str
) -> None:
    odd = odd_identity(issuer=AUTHORITY, extensions=((extension, critical),))
    assert said in why_refused(tmp_path, odd)


def test_a_provider_cannot_issue_to_others(tmp_path: Path) -> None:
    below = odd_identity(issuer=PROVIDER)
    chained = Identity(below.key, below.certificate, (PROVIDER.certificate,))
    assert "no authority" in why_refused(tmp_path, chained)


def test_a_signature_with_sha_1_is_refused() -> None:
    made = pem.unarmor(sign_content(CONTENT, PROVIDER.key, PROVIDER.certificate))[2]
    document = cms.ContentInfo.load(made)
    signed_data = document["content"]
    sha1 = algos.DigestAlgorithm({"algorithm": "sha1"})
    signed_data["digest_algorithms"] = cms.DigestAlgorithms([sha1])
    info = signed_data["signer_infos"][0]
    info["digest_algorithm"] = sha1
    for each in info["signed_attrs"]:
        if each["type"].native == "message_digest":
            each["values"] = [digest("sha1")]
    attributes = info["signed_attrs"].untag().dump(force=True)
    assert isinstance(PROVIDER.key, ec.EllipticCurvePrivateKey)
    info["signature"] = PROVIDER.key.sign(attributes, ec.ECDSA(hashes.SHA1()))
    with pytest.raises(InvalidCms, match="uses sha1"):
        verify_content(document.dump(force=True), digest)


@pytest.mark.parametrize("algorithm", [hashes.SHA256, hashes.SHA384, hashes.SHA512])
@pytest.mark.parametrize("pss", [False, True])
def test_every_sha_2_is_verified_with_rsa(algorithm: type[hashes.SHA256], pss: bool) -> None:
    identity = odd_identity(key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
    scheme = padding.PSS(padding.MGF1(algorithm()), algorithm.digest_size) if pss else None
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    builder = builder.add_signer(
        identity.certificate, identity.key, algorithm(), rsa_padding=scheme
    )
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    made = builder.sign(serialization.Encoding.DER, options)
    assert verify_content(made, digest).certificate == identity.certificate
    with pytest.raises(InvalidCms, match="other content"):
        verify_content(made, lambda name: hashlib.new(name, b"other").digest())


def test_a_signature_that_brings_its_content_is_refused() -> None:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    builder = builder.add_signer(PROVIDER.certificate, PROVIDER.key, hashes.SHA256())  # type: ignore[arg-type]
    made = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    with pytest.raises(InvalidCms, match="content of its own"):
        verify_content(made, digest)


def test_two_signers_are_refused() -> None:
    other = new_provider("Other", now=NOW)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    for each in (PROVIDER, other):
        builder = builder.add_signer(each.certificate, each.key, hashes.SHA256())  # type: ignore[arg-type]
    made = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature])
    with pytest.raises(InvalidCms, match="2 signers"):
        verify_content(made, digest)


@pytest.mark.parametrize("raw", [b"", b"junk", b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n"])
def test_what_is_no_signature_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidCms):
        verify_content(raw, digest)


def test_a_certificate_beside_the_signature_is_used() -> None:
    made = sign_content(CONTENT, PROVIDER.key, PROVIDER.certificate)
    assert verify_content(made, digest, more=[AUTHORITY.certificate]).others == (
        AUTHORITY.certificate,
    )


def test_keys_are_written_for_their_owner_and_never_overwritten(tmp_path: Path) -> None:
    key, certificate = write_identity(PROVIDER, tmp_path / "keys", "me")
    assert key.stat().st_mode & 0o777 == 0o600
    loaded = load_identity(key, certificate)
    assert loaded.certificate == PROVIDER.certificate
    assert loaded.chain == (AUTHORITY.certificate,)
    before = key.read_bytes()
    with pytest.raises(Conflict, match="not overwritten"):
        write_identity(new_provider("Other", now=NOW), tmp_path / "keys", "me")
    assert key.read_bytes() == before


def test_a_key_and_a_certificate_must_belong_together(tmp_path: Path) -> None:
    key, _ = write_identity(PROVIDER, tmp_path, "a")
    _, certificate = write_identity(new_provider("B", now=NOW), tmp_path, "b")
    with pytest.raises(Unprocessable, match="does not belong"):
        load_identity(key, certificate)
    with pytest.raises(Unprocessable, match="no private key"):
        load_identity(certificate, key)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    raw = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "k").write_bytes(raw)
    _, certificate = write_identity(PROVIDER, tmp_path, "a")
    with pytest.raises(Unprocessable, match="RSA or elliptic"):
        load_identity(tmp_path / "k", certificate)
