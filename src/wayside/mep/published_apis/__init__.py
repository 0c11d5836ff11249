"""``published-apis``: CAPIF's way to offer a service. Ref: TS 29.222 clause 8.2.

Never has a registry of its own: what is published here is offered on Mp1, and the other way round.
"""
