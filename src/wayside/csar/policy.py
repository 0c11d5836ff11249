"""What an operator demands of a package: who must have signed it, and how large it may be.

Never opens a package.
"""

from dataclasses import dataclass, field

from cryptography import x509

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds on a package, counted while reading and never believed from a header."""

    package_bytes: int = 2048 * MIB
    """The file itself."""
    entries: int = 10_000
    total_bytes: int = 4096 * MIB
    """All entries unpacked."""
    entry_bytes: int = 4096 * MIB
    document_bytes: int = 4 * MIB
    """A template, manifest or other file that is read whole."""
    ratio: int = 200
    """Unpacked to packed, for entries of more than ``ratio_from_bytes``."""
    ratio_from_bytes: int = 16 * MIB


@dataclass(frozen=True)
class Policy:
    """What a package must satisfy to be on-boarded.

    ``anchors`` are certificates that are trusted by themselves: authorities, or single providers.
    """

    require_signature: bool = True
    anchors: tuple[x509.Certificate, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def dev(cls) -> "Policy":
        """Return the policy of a developer's own system: unsigned packages are let in.

        A signature that is there must still fit the package; its signer need not be known.
        """
        return cls(require_signature=False)

    @classmethod
    def trusting(cls, *pem: bytes, limits: Limits | None = None) -> "Policy":
        """Return the policy that trusts the certificates in ``pem`` documents."""
        anchors = tuple(each for raw in pem for each in x509.load_pem_x509_certificates(raw))
        return cls(anchors=anchors, limits=limits or Limits())
