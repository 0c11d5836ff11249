"""Decisions of application support: what a rule may become, where it sends, who may register.

Never reads a clock, a store or a socket: values in, values or a problem out.
"""

from math import ceil

from wayside.core.errors import BadRequest, Conflict, Forbidden, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.model.common import LinkType
from wayside.model.rules import (
    DnsRule,
    RuleState,
    TrafficRule,
)
from wayside.refpoints.mm5 import OperationAction, PlatformConfiguration
from wayside.refpoints.mp2 import NameRecord

from .filters import check_address, check_filter, check_name
from .model import (
    AppInfo,
    AppTerminationNotification,
    AppTerminationNotificationSubscription,
    TerminationLinks,
)

ROOT = "/mec_app_support/v2"
"""Links name this version, also where an older client asked under v1."""

GRACE_S_MAX = 2**32 - 1
"""The largest ``maxGracefulTimeout``: the standard's type is a 32 bit number."""


def check_traffic_rule(present: TrafficRule, wanted: TrafficRule) -> None:
    """Return where ``wanted`` may stand in place of ``present``; raise Unprocessable otherwise.

    Ours: everything but the identifier may change, within the standard's own limits.
    Ref: MEC 011 clause 7.2.8.3.2.
    """
    if wanted.traffic_rule_id != present.traffic_rule_id:
        raise _unfit(
            "trafficRuleId", f"it is {present.traffic_rule_id} in the path; it cannot change"
        )
    if not wanted.traffic_filter:
        raise _unfit("trafficFilter", "give at least one filter; an empty one matches everything")
    for number, each in enumerate(wanted.traffic_filter):
        check_filter(each, f"$.trafficFilter[{number}]")


def check_dns_rule(present: DnsRule, wanted: DnsRule) -> None:
    """Return where ``wanted`` may stand in place of ``present``; raise Unprocessable otherwise.

    Ours: the name was granted with the package and stays; address, ttl and state may change.
    Ref: MEC 011 clause 7.2.10.3.2.
    """
    if wanted.dns_rule_id != present.dns_rule_id:
        raise _unfit("dnsRuleId", f"it is {present.dns_rule_id} in the path; it cannot change")
    if wanted.domain_name.lower() != present.domain_name.lower():
        raise _unfit(
            "domainName", f"it stays {present.domain_name}; another name needs another package"
        )
    check_name(wanted.domain_name, "$.domainName")
    check_address(wanted.ip_address, wanted.ip_address_type, "$.ipAddress")
    if wanted.ttl is not None and wanted.ttl < 0:
        raise _unfit("ttl", "seconds cannot be negative; leave it out for a record without end")


def check_activation(state: RuleState, *, in_force: bool) -> None:
    """Return where a rule may have ``state`` now. Ref: MEC 011 clause 7.2.8.3.2 (403)."""
    if state is RuleState.ACTIVE and not in_force:
        raise Forbidden(
            "$.state: a rule is ACTIVE only while its instance runs; send confirm_ready first.",
            field="$.state",
        )


def record_of(app_instance_id: str, rule: DnsRule) -> NameRecord:
    """Return what the host's DNS is asked to answer for the rule."""
    return NameRecord(
        AppInstanceId(app_instance_id),
        rule.dns_rule_id,
        rule.domain_name,
        rule.ip_address_type,
        rule.ip_address,
        rule.ttl,
    )


def subscriptions_path(app_instance_id: str) -> str:
    """Return the path of an instance's subscriptions."""
    return f"{ROOT}/applications/{app_instance_id}/subscriptions"


def termination_of(
    subscription: AppTerminationNotificationSubscription, action: OperationAction, seconds: int
) -> AppTerminationNotification:
    """Return what an instance is told before it is let go. Ref: MEC 011 clause 7.1.4.2."""
    assert subscription.links is not None
    app = subscription.app_instance_id
    confirm = LinkType(href=f"{ROOT}/applications/{app}/confirm_termination")
    return AppTerminationNotification(
        links=TerminationLinks(subscription=subscription.links.self, confirm_termination=confirm),
        notification_type="AppTerminationNotification",
        operation_action=action,
        max_graceful_timeout=seconds,
    )


def seconds_to_tell(grace_s: float) -> int:
    """Return ``maxGracefulTimeout``: whole seconds, never 0, never more than the type holds."""
    return max(1, min(GRACE_S_MAX, ceil(min(grace_s, GRACE_S_MAX))))


def check_confirmation(given: OperationAction, pending: OperationAction | None) -> None:
    """Return where ``given`` confirms what is pending; raise Conflict otherwise.

    Ref: MEC 011 clause 7.2.11.3.4 (409).
    """
    if pending is None:
        raise Conflict(
            "Nothing waits for a confirmation: the instance was not told to stop or terminate, "
            "or its time is over."
        )
    if given is not pending:
        raise Conflict(
            f"$.operationAction: {given} was sent, {pending} is pending; send the value of the "
            "notification.",
            field="$.operationAction",
        )


def check_registration(info: AppInfo, known: PlatformConfiguration | None) -> None:
    """Return where an instance may register with ``info``; ``known`` is what its manager said.

    Ref: MEC 011 table 7.1.2.6-1.
    """
    if not info.app_name:
        raise _unfit("appName", "give the application's name")
    if info.app_instance_id is not None:
        check_instance_id(info.app_instance_id)
    check_endpoint_count(info)
    if info.is_ins_by_mec:
        _check_managed(info, known)
    elif known is not None:
        raise _unfit(
            "isInsByMec", f"the MEC management instantiated {info.app_instance_id}; send true"
        )
    elif info.endpoint is None:
        raise _unfit("endpoint", "it is required unless isInsByMec is true")


def _check_managed(info: AppInfo, known: PlatformConfiguration | None) -> None:
    """Check an instance that says the MEC management made it; it has an AppD."""
    for name, value in (("appInstanceId", info.app_instance_id), ("appDId", info.app_d_id)):
        if value is None:
            raise _unfit(name, "it is required where isInsByMec is true")
    if (
        info.app_service_required
        or info.app_service_optional
        or info.app_feature_required
        or info.app_feature_optional
    ):
        raise _unfit(
            "appServiceRequired", "the AppD says what is needed; leave these attributes out"
        )
    if known is None:
        raise Conflict(
            f"$.appInstanceId: no instance {info.app_instance_id} is configured on this platform "
            "yet; register again in a moment, or leave isInsByMec out.",
            field="$.appInstanceId",
        )
    for name, given, meant in (
        ("appName", info.app_name, known.app_name),
        ("appProvider", info.app_provider, known.app_provider),
        ("appDId", info.app_d_id, known.app_d_id),
    ):
        if given is not None and given != meant:
            raise _unfit(name, f"the AppD says {meant!r}; send the same")


def check_endpoint_count(info: AppInfo) -> None:
    """Return where the end point says one way to reach it. Ref: MEC 011 clause 8.1.5.3."""
    if info.endpoint is not None and not info.endpoint.says_one_way:
        raise _unfit("endpoint", "give exactly one of uris, fqdn, addresses and alternative")


def check_instance_id(app_instance_id: str) -> None:
    """Return where the identifier can be a path segment; raise Unprocessable otherwise."""
    allowed = app_instance_id.replace("-", "").replace("_", "").replace(".", "").replace(":", "")
    if not (allowed.isascii() and allowed.isalnum() and len(app_instance_id) <= 128):
        raise _unfit("appInstanceId", "use up to 128 letters, digits, '-', '_', '.' and ':'")


def check_same_instance(in_path: str, in_body: str | None) -> None:
    """Return where the body names the instance of the path; raise BadRequest otherwise."""
    if in_body is not None and in_body != in_path:
        raise BadRequest(
            f"$.appInstanceId: the body says {in_body}, the path {in_path}; send the same.",
            field="$.appInstanceId",
        )


def _unfit(field: str, sentence: str) -> Unprocessable:
    return Unprocessable(f"$.{field}: {sentence}.", field=f"$.{field}")
