"""Problems of the protocol itself, which no handler raises. Never about a resource."""

from wayside.core.errors import Problem


class RequestTimeout(Problem):
    """The request did not arrive in time."""

    status = 408
    title = "Request Timeout"


class HeadTooLarge(Problem):
    """The request line and headers are larger than this element takes."""

    status = 431
    title = "Request Header Fields Too Large"
