"""The steps of a device's move to another host, and their undoing. Ref: MEC 021 clause 5.2.

Until the application confirms, the other host sends the device's packets here (ours). Never
chooses a host and never moves a state. Ref: MEC 021 clause 7.4.5 (notes).
"""

from contextlib import suppress

from msgspec.structs import replace

from wayside.chassis.insisting import insist
from wayside.chassis.saga import Saga, SagaRunner, Step
from wayside.core.clock import Clock
from wayside.core.errors import Conflict, GatewayTimeout, NotFound, Problem
from wayside.refpoints.hosting import Relocations

from .areas import Whereabouts
from .book import MobilityBook
from .logic import DONE
from .model import DeviceInformation, MobilityStatus, ServiceLevel
from .moves import Move, Patience, Target
from .news import News
from .staying import Stays
from .telling import Teller


class MoveSteps:
    """The sagas of moves, and what they work with."""

    sagas: SagaRunner
    """Set once it is made: it needs these sagas."""

    def __init__(
        self,
        book: MobilityBook,
        relocations: Relocations,
        *,
        teller: Teller,
        whereabouts: Whereabouts,
        stays: Stays,
        news: News,
        clock: Clock,
        patience: Patience,
        end_idle: bool,
    ) -> None:
        self._book = book
        self._relocations = relocations
        self._teller = teller
        self._whereabouts = whereabouts
        self._stays = stays
        self._news = news
        self._clock = clock
        self._patience = patience
        self._end_idle = end_idle

    def all(self) -> tuple[Saga[Move], Saga[Move]]:
        """Return the saga of a move, and the one that ends what was begun in vain."""
        steps = (
            Step("hold", self._hold, self._release),
            Step("relocate", self._relocate, self._abandon),
            Step("arrive", self._arrive),
            Step("trigger", self._trigger),
            Step("confirm", self._confirm),
            Step("switch", self._switch),
            Step("tell", self._tell),
        )
        vain = (Step("finish", self._finish_in_vain),)
        return (
            Saga("move", Move, steps, self._finished),
            Saga("abandon", Move, vain, self._abandoned),
        )

    async def _hold(self, at: Move) -> Move:
        """Have the other host send the device's packets here, where it can."""
        try:
            await self._relocations.hold(at.id, at.host_id, at.app_instance_id, at.address)
        except Problem:
            if at.stays:
                raise
            return at  # Until the target takes over, the device is served as that host would.
        return replace(at, held=True)

    async def _release(self, at: Move) -> Move:
        with suppress(NotFound):
            await self._relocations.release(at.id, at.host_id)
        return at

    async def _relocate(self, at: Move) -> Move:
        if at.stays:
            return at
        found = await self._relocations.relocate(at.id, at.app_instance_id, at.cell)
        target = Target(
            app_instance_id=found.app_instance_id,
            host_id=found.host_id,
            addresses=found.addresses,
        )
        return replace(at, target=target)

    async def _abandon(self, at: Move) -> Move:
        if not at.stays:
            with suppress(Conflict):  # That was begun already.
                await self.sagas.start("abandon", f"{at.id}.abandon", at)
        return at

    async def _finish_in_vain(self, at: Move) -> Move:
        await insist(
            self._clock,
            f"ending what was begun for {at.address}",
            lambda: self._relocations.finish(at.id, completed=False, end_source=False),
        )
        return at

    async def _abandoned(self, at: Move, problem: Problem | None) -> None:
        """Nothing is left to be said."""

    async def _arrive(self, at: Move) -> Move:
        """Return once the device is there; raise Conflict where it is elsewhere after all."""
        deadline = self._clock.monotonic() + self._patience.handover_s
        while (host := self._whereabouts.host_of(at.address)) != at.host_id:
            expected = self._whereabouts.expected_at(at.address)
            if host is not None and expected != at.host_id:
                raise Conflict(f"The device {at.address} is at {host}, not at {at.host_id}.")
            self._require_wanted(at)
            await self._wait(deadline, f"The device {at.address} has not come to {at.host_id}.")
        return at

    async def _trigger(self, at: Move) -> Move:
        """Tell the application where its device is, and which instance is there."""
        await self._book.untransfer(at.service_id, at.address)
        self._say(at, MobilityStatus.INTERHOST_MOVEOUT_TRIGGERED)
        return replace(at, told=True)

    async def _confirm(self, at: Move) -> Move:
        """Return once the application has said that the other instance has the device's state."""
        if at.level is not ServiceLevel.APP_MOBILITY_WITH_CONFIRMATION:
            return at
        within_s = self._patience.confirmation_s
        deadline = self._clock.monotonic() + within_s
        while self._require_wanted(at).context_transfer_state is not DONE:
            if self._whereabouts.host_of(at.address) == self._relocations.here:
                raise Conflict(f"The device {at.address} came back.")
            await self._wait(
                deadline,
                f"The instance {at.app_instance_id} has not said within {within_s:g} s that the "
                f"context of {at.address} is transferred.",
            )
        return at

    async def _wait(self, deadline: float, too_late: str) -> None:
        left_s = deadline - self._clock.monotonic()
        if left_s <= 0:
            raise GatewayTimeout(too_late)
        await self._news.wait(left_s)

    def _require_wanted(self, at: Move) -> DeviceInformation:
        """Return what the service says of the device; raise Conflict where it is not for it."""
        info = self._book.find(at.service_id)
        for device in () if info is None else info.device_information:
            if device.associate_id == at.device:
                return device
        raise Conflict(f"No service of {at.app_instance_id} is for {at.address} any more.")

    async def _switch(self, at: Move) -> Move:
        """Have the other host's own rules steer the device from the next packet on."""
        if at.stays:
            await self._stays.keep(at)
        elif at.held:
            await self._relocations.release(at.id, at.host_id)
        return at

    async def _tell(self, at: Move) -> Move:
        if not at.stays:
            with suppress(NotFound):
                await self._book.drop(at.service_id, at.address)
        self._say(at, MobilityStatus.INTERHOST_MOVEOUT_COMPLETED)
        return at

    async def _finished(self, at: Move, problem: Problem | None) -> None:
        if problem is None:
            if not at.stays:
                idle = self._end_idle and not self._book.serves(at.app_instance_id)
                await self._relocations.finish(at.id, completed=True, end_source=idle)
        elif at.told or self._whereabouts.host_of(at.address) == at.host_id:
            self._say(at, MobilityStatus.INTERHOST_MOVEOUT_FAILED)

    def _say(self, at: Move, status: MobilityStatus) -> None:
        self._teller.moved(
            at.app_instance_id,
            at.device,
            status,
            target=None if at.target is None else at.target.told,
            origin=at.origin,
        )
