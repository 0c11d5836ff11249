"""How long an application may take to end."""

import pytest
from tests.model.descriptors import an_appd

from wayside.mepm.grace import NO_LIMIT_S, stop_grace_s, termination_grace_s
from wayside.model.app_lcm import (
    OperateAppRequest,
    OperationalState,
    StopType,
    TerminateAppRequest,
)
from wayside.model.appd import ChangeAppInstanceStateOpConfig, TerminateAppInstanceOpConfig

CONFIG = TerminateAppInstanceOpConfig(
    min_graceful_termination_timeout=5, max_recommended_graceful_termination_timeout=60
)


@pytest.mark.parametrize(
    ("config", "kind", "asked_s", "grace_s"),
    [
        (None, "FORCEFUL", None, None),
        (CONFIG, "FORCEFUL", None, None),
        (None, "GRACEFUL", 7, 7.0),
        (None, "GRACEFUL", 0, None),
        (None, "GRACEFUL", None, NO_LIMIT_S),
        (CONFIG, "GRACEFUL", None, 60.0),
        (CONFIG, "GRACEFUL", 1, 5.0),
        (CONFIG, "GRACEFUL", 90, 90.0),
    ],
)
def test_termination(
    config: TerminateAppInstanceOpConfig | None,
    kind: str,
    asked_s: int | None,
    grace_s: float | None,
) -> None:
    request = TerminateAppRequest(
        termination_type=StopType(kind), graceful_termination_timeout=asked_s
    )
    assert termination_grace_s(request, an_appd(terminate_app_instance_op_config=config)) == grace_s


@pytest.mark.parametrize(
    ("kind", "asked_s", "least_s", "grace_s"),
    [(None, None, 4, None), ("FORCEFUL", None, 4, None), ("GRACEFUL", 9, 4, 9.0),
     ("GRACEFUL", 2, 4, 4.0)],
)  # fmt: skip
def test_stop(kind: str | None, asked_s: int | None, least_s: int, grace_s: float | None) -> None:
    request = OperateAppRequest(
        change_state_to=OperationalState.STOPPED,
        stop_type=None if kind is None else StopType(kind),
        graceful_stop_timeout=asked_s,
    )
    config = ChangeAppInstanceStateOpConfig(min_graceful_stop_timeout=least_s)
    app_d = an_appd(change_app_instance_state_op_config=config)
    assert stop_grace_s(request, app_d) == grace_s
