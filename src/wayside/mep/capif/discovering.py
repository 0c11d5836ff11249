"""Which descriptions an API invoker asks for. Pure. Ref: TS 29.222 table 8.1.2.2.3.1-1."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from wayside.core.errors import BadRequest

from .model import (
    AefLocation,
    AefProfile,
    IpAddrInfo,
    ServiceAPIDescription,
    ServiceKpis,
    Version,
)
from .promises import address_of, keeps, serves, stands_at

MASK = re.compile("[A-Fa-f0-9]{1,64}")


@dataclass(frozen=True)
class Wanted:
    """The filters of a discovery; what is None asks for nothing."""

    api_name: str | None = None
    api_version: str | None = None
    comm_type: str | None = None
    protocol: str | None = None
    aef_id: str | None = None
    data_format: str | None = None
    api_cat: str | None = None
    preferred_aef_loc: AefLocation | None = None
    """A wish: what stands there comes first, and nothing is left out for it."""
    req_api_prov_name: str | None = None
    """The ``appProvider`` of the instance that offers the service."""
    supported_features: str | None = None
    """Those of the invoker; nothing that is found depends on them."""
    api_supported_features: str | None = None
    ue_ip_addr: IpAddrInfo | None = None
    """Of the device that the service is to serve."""
    service_kpis: ServiceKpis | None = None
    """What has to be promised, at least."""

    def check(self) -> None:
        """Raise BadRequest where features are no mask, or an API's are asked without its name.

        So too where the device has not one address.
        """
        _require_mask(self.supported_features, "supported-features")
        _require_mask(self.api_supported_features, "api-supported-features")
        if self.api_supported_features is not None and self.api_name is None:
            raise BadRequest(
                "api-supported-features: it goes with api-name, which is missing.",
                field="api-supported-features",
            )
        if self.ue_ip_addr is not None:
            address_of(self.ue_ip_addr)

    def matching(
        self, described: ServiceAPIDescription, *, provider: str | None = None
    ) -> ServiceAPIDescription | None:
        """Return the description with the profiles that fit alone; None where none does."""
        if self.api_name not in (None, described.api_name) or not self._in_category(described):
            return None
        if self.req_api_prov_name not in (None, provider):
            return None
        if self.api_supported_features and not _has(described, self.api_supported_features):
            return None
        fitting = tuple(each for each in described.aef_profiles if self._fits(each))
        return replace(described, aef_profiles=fitting) if fitting else None

    def in_order(self, found: Iterable[ServiceAPIDescription]) -> tuple[ServiceAPIDescription, ...]:
        """Return the descriptions as they are, but those at the preferred location first."""
        wish = self.preferred_aef_loc
        if wish is None:
            return tuple(found)
        return tuple(
            sorted(found, key=lambda each: not any(stands_at(p, wish) for p in each.aef_profiles))
        )

    def _in_category(self, described: ServiceAPIDescription) -> bool:
        info = described.service_info
        mec = info.category.id if info is not None and info.category is not None else None
        return self.api_cat is None or self.api_cat in (described.service_api_category, mec)

    def _fits(self, profile: AefProfile) -> bool:
        versions = [each.api_version for each in profile.versions]
        return (
            self.aef_id in (None, profile.aef_id)
            and self.protocol in (None, profile.protocol)
            and self.data_format in (None, profile.data_format)
            and (self.api_version is None or self.api_version in versions)
            and (self.comm_type is None or self.comm_type in _communication(profile.versions))
            and (self.ue_ip_addr is None or serves(profile, address_of(self.ue_ip_addr)))
            and (self.service_kpis is None or keeps(profile, self.service_kpis))
        )


def _communication(versions: Iterable[Version]) -> set[str]:
    resources = {each.comm_type for version in versions for each in version.resources}
    return resources | {each.comm_type for version in versions for each in version.cust_operations}


def _has(described: ServiceAPIDescription, features: str) -> bool:
    wanted = int(features, 16)
    return int(described.api_supp_feats or "0", 16) & wanted == wanted


def _require_mask(given: str | None, name: str) -> None:
    if given is not None and not MASK.fullmatch(given):
        raise BadRequest(f"{name}: send a bit mask, hexadecimal.", field=name)
