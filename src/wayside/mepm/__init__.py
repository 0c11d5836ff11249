"""The MEC platform manager: the life cycle of one host's instances, with its platform and VIM.

Serves Mm3 to the MEO; speaks Mm5 to the platform and Mm6 to the VIM. Never chooses a host, and
goes on with what runs while the MEO is away. Ref: MEC 003 clause 7.2.4.
"""
