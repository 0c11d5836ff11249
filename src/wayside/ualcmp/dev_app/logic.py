"""What MEC 016 allows in a request, and what a device is shown of an application. Pure.

Never decides who serves a device: ``choosing`` does.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import ceil

import msgspec

from wayside.core.errors import BadRequest, Unprocessable
from wayside.core.wire import Wire
from wayside.model.app_lcm import LocationConstraints
from wayside.model.appd import AppD
from wayside.model.needs import MB, needs_of
from wayside.refpoints.mm9 import UserAppPlace

from .model import (
    DESCRIPTION_MAX,
    SHORT_MAX,
    AppCharcs,
    AppContext,
    AppListEntry,
    AvailableLocation,
    ContextAppInfo,
    LocatedAppInfo,
    OfferedAppInfo,
    ServiceCont,
    UserAppInstanceInfo,
    VendorSpecificExt,
)

NS_PER_MS = 1_000_000


class ListFilter(Wire):
    """The query of the application list; what is empty asks for nothing. Ref: table 7.3.3.1-1."""

    appname: tuple[str, ...] = ()
    appprovider: tuple[str, ...] = ()
    appsoftversion: tuple[str, ...] = ()
    vendorid: tuple[str, ...] = ()
    servicecont: int | None = None


def check_filter(wanted: ListFilter) -> None:
    """Return where servicecont is one of the two modes; raise BadRequest."""
    if wanted.servicecont is not None and wanted.servicecont not in set(ServiceCont):
        raise BadRequest(
            "servicecont: it is 0 (not required) or 1 (required).", field="servicecont"
        )


def entry_of(app_d: AppD, places: Sequence[UserAppPlace], vendor_id: str | None) -> AppListEntry:
    """Return an application as the list shows it."""
    return AppListEntry(
        app_info=OfferedAppInfo(
            app_d_id=app_d.app_d_id,
            app_name=app_d.app_name[:SHORT_MAX],
            app_provider=app_d.app_provider[:SHORT_MAX],
            app_soft_version=app_d.app_soft_version[:SHORT_MAX],
            app_d_version=app_d.app_d_version,
            app_description=app_d.app_description[:DESCRIPTION_MAX],
            app_location=tuple(locations_of(places)),
            app_charcs=charcs_of(app_d),
        ),
        vendor_specific_ext=None if vendor_id is None else VendorSpecificExt(vendor_id=vendor_id),
    )


def locations_of(places: Iterable[UserAppPlace]) -> Iterator[LocationConstraints]:
    """Yield where places with room are, each location once."""
    yielded = []
    for place in places:
        if place.has_room and place.location is not None and place.location not in yielded:
            yielded.append(place.location)
            yield place.location


def charcs_of(app_d: AppD) -> AppCharcs:
    """Return what an application uses, in the units of MEC 016.

    An AppD's latency is one way in ns, this one there and back in ms; a part of one counts whole.
    """
    needs = needs_of(app_d)
    latency = app_d.app_latency
    transfer = app_d.user_context_transfer_capability
    continues = transfer is not None and bool(transfer.user_context_transfer_support)
    return AppCharcs(
        memory=ceil(needs.memory_bytes / MB),
        storage=ceil(needs.storage_bytes / MB),
        latency=None if latency is None else ceil(2 * latency.max_latency / NS_PER_MS),
        service_cont=ServiceCont.SERVICE_CONTINUITY_REQUIRED
        if continues
        else ServiceCont.SERVICE_CONTINUITY_NOT_REQUIRED,
    )


def meets(entry: AppListEntry, wanted: ListFilter) -> bool:
    """Tell whether an entry is one that the query asks for."""
    info, ext = entry.app_info, entry.vendor_specific_ext
    charcs = info.app_charcs
    return (
        (not wanted.appname or info.app_name in wanted.appname)
        and (not wanted.appprovider or info.app_provider in wanted.appprovider)
        and (not wanted.appsoftversion or info.app_soft_version in wanted.appsoftversion)
        and (not wanted.vendorid or (ext is not None and ext.vendor_id in wanted.vendorid))
        and (
            wanted.servicecont is None
            or (charcs is not None and charcs.service_cont == wanted.servicecont)
        )
    )


def check_new(body: AppContext) -> None:
    """Return where a context may be asked for so; raise Unprocessable naming the field.

    What only the system says of an instance is passed over, as MEC 016 has it in answers alone.
    """
    info = body.app_info
    if body.context_id is not None:
        raise Unprocessable(
            "contextId is assigned by the system; leave it out.", field="$.contextId"
        )
    if (info.app_d_id is None) == (info.app_package_source is None):
        raise Unprocessable(
            "appInfo has appDId where the application is one of the list, otherwise "
            "appPackageSource; give one of them.",
            field="$.appInfo.appDId",
        )
    _check_flags(body)
    for number, each in enumerate(info.user_app_instance_info):
        _check_location(each.app_location, number)


def _check_flags(body: AppContext) -> None:
    if body.app_location_updates and body.app_auto_instantiation:
        raise Unprocessable(
            "appLocationUpdates and appAutoInstantiation exclude each other; set one of them.",
            field="$.appAutoInstantiation",
        )
    if body.callback_reference is not None:
        return
    for name, wish in (
        ("appLocationUpdates", body.app_location_updates),
        ("appAutoInstantiation", body.app_auto_instantiation),
    ):
        if wish:
            raise Unprocessable(
                f"{name} needs a callbackReference, as the device is told there.",
                field="$.callbackReference",
            )


def _check_location(wanted: LocationConstraints | None, number: int) -> None:
    if wanted is None:
        return
    at = f"$.appInfo.userAppInstanceInfo[{number}].appLocation"
    try:
        wanted.check()
    except Unprocessable as wrong:
        detail = wrong.detail.replace("locationConstraints", "appLocation")
        raise Unprocessable(detail, field=at) from wrong


def require_same(info: ContextAppInfo | LocatedAppInfo, app_d: AppD) -> None:
    """Return where a device means this very application; raise Unprocessable naming the field."""
    for name, given, known in (
        ("appName", info.app_name, app_d.app_name[:SHORT_MAX]),
        ("appProvider", info.app_provider, app_d.app_provider[:SHORT_MAX]),
        ("appSoftVersion", info.app_soft_version, app_d.app_soft_version[:SHORT_MAX]),
        ("appDVersion", info.app_d_version, app_d.app_d_version),
    ):
        if given is not None and given != known:
            raise Unprocessable(
                f"{name}: the application {app_d.app_d_id} has {known!r}, not {given!r}.",
                field=f"$.appInfo.{name}",
            )


def is_same(info: LocatedAppInfo, app_d: AppD) -> bool:
    """Tell whether a device means this application."""
    try:
        require_same(info, app_d)
    except Unprocessable:
        return False
    return True


def changed(present: AppContext, body: AppContext) -> AppContext:
    """Return the context with the callback and the locations of ``body``; all else as it is.

    What is left out stays. Raises Unprocessable naming a field that may not be changed.
    Ref: MEC 016 clause 7.5.3.2.
    """
    for path, was, now in _fixed(present, body):
        if now is not None and now != was:
            raise Unprocessable(
                f"{path} cannot be changed; only callbackReference and appLocation can.",
                field=f"$.{path}",
            )
    held, given = (
        present.app_info.user_app_instance_info,
        body.app_info.user_app_instance_info,
    )
    if len(held) != len(given):
        raise Unprocessable(
            f"userAppInstanceInfo has {len(held)} entries; give as many, in the same order.",
            field="$.appInfo.userAppInstanceInfo",
        )
    entries = [_moved(number, *each) for number, each in enumerate(zip(held, given, strict=True))]
    info = msgspec.structs.replace(present.app_info, user_app_instance_info=tuple(entries))
    callback = body.callback_reference or present.callback_reference
    return msgspec.structs.replace(present, callback_reference=callback, app_info=info)


def _fixed(present: AppContext, body: AppContext) -> Iterator[tuple[str, object, object]]:
    was, now = present.app_info, body.app_info
    yield "contextId", present.context_id, body.context_id
    yield "associateDevAppId", present.associate_dev_app_id, body.associate_dev_app_id
    # A boolean that is absent is FALSE.
    for name, held, given in (
        ("appLocationUpdates", present.app_location_updates, body.app_location_updates),
        ("appAutoInstantiation", present.app_auto_instantiation, body.app_auto_instantiation),
    ):
        yield name, bool(held), given
    yield "appInfo.appDId", was.app_d_id, now.app_d_id
    yield "appInfo.appName", was.app_name, now.app_name
    yield "appInfo.appProvider", was.app_provider, now.app_provider
    yield "appInfo.appSoftVersion", was.app_soft_version, now.app_soft_version
    yield "appInfo.appDVersion", was.app_d_version, now.app_d_version
    yield "appInfo.appDescription", was.app_description, now.app_description
    yield "appInfo.appPackageSource", was.app_package_source, now.app_package_source


def _moved(
    number: int, held: UserAppInstanceInfo, given: UserAppInstanceInfo
) -> UserAppInstanceInfo:
    at = f"appInfo.userAppInstanceInfo[{number}]"
    if given.app_instance_id not in (None, held.app_instance_id):
        raise Unprocessable(
            f"{at}.appInstanceId cannot be changed; leave it out, or repeat it.",
            field=f"$.{at}.appInstanceId",
        )
    _check_location(given.app_location, number)
    if given.app_location is None:
        return held
    return msgspec.structs.replace(held, app_location=given.app_location)


def availability(places: Iterable[UserAppPlace]) -> tuple[AvailableLocation, ...]:
    """Return the places with room as MEC 016 tells them."""
    return tuple(AvailableLocation(app_location=each) for each in locations_of(places))
