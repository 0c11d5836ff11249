"""The kernel's clock state is told as it is, and never changed."""

from wayside.adapters.kernel_clock import KernelClockState


def test_the_clock_is_traceable_exactly_when_there_is_no_fault_to_tell() -> None:
    state = KernelClockState()

    fault = state.fault()

    assert state.traceable() is (fault is None)
    assert fault is None or fault.endswith(".")


def test_asking_often_gives_the_same_answer_and_sets_nothing() -> None:
    state = KernelClockState()

    assert len({state.traceable() for _ in range(100)}) == 1
