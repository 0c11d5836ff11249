"""The one family of problems: each knows its HTTP status and explains itself in a sentence.

Adapters wrap foreign exceptions into this family; only the HTTP edge, the nursery and a saga step
catch it. Ref: MEC 009 clause 5.2 and annex E, RFC 7807.
"""

import errno
from typing import ClassVar


class Problem(Exception):
    """Something went wrong that a caller can be told: what, where, and what would mend it.

    ``detail`` is a sentence that names the field and the remedy; ``field`` is the path of the
    faulty field or the name of the parameter, where there is one; ``headers`` are answered too.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal Server Error"

    def __init__(
        self, detail: str, *, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.headers = headers or {}


class BadRequest(Problem):
    """The request is malformed: not JSON, an unknown or wrong query parameter."""

    status = 400
    title = "Bad Request"


class Unauthorised(Problem):
    """No token, or one that is expired, revoked or not ours."""

    status = 401
    title = "Unauthorized"


class Forbidden(Problem):
    """The caller is known and may not do this, or the resource's status forbids it."""

    status = 403
    title = "Forbidden"


class NotFound(Problem):
    """There is no such resource."""

    status = 404
    title = "Not Found"


class MethodNotAllowed(Problem):
    """The resource exists and does not have this method."""

    status = 405
    title = "Method Not Allowed"


class NotAcceptable(Problem):
    """None of the media types in Accept can be produced."""

    status = 406
    title = "Not Acceptable"


class Conflict(Problem):
    """The state of the resource does not allow this now."""

    status = 409
    title = "Conflict"


class Gone(Problem):
    """The resource existed and has expired."""

    status = 410
    title = "Gone"


class LengthRequired(Problem):
    """The request must say how long its body is."""

    status = 411
    title = "Length Required"


class PreconditionFailed(Problem):
    """If-Match names another version than the present one."""

    status = 412
    title = "Precondition Failed"


class TooLarge(Problem):
    """The body is larger than this element takes."""

    status = 413
    title = "Content Too Large"


class UriTooLong(Problem):
    """The target is longer than this element takes."""

    status = 414
    title = "URI Too Long"


class UnsupportedMediaType(Problem):
    """The body's Content-Type is not one that the operation takes."""

    status = 415
    title = "Unsupported Media Type"


class RangeNotSatisfiable(Problem):
    """The byte range lies outside of the content."""

    status = 416
    title = "Range Not Satisfiable"


class Misdirected(Problem):
    """The request names another host than this element is known by."""

    status = 421
    title = "Misdirected Request"


class Unprocessable(Problem):
    """The request is well formed and its content does not fit."""

    status = 422
    title = "Unprocessable Content"


class TooManyRequests(Problem):
    """The caller asks more often than it may; Retry-After says when to come again."""

    status = 429
    title = "Too Many Requests"


class Internal(Problem):
    """A fault of ours."""


class BadGateway(Problem):
    """An element behind this one answered what cannot be understood."""

    status = 502
    title = "Bad Gateway"


class Unavailable(Problem):
    """An element that is needed is not there now."""

    status = 503
    title = "Service Unavailable"


class GatewayTimeout(Problem):
    """An element behind this one did not answer in time."""

    status = 504
    title = "Gateway Timeout"


class InsufficientStorage(Problem):
    """The disk of this element has no room for what it is to keep."""

    status = 507
    title = "Insufficient Storage"


PROBLEMS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        BadRequest, Unauthorised, Forbidden, NotFound, MethodNotAllowed, NotAcceptable, Conflict,
        Gone, LengthRequired, PreconditionFailed, TooLarge, UriTooLong, UnsupportedMediaType,
        RangeNotSatisfiable, Misdirected, Unprocessable, TooManyRequests, Internal, BadGateway,
        Unavailable, GatewayTimeout, InsufficientStorage,
    )
}  # fmt: skip
"""The family by status: a client turns an answer back into the problem that caused it."""


def problem_of(status: int, detail: str) -> Problem:
    """Return the problem for an HTTP status, so that a remote fault reads as a local one."""
    kind = PROBLEMS.get(status) or (BadRequest if status < 500 else Internal)
    return kind(detail)


def no_room(fault: BaseException) -> InsufficientStorage | None:
    """Return the problem that a full disk is, or None where the fault is another one."""
    if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return InsufficientStorage(
            "The disk of this element is full; nothing of this was kept. Make room on it (delete "
            "packages that are not used), then try again."
        )
    return None
