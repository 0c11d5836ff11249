"""Signing packages, and judging the signatures that they carry by a policy.

Never keeps a key: it is passed in.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from wayside.core.clock import Nanoseconds
from wayside.core.errors import Conflict

from .archive import Archive
from .chain import Untrusted, check_chain
from .edgegallery import is_edgegallery
from .faults import Fault, FaultsFound, problem_of_faults
from .keys import Identity, moment
from .manifest import signed_part, with_signature
from .metadata import META, parse_meta
from .policy import Limits, Policy
from .signature import DigestOf, InvalidCms, Signer, sign_content, verify_content
from .zipwriting import Pieces, write_zip


def judge_signature(
    cms: bytes,
    digest_of: DigestOf,
    more: Sequence[x509.Certificate],
    *,
    policy: Policy,
    now: Nanoseconds,
    file: str,
    faults: list[Fault],
) -> Signer | None:
    """Return who signed, or None; what is wrong is added to ``faults``.

    A signature that does not fit its content is a fault under every policy; an unknown signer is
    one where the policy requires a signature.
    """
    try:
        signer = verify_content(cms, digest_of, more=more)
    except InvalidCms as fault:
        remedy = "The package was changed after it was signed, or badly signed: sign it again."
        faults.append(Fault("signature-invalid", f"The signature: {fault}.", remedy, file=file))
        return None
    try:
        check_chain(signer.certificate, signer.others, anchors=policy.anchors, at=moment(now))
    except Untrusted as fault:
        if policy.require_signature:
            sentence = f"The signer {signer.subject} is not trusted: {fault}."
            remedy = "Sign with a certificate that the operator trusts, or have it trusted."
            faults.append(Fault("signature-untrusted", sentence, remedy, file=file))
        return signer
    return replace(signer, trusted=True)


def load_certificates(
    raw: bytes | None, file: str, faults: list[Fault]
) -> tuple[x509.Certificate, ...]:
    """Return the certificates in a ``.cert`` file (PEM or DER), none where there is no file."""
    if raw is None:
        return ()
    try:
        if b"-----BEGIN" in raw:
            return tuple(x509.load_pem_x509_certificates(raw))
        return (x509.load_der_x509_certificate(raw),)
    except ValueError as fault:
        sentence = f"It is no certificate ({fault})."
        faults.append(Fault("signature-certificate", sentence, "Write it in PEM.", file=file))
        return ()


def sign_package(path: Path, target: Path, identity: Identity) -> None:
    """Write ``path`` to ``target`` with its manifest signed (option 1).

    Every other file stays as it is. Raises the same problems as reading does, and Conflict where
    the package is of EdgeGallery's layout, whose manifest does not cover all of it.
    """
    try:
        with Archive(path, Limits()) as archive:
            if is_edgegallery(archive):
                raise Conflict(
                    f"{path.name} is of EdgeGallery's layout: a signature in its manifest would "
                    f"not be judged. Sign all of it: wayside app sign --whole {path}"
                )
            manifest = parse_meta(archive.read(META)).manifest
            body = signed_part(archive.read(manifest)).rstrip() + b"\n"
            cms = sign_content(
                body, identity.key, identity.certificate, chain=_below_root(identity)
            )
            files: dict[str, Pieces] = {
                name: partial(archive.pieces, name) for name in archive.files
            }
            files[manifest] = lambda: iter((with_signature(body, cms),))
            write_zip(target, files)
    except FaultsFound as found:
        raise problem_of_faults(found.faults) from found


def sign_whole(path: Path, target: Path, identity: Identity) -> None:
    """Write ``target``: a zip of the CSAR at ``path``, its signature and certificate (option 2).

    Raises the same problems as reading does, and Conflict where ``path`` is signed so already.
    """
    try:
        with Archive(path, Limits()) as archive:
            if META not in archive.files:
                raise Conflict(f"{path.name} is no CSAR by itself. Sign the one that is in it.")
    except FaultsFound as found:
        raise problem_of_faults(found.faults) from found
    content = path.read_bytes()
    name = path.stem
    cms = sign_content(content, identity.key, identity.certificate, chain=_below_root(identity))
    certificate = identity.certificate.public_bytes(serialization.Encoding.PEM)
    write_zip(
        target,
        {
            f"{name}.csar": lambda: iter((content,)),
            f"{name}.cms": lambda: iter((cms,)),
            f"{name}.cert": lambda: iter((certificate,)),
        },
    )


def _below_root(identity: Identity) -> tuple[x509.Certificate, ...]:
    """Leave a root out: it convinces nobody who does not have it."""
    return tuple(each for each in identity.chain if each.subject != each.issuer)
