"""The MEC platform (MEP): what applications of a host meet at Mp1. Ref: MEC 003 clause 6.2.2.

``mec_app_support`` and ``mec_service_mgmt`` are the two faces of MEC 011; ``platform`` is the
platform as its manager sees it over Mm5; ``build`` joins them. Never touches the kernel: packets
and names are asked of the data plane over Mp2. Never places or runs an application.
"""
