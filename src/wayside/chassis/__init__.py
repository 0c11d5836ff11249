"""How any API of Wayside is served and kept: MEC 009 once, for every element and service.

Never knows a particular API, and never opens a file: the journal is a port, passed in.
"""
