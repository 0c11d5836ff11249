"""The only composition root: it builds each element from its rooms and hands, and runs processes.

Never decides anything of MEC: whatever is decided here is who gets which hand.
"""
