"""The user application life cycle management proxy: what device applications may ask for on Mx2.

It authorises, finds or starts the instance that serves a device, and tells the device what becomes
of it. Never chooses a host and never runs anything: the MEO does, over Mm9.
Ref: MEC 003 clause 7.1.4.3, MEC 016 V2.2.1.
"""
