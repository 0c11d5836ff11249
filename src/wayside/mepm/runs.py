"""Running a workload that has been instantiated: after a stop, after it died, after a reboot.

Never decides that it should run: an operation or the supervisor does.
"""

import msgspec

from wayside.core.ids import AppInstanceId
from wayside.refpoints.mm6 import WorkloadState

from .books import Books
from .hands import Hands, ManagerSettings
from .workload import configuration_of, request_for


class Runs:
    """Brings a workload to life; every call can be repeated."""

    def __init__(self, books: Books, hands: Hands, settings: ManagerSettings) -> None:
        self._books = books
        self._hands = hands
        self._settings = settings

    async def start(self, id: AppInstanceId) -> None:
        """Have the workload run, with its resources made again where they were lost.

        The platform is told anew only where the addresses have changed: rules that the
        application has set itself stay as they are.
        """
        workload = self._books.workloads.get(id).value
        if self._hands.vim.state(id) is WorkloadState.ABSENT:
            package = self._hands.packages.get(workload.digest)
            wanted = request_for(id, package, amount=workload.amount, shares=workload.shares)
            interfaces = await self._hands.vim.allocate(wanted)
            if interfaces != workload.interfaces:
                platform = self._settings.platform_addresses
                told = configuration_of(id, package.app_d, interfaces, platform=platform)
                await self._hands.mep.configure(told)
                workload = msgspec.structs.replace(workload, interfaces=interfaces)
                await self._books.keep(workload)
        environment = self._settings.environment(id, workload.interfaces)
        await self._hands.vim.start(id, environment)
