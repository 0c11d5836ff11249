"""What happened, as each subscriber is to be told it. Pure; reports of measures: ``reports``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from wayside.core.replies import Entry
from wayside.model.common import TimeStamp
from wayside.refpoints.net.facts import (
    BearerEstablished,
    BearerModified,
    BearerReleased,
    CarriersChanged,
    Event,
    HandedOver,
    Stage,
)
from wayside.refpoints.net.values import Origin

from .directory import Directory, Wanted
from .logic import detailed, qos_of
from .model import Ecgi
from .names import Names
from .notices import (
    CaReconfNotification,
    CellChangeNotification,
    ErabReleaseInfo,
    NotifiedS1Ue,
    RabEstNotification,
    RabModNotification,
    RabRelNotification,
    RniNotification,
    S1BearerNotification,
    SecondaryCell,
)
from .wishes import HoStatus, RniSubscription, S1Event

Telling = tuple[Entry[RniSubscription], RniNotification]
"""Who is told what."""
OfBearers = BearerEstablished | BearerModified | BearerReleased

STATUS: Mapping[Stage, HoStatus] = {
    Stage.PREPARED: HoStatus.IN_PREPARATION,
    Stage.COMPLETED: HoStatus.COMPLETED,
    Stage.REJECTED: HoStatus.REJECTED,
    Stage.CANCELLED: HoStatus.CANCELLED,
}
RAB_TYPES: Mapping[type[OfBearers], str] = {
    BearerEstablished: "RabEstSubscription",
    BearerModified: "RabModSubscription",
    BearerReleased: "RabRelSubscription",
}
S1_EVENTS: Mapping[type[OfBearers], S1Event] = {
    BearerEstablished: S1Event.S1_BEARER_ESTABLISH,
    BearerModified: S1Event.S1_BEARER_MODIFY,
    BearerReleased: S1Event.S1_BEARER_RELEASE,
}
Making = partial[Any]
"""A notification that lacks its links alone."""


def told(
    events: Iterable[Event], directory: Directory, names: Names, at: tuple[int, Origin]
) -> Iterator[Telling]:
    """Yield who is to be told what of ``events``, in their order; ``at``: when, and whence."""
    time_ns, origin = at
    made = {"time_stamp": TimeStamp.of(time_ns), "wayside_origin": origin}  # type: ignore[arg-type]
    events = tuple(events)
    targets = _targets(events)
    for event in events:
        match event:
            case HandedOver():
                yield from _handover(event, directory, names, (targets, made))
            case BearerEstablished() | BearerModified() | BearerReleased():
                yield from _bearer(event, directory, names, made)
                yield from _s1(event, directory, names, made)
            case CarriersChanged():
                yield from _carriers(event, directory, names, made)


Key = tuple[int, int, Stage]


def _targets(events: Sequence[Event]) -> dict[Key, tuple[int, ...]]:
    """Return the targets of the handovers that are tried, refused or given up at one moment."""
    found: dict[Key, tuple[int, ...]] = {}
    for event in events:
        if isinstance(event, HandedOver) and event.stage is not Stage.COMPLETED:
            key = (event.device, event.source, event.stage)
            found[key] = (*found.get(key, ()), event.target)
    return found


def _handover(
    event: HandedOver,
    directory: Directory,
    names: Names,
    context: tuple[dict[Key, tuple[int, ...]], Mapping[str, Any]],
) -> Iterator[Telling]:
    """Tell of a handover; of several that began together with the first. Ref: clause 6.4.2."""
    targets, made = context
    cells: tuple[int, ...] = (event.target,)
    if event.stage is not Stage.COMPLETED:
        cells = targets.pop((event.device, event.source, event.stage), ())
    source = names.ecgi(event.source)
    ecgis = tuple(each for each in map(names.ecgi, cells) if each is not None)
    if source is None or not ecgis:
        return
    status = STATUS[event.stage]
    listening = [
        each
        for each in directory["CellChangeSubscription"].of(event.device, event.source, *cells)
        if status in each.criteria.ho_status
    ]
    make = partial(
        CellChangeNotification, **made, src_ecgi=source, trg_ecgi=ecgis, ho_status=status
    )
    yield from _each(listening, event.device, names, make)


def _bearer(
    event: OfBearers, directory: Directory, names: Names, made: Mapping[str, Any]
) -> Iterator[Telling]:
    ecgi, bearer = names.ecgi(event.cell), event.bearer
    if ecgi is None:
        return
    listening = [
        each
        for each in directory[RAB_TYPES[type(event)]].of(event.device, event.cell)
        if each.criteria.qci == bearer.q_ci
        and getattr(each.criteria, "erab_id", bearer.id) == bearer.id
    ]
    yield from _each(listening, event.device, names, _of_bearer(event, ecgi, made))


def _of_bearer(event: OfBearers, ecgi: Ecgi, made: Mapping[str, Any]) -> Making:
    bearer = event.bearer
    if isinstance(event, BearerReleased):
        info = ErabReleaseInfo(erab_id=bearer.id)
        return partial(RabRelNotification, **made, ecgi=ecgi, erab_release_info=info)
    kind = RabEstNotification if isinstance(event, BearerEstablished) else RabModNotification
    return partial(kind, **made, ecgi=ecgi, erab_id=bearer.id, erab_qos_parameters=qos_of(bearer))


def _s1(
    event: OfBearers, directory: Directory, names: Names, made: Mapping[str, Any]
) -> Iterator[Telling]:
    """Tell of a bearer whose tunnel the source tells; of others there is nothing to say."""
    ecgi, detail = names.ecgi(event.cell), detailed(event.bearer)
    if ecgi is None or detail is None:
        return
    happened = S1_EVENTS[type(event)]
    for each in directory["S1BearerSubscription"].of(event.device, event.cell):
        subscription: Any = each.entry.value
        erabs = each.criteria.erab_id
        if happened not in subscription.event_type or (erabs and detail.erab_id not in erabs):
            continue
        whose = NotifiedS1Ue(
            associate_id=names.associates(event.device), ecgi=(ecgi,), s1_bearer_info=(detail,)
        )
        yield (
            each.entry,
            S1BearerNotification(**made, links=each.links, s1_event=happened, s1_ue_info=whose),
        )


def _carriers(
    event: CarriersChanged, directory: Directory, names: Names, made: Mapping[str, Any]
) -> Iterator[Telling]:
    ecgi = names.ecgi(event.cell)
    if ecgi is None:
        return
    make = partial(
        CaReconfNotification,
        **made,
        ecgi=ecgi,
        secondary_cell_add=_secondary(event.added, names),
        secondary_cell_remove=_secondary(event.removed, names),
    )
    listening = directory["CaReconfSubscription"].of(event.device, event.cell)
    yield from _each(listening, event.device, names, make)


def _secondary(cells: Sequence[int], names: Names) -> tuple[SecondaryCell, ...]:
    return tuple(SecondaryCell(ecgi=each) for each in map(names.ecgi, cells) if each is not None)


def _each(
    listening: Iterable[Wanted], device: int, names: Names, make: Making
) -> Iterator[Telling]:
    for each in listening:
        yield each.entry, make(associate_id=names.associates(device), links=each.links)
