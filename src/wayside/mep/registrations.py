"""Who is known at the platform: instances that the manager configured or that registered.

Never starts or ends an instance. Ref: MEC 011 clauses 5.2.2 and 7.2.13.
"""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.errors import Forbidden
from wayside.core.ids import AppInstanceId
from wayside.core.replies import Entry
from wayside.refpoints.mm5 import PlatformConfiguration

from .instances import Instance, InstanceState, no_such_instance
from .mec_app_support.logic import check_registration, check_same_instance
from .mec_app_support.model import AppInfo

LetGo = Callable[[AppInstanceId], Awaitable[None]]
"""Takes away what an instance has in one part of the platform; nothing to do is no error."""


class Registrations:
    """The instances' own word about themselves, and the answer to "is it known?"."""

    def __init__(self, store: Store, instances: Collection[Instance]) -> None:
        self._store = store
        self._instances = instances
        self._infos = Collection(store, "registration", AppInfo, what="registration")

    def knows(self, app_instance_id: str) -> bool:
        """Tell whether the instance was configured or has registered."""
        return bool(self._instances.find(app_instance_id) or self._infos.find(app_instance_id))

    def require_known(self, app_instance_id: str) -> None:
        """Return where the instance was configured or has registered; raise NotFound."""
        if not self.knows(app_instance_id):
            raise no_such_instance(app_instance_id)

    def require_present(self, app_instance_id: str) -> None:
        """Return where the instance is known and has not been terminated.

        Raises NotFound, and Forbidden for one that has ended: it offers and asks nothing more.
        """
        self.require_known(app_instance_id)
        configured = self._instances.find(app_instance_id)
        if configured is not None and configured.value.state is InstanceState.ENDED:
            raise Forbidden(
                f"The application instance {app_instance_id} has been terminated; it can neither "
                "offer services nor subscribe any more."
            )

    def configured(self, app_instance_id: str) -> Instance | None:
        """Return what the manager configured; None for one that registered by itself.

        Raises NotFound for one that is not known at all.
        """
        self.require_known(app_instance_id)
        found = self._instances.find(app_instance_id)
        return found.value if found else None

    def provider_of(self, app_instance_id: str) -> str | None:
        """Return who provides an instance's application; None where nobody has said it here."""
        configured = self._configuration(app_instance_id)
        if configured is not None:
            return configured.app_provider
        found = self._infos.find(app_instance_id)
        return None if found is None else found.value.app_provider

    def get(self, app_instance_id: str) -> Entry[AppInfo]:
        """Return a registration; raise NotFound."""
        found = self._infos.find(app_instance_id)
        if found is None:
            raise no_such_instance(app_instance_id)
        return found

    async def create(self, info: AppInfo) -> Entry[AppInfo]:
        """Keep a registration under its own identifier or a new one; raise Conflict if taken."""
        check_registration(info, self._configuration(info.app_instance_id))
        app_instance_id = info.app_instance_id or self._store.new_id()
        return await self._infos.create(app_instance_id, _complete(info, app_instance_id))

    async def replace(
        self, app_instance_id: str, info: AppInfo, *, if_match: str | None
    ) -> Entry[AppInfo]:
        """Keep ``info`` in place of the registration."""
        self.get(app_instance_id)
        check_same_instance(app_instance_id, info.app_instance_id)
        info = _complete(info, app_instance_id)
        check_registration(info, self._configuration(app_instance_id))
        return await self._infos.replace(app_instance_id, info, if_match=if_match)

    async def delete(self, app_instance_id: str, let_go: LetGo) -> None:
        """Forget a registration; one that nobody configured loses all that it has here."""
        self.get(app_instance_id)
        if self._instances.find(app_instance_id) is None:
            await let_go(AppInstanceId(app_instance_id))
        await self._infos.delete(app_instance_id)

    async def let_go(self, app_instance_id: AppInstanceId) -> None:
        """Forget a registration, if there is one."""
        if self._infos.find(app_instance_id) is not None:
            await self._infos.delete(app_instance_id)

    def _configuration(self, app_instance_id: str | None) -> PlatformConfiguration | None:
        found = self._instances.find(app_instance_id) if app_instance_id else None
        return found.value.configuration if found else None


def _complete(info: AppInfo, app_instance_id: str) -> AppInfo:
    return replace(info, app_instance_id=app_instance_id, is_ins_by_mec=bool(info.is_ins_by_mec))
