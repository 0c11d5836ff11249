"""The bytes of snapshots and facts: MessagePack between processes, JSON for files and people.

Columns travel as little-endian bytes in MessagePack and as lists in JSON. Never reads a socket or
a file.
"""

from typing import Any, get_args

import msgspec
import numpy as np

from wayside.core.errors import BadRequest

from .facts import Facts
from .source import Snapshot

Told = Snapshot | Facts


class _Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """What tells the two apart on the way."""

    snapshot: Snapshot | None = None
    facts: Facts | None = None


def _to_bytes(column: Any) -> bytes:
    if not isinstance(column, np.ndarray):
        raise NotImplementedError(f"a {type(column).__name__} does not travel")
    return column.astype(column.dtype.newbyteorder("<"), copy=False).tobytes()


def _to_list(column: Any) -> list[Any]:
    if not isinstance(column, np.ndarray):
        raise NotImplementedError(f"a {type(column).__name__} does not travel")
    if column.dtype == np.float32:
        column = np.round(column.astype(np.float64), 3)
    found: list[Any] = column.tolist()
    return found


def _from_any(kind: Any, value: Any) -> Any:
    """Return a column of the numbers that its field holds."""
    (number,) = get_args(get_args(kind)[1])
    if isinstance(value, bytes | memoryview):
        found = np.frombuffer(value, dtype=np.dtype(number).newbyteorder("<"))
        return found.astype(number, copy=False)
    return np.array(value, dtype=number)


_packer = msgspec.msgpack.Encoder(enc_hook=_to_bytes)
_unpacker = msgspec.msgpack.Decoder(_Envelope, dec_hook=_from_any)
_writer = msgspec.json.Encoder(enc_hook=_to_list)
_reader = msgspec.json.Decoder(_Envelope, dec_hook=_from_any)


def pack(told: Told) -> bytes:
    """Return ``told`` as MessagePack."""
    return _packer.encode(_enveloped(told))


def unpack(raw: bytes) -> Told:
    """Return what ``pack`` was given; BadRequest where the bytes are something else."""
    return _opened(_unpacker, raw)


def write(told: Told) -> bytes:
    """Return ``told`` as one line of JSON; figures are rounded to three digits."""
    return _writer.encode(_enveloped(told))


def read(line: bytes) -> Told:
    """Return what ``write`` was given; BadRequest where the line is something else."""
    return _opened(_reader, line)


def _enveloped(told: Told) -> _Envelope:
    return _Envelope(facts=told) if isinstance(told, Facts) else _Envelope(snapshot=told)


def _opened(
    decoder: msgspec.msgpack.Decoder[_Envelope] | msgspec.json.Decoder[_Envelope], raw: bytes
) -> Told:
    try:
        envelope = decoder.decode(raw)
    except (msgspec.MsgspecError, ValueError, TypeError, UnicodeDecodeError) as fault:
        raise BadRequest(f"These are not facts about an access network: {fault}.") from fault
    told = envelope.snapshot or envelope.facts
    if told is None:
        raise BadRequest("Neither a snapshot nor facts: send one of both.")
    return told
