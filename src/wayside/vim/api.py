"""What a VIM serves: its capacity to the MEO (Mm4), and its workloads to people.

Never changes anything: workloads are started and stopped through Mm6 alone.
"""

from wayside.core.ids import AppInstanceId
from wayside.core.operations import get
from wayside.core.wire import Wire
from wayside.refpoints.mm4 import Amount, Capacity, Mm4
from wayside.refpoints.mm6 import WorkloadState

from .logs import tail
from .vim import Vim
from .workload import HeldContainer, Workload

OURS = "Ours: MEC 003 clause 7.1 leaves Mm4 open"
LINES = 100


class WorkloadInfo(Wire):
    """A workload as it is now."""

    app_instance_id: AppInstanceId
    state: WorkloadState
    amount: Amount
    address: str
    device: str
    """The host's network device to it."""
    containers: tuple[HeldContainer, ...]
    limits: str
    """Which bounds hold, and how."""
    log: str
    """The file on the host that holds what it wrote."""
    exit_status: int | None = None
    """Of its last end by itself, where known; 128+n for signal n."""


class WorkloadLog(Wire):
    """The end of what a workload wrote to its standard output and error."""

    app_instance_id: AppInstanceId
    text: str


class VimView(Mm4):
    """Mm4 and, ours, a view of the workloads, under ``wayside_vim/v1``."""

    def __init__(self, vim: Vim) -> None:
        self._vim = vim

    async def get_capacity(self) -> Capacity:
        """Return what the host has and what of it is allocated now."""
        return self._vim.capacity()

    @get("/workloads", clause=OURS, scope="vim:read")
    async def list_workloads(self) -> tuple[WorkloadInfo, ...]:
        """Return all workloads of this host, oldest first."""
        return tuple(self._info(record) for record in self._vim.workloads())

    @get("/workloads/{appInstanceId}", clause=OURS, scope="vim:read")
    async def get_workload(self, app_instance_id: AppInstanceId) -> WorkloadInfo:
        """Return one workload."""
        return self._info(self._vim.workload(app_instance_id))

    @get("/workloads/{appInstanceId}/log", clause=OURS, scope="vim:read")
    async def get_log(self, app_instance_id: AppInstanceId, *, lines: int = LINES) -> WorkloadLog:
        """Return the last ``lines`` lines that the workload wrote."""
        text = tail(self._vim.log_of(app_instance_id), lines)
        return WorkloadLog(app_instance_id=app_instance_id, text=text)

    def _info(self, record: Workload) -> WorkloadInfo:
        id_ = record.app_instance_id
        return WorkloadInfo(
            app_instance_id=id_,
            state=self._vim.state(id_),
            amount=record.amount,
            address=record.address,
            device=record.device,
            containers=record.containers,
            limits=self._vim.limits,
            log=str(self._vim.log_of(id_)),
            exit_status=record.exit_status,
        )
