"""``capif-events``: CAPIF's way to hear of services. Ref: TS 29.222 clause 8.3.

Never tells of what is no service's change: this platform on-boards no invokers.
"""
