"""How the services of a platform name a device that they tell of. Ref: MEC 012 clause 6.5.4."""

from enum import IntEnum

from wayside.core.wire import Wire


class AssociateIdType(IntEnum):
    """What identifies the device. Ref: MEC 012 table 6.5.4-1."""

    RESERVED = 0
    UE_IPV4_ADDRESS = 1
    UE_IPV6_ADDRESS = 2
    NATED_IP_ADDRESS = 3
    GTP_TEID = 4


class AssociateId(Wire):
    """A device, or a flow of it. Ref: MEC 012 clause 6.5.4."""

    type: AssociateIdType
    value: str
