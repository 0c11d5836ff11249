"""Decisions of application support: what a rule may become, where it sends, who may register.

Never reads a clock, a store or a socket: values in, values or a problem out.
"""

from collections.abc import Mapping, Sequence
from math import ceil

from wayside.core.authorisation import Caller
from wayside.core.errors import BadRequest, Conflict, Forbidden, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.model.common import LinkType
from wayside.model.rules import (
    DestinationInterface,
    DnsRule,
    InterfaceType,
    RuleAction,
    RuleState,
    TrafficRule,
)
from wayside.refpoints.mm5 import Attachment, OperationAction, PlatformConfiguration
from wayside.refpoints.mp2 import NameRecord, RuleKey, SteeringRule, Target

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

DUPLICATES = frozenset({RuleAction.DUPLICATE_DECAPSULATED, RuleAction.DUPLICATE_ENCAPSULATED})


def key_of(app_instance_id: str, rule_id: str) -> RuleKey:
    """Return what names a rule among those of all instances."""
    return RuleKey(f"{app_instance_id}/{rule_id}")


def interfaces_of(rule: TrafficRule) -> tuple[DestinationInterface, ...]:
    """Return the destinations, as a sequence whichever way they were written."""
    given = rule.dst_interface
    if given is None:
        return ()
    return (given,) if isinstance(given, DestinationInterface) else given


def steering_of(
    app_instance_id: str, rule: TrafficRule, attachments: Sequence[Attachment]
) -> SteeringRule:
    """Return the rule with its destination resolved among the instance's own attachments.

    Ours: FORWARD and DUPLICATE without ``dstInterface`` mean the instance's first attachment.
    Raises Unprocessable where a destination is not the instance's own, or their number is wrong.
    Ref: MEC 011 table 7.1.2.2-1.
    """
    return SteeringRule(
        key_of(app_instance_id, rule.traffic_rule_id), rule, _targets(rule, attachments)
    )


def _targets(rule: TrafficRule, attachments: Sequence[Attachment]) -> tuple[Target, ...]:
    given = interfaces_of(rule)
    if rule.action is RuleAction.DROP and given:
        raise _unfit("dstInterface", "DROP has no destination; leave it out")
    if len(given) > (2 if rule.action in DUPLICATES else 1):
        raise _unfit("dstInterface", f"{rule.action} takes fewer destinations")
    if rule.action in (RuleAction.DROP, RuleAction.PASSTHROUGH):
        return ()
    own = {attachment.address: attachment for attachment in attachments}
    # Of the two destinations of a DUPLICATE one is the way that the packet takes anyhow.
    other_way = [each for each in given if each.dst_ip_address not in own]
    if rule.action in DUPLICATES and 0 < len(other_way) < len(given):
        given = tuple(each for each in given if each.dst_ip_address in own)
    chosen = _own(given[0], own) if given else next(iter(attachments), None)
    if chosen is None:
        raise _unfit("dstInterface", f"{rule.action} needs one, and the instance has no address")
    return (Target(address=chosen.address, device=chosen.device),)


def _own(given: DestinationInterface, own: Mapping[str, Attachment]) -> Attachment:
    """Return the attachment that a destination names, which must be the instance's own."""
    if given.interface_type is InterfaceType.MAC:
        raise _unfit("dstInterface.interfaceType", "MAC cannot be reached here; use IP")
    address, field = given.dst_ip_address, "dstInterface.dstIpAddress"
    if given.interface_type is InterfaceType.TUNNEL:
        if given.tunnel_info is None:
            raise _unfit("dstInterface.tunnelInfo", "TUNNEL needs the tunnel's ends")
        address, field = given.tunnel_info.tunnel_dst_address, "dstInterface.tunnelInfo"
    if address is None:
        raise _unfit(field, f"{given.interface_type} needs the destination's address")
    if address not in own:
        theirs = ", ".join(own) or "none"
        raise _unfit(
            field, f"{address} is not an address of this instance; its addresses are: {theirs}"
        )
    return own[address]


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
    if info.endpoint is not None:
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
    end = info.endpoint
    assert end is not None
    if sum(map(bool, (end.uris, end.fqdn, end.addresses, end.alternative))) != 1:
        raise _unfit("endpoint", "give exactly one of uris, fqdn, addresses and alternative")


def check_instance_id(app_instance_id: str) -> None:
    """Return where the identifier can be a path segment; raise Unprocessable otherwise."""
    allowed = app_instance_id.replace("-", "").replace("_", "").replace(".", "").replace(":", "")
    if not (allowed.isascii() and allowed.isalnum() and len(app_instance_id) <= 128):
        raise _unfit("appInstanceId", "use up to 128 letters, digits, '-', '_', '.' and ':'")


def check_own_instance(caller: Caller, app_instance_id: str | None) -> None:
    """Raise Forbidden where a token bound to an instance speaks for another, or for none."""
    if caller.app_instance_id is not None and caller.app_instance_id != app_instance_id:
        raise Forbidden(
            f"appInstanceId: the token is bound to the application instance "
            f"{caller.app_instance_id}; register it under this identifier.",
            field="appInstanceId",
            headers={"WWW-Authenticate": 'Bearer realm="wayside", error="insufficient_scope"'},
        )


def check_same_instance(in_path: str, in_body: str | None) -> None:
    """Return where the body names the instance of the path; raise BadRequest otherwise."""
    if in_body is not None and in_body != in_path:
        raise BadRequest(
            f"$.appInstanceId: the body says {in_body}, the path {in_path}; send the same.",
            field="$.appInstanceId",
        )


def _unfit(field: str, sentence: str) -> Unprocessable:
    return Unprocessable(f"$.{field}: {sentence}.", field=f"$.{field}")
