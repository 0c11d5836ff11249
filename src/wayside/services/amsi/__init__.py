"""Application mobility, MEC 021: an application's instance follows its devices from host to host.

Uses facts of the access network: which cell serves a device. Never chooses a host, never starts an
instance and never moves an application's state: the orchestrator and the application do.
"""
