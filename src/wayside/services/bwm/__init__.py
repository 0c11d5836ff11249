"""Bandwidth management (MEC 015): allocations that the data plane enforces, in both directions.

Uses no facts about networks. Never decides how packets are held back (the data plane does), nor
what an application without an allocation gets: all that is there.
"""
