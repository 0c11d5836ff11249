"""An access network as people see it: its cells, zones and devices, and where the facts come from.

Reads the picture of a source, whichever it is; never changes anything, and is no service of the
standard: those are ``services``.
"""
