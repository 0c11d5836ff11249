"""Whether this data plane can carry a rule out, and what the rule then matches. Pure.

Never compares rules with each other.
"""

from ipaddress import ip_address
from typing import NoReturn

from wayside.core.errors import Unprocessable
from wayside.model.rules import RuleAction, TrafficFilter
from wayside.refpoints.mp2 import RuleKey, SteeringRule, Target

from .access import Access
from .actions import MOVING, PLAINLY, TUNNELLED
from .matches import Match, matches_of


def checked(steering: SteeringRule, access: Access) -> tuple[Match, ...]:
    """Return what a rule matches, once it is certain that this data plane carries it out.

    Raises Unprocessable naming the rule and the field.
    """
    try:
        versions = _versions(steering, access)
        filters = steering.rule.traffic_filter
        if not filters:
            raise Unprocessable("trafficFilter: at least one is needed.", field="trafficFilter")
        found: dict[Match, None] = {}
        for filter_ in filters:
            found.update(dict.fromkeys(_matches(steering, filter_, versions, access)))
        return tuple(found)
    except Unprocessable as fault:
        raise of_rule(steering.key, fault) from fault


def _matches(
    steering: SteeringRule, filter_: TrafficFilter, versions: tuple[int, ...], access: Access
) -> tuple[Match, ...]:
    """Return what a filter matches; what can only be IPv6 is told from what is wrong by itself."""
    try:
        return matches_of(filter_, versions, access)
    except Unprocessable:
        if steering.rule.action in TUNNELLED:
            matches_of(filter_, (4, 6), access)
            raise Unprocessable(
                "trafficFilter: means IPv6, and tunnels to instances carry IPv4 alone; use "
                f"{PLAINLY[steering.rule.action]} for it.",
                field="trafficFilter",
            ) from None
        raise


def _versions(steering: SteeringRule, access: Access) -> tuple[int, ...]:
    """Return the families that a rule can mean; refuse actions that cannot be carried out."""
    rule, targets = steering.rule, steering.targets
    if rule.action not in MOVING:
        if targets or (rule.action is RuleAction.DROP and rule.dst_interface):
            _refuse(f"{rule.action} sends nothing anywhere; leave it out")
        return (4, 6)
    if not 1 <= len(targets) <= 2:
        _refuse(f"{rule.action} needs one destination, or one for each side, not {len(targets)}")
    for target in targets:
        if (target.tunnel is not None) != (rule.action in TUNNELLED):
            _refuse("the ENCAPSULATED actions, and only they, send into a TUNNEL")
        if target.tunnel is not None:
            _check_tunnel(target, access)
    versions = {_version(target) for target in targets}
    if len(versions) > 1:
        _refuse("both destinations must be of one family")
    return tuple(versions)


def _version(target: Target) -> int:
    try:
        return ip_address(target.address).version
    except ValueError:
        _refuse(f"{target.address!r} is no IP address")


def _check_tunnel(target: Target, access: Access) -> None:
    assert target.tunnel is not None
    if access.tunnel_source is None:
        _refuse("this data plane has no address for tunnels to instances")
    if target.tunnel.source not in (None, access.tunnel_source):
        _refuse(
            f"tunnelSrcAddress is the host's end, {access.tunnel_source}; write that or leave it "
            "out"
        )
    if _version(target) != 4:
        _refuse("tunnels to instances are of IPv4 and carry IPv4 alone")


def _refuse(what: str) -> NoReturn:
    raise Unprocessable(f"dstInterface: {what}.", field="dstInterface")


def of_rule(key: RuleKey, fault: Unprocessable) -> Unprocessable:
    """Return the same problem with the rule's key in front."""
    prefix = f"Traffic rule {key}: "
    if fault.detail.startswith(prefix):
        return fault
    return Unprocessable(prefix + fault.detail, field=fault.field)
