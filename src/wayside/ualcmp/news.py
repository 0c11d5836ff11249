"""What a device is told of a change of its context. Pure; never sends anything."""

from collections.abc import Sequence

from .dev_app.model import (
    AddressChangeNotification,
    ApplicationContextUpdateNotification,
    Notification,
    ServingInstance,
    UserAppInstanceInfo,
)


def news_of(
    context_id: str,
    before: Sequence[UserAppInstanceInfo],
    after: Sequence[UserAppInstanceInfo | None],
    *,
    moved: bool,
) -> list[Notification]:
    """Return what the device is told of a change.

    An instance that took over from another, or is reached elsewhere, is an address change; all else
    is an update of the context.
    """
    changed = [(was, now) for was, now in zip(before, after, strict=True) if was != now]
    served = all(
        was.app_instance_id and now is not None and now.app_instance_id for was, now in changed
    )
    if served and not moved:
        return [
            AddressChangeNotification(
                context_id=context_id,
                app_instance_id=now.app_instance_id,
                reference_uri=now.reference_uri,
            )
            for _, now in changed
            if now is not None and now.app_instance_id and now.reference_uri
        ]
    if not changed:
        return []
    serving = tuple(
        ServingInstance(
            app_instance_id=info.app_instance_id,
            reference_uri=info.reference_uri,
            app_location=info.app_location,
        )
        for info in after
        if info is not None and info.app_instance_id and info.reference_uri
    )
    return [
        ApplicationContextUpdateNotification(context_id=context_id, user_app_instance_info=serving)
    ]
