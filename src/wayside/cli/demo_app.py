"""The demonstration's application: built, signed, on-boarded and started where it does not run.

Never measures.
"""

from pathlib import Path

import msgspec

from wayside.core.ids import AppInstanceId, DnsRuleId, TrafficRuleId
from wayside.core.requests import IfMatch, ListQuery
from wayside.model.app_lcm import AppInstanceInfo
from wayside.model.rules import RuleState

from . import lifecycle
from .apps import onboard_file
from .connection import Face
from .output import output
from .packages import build_signed
from .place import place

APP_D_ID = "hello-edge-1.0"
NAME = "hello.example"
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "hello-edge"


async def running_instance(face: Face) -> AppInstanceInfo:
    """Return an instance of hello-edge that runs; what is missing on the way is made."""
    instances = [e.value for e in (await face.instances.list_app_instances(ListQuery())).entries]
    for instance in instances:
        if instance.app_d_id == APP_D_ID:
            return await lifecycle.run_again(face, instance)
    packages = [e.value for e in (await face.packages.list_app_packages(ListQuery())).entries]
    if not any(package.app_d_id == APP_D_ID for package in packages):
        output.note("building, signing and on-boarding examples/hello-edge")
        await onboard_file(face, build_signed(EXAMPLE, place.state))
    with output.progress("starting hello-edge"):
        return await lifecycle.run_new(face, APP_D_ID)


async def switch(face: Face, host: str, instance_id: AppInstanceId, state: RuleState) -> None:
    """Set all traffic and DNS rules of the instance to ``state``, by Mp1."""
    support = face.support(host)
    for rule in (await support.list_traffic_rules(instance_id)).entries:
        await support.replace_traffic_rule(
            instance_id,
            TrafficRuleId(rule.value.traffic_rule_id),
            msgspec.structs.replace(rule.value, state=state),
            None if not rule.etag else IfMatch(rule.etag),
        )
    for name in (await support.list_dns_rules(instance_id)).entries:
        await support.replace_dns_rule(
            instance_id,
            DnsRuleId(name.value.dns_rule_id),
            msgspec.structs.replace(name.value, state=state),
            None if not name.etag else IfMatch(name.etag),
        )
