"""Identifiers as distinct types, and the port that makes new ones.

Never decides what an identifier means: a resource's home does.
"""

from collections.abc import Callable
from typing import NewType

AppDId = NewType("AppDId", str)
"""Identifies an application descriptor and its package. Ref: MEC 010-2 clause 6.2.1.2."""

AppPkgId = NewType("AppPkgId", str)
"""Identifies an on-boarded package; allocated by the MEO. Ref: MEC 010-2 clause 6.2.3.3."""

AppInstanceId = NewType("AppInstanceId", str)
"""Identifies an application instance in the whole MEC system."""

AppLcmOpOccId = NewType("AppLcmOpOccId", str)
"""Identifies one occurrence of a life cycle operation."""

GrantId = NewType("GrantId", str)
"""Identifies a grant given by the MEO to a MEPM."""

SerInstanceId = NewType("SerInstanceId", str)
"""Identifies a service instance in a platform's registry; allocated by the MEP."""

SubscriptionId = NewType("SubscriptionId", str)
"""Identifies a subscription at the element that notifies."""

TrafficRuleId = NewType("TrafficRuleId", str)
"""Identifies a traffic rule within its application instance."""

DnsRuleId = NewType("DnsRuleId", str)
"""Identifies a DNS rule within its application instance."""

HostId = NewType("HostId", str)
"""Identifies a MEC host. Ours: the standard leaves the form to KeyValuePairs."""

NewId = Callable[[], str]
"""A port: each call returns an identifier never returned before (a UUID in production)."""
