"""Problems as answers: application/problem+json, status and detail always.

Never shows a trace: a crash is logged here and answered with one sentence.
Ref: MEC 009 clause 5.2 and annex E, RFC 7807.
"""

import logging

from wayside.core.errors import Internal, Problem, no_room
from wayside.core.wire import encode
from wayside.model.common import ProblemDetails

from .messages import Response, respond

PROBLEM_TYPE = "application/problem+json"
log = logging.getLogger(__name__)


def answer_problem(problem: Problem) -> Response:
    """Return the answer that tells ``problem``, with the headers it asks for."""
    details = ProblemDetails(
        title=problem.title, status=problem.status, detail=problem.detail, field=problem.field
    )
    return respond(
        problem.status,
        encode(details),
        media_type=PROBLEM_TYPE,
        headers=tuple(problem.headers.items()),
    )


def answer_fault(fault: BaseException, doing: str) -> Response:
    """Return the answer for whatever a handler raised while ``doing``; log what is our fault."""
    fault = no_room(fault) or fault
    if isinstance(fault, Problem):
        if fault.status >= 500:
            log.warning("%s answered %d: %s", doing, fault.status, fault.detail)
        return answer_problem(fault)
    log.error("%s crashed", doing, exc_info=fault)
    return answer_problem(
        Internal("This element met a fault of its own; its log says which. Try again later.")
    )
