"""Multi-access traffic steering (MEC 015): sessions that the data plane sends over the access
network that fits them, as long as it does.

Uses the host's access networks and what is measured of them. Never decides how packets are sent
there (the data plane does), nor by which link a device sends.
"""
