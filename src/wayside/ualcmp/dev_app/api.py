"""The device application interface, as device applications speak it on Mx2. Ref: MEC 016 clause 7.

Never decides who serves a device.
"""

from wayside.chassis.subscriptions import Outlet
from wayside.core.authorisation import Caller
from wayside.core.errors import Unprocessable
from wayside.core.operations import Api, delete, get, post, put
from wayside.core.replies import Created, Entry
from wayside.core.requests import PeerAddress
from wayside.refpoints.mm9 import UserApp
from wayside.ualcmp.books import Books, Held
from wayside.ualcmp.contexts import Contexts
from wayside.ualcmp.packages import Packages
from wayside.ualcmp.policy import Policy
from wayside.ualcmp.runs import Runs

from .logic import (
    ListFilter,
    availability,
    check_filter,
    check_new,
    entry_of,
    is_same,
    meets,
    require_same,
)
from .model import AppContext, ApplicationList, ApplicationLocationAvailability

ROOT = "/dev_app/v1"
READ, WRITE = "dev_app:read", "dev_app:write"


class DevApp(
    Api, name="dev_app", version="v1", spec="MEC 016 V2.2.1", title="Device application interface"
):
    """Applications for users, and the contexts in which they are used."""

    def __init__(
        self, books: Books, runs: Runs, contexts: Contexts, packages: Packages, outlet: Outlet,
        policy: Policy,
    ) -> None:  # fmt: skip
        self._books = books
        self._runs = runs
        self._contexts = contexts
        self._packages = packages
        self._outlet = outlet
        self._policy = policy

    @get("/app_list", clause="7.3.3.1", scope=READ)
    async def list_applications(
        self,
        *,
        appname: tuple[str, ...] = (),
        appprovider: tuple[str, ...] = (),
        appsoftversion: tuple[str, ...] = (),
        servicecont: int | None = None,
        vendorid: tuple[str, ...] = (),
    ) -> ApplicationList:
        """Return the applications that are available, those that are asked for; none is no error.

        ``appLocation`` says where an instance finds room now.
        """
        wanted = ListFilter(
            appname=appname,
            appprovider=appprovider,
            appsoftversion=appsoftversion,
            vendorid=vendorid,
            servicecont=servicecont,
        )
        check_filter(wanted)
        entries = [
            entry_of(app.app_d, app.places, self._policy.vendor_of(app.app_d.app_d_id))
            for app in await self._runs.apps()
            if self._offered(app.app_d.app_d_id)
        ]
        return ApplicationList(app_list=tuple(each for each in entries if meets(each, wanted)))

    @post("/app_contexts", clause="7.4.3.4", scope=WRITE, errors=(503, 504))
    async def create_app_context(
        self, body: AppContext, caller: Caller | None = None, peer: PeerAddress | None = None
    ) -> Created[AppContext]:
        """Have the application serve the device; answered once it does.

        An instance that runs is joined where it is as near as any; otherwise one is started. 403
        where no place will do now, unless the device wants to wait for one.
        """
        check_new(body)
        self._require_callback(body.callback_reference, peer)
        info = body.app_info
        if info.app_package_source is not None:
            self._packages.require(info.app_package_source)
        elif info.app_d_id is not None:
            require_same(info, (await self._available(info.app_d_id)).app_d)
        cells = tuple(self._policy.cells_of(peer))
        made = await self._contexts.create(_owner(caller), body, cells)
        return Created(f"{ROOT}/app_contexts/{made.context_id}", made)

    @put("/app_contexts/{contextId}", clause="7.5.3.2", scope=WRITE)
    async def replace_app_context(
        self,
        context_id: str,
        body: AppContext,
        caller: Caller | None = None,
        peer: PeerAddress | None = None,
    ) -> None:
        """Change where the device is told, and where instances have to be; nothing else.

        Instances follow in the background; ApplicationContextUpdateNotification tells who serves
        then. 403 where no host can run one there.
        """
        entry = self._own(context_id, caller)
        if body.callback_reference != entry.value.context.callback_reference:
            self._require_callback(body.callback_reference, peer)
        await self._contexts.replace(entry, body)

    @delete("/app_contexts/{contextId}", clause="7.5.3.5", scope=WRITE)
    async def delete_app_context(self, context_id: str, caller: Caller | None = None) -> None:
        """End a context; an instance that was started for devices ends with its last context."""
        await self._contexts.delete(self._own(context_id, caller))

    @post("/obtain_app_loc_availability", clause="7.6.3.4", scope=WRITE, errors=(503,))
    async def obtain_app_loc_availability(
        self, body: ApplicationLocationAvailability
    ) -> ApplicationLocationAvailability:
        """Return where an instance of the application finds room now; none is no error.

        A package that the device brings is on-boarded to find out, and removed again where no
        context uses it.
        """
        source = body.app_info.app_package_source
        if source is None:
            return _told(body, await self._named(body))
        self._packages.require(source)
        async with self._packages.borrowed(source, body.app_info) as app_d_id:
            app = await self._runs.app(app_d_id)
            require_same(body.app_info, app.app_d)
            return _told(body, app)

    def _offered(self, app_d_id: str) -> bool:
        return self._policy.offers(app_d_id) and not self._books.was_brought(app_d_id)

    async def _available(self, app_d_id: str) -> UserApp:
        """Return an application of the list; raise Unprocessable where it is none."""
        if self._offered(app_d_id):
            return await self._runs.app(app_d_id)
        raise Unprocessable(
            f"appDId: the application {app_d_id} is not available; GET /app_list shows those that "
            "are.",
            field="$.appInfo.appDId",
        )

    async def _named(self, body: ApplicationLocationAvailability) -> UserApp:
        for app in await self._runs.apps():
            if self._offered(app.app_d.app_d_id) and is_same(body.app_info, app.app_d):
                return app
        raise Unprocessable(
            f"appName: no available application is called {body.app_info.app_name!r} with this "
            "provider and version; GET /app_list shows those that are, or give appPackageSource.",
            field="$.appInfo.appName",
        )

    def _own(self, context_id: str, caller: Caller | None) -> Entry[Held]:
        return self._books.known(context_id, _owner(caller))

    def _require_callback(self, callback: str | None, peer: str | None) -> None:
        if callback is None:
            return
        try:
            self._outlet.allow(callback, () if peer is None else (peer,))
        except Unprocessable as wrong:
            wrong.field = wrong.field or "$.callbackReference"
            raise


def _told(body: ApplicationLocationAvailability, app: UserApp) -> ApplicationLocationAvailability:
    info = body.app_info
    return ApplicationLocationAvailability(
        associate_dev_app_id=body.associate_dev_app_id,
        app_info=type(info)(
            app_name=info.app_name,
            app_provider=info.app_provider,
            app_soft_version=info.app_soft_version,
            app_d_version=info.app_d_version,
            app_description=info.app_description,
            available_locations=availability(app.places),
            app_package_source=info.app_package_source,
        ),
    )


def _owner(caller: Caller | None) -> str:
    return "anonymous" if caller is None else caller.subject
