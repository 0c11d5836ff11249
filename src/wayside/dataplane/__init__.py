"""The data plane of a MEC host: packets to where the platform's rules say, names to addresses.

The wish (Mp2) becomes a plan, the plan becomes nft maps; the same plan is walked packet by packet
where there is no kernel to ask. Never decides which rules are in force: the platform (MEP) does.
"""
