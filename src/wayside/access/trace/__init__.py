"""Facts that were recorded, told again: of any source, or of a table of moves (CSV).

``recording`` writes what a reader hears, ``source`` replays it in real or virtual time. What was
simulated stays SIMULATED. Never makes up a fact.
"""
