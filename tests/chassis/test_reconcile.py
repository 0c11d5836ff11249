"""The reconciler: every so often, when kicked, and again after a fault."""

from wayside.adapters.clocks import VirtualClock
from wayside.chassis.reconcile import Reconciler
from wayside.core.errors import Unavailable
from wayside.core.tasks import Nursery


class Work:
    def __init__(self) -> None:
        self.moments: list[float] = []
        self.failing = False
        self.clock = VirtualClock()
        self.wants_s: float | None = None

    async def __call__(self) -> float | None:
        self.moments.append(self.clock.monotonic())
        if self.failing:
            raise Unavailable("The host does not answer.")
        return self.wants_s


async def test_it_works_at_once_and_every_so_often() -> None:
    work = Work()
    async with Nursery() as nursery:
        Reconciler(work.clock, nursery, every_s=10, work=work).start()
        await work.clock.advance(25)
    assert work.moments == [0, 10, 20]


async def test_a_kick_makes_it_work_soon() -> None:
    work = Work()
    async with Nursery() as nursery:
        reconciler = Reconciler(work.clock, nursery, every_s=10, work=work)
        reconciler.start()
        reconciler.start()
        await work.clock.advance(3)
        reconciler.kick()
        reconciler.kick()
        await work.clock.advance(11)
    assert work.moments == [0, 3, 13]


async def test_after_a_fault_it_tries_again_with_growing_waits() -> None:
    work = Work()
    work.failing = True
    async with Nursery() as nursery:
        Reconciler(work.clock, nursery, every_s=10, work=work).start()
        await work.clock.advance(1.5)
        assert work.moments == [0, 0.2, 0.6, 1.4]
        work.failing = False
        await work.clock.advance(12)
    assert work.moments == [0, 0.2, 0.6, 1.4, 3.0, 13.0]


async def test_work_may_ask_to_run_again_sooner() -> None:
    work = Work()
    work.wants_s = 4
    async with Nursery() as nursery:
        Reconciler(work.clock, nursery, every_s=10, work=work).start()
        await work.clock.advance(5)
        work.wants_s = 400
        await work.clock.advance(14)
    assert work.moments == [0, 4, 8, 18]
