"""The MEC orchestrator: knows packages, hosts and instances of the whole system, and places.

Serves Mm1 to the OSS and, on Mm3, packages and grants to the MEPMs. Never touches a host's
resources itself: it asks the host's MEPM. Ref: MEC 003 clause 7.2.2.
"""
