"""The measurements that consumers have configured: durable, each known to its consumer alone.

Never measures.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.errors import NotFound, Unprocessable
from wayside.core.replies import Entry
from wayside.core.wire import Wire, encode

from .logic import check_measurement
from .measurements import MeasurementConfig, link_of

ROOT = "/wai/v2"
MEASUREMENTS = f"{ROOT}/measurements"


class Kept(Wire):
    """What is kept of a measurement."""

    owner: str
    config: MeasurementConfig


class MeasurementBook:
    """Measurements by id and by consumer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = Collection(
            store,
            "measurement",
            Kept,
            what="measurement configuration",
            indexes={
                "owner": lambda each: each.owner,
                "named": lambda each: (each.owner, each.config.measurement_id),
            },
        )

    def get(self, owner: str, id_: str) -> Entry[MeasurementConfig]:
        """Return a consumer's measurement; raise NotFound, for another's too."""
        return _shown(self._own(owner, id_))

    def list(self, owner: str) -> Sequence[Entry[MeasurementConfig]]:
        """Return a consumer's measurements, oldest first."""
        return [_shown(each) for each in self._kept.list(owner=owner)]

    async def create(self, owner: str, config: MeasurementConfig) -> Entry[MeasurementConfig]:
        """Keep a measurement; its reports are found at its stations from now on.

        Raises Unprocessable where it cannot be made, or its measurementId is the consumer's
        already.
        """
        check_measurement(config.measurement_info)
        self._require_free(owner, config, but=None)
        id_ = self._store.new_id()
        return _shown(await self._kept.create(id_, _linked(owner, id_, config)))

    async def replace(
        self, owner: str, id_: str, config: MeasurementConfig, *, if_match: str | None = None
    ) -> Entry[MeasurementConfig]:
        """Keep ``config`` in place of a measurement; raise as ``get`` and ``create`` do."""
        self._own(owner, id_)
        check_measurement(config.measurement_info)
        self._require_free(owner, config, but=id_)
        value = _linked(owner, id_, config)
        return _shown(await self._kept.replace(id_, value, if_match=if_match))

    async def delete(self, owner: str, id_: str) -> None:
        """Measure this no more; raise NotFound."""
        self._own(owner, id_)
        await self._kept.delete(id_)

    async def release(self, owner: str) -> None:
        """Take away all that a consumer has, which is itself gone."""
        for each in self._kept.list(owner=owner):
            await self._kept.delete(each.id)

    def _own(self, owner: str, id_: str) -> Entry[Kept]:
        found = self._kept.find(id_)
        if found is None or found.value.owner != owner:
            raise NotFound(
                f"There is no measurement configuration {id_[:80]}; list them to see which there "
                "are."
            )
        return found

    def _require_free(self, owner: str, config: MeasurementConfig, *, but: str | None) -> None:
        named = (owner, config.measurement_id)
        if any(each.id != but for each in self._kept.list(named=named)):
            raise Unprocessable(
                f"measurementId: {config.measurement_id[:80]!r} is another measurement of yours "
                "already; reports could not be told apart. Choose another.",
                field="$.measurementId",
            )


def _linked(owner: str, id_: str, config: MeasurementConfig) -> Kept:
    return Kept(owner=owner, config=replace(config, links=link_of(f"{MEASUREMENTS}/{id_}")))


def _shown(entry: Entry[Kept]) -> Entry[MeasurementConfig]:
    config = entry.value.config
    return Entry(entry.id, config, encode(config), entry.etag)
