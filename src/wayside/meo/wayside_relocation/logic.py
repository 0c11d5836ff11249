"""Which host a moving device's instance goes to, and which instance is there already. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from wayside.meo.site import HostSite
from wayside.model.app_lcm import AppInstanceInfo, OperationalState


def serving(sites: Iterable[HostSite], cell: str) -> tuple[str, ...]:
    """Return the hosts that serve a cell, the nearest to it first."""
    found = [site for site in sites if cell in site.latency_ns]
    return tuple(site.host_id for site in sorted(found, key=lambda each: each.latency_ns[cell]))


def refusals(hosts: Iterable[str], allowed: Sequence[str], cell: str) -> Mapping[str, str]:
    """Return why each of the other hosts is out of the question, for the planner."""
    return {each: f"It does not serve {cell}." for each in hosts if each not in allowed}


def there_already(
    source: AppInstanceInfo,
    instances: Iterable[AppInstanceInfo],
    *,
    hosts: Sequence[str],
    placed: Mapping[str, str],
) -> AppInstanceInfo | None:
    """Return a STARTED instance of the source's application on one of ``hosts``, the best first.

    ``placed`` says on which host each instance is. None where there is none.
    """
    found = [
        each
        for each in instances
        if each.id != source.id
        and each.app_pkg_id == source.app_pkg_id
        and each.operational_state is OperationalState.STARTED
        and placed.get(each.id) in hosts
    ]
    return min(found, key=lambda each: hosts.index(placed[each.id]), default=None)
