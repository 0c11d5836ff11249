"""Hands for the technical ports of ``core``: journals, clocks, identifiers, the poster.

Never decides anything: each module turns one port into one outside thing, and foreign exceptions
into the problems of ``core.errors``.
"""
