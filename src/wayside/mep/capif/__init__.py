"""CAPIF's view of services: its types, and the mapping to those of MEC 011 and back.

Never keeps anything: the registry does, once for both faces. Ref: MEC 011 V3.2.1 clause 9,
TS 29.222.
"""
