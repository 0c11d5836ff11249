"""The operations of UE identity, and those of the operator who says whom tags stand for.

Never decides: each operation hands on and says what became of it. Ref: MEC 014 clause 7.
"""

from collections.abc import Iterable

from wayside.chassis.etags import require_match
from wayside.core.ids import AppInstanceId
from wayside.core.operations import Api, delete, get, post, put
from wayside.core.replies import Created, Entry, Page
from wayside.core.requests import IfMatch, ListQuery
from wayside.core.wire import encode
from wayside.refpoints.hosting import Instances

from .book import TagBook
from .logic import after, info_of, require_known
from .model import DeviceTag, NewTag, Registered, TagDevices, UeIdentityTagInfo

WHOLE = ListQuery()
UNSAID = "Ours: whom tags stand for"


class UeIdentity(Api, name="ui", version="v1", spec="MEC 014 V3.1.1", title="UE identity"):
    """Tags of devices that an application's traffic rules ask for."""

    def __init__(self, book: TagBook, instances: Instances) -> None:
        self._book = book
        self._instances = instances

    @get("/{appInstanceId}/ue_identity_tag_info", clause="7.3.3.1", scope="ui:read")
    async def get_ue_identity_tag_info(
        self,
        app_instance_id: AppInstanceId,
        *,
        ueIdentityTag: tuple[str, ...],  # noqa: N803 - the standard's own name
    ) -> Entry[UeIdentityTagInfo]:
        """Read the state of the given tags for an application instance.

        400 for a tag that is not known on this host.
        """
        self._instances.require_known(app_instance_id)
        require_known(ueIdentityTag, self._book.known, "ueIdentityTag")
        return _shown(ueIdentityTag, self._book.registered(app_instance_id))

    @put(
        "/{appInstanceId}/ue_identity_tag_info",
        clause="7.3.3.2",
        scope="ui:write",
        errors=(412,),
    )
    async def replace_ue_identity_tag_info(
        self,
        app_instance_id: AppInstanceId,
        body: UeIdentityTagInfo,
        if_match: IfMatch | None = None,
    ) -> Entry[UeIdentityTagInfo]:
        """Register and unregister tags; when this is answered, packets obey.

        Traffic rules of the instance that ask for a tag match its devices while it is REGISTERED,
        and nothing while not. Tags that are not named keep their state. 400 for a tag that is not
        known on this host, 412 where one is unregistered that is not registered.
        """
        return await self._instances.in_turn(
            app_instance_id, self._replace(app_instance_id, body, if_match)
        )

    async def _replace(
        self, app_instance_id: AppInstanceId, wanted: UeIdentityTagInfo, if_match: str | None
    ) -> Entry[UeIdentityTagInfo]:
        self._instances.require_present(app_instance_id)
        tags = [each.ue_identity_tag for each in wanted.ue_identity_tags]
        require_known(tags, self._book.known, "$.ueIdentityTags")
        present = self._book.registered(app_instance_id)
        require_match(if_match, present.etag, what="state of the instance's tags")
        kept = await self._book.register(app_instance_id, after(present.value, wanted))
        return _shown(tags, kept)


def _shown(tags: Iterable[str], kept: Entry[Registered]) -> Entry[UeIdentityTagInfo]:
    """Return some tags of the one resource that an instance has, under its entity tag."""
    info = info_of(tags, kept.value.tags)
    return Entry(kept.id, info, encode(info), kept.etag)


class UeTags(Api, name="wayside_tags", version="v1", spec="Ours", title="Whom tags stand for"):
    """The tags of a host and their devices, for its operator."""

    def __init__(self, book: TagBook) -> None:
        self._book = book

    @get("/tags", clause=UNSAID, scope="wayside_tags:read")
    async def list_tags(self, query: ListQuery = WHOLE) -> Page[DeviceTag]:
        """List the tags with their devices, and who has them registered."""
        return Page(self._book.list())

    @get("/tags/{tag}", clause=UNSAID, scope="wayside_tags:read")
    async def get_tag(self, tag: str) -> Entry[DeviceTag]:
        """Read one tag."""
        return self._book.get(tag)

    @post("/tags", clause=UNSAID, scope="wayside_tags:write", errors=(409,))
    async def create_tag(self, body: NewTag) -> Created[DeviceTag]:
        """Know a tag from now on, with its devices; 409 where it is known already."""
        entry = await self._book.create(body.tag, body.devices)
        return Created(f"{self.info.root}/tags/{entry.id}", entry)

    @put("/tags/{tag}", clause=UNSAID, scope="wayside_tags:write", errors=(409, 412))
    async def replace_tag(
        self, tag: str, body: TagDevices, if_match: IfMatch | None = None
    ) -> Entry[DeviceTag]:
        """Have a tag stand for these devices; when this is answered, packets obey.

        409 for a tag that the host's settings say.
        """
        return await self._book.replace(tag, body.devices, if_match=if_match)

    @delete("/tags/{tag}", clause=UNSAID, scope="wayside_tags:write", errors=(409,))
    async def delete_tag(self, tag: str) -> None:
        """Know a tag no more: rules that ask for it match nothing, nobody has it registered."""
        await self._book.forget(tag)
