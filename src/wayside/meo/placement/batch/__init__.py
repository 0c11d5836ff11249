"""Many applications placed at once: as many as can be, and those as near as can be. Pure.

Never decides for an application that is being started: ``plan`` does. Never moves anything.
"""
