"""The host's access networks, and who takes which: names of instances put to attachments.

Port: ``AccessPaths``. Never decides which access network is better.
"""

from collections.abc import Mapping, Sequence, Set

from msgspec.structs import asdict

from wayside.chassis.collection import Collection
from wayside.model.accesses import AccessPath, Figures
from wayside.refpoints.hosting import AccessNow, AccessWish
from wayside.refpoints.mp2 import AccessChoice, Accesses, AccessState

from .instances import Instance, device_to


class Paths:
    """The access networks, as the platform knows them."""

    def __init__(self, instances: Collection[Instance], accesses: Accesses) -> None:
        self._instances = instances
        self._accesses = accesses
        self.simulated = accesses.simulated

    @property
    def is_settled(self) -> bool:
        """Whether it is known of each how it is; see ``AccessPaths``."""
        return self._accesses.is_settled

    def present(self) -> tuple[AccessNow, ...]:
        """Return all of them as they are now; see ``AccessPaths``."""
        states = self._accesses.states()
        return tuple(now(each, states.get(each.id)) for each in self._accesses.paths)

    async def steer(self, wishes: Sequence[AccessWish]) -> None:
        """Make ``wishes`` all that is enforced; see ``AccessPaths``."""
        await self._accesses.steer(
            [
                AccessChoice(each.key, device, each.paths, each.copied, each.flows)
                for each in wishes
                if (device := device_to(self._instances.find(each.app_instance_id))) is not None
            ]
        )

    async def leave(self, away: Mapping[int, Set[str]]) -> None:
        """Have these devices not be reached by these access networks; see ``AccessPaths``."""
        await self._accesses.leave(away)


def now(path: AccessPath, found: AccessState | None) -> AccessNow:
    """Return how an access network is, by what was found and what was configured.

    Of the loss the larger figure holds: few echoes cannot show a small one.
    """
    if found is None:
        return AccessNow(path, is_up=True, figures=path.figures, is_measured=False)
    measured = {name: value for name, value in asdict(found.figures).items() if value is not None}
    losses = [each for each in (path.figures.loss, found.figures.loss) if each is not None]
    figures = asdict(path.figures) | measured | {"loss": max(losses, default=None)}
    return AccessNow(path, found.is_up, Figures(**figures), is_measured=True)
