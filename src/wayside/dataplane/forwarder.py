"""Names of others: asked of the configured upstream server, answered under the device's own id.

Never keeps an answer, and never asks more than so many questions at once.
"""

import dns.asyncquery
import dns.entropy
import dns.exception
import dns.message
import dns.opcode

from .questions import (
    FORMAT_ERROR,
    NOT_IMPLEMENTED,
    REFUSED,
    SERVER_FAILURE,
    UDP_OCTETS,
    opcode_of,
    refusal_of,
)

IN_FLIGHT_MAX = 256
TIMEOUT_S = 3.0
UDP_OCTETS_MAX = 4096
OCTETS_MAX = 65535


class Forwarder:
    """Asks ``upstream`` (address and port); without one, names of others are refused."""

    def __init__(self, upstream: tuple[str, int] | None, *, timeout_s: float = TIMEOUT_S) -> None:
        self._upstream = upstream
        self._timeout_s = timeout_s
        self._in_flight = 0

    async def ask(self, message: bytes, *, over_tcp: bool) -> bytes:
        """Return the upstream's answer to ``message``, cut to what the device can take.

        Malformed queries are answered FORMERR, what is no query NOTIMP; no answer in time, or too
        many questions at once, SERVFAIL.
        """
        if opcode_of(message) != dns.opcode.QUERY:
            return refusal_of(message, NOT_IMPLEMENTED)
        try:
            query = dns.message.from_wire(message)
        except (dns.exception.DNSException, ValueError):
            return refusal_of(message, FORMAT_ERROR)
        if len(query.question) != 1:
            return refusal_of(message, FORMAT_ERROR)
        if self._upstream is None:
            return refusal_of(message, REFUSED)
        if self._in_flight >= IN_FLIGHT_MAX:
            return refusal_of(message, SERVER_FAILURE)
        self._in_flight += 1
        try:
            return await self._forward(query, over_tcp=over_tcp)
        except (dns.exception.DNSException, OSError, EOFError):
            return refusal_of(message, SERVER_FAILURE)
        finally:
            self._in_flight -= 1

    async def _forward(self, query: dns.message.Message, *, over_tcp: bool) -> bytes:
        assert self._upstream is not None
        address, port = self._upstream
        asked, query.id = query.id, dns.entropy.random_16()
        answer, _ = await dns.asyncquery.udp_with_fallback(
            query, address, port=port, timeout=self._timeout_s
        )
        answer.id = asked
        room = OCTETS_MAX if over_tcp else max(UDP_OCTETS, min(query.payload, UDP_OCTETS_MAX))
        return answer.to_wire(max_size=room, prefer_truncation=True)
