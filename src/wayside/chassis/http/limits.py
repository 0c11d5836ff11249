"""How much a server takes before it refuses. Never enforces: the connection does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on one HttpServer; times in whole seconds, as its sweep goes once a second."""

    head_bytes_max: int = 32_768
    """Request line and headers together; 431 beyond."""
    target_bytes_max: int = 8_192
    """The request target; 414 beyond."""
    body_bytes_max: int = 1_048_576
    """A body that is held whole; 413 beyond."""
    upload_bytes_max: int = 16 * 1024**3
    """A body that is streamed; 413 beyond."""
    head_s_max: int = 10
    """From the first byte of a request to the end of its head; 408 beyond."""
    body_pause_s_max: int = 30
    """Without a byte of a body that is awaited; 408 beyond."""
    idle_s_max: int = 75
    """Between requests; the connection is closed beyond."""
    write_pause_s_max: int = 60
    """While the caller takes nothing of an answer; the connection is cut beyond."""
    connections_max: int = 4_096
    """Open at once; more are answered 503 and closed."""
    connections_per_address_max: int = 1_024
    """Open at once from one address, so that no caller takes all of them; 503 beyond."""
    in_flight_max: int = 1_024
    """Requests being answered at once; more are answered 429."""
    close_s_max: int = 5
    """What a graceful close waits for answers under way."""
