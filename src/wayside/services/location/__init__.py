"""Where devices are: MEC 013, served as V3.1.1 and as V2.2.1, two views of one logic.

Uses facts of ``refpoints.net``: who is served by what, and who moved where. Tells of devices under
pseudonyms. Never measures a place, and never steers a packet.
"""
