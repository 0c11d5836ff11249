"""How long an application may take to end, from the request and the AppD. Pure.

Ref: MEC 010-2 clauses 6.2.1.15, 6.2.1.16, 6.2.2.8, 6.2.2.9.
"""

from wayside.model.app_lcm import OperateAppRequest, StopType, TerminateAppRequest
from wayside.model.appd import AppD

NO_LIMIT_S = 86_400.0
"""Ours: stands for "no matter how long it takes", as Mp1 wants a number of seconds."""


def termination_grace_s(request: TerminateAppRequest, app_d: AppD | None) -> float | None:
    """Return the seconds to wait for the application's confirmation; None: do not tell it.

    Without a time-out in the request the AppD's recommendation is taken, and without that one,
    the longest that there is. The AppD's least grace is always given.
    """
    if request.termination_type is StopType.FORCEFUL:
        return None
    config = None if app_d is None else app_d.terminate_app_instance_op_config
    wanted = request.graceful_termination_timeout
    if config is None:
        return _grace_s(wanted, None, 0)
    recommended = config.max_recommended_graceful_termination_timeout
    return _grace_s(wanted, recommended, config.min_graceful_termination_timeout)


def stop_grace_s(request: OperateAppRequest, app_d: AppD) -> float | None:
    """Return the seconds to wait before stopping; None: do not tell the application."""
    if request.stop_type is not StopType.GRACEFUL:
        return None
    config = app_d.change_app_instance_state_op_config
    least = 0 if config is None else config.min_graceful_stop_timeout
    return _grace_s(request.graceful_stop_timeout, None, least)


def _grace_s(wanted_s: float | None, recommended_s: float | None, least_s: float) -> float | None:
    """Return the grace, or None where it is no time at all: Mp1 wants more than 0 s."""
    if wanted_s is None:
        wanted_s = recommended_s or NO_LIMIT_S
    return max(float(wanted_s), float(least_s)) or None
