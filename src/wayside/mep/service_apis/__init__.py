"""``service-apis``: CAPIF's way to find services. Ref: TS 29.222 clause 8.1.

Never a registry of its own: it finds what ``mec_service_mgmt`` finds.
"""
