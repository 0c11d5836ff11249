"""The scopes that an AppD asks for reach the platform with the instance."""

from tests.model.descriptors import an_appd

from wayside.core.ids import AppInstanceId
from wayside.mepm.workload import configuration_of
from wayside.model.appd import ServiceDependency


def test_those_of_required_and_of_optional_services_are_asked_for_once_each() -> None:
    def using(name: str, *scopes: str) -> ServiceDependency:
        return ServiceDependency(ser_name=name, version="1", requested_permissions=scopes)

    app_d = an_appd(
        app_traffic_rule=(),
        app_dns_rule=(),
        app_service_required=(using("location", "location:read"), using("rni", "rni:read")),
        app_service_optional=(using("more", "location:read", "bwm:write"),),
    )
    asked = configuration_of(AppInstanceId("one"), app_d, (), platform=()).requested_permissions
    assert asked == ("bwm:write", "location:read", "rni:read")
    quiet = an_appd(app_traffic_rule=(), app_dns_rule=())
    assert (
        configuration_of(AppInstanceId("one"), quiet, (), platform=()).requested_permissions == ()
    )
