"""``location/v3``: MEC 013 V3.1.1. Bodies are wrapped, lowerCamel, as the clauses' examples are.

Never decides what happened: the rooms above do.
"""
