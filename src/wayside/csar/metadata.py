"""TOSCA-Metadata/TOSCA.meta: where a package's parts are. Ref: NFV-SOL 004 clause 4.1.

Never opens the parts.
"""

from dataclasses import dataclass

from .faults import Fault, FaultsFound
from .names import name_fault

META = "TOSCA-Metadata/TOSCA.meta"
KEYS = {
    "entry": "Entry-Definitions",
    "manifest": "ETSI-Entry-Manifest",
    "certificate": "ETSI-Entry-Certificate",
}


@dataclass(frozen=True)
class ToscaMeta:
    """The parts that we read; ``others`` are kept as they are."""

    entry: str
    """The service template with the AppD."""
    manifest: str
    certificate: str | None = None
    created_by: str = ""
    others: tuple[tuple[str, str], ...] = ()


def write_meta(meta: ToscaMeta) -> bytes:
    """Return the file's content, the same for the same ``meta``."""
    lines = [
        ("TOSCA-Meta-File-Version", "1.0"),
        ("CSAR-Version", "1.1"),
        ("Created-By", meta.created_by or "unknown"),
        (KEYS["entry"], meta.entry),
        (KEYS["manifest"], meta.manifest),
    ]
    if meta.certificate:
        lines.append((KEYS["certificate"], meta.certificate))
    lines += meta.others
    return "".join(f"{key}: {value}\n" for key, value in lines).encode()


def parse_meta(raw: bytes) -> ToscaMeta:
    """Return what ``raw`` says; raises FaultsFound with file and line."""
    pairs: dict[str, str] = {}
    faults: list[Fault] = []
    for number, line in enumerate(_text(raw).split("\n"), 1):
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not colon or not value:
            faults.append(_fault("meta-line", f"{line[:60]!r} is no pair.", number))
        elif key in pairs:
            faults.append(_fault("meta-twice", f"{key} is there twice.", number))
        elif key in KEYS.values() and (why := name_fault(value)):
            faults.append(_fault("meta-name", f"{key} names {value!r}, which {why}.", number))
        else:
            pairs[key] = value
    for key in ("Entry-Definitions", "ETSI-Entry-Manifest"):
        if key not in pairs and not faults:
            faults.append(_fault("meta-missing", f"{key} is missing.", None))
    if faults:
        raise FaultsFound(faults)
    known = {*KEYS.values(), "TOSCA-Meta-File-Version", "CSAR-Version", "Created-By"}
    return ToscaMeta(
        entry=pairs[KEYS["entry"]],
        manifest=pairs[KEYS["manifest"]],
        certificate=pairs.get(KEYS["certificate"]),
        created_by=pairs.get("Created-By", ""),
        others=tuple((key, value) for key, value in pairs.items() if key not in known),
    )


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as fault:
        raise FaultsFound([_fault("meta-text", "It is not UTF-8 text.", None)]) from fault


def _fault(code: str, sentence: str, line: int | None) -> Fault:
    remedy = "Write one 'Key: value' a line, as NFV-SOL 004 clause 4.1 has it."
    return Fault(code, sentence, remedy, file=META, line=line)
