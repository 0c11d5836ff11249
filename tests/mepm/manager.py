"""A manager alone, called as its API, on a virtual clock; the orchestrator is a twin."""

import asyncio
import hashlib
from pathlib import Path

from tests.knife import Knife
from tests.mep.world import Callbacks
from tests.mepm.twins import HostTwin
from tests.model.descriptors import an_appd

from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.delivery import Deliverer
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.errors import Conflict, NotFound, Problem
from wayside.core.ids import AppDId, AppInstanceId, AppLcmOpOccId, GrantId
from wayside.core.replies import Accepted, Created, Entry
from wayside.core.requests import FileReply
from wayside.core.tasks import Nursery
from wayside.core.wire import decode, encode
from wayside.mepm.app_lcm.api import AppLcm
from wayside.mepm.build import Mepm, Neighbours, no_look
from wayside.mepm.changes import Changes
from wayside.mepm.hands import ManagerSettings
from wayside.model.app_lcm import (
    AppLcmOpOcc,
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    LcmOperationState,
    MECHostInformation,
    MepInformation,
)
from wayside.model.app_pkgm import (
    AppPkgInfo,
    AppPkgLinks,
    OnboardingState,
    PackageOperationalState,
    UsageState,
)
from wayside.model.appd import AppD
from wayside.model.common import LinkType
from wayside.model.granting import Grant, GrantRequest
from wayside.model.images import ChecksumData
from wayside.refpoints import mm3

HERE = InstantiateAppRequest(
    selected_mec_host_info=(MECHostInformation(host_id={"hostId": "mec1"}),)
)
WORKING = (LcmOperationState.STARTING, LcmOperationState.PROCESSING)
ABSENT = LinkType(href="/")


class OrchestratorTwin(mm3.Granting):
    """Grants whatever is asked for, unless told otherwise."""

    def __init__(self) -> None:
        self.refuses: Problem | None = None
        self.pending = False
        """Whether a decision takes a while."""
        self.asked: list[GrantRequest] = []

    async def create_grant(self, body: GrantRequest) -> Created[Grant] | Accepted[None]:
        """Grant, or raise what was said."""
        self.asked.append(body)
        if self.refuses is not None:
            raise self.refuses
        id_ = str(len(self.asked))
        if self.pending:
            return Accepted(f"/granting/v1/grants/{id_}")
        grant = Grant(
            links=body.links,
            id=id_,
            app_instance_id=body.app_instance_id,
            app_lcm_op_occ_id=body.app_lcm_op_occ_id,
        )
        return Created(f"/granting/v1/grants/{id_}", grant)

    async def get_grant(self, grant_id: GrantId) -> Entry[Grant] | Accepted[None]:
        """Return how the decision stands."""
        asked = self.asked[int(grant_id) - 1]
        made = await self.create_grant(asked)
        return made if isinstance(made, Accepted) else Entry(grant_id, made.body, b"", '""')


class PackagesTwin(mm3.AppPkgm):
    """Holds packages that are AppDs and nothing else; counts how often they are fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contents: dict[str, bytes] = {}
        self.fetched = 0
        self.state = OnboardingState.ONBOARDED
        self.away: Problem | None = None
        self.sent: bytes | None = None
        """Where set, what is sent instead of the package."""

    def hold(self, app_d: AppD) -> None:
        """Have this package."""
        self.contents[app_d.app_d_id] = encode(app_d)

    async def get_onboarded_app_package(self, app_d_id: AppDId) -> Entry[AppPkgInfo]:
        """Return what there is to say of it."""
        if self.away is not None:
            raise self.away
        if app_d_id not in self.contents:
            raise NotFound(f"There is no package with the descriptor {app_d_id}.")
        content = self.contents[app_d_id]
        app_d = decode(content, AppD)
        info = AppPkgInfo(
            links=AppPkgLinks(self=ABSENT, app_d=ABSENT, app_pkg_content=ABSENT),
            id="package",
            app_d_id=app_d_id,
            app_name=app_d.app_name,
            app_software_version=app_d.app_soft_version,
            app_d_version=app_d.app_d_version,
            checksum=ChecksumData(algorithm="SHA-256", hash=hashlib.sha256(content).hexdigest()),
            software_images=(),
            onboarding_state=self.state,
            operational_state=PackageOperationalState.ENABLED,
            usage_state=UsageState.IN_USE,
            mec_info=(),
        )
        return Entry("package", info, b"", '""')

    async def get_onboarded_package_content(self, app_d_id: AppDId) -> FileReply:
        """Return the file, as a client keeps it."""
        self.fetched += 1
        path = self.folder / f"fetched-{self.fetched}"
        path.write_bytes(self.contents[app_d_id] if self.sent is None else self.sent)
        return FileReply(path, "application/zip")


def unpacker(package: Path, images: Path) -> AppD:
    """Take the package's file for the image too."""
    (images / "0").write_bytes(package.read_bytes())
    return decode(package.read_bytes(), AppD)


class Manager:
    """One manager, which can be killed; what is around it stays."""

    ready_timeout_s = 5.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = VirtualClock()
        self.twin = HostTwin(self.clock)
        self.grants = OrchestratorTwin()
        self.packages = PackagesTwin(folder)
        self.packages.hold(an_appd())
        self.callbacks = Callbacks()
        self.journal = MemoryJournal()
        self.look = no_look
        self.ids = CountedIds("op")
        self.api: AppLcm

    async def __aenter__(self) -> "Manager":
        await self.boot()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def cache(self) -> Path:
        """Where the manager keeps packages."""
        return self.folder / "cache"

    async def boot(self) -> None:
        """Start on what the predecessor left."""
        self.nursery = Nursery()
        self.mepm = Mepm(
            ManagerSettings("mec1", "MEC1", "http://10.60.1.1:8080", self.ready_timeout_s),
            Neighbours(self.twin.mep, self.twin.vim, self.grants, self.packages),
            store=Store(self.journal, new_id=self.ids),
            clock=self.clock,
            nursery=self.nursery,
            outlet=Outlet(
                Deliverer(self.clock, self.nursery),
                self.callbacks,
                root=lambda: "http://mec1.example",
            ),
            files=self.cache,
            unpacker=unpacker,
            before_step=self.look,
        )
        api, changes = self.mepm.apis
        assert isinstance(api, AppLcm)
        assert isinstance(changes, Changes)
        self.changes = changes
        self.api = api
        await self.mepm.start()

    async def kill(self) -> None:
        """End without a word."""
        await self.nursery.close()

    async def restart(self) -> None:
        """Kill and start again."""
        await self.kill()
        await self.boot()

    async def sharpen(self, step: str, when: str) -> Knife:
        """From the next operation on, the manager dies at the step; ``restart`` brings it back."""
        self.journal = knife = Knife(self.journal, step, when)
        self.look = knife.look
        await self.restart()
        self.look = no_look
        return knife

    async def create(self, app_d_id: str = "app-1.0", **more: str) -> AppInstanceId:
        """Make an instance."""
        made = await self.api.create_app_instance(
            CreateAppInstanceRequest(app_d_id=app_d_id, **more)
        )
        assert isinstance(made.body, Entry)
        return AppInstanceId(made.body.id)

    async def create_elsewhere(self) -> AppInstanceId:
        """Make an instance that a VNFM runs."""
        made = await self.api.create_app_instance(
            CreateAppInstanceRequest(
                app_d_id="app-1.0", app_placement_info=MepInformation(mep_id="mec1")
            )
        )
        assert isinstance(made.body, Entry)
        return AppInstanceId(made.body.id)

    async def running(self) -> AppInstanceId:
        """Make and instantiate; return the instance."""
        id_ = await self.create()
        occ = await self.ended(await self.api.instantiate_app_instance(id_, HERE))
        assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
        return id_

    async def has_asked(self) -> None:
        """Return when a grant was asked for; packages are fetched outside of virtual time."""
        async with asyncio.timeout(10):
            while not self.grants.asked:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.002)

    async def ended(self, begun: Accepted[None]) -> AppLcmOpOcc:
        """Return the operation when it has ended; time stands still meanwhile."""
        assert begun.location is not None
        occ_id = begun.location.rpartition("/")[2]
        async with asyncio.timeout(10):
            await self.mepm.sagas.wait(occ_id)
        occ = (await self.api.get_app_lcm_op_occ(AppLcmOpOccId(occ_id))).value
        if occ.operation_state in WORKING:
            raise Conflict(f"{occ_id} does not end.")
        return occ
