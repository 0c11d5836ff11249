"""WLAN access information (MEC 028): access points, their stations, and what these measure.

Uses the facts of WLAN cells: who is associated, how the radio is, how busy the air is. Never tells
what nobody has told: an attribute without a fact behind it is left out.
"""
