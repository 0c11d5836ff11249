"""The operator's table of a core: cells, subscribers, promises, and where traffic is to leave.

It is the static source's table with what the core calls the same things. Never tells anybody.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from wayside.access.reading import Record, read, text_of, values_of
from wayside.access.static.table import (
    CellLine,
    SubscriberLine,
    Table,
    TableFault,
    faults_of,
)
from wayside.refpoints.net.network import Bearer
from wayside.refpoints.net.values import Technology

ExternalId = Annotated[str, Meta(pattern=r"^[^@]+@[^@]+$")]
"""Ref: TS 23.682 clause 4.6.2."""
Msisdn = Annotated[str, Meta(pattern=r"^\d{5,15}$")]
Mbps = Annotated[float, Meta(ge=0, le=100_000)]
CELL_BITS = {Technology.LTE: 28, Technology.NR: 36}


class CoreSubscriber(SubscriberLine):
    """A subscriber, and who it is to the NEF. Who has no name there is asked for by address."""

    external_id: ExternalId | None = None
    msisdn: Msisdn | None = None
    group: ExternalId | None = None
    """An external group that it is of: the group is monitored as one."""


class QosLine(Record):
    """What a reference of the operator's core means. Ref: TS 23.501 clause 5.7.3."""

    reference: str
    q_ci: Annotated[int, Meta(ge=0, le=255)]
    """5QI or QCI."""
    downlink_guaranteed_mbps: Mbps = 0.0
    """GFBR."""
    uplink_guaranteed_mbps: Mbps = 0.0
    downlink_mbps_max: Mbps = 0.0
    """MFBR; 0: no bound of its own."""
    uplink_mbps_max: Mbps = 0.0

    def bearer(self, number: int) -> Bearer:
        """Return it as the bearer ``number`` of a device."""
        return Bearer(
            id=number,
            q_ci=self.q_ci,
            downlink_guaranteed_bps=round(self.downlink_guaranteed_mbps * 1e6),
            uplink_guaranteed_bps=round(self.uplink_guaranteed_mbps * 1e6),
            downlink_bps_max=round(self.downlink_mbps_max * 1e6),
            uplink_bps_max=round(self.uplink_mbps_max * 1e6),
        )


Filters = Annotated[tuple[str, ...], Meta(min_length=1, max_length=2)]
"""Flow descriptions, one for each direction. Ref: TS 29.214 clause 5.3.8."""


class SessionLine(Record):
    """Flows of a subscriber that are to be promised something."""

    id: str
    subscriber: str
    reference: str
    """The QoS wanted."""
    flows: Filters
    bearer: Annotated[int, Meta(ge=1, le=63)]
    """The number under which it is told."""
    alternatives: tuple[str, ...] = ()
    """What else will do, the best first."""


class InfluenceLine(Record):
    """Traffic that is to leave the core near to here: of one subscriber, of a group, or of all."""

    id: str
    dnai: str
    """The operator's name for the place. Ref: TS 23.501 clause 5.6.7."""
    profile: str
    """The operator's name for the way there (routeProfId)."""
    flows: Filters
    subscriber: str | None = None
    group: ExternalId | None = None


class CoreTable(Table):
    """All of it. Ours: the form of the table is this project's."""

    subscribers: tuple[CoreSubscriber, ...] = ()
    qos: tuple[QosLine, ...] = ()
    sessions: tuple[SessionLine, ...] = ()
    influences: tuple[InfluenceLine, ...] = ()

    def qos_of(self, reference: str) -> QosLine:
        """Return what a reference means; KeyError where the table does not say."""
        for line in self.qos:
            if line.reference == reference:
                return line
        raise KeyError(reference)


def load(path: Path) -> CoreTable:
    """Return the table in ``path``; raises TableFault with all its faults."""
    return parse(text_of(path, TableFault), source=str(path))


def parse(text: str, *, source: str) -> CoreTable:
    """Return the table in TOML ``text``; ``source`` names it in every fault."""
    faults: list[str] = []
    table = read(CoreTable, values_of(text, source, TableFault), at="", faults=faults)
    if table is not None:
        faults += [*faults_of(table), *_own_faults(table)]
    if table is None or faults:
        raise TableFault(source, faults)
    return table


def _own_faults(table: CoreTable) -> Iterator[str]:
    yield from _cell_faults(table.cells)
    names = {each.id for each in table.subscribers}
    references = {each.reference for each in table.qos}
    for index, session in enumerate(table.sessions):
        if session.subscriber not in names:
            yield f"sessions[{index}].subscriber: there is no subscriber {session.subscriber}."
        for reference in (session.reference, *session.alternatives):
            if reference not in references:
                yield f"sessions[{index}].reference: no [[qos]] says what {reference} means."
    bearers = [f"{each.subscriber} {each.bearer}" for each in table.sessions]
    yield from _twice("sessions.id", [each.id for each in table.sessions])
    yield from _twice("sessions.bearer", bearers)
    yield from _twice("influences.id", [each.id for each in table.influences])
    yield from _twice("qos.reference", [each.reference for each in table.qos])
    for field in ("external_id", "msisdn"):
        given = [getattr(each, field) for each in table.subscribers]
        yield from _twice(f"subscribers.{field}", [each for each in given if each is not None])
    for index, line in enumerate(table.influences):
        if line.subscriber is not None and line.group is not None:
            yield f"influences[{index}].group: give a subscriber or a group, not both."
        if line.subscriber is not None and line.subscriber not in names:
            yield f"influences[{index}].subscriber: there is no subscriber {line.subscriber}."


def _cell_faults(cells: tuple[CellLine, ...]) -> Iterator[str]:
    known: set[tuple[str, Technology, int]] = set()
    for index, cell in enumerate(cells):
        bits = CELL_BITS.get(cell.technology)
        if bits is None:
            yield f"cells[{index}].technology: a core tells of LTE and NR only."
        elif cell.identity >= 1 << bits:
            yield f"cells[{index}].identity: a cell of {cell.technology} has {bits} bits."
        key = (cell.operator, cell.technology, cell.identity)
        if key in known:
            yield f"cells[{index}].identity: {cell.identity:#x} is there already."
        known.add(key)


def _twice(field: str, values: list[str]) -> Iterator[str]:
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{field}: {value} is there {times} times."
