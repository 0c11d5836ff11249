"""The MEC services of a platform: found by scan and by entry point, built, joined.

A service of ours is a folder of ``wayside.services`` with a module ``service``; one of a third
party names such a module in the entry point group ``wayside.services``. Never has a list of them.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import msgspec

import wayside.services
from wayside.chassis.hosting import Host, Manifest, Service, ServiceModule, ServiceSettings
from wayside.core.errors import Unprocessable
from wayside.core.operations import Api
from wayside.core.wire import explain
from wayside.mep.registrations import LetGo
from wayside.model.services import (
    CategoryRef,
    EndPointInfo,
    GrantType,
    OAuth2Info,
    SecurityInfo,
    SerializerType,
    ServiceInfo,
    ServiceState,
    TransportInfo,
    TransportType,
)

GROUP = "wayside.services"
Said = Mapping[str, Mapping[str, Any]]
"""What settings say of services: a table for each."""


@cache
def found() -> tuple[ServiceModule[Any], ...]:
    """Return every service that is installed, in the order of names.

    Raises Unprocessable for an entry point that is no service, and for a name that is there twice.
    """
    modules: dict[str, ServiceModule[Any]] = {}
    for where, module in (*_own(), *_installed()):
        name = module.MANIFEST.name
        if name in modules:
            raise Unprocessable(f"{where}: there is a service {name} already; uninstall one.")
        modules[name] = module
    return tuple(modules[name] for name in sorted(modules))


def _own() -> Iterator[tuple[str, ServiceModule[Any]]]:
    for each in pkgutil.iter_modules(wayside.services.__path__, f"{wayside.services.__name__}."):
        yield each.name, importlib.import_module(f"{each.name}.service")


def _installed() -> Iterator[tuple[str, ServiceModule[Any]]]:
    for entry in entry_points(group=GROUP):
        where = f"entry point {entry.name} = {entry.value}"
        try:
            module = entry.load()
        except ImportError as fault:
            raise Unprocessable(f"{where} cannot be imported: {fault}.") from fault
        if not (isinstance(getattr(module, "MANIFEST", None), Manifest) and callable(module.build)):
            raise Unprocessable(f"{where} is no service: it needs MANIFEST, Settings and build.")
        yield where, module


def settings_of(said: Said) -> dict[str, ServiceSettings]:
    """Return the settings of every service that is installed; what nothing is said of: defaults.

    Raises Unprocessable naming the service and the field.
    """
    modules = {each.MANIFEST.name: each for each in found()}
    for name in said:
        if name not in modules:
            known = ", ".join(modules)
            raise Unprocessable(
                f"services.{name}: no such service is installed (there are: {known}).",
                field=f"services.{name}",
            )
    return {name: _read(name, said.get(name, {}), modules[name].Settings) for name in modules}


def _read(name: str, said: Mapping[str, Any], type_: type[ServiceSettings]) -> ServiceSettings:
    try:
        return msgspec.convert(said, type_)
    except msgspec.ValidationError as fault:
        raise Unprocessable(
            f"services.{name}: {explain(str(fault))}", field=f"services.{name}"
        ) from fault


def features(said: Said) -> tuple[str, ...]:
    """Return the features of MEC 002 that a host has by its services."""
    settings = settings_of(said)
    return tuple(
        each.MANIFEST.feature
        for each in found()
        if each.MANIFEST.feature is not None and settings[each.MANIFEST.name].enabled
    )


def names(said: Said) -> tuple[str, ...]:
    """Return what a host's own services are called where they are found (``serName``)."""
    settings = settings_of(said)
    return tuple(name for name, each in settings.items() if each.enabled)


@dataclass(frozen=True)
class Services:
    """The services of one platform."""

    manifests: tuple[Manifest, ...] = ()
    built: tuple[Service, ...] = ()

    @property
    def apis(self) -> tuple[Api, ...]:
        """What they serve on Mp1."""
        return tuple(api for each in self.built for api in each.apis)

    @property
    def management(self) -> tuple[Api, ...]:
        """What they serve to the operator alone."""
        return tuple(api for each in self.built for api in each.management)

    @property
    def let_go(self) -> tuple[LetGo, ...]:
        """What takes away all that an instance has at them."""
        return tuple(each.let_go for each in self.built)

    def start(self) -> None:
        """Have each go on with what was under way."""
        for each in self.built:
            each.start()

    def offered(self, root: str, *, tokens: bool) -> tuple[ServiceInfo, ...]:
        """Return them as consumers find them; ``tokens``: in the operator profile."""
        return tuple(
            _offered(each, api, root, tokens=tokens) for each in self.manifests for api in each.apis
        )


def build(said: Said, host_of: Callable[[str, ServiceSettings], Host[Any]]) -> Services:
    """Return the services that are enabled; ``host_of`` gives each what it stands on."""
    settings = settings_of(said)
    wanted = [each for each in found() if settings[each.MANIFEST.name].enabled]
    return Services(
        tuple(each.MANIFEST for each in wanted),
        tuple(
            each.build(host_of(each.MANIFEST.name, settings[each.MANIFEST.name])) for each in wanted
        ),
    )


def declared() -> tuple[type[Api], ...]:
    """Return the APIs of all services, on Mp1 and for operators, without building one."""
    manifests = [each.MANIFEST for each in found()]
    return tuple(api for each in manifests for api in (*each.apis, *each.management))


def _offered(manifest: Manifest, api: type[Api], root: str, *, tokens: bool) -> ServiceInfo:
    info = api.info
    oauth2 = OAuth2Info(grant_types=(GrantType.OAUTH2_CLIENT_CREDENTIALS,)) if tokens else None
    return ServiceInfo(
        ser_name=info.name,
        ser_category=CategoryRef(
            href=info.root, id=manifest.name, name=manifest.category, version=info.version
        ),
        version=info.version,
        state=ServiceState.ACTIVE,
        transport_info=TransportInfo(
            id=f"{info.name}-{info.version}",
            name="REST",
            type=TransportType.REST_HTTP,
            protocol="HTTP",
            version="1.1",
            endpoint=EndPointInfo(uris=(f"{root}{info.root}",)),
            security=SecurityInfo(o_auth2_info=oauth2),
        ),
        serializer=SerializerType.JSON,
    )
