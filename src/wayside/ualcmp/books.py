"""What the proxy remembers: contexts, instances that it started, packages that devices brought.

Never asks anybody for anything.
"""

import hashlib
from collections.abc import Sequence, Set
from enum import StrEnum

import msgspec

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.errors import NotFound
from wayside.core.replies import Entry
from wayside.core.wire import Wire
from wayside.model.app_lcm import LocationConstraints

from .dev_app.model import AppContext, UserAppInstanceInfo
from .reference import Reference

Infos = tuple[UserAppInstanceInfo, ...]


class ContextState(StrEnum):
    """How far a context is."""

    CREATING = "CREATING"
    READY = "READY"
    ENDING = "ENDING"


class Held(Wire):
    """A context as it is kept."""

    context: AppContext
    """As the device sees it."""
    owner: str
    state: ContextState
    wishes: tuple[LocationConstraints | None, ...]
    """Where each instance has to be; as many as there are instances."""
    cells: tuple[str, ...] = ()
    """Where the device was when it asked."""
    app_d_id: str | None = None
    """None until the package that the device brought is on-boarded."""
    reference: Reference | None = None
    """How the application's instances are reached; None until one was chosen."""
    unsettled: bool = False
    """The device wishes for another location since the instances were chosen."""
    told_of: tuple[LocationConstraints, ...] = ()
    """The locations that the device was told last to be available."""

    @property
    def infos(self) -> Infos:
        """The instances that serve, or are waited for."""
        return self.context.app_info.user_app_instance_info

    @property
    def seats(self) -> Set[str]:
        """The identifiers of the instances that serve."""
        return {each.app_instance_id for each in self.infos if each.app_instance_id is not None}

    @property
    def waits(self) -> bool:
        """Tell whether it is READY, and some instance is waited for."""
        served = [each.app_instance_id is not None for each in self.infos]
        return self.state is ContextState.READY and not all(served)

    def serving(self, infos: Sequence[UserAppInstanceInfo]) -> "Held":
        """Return the context with these instances."""
        info = msgspec.structs.replace(self.context.app_info, user_app_instance_info=tuple(infos))
        context = msgspec.structs.replace(self.context, app_info=info)
        return msgspec.structs.replace(self, context=context)


class Started(Wire):
    """An instance that this proxy started; it ends once it serves nobody."""

    app_d_id: str
    name: str
    """What the MEO knows it by, as long as its identifier is not known here."""
    app_instance_id: str | None = None


class Brought(Wire):
    """A package that a device brought."""

    source: str
    app_pkg_id: str | None = None
    app_d_id: str | None = None
    """None until it is on-boarded."""


class Notice(Wire):
    """A notification that its device has not got yet."""

    context_id: str
    callback: str
    body: msgspec.Raw


class Books:
    """The proxy's state, in one store so that what belongs together changes together."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.contexts = Collection(
            store,
            "app_contexts",
            Held,
            what="application context",
            indexes={
                "owner": lambda held: held.owner,
                "app_d_id": lambda held: held.app_d_id,
                "source": lambda held: held.context.app_info.app_package_source,
            },
        )
        self.started = Collection(
            store,
            "started_instances",
            Started,
            what="instance",
            indexes={"app_d_id": lambda each: each.app_d_id},
        )
        self.brought = Collection(
            store,
            "brought_packages",
            Brought,
            what="package",
            indexes={"app_d_id": lambda each: each.app_d_id},
        )
        """By ``key_of`` their source."""
        self.notices = Collection(
            store,
            "notices",
            Notice,
            what="notification",
            indexes={"context_id": lambda notice: notice.context_id},
        )
        self._seats: dict[str, set[str]] = {}
        for entry in self.contexts.list():
            self._seen(None, entry.value)
        self.contexts.watch(self._seen)

    def served_by(self, app_instance_id: str) -> Set[str]:
        """Return the contexts that an instance serves."""
        return frozenset(self._seats.get(app_instance_id, ()))

    def known(self, context_id: str, owner: str) -> Entry[Held]:
        """Return a READY context of ``owner``; raise NotFound."""
        found = self.contexts.find(context_id)
        if (
            found is None
            or found.value.owner != owner
            or found.value.state is not ContextState.READY
        ):
            raise NotFound(
                f"There is no application context {context_id}; make one with POST /app_contexts."
            )
        return found

    def was_brought(self, app_d_id: str) -> bool:
        """Tell whether a device brought the application's package."""
        return bool(self.brought.list(app_d_id=app_d_id))

    def _seen(self, before: Held | None, after: Held | None) -> None:
        for held, present in ((before, False), (after, True)):
            if held is None:
                continue
            for seat in held.seats:
                contexts = self._seats.setdefault(seat, set())
                id_ = held.context.context_id or ""
                contexts.add(id_) if present else contexts.discard(id_)
                if not contexts:
                    del self._seats[seat]


def key_of(source: str) -> str:
    """Return the identifier of the package at ``source``."""
    return hashlib.sha256(source.encode()).hexdigest()[:32]
