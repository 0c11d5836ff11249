"""Moments as 3GPP writes them (RFC 3339), and back. Pure."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND_NS = 1_000


def stamp_of(moment_ns: int) -> str:
    """Return ns since 1970-01-01 UTC as a date-time in UTC, whole seconds."""
    moment = EPOCH + timedelta(seconds=moment_ns // 1_000_000_000)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(stamp: str) -> int | None:
    """Return a date-time as ns since 1970-01-01 UTC; None where it is none, or has no zone."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return (moment - EPOCH) // timedelta(microseconds=1) * MICROSECOND_NS
