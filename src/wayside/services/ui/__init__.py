"""UE identity, MEC 014: applications register tags, and their traffic rules follow.

Uses no facts of access networks: the operator says which devices a tag stands for. Never decides
what becomes of a packet: the platform's rules do.
"""
