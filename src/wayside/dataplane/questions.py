"""DNS messages: the plain question answered octet by octet, the rest recognised. Pure.

Never raises for what a stranger sent: what cannot be read is None.
"""

import struct
from typing import NamedTuple

from .names import INTERNET, NameTable

HEADER = struct.Struct("!HHHHHH")
RESPONSE, OPCODE, AUTHORITATIVE, TRUNCATED = 0x8000, 0x7800, 0x0400, 0x0200
RECURSION_DESIRED, RECURSION_AVAILABLE = 0x0100, 0x0080
FORMAT_ERROR, SERVER_FAILURE, NOT_IMPLEMENTED, REFUSED = 1, 2, 4, 5
OPT = b"\0\0\x29"
"""The root's name and the type OPT: how an EDNS record starts. Ref: RFC 6891 clause 6.1.2."""

OUR_OPT = OPT + struct.pack("!HIH", 1232, 0, 0)
NAME_OCTETS_MAX = 255
UDP_OCTETS = 512


class Question(NamedTuple):
    """What a plain query asks; ``end`` is the octet after the question."""

    identity: int
    flags: int
    name: bytes
    """Wire form, lower case."""
    kind: int
    class_: int
    end: int
    has_options: bool


def is_query(message: bytes) -> bool:
    """Whether a message is long enough to answer, and no answer itself."""
    return len(message) >= HEADER.size and not message[2] & 0x80


def opcode_of(message: bytes) -> int:
    """Return what kind of request a message of at least a header's length is; 0 is a query."""
    return message[2] >> 3 & 15


def question_of(message: bytes) -> Question | None:
    """Return the question of a standard query with at most plain EDNS options; None for others."""
    if len(message) < HEADER.size:
        return None
    identity, flags, questions, answers, authorities, others = HEADER.unpack_from(message)
    if flags & (RESPONSE | OPCODE) or questions != 1 or answers or authorities or others > 1:
        return None
    end = _name_end(message)
    if end is None or len(message) < end + 4:
        return None
    kind, class_ = struct.unpack_from("!HH", message, end)
    rest = message[end + 4 :]
    if not _is_plain(rest, options=bool(others)):
        return None
    name = message[HEADER.size : end].lower()
    return Question(identity, flags, name, kind, class_, end + 4, bool(others))


def answer_of(message: bytes, question: Question, names: NameTable) -> bytes | None:
    """Return the authoritative answer, None where the name is not ours."""
    if question.class_ != INTERNET:
        return None
    found = names.find(question.name, question.kind)
    if found is None:
        return None
    count, records = found
    flags = RESPONSE | AUTHORITATIVE | RECURSION_AVAILABLE | question.flags & RECURSION_DESIRED
    options = OUR_OPT if question.has_options else b""
    header = HEADER.pack(question.identity, flags, 1, count, 0, 1 if options else 0)
    return header + message[HEADER.size : question.end] + records + options


def refusal_of(message: bytes, code: int) -> bytes:
    """Return an answer that only says ``code``; its question is repeated where it can be read."""
    identity, flags = struct.unpack_from("!HH", message)
    kept = flags & (OPCODE | RECURSION_DESIRED)
    question = question_of(message)
    asked = message[HEADER.size : question.end] if question else b""
    flags = RESPONSE | RECURSION_AVAILABLE | kept | code
    return HEADER.pack(identity, flags, 1 if question else 0, 0, 0, 0) + asked


def _name_end(message: bytes) -> int | None:
    """Return the octet after the name at octet 12, None where it is compressed or cut off."""
    place = HEADER.size
    while place < len(message) and place - HEADER.size < NAME_OCTETS_MAX:
        length = message[place]
        if length == 0:
            return place + 1
        if length > 63:
            return None
        place += 1 + length
    return None


def _is_plain(rest: bytes, *, options: bool) -> bool:
    """Whether what follows the question is nothing, or one EDNS record of version 0."""
    if not options:
        return not rest
    if len(rest) < 11 or rest[:3] != OPT or rest[6] != 0:
        return False
    return int.from_bytes(rest[9:11], "big") == len(rest) - 11
