"""The ETSI figure as typed Python: one module per reference point.

Each is protected: only the elements that ETSI joins there, and ``system``, may import it. Points
that cross processes are ``Api`` declarations (served by one end, called by the other through
``chassis.client.connect``); points inside a host are protocols. Never holds an implementation.
"""
