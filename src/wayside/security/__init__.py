"""Who may do what: authorisers, tokens, and the profiles that choose between them.

Joined to the elements in ``system`` through the Authoriser port of ``core``; no room imports it.
Never serves an API of the standard and never stores an application's state.
"""
