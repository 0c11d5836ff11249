"""ETSI data types that two or more APIs share. Frozen, with the clause in each docstring.

Never holds behaviour beyond what makes a value valid.
"""
