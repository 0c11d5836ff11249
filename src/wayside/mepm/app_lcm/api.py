"""Mm3's life cycle management, served to the MEO. Never decides anything."""

from wayside.chassis.lcm_subscriptions import LcmSubscriptions
from wayside.chassis.life_cycle import Begun, LifeCycle
from wayside.chassis.occurrence_tasks import OccurrenceTasks
from wayside.core.ids import AppInstanceId
from wayside.core.replies import Accepted
from wayside.mepm.books import Books
from wayside.model.app_lcm import ConfigPlatformForAppRequest
from wayside.refpoints import mm3

from .instances import Instances


class AppLcm(LifeCycle, mm3.AppLcm):
    """The instances of one host, and those that its platform alone knows."""

    def __init__(
        self, books: Books, instances: Instances, tasks: OccurrenceTasks,
        subscriptions: LcmSubscriptions,
    ) -> None:  # fmt: skip
        super().__init__(
            books.instances,
            books.occurrences,
            life=instances,
            tasks=tasks,
            subscriptions=subscriptions,
        )
        self._elsewhere = instances

    async def configure_platform_for_app(
        self, app_instance_id: AppInstanceId, body: ConfigPlatformForAppRequest
    ) -> Begun:
        """Begin to configure the platform for an instance that runs elsewhere."""
        return Accepted(await self._elsewhere.configure(app_instance_id, body))
