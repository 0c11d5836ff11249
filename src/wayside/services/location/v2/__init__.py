"""``location/v2``: MEC 013 V2.2.1, which today's clients speak.

Never decides what happened: the rooms above do.
"""
