"""GTP-U, the tunnels between a base station and the user plane. Ref: TS 29.281, TS 38.415.

``messages`` turns bytes into messages and back, ``end`` decides as one side of the tunnels what
becomes of each. Both are pure: whoever has sockets and devices (``linux.tap``) carries them out.
"""
