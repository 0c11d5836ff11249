"""``wayside_mp3``: services of one platform found on the others of the MEC system.

Ours: MEC 003 clause 7.2 leaves Mp3 open. Never shows a service of which its owner said that it is
for its own locality alone.
"""
