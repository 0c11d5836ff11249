"""Scopes of an API, and the narrower ones of one kind of resource."""

import pytest

from wayside.security.scopes import may_have


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        ({"all"}, {"anything:write"}),
        ({"mec_app_support:write"}, {"mec_app_support:write"}),
        ({"mec_app_support:write"}, {"mec_app_support:dns_rules:write"}),
        ({"mec_app_support:dns_rules:write"}, {"mec_app_support:dns_rules:write"}),
        ({"mec_app_support:read"}, set()),
        ({"app_lcm:write"}, {"app_lcm:subscriptions:AType:write"}),
        ({"app_lcm:subscriptions:write"}, {"app_lcm:subscriptions:AType:write"}),
        ({"app_lcm:subscriptions:AType:write"}, {"app_lcm:subscriptions:AType:write"}),
    ],
)
def test_who_has_a_scope_may_have_a_narrower_one(own: set[str], wanted: set[str]) -> None:
    assert may_have(own, wanted)


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        ({"mec_app_support:dns_rules:write"}, {"mec_app_support:write"}),
        ({"mec_app_support:dns_rules:write"}, {"mec_app_support:traffic_rules:write"}),
        ({"mec_app_support:write"}, {"mec_app_support:dns_rules:read"}),
        ({"mec_app_support:write"}, {"mec_service_mgmt:services:write"}),
        ({"mec_app_support:write"}, {"mec_app_support:write", "all"}),
        ({"app_lcm:subscriptions:AType:write"}, {"app_lcm:subscriptions:write"}),
        ({"app_lcm:subscriptions:AType:write"}, {"app_lcm:subscriptions:Another:write"}),
        ({"app_lcm:subscriptions:read"}, {"app_lcm:subscriptions:AType:write"}),
    ],
)
def test_nobody_may_have_a_wider_one_or_another(own: set[str], wanted: set[str]) -> None:
    assert not may_have(own, wanted)
