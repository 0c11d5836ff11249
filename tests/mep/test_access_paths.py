"""What is known of an access network: what was measured before what was configured."""

from wayside.mep.access_paths import now
from wayside.model.accesses import AccessPath, Figures
from wayside.refpoints.mp2 import AccessState

PATH = AccessPath(
    id=1,
    interface="cell1",
    gateway="10.46.0.1",
    figures=Figures(delay_ns=1, jitter_ns=2, rate_bps=3, loss=0.01),
)


def test_what_is_not_looked_at_is_as_its_operator_says() -> None:
    found = now(PATH, None)
    assert (found.is_up, found.is_measured, found.figures) == (True, False, PATH.figures)


def test_what_was_measured_stands_before_what_was_configured() -> None:
    found = now(PATH, AccessState(True, Figures(delay_ns=7, loss=0.2)))
    assert found.is_measured
    assert found.figures == Figures(delay_ns=7, jitter_ns=2, rate_bps=3, loss=0.2)


def test_few_echoes_do_not_show_a_small_loss() -> None:
    assert now(PATH, AccessState(True, Figures(loss=0.0))).figures.loss == 0.01
    bare = AccessPath(id=1, interface="cell1", gateway="10.46.0.1")
    assert now(bare, AccessState(True, Figures())).figures.loss is None


def test_what_is_found_down_is_down() -> None:
    assert not now(PATH, AccessState(False, Figures())).is_up
